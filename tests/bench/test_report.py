"""The page: bars, verdicts and tables."""

from __future__ import annotations

import json

import pytest

from bench.report import Bar, Section, judged, load_sections, machine, page, save_data, save_sections, table


@pytest.mark.parametrize(
    ("bar", "figure", "verdict"),
    [
        (Bar(1.05), 1.05, "holds"),
        (Bar(1.05), 0.7, "holds"),
        (Bar(1.05), 1.25, "falls short by 0.20×"),
        (Bar(5, at_least=True), 5.0, "holds"),
        (Bar(5, at_least=True), 3.5, "falls short by 1.50×"),
        (Bar(20, "ms"), 35.0, "falls short by 15.0 ms"),
    ],
)
def test_a_bar_holds_or_says_by_how_much_it_does_not(bar, figure, verdict):
    assert bar.verdict(figure) == verdict


def test_rounding_never_makes_a_bar_hold():
    assert Bar(1.05).verdict(1.0501).startswith("falls short")


def test_a_line_of_the_summary():
    assert judged("both", Bar(1.0), 0.874) == ("both", "≤ 1×", "0.87×", "holds")
    assert judged("faster", Bar(5, at_least=True), 12.34) == ("faster", "≥ 5×", "12.3×", "holds")


def test_a_table_keeps_its_shape():
    text = table(["tool", "wall s"], [["a|b", 1], ["two\nlines", 2]])
    assert text.splitlines() == ["| tool | wall s |", "|---|---:|", "| a\\|b | 1 |", "| two lines | 2 |"]
    with pytest.raises(ValueError, match="a row of 1 under 2 headings"):
        table(["tool", "wall s"], [["alone"]])


def test_the_page_shows_every_bar_first(tmp_path):
    sections = [
        Section("Render", "how", [table(["a"], [["x"]])], ["a note"], [judged("render", Bar(1.05), 2.0)], {"raw": [1]}),
        Section("Drift", "how else", [], verdicts=[judged("drift", Bar(20, "ms"), 3.0)]),
    ]
    text = page(sections, versions={"ffmpeg": "5.1"}, intro="what this is")
    assert text.index("## The bars") < text.index("## Versions") < text.index("## Render") < text.index("## Drift")
    for line in ("| render | ≤ 1.05× | 2.00× | falls short by 0.95× |", "| drift | ≤ 20 ms | 3.00 ms | holds |"):
        assert line in text
    assert "| ffmpeg | 5.1 |" in text
    assert "- a note" in text
    save_data(sections, tmp_path / "data.json")
    assert json.loads((tmp_path / "data.json").read_text())["Render"] == {"raw": [1]}


def test_a_section_measured_again_leaves_the_others(tmp_path):
    bars = [judged("render", Bar(1.05), 2.0)]
    save_sections({"render": Section("Render", "how", ["t"], verdicts=bars, stamp="first")}, tmp_path)
    save_sections({"drift": Section("Drift", "how", ["t"], stamp="later")}, tmp_path)
    again = load_sections(["render", "drift", "memory"], tmp_path)
    assert [section.stamp for section in again] == ["first", "later"]
    text = page(again, versions={}, intro="")
    assert "| render | ≤ 1.05× | 2.00× |" in text
    assert "first" in text


def test_the_machine_is_named():
    assert "cores of" in machine()
    assert "GiB" in machine()
