"""`aiditor labels`: what was said about moments, from the command line."""

import json

import pytest
from typer.testing import CliRunner

from aiditor.cli import app


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("AIDITOR_HOME", str(tmp_path / "home"))
    return lambda *words: CliRunner().invoke(app, ["labels", *map(str, words)])


def test_added_ones_are_listed_and_the_last_word_counts(run, clip):
    assert "no labels yet" in run("list").stdout
    assert run("add", clip, "0:01.2", "kill").stdout == "clip.mp4 at 1.20 s: kill\n"
    assert run("add", clip, "1.2", "death").exit_code == 0
    assert run("add", clip, "0.4", "keep").exit_code == 0
    found = json.loads(run("list", "--json").stdout)
    assert [(label["t_s"], label["says"]) for label in found] == [(1.2, "death"), (0.4, "keep")]
    assert found[0]["schema"] == 1
    assert found[0]["labelled_at"].endswith("+00:00")
    assert "clip.mp4" in run("list").stdout
    run("add", clip, "1.2", "taken_back")
    assert [label["says"] for label in json.loads(run("list", "--json").stdout)] == ["keep"]


def test_by_clip_and_by_date(run, clip, two_track_clip):
    run("add", clip, "1", "kill")
    added = json.loads(run("add", two_track_clip, "1", "death", "--json").stdout)
    for source in (two_track_clip, added["source_id"]):
        found = json.loads(run("list", "--source", source, "--json").stdout)
        assert [label["says"] for label in found] == ["death"]
    assert json.loads(run("list", "--since", "2999-01-01", "--json").stdout) == []
    assert len(json.loads(run("list", "--since", "2000-01-01", "--json").stdout)) == 2


@pytest.mark.parametrize(
    ("words", "says"),
    [(("9:00", "kill"), "is only 2.0 s long"), (("soon", "kill"), "'soon' is no time"), (("1", "wow"), "is no label")],
)
def test_what_cannot_be_said_is_refused(run, clip, words, says):
    answer = run("add", clip, *words)
    assert answer.exit_code == 3
    assert says in " ".join(answer.stderr.split())
    assert "no labels yet" in run("list").stdout


def test_a_file_that_is_no_clip_is_refused(run, tmp_path):
    (tmp_path / "bad.mp4").write_bytes(b"nothing")
    answer = run("add", tmp_path / "bad.mp4", "1", "kill")
    assert answer.exit_code == 3
    assert "bad.mp4" in answer.stderr


def test_dates_that_are_none_are_refused(run):
    assert run("list", "--since", "yesterday").exit_code == 3


def test_export(run, clip, tmp_path):
    run("add", clip, "1", "kill")
    assert json.loads(run("export", tmp_path / "out.csv", "--json").stdout)["labels"] == 1
    assert "kill" in (tmp_path / "out.csv").read_text()
    assert run("export", tmp_path / "out.doc").exit_code == 3
