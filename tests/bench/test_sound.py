"""The measures of muting and of listening."""

from __future__ import annotations

import numpy as np
import pytest

from aiditor.transcript import Word
from bench.mute import changed
from bench.report import merged, table
from bench.spotter import compare


def test_what_is_left_and_what_changed():
    before = np.random.default_rng(0).normal(0, 0.1, (2, 8000))
    after = before.copy()
    after[:, 2000:3000] *= 0.001
    seen = changed(before, after, [(2.0, 3.0)], 1000, 0.5)
    assert seen.words_db == (pytest.approx(-60),)
    assert (seen.most_db, seen.rms_db, seen.gain_db) == (-200, -200, 0)
    softer = changed(before, after / np.sqrt(2), [(2.0, 3.0)], 1000, 0.5)
    assert softer.gain_db == pytest.approx(-3.01, abs=0.01)
    assert softer.words_db[0] == pytest.approx(-63.01, abs=0.01)
    assert -40 < softer.rms_db < -20


def test_a_fade_beside_the_word_is_no_change_elsewhere_until_it_is_further_away():
    before = np.ones((1, 4000))
    after = before.copy()
    after[:, 1900:3000] = 0
    assert changed(before, after, [(2.0, 3.0)], 1000, 0.2).most_db == -200
    assert changed(before, after, [(2.0, 3.0)], 1000, 0.05).most_db == 0


def test_a_word_is_right_when_the_same_was_said_meanwhile():
    said = [Word("gun", 1.0, 1.5), Word("run", 2.0, 2.4), Word("gun", 5.0, 5.5)]
    heard = [Word("gun", 1.1, 1.6), Word("run", 2.5, 2.9), Word("run", 1.2, 1.4), Word("gun", 1.3, 1.4)]
    seen = compare(said, heard)
    assert (seen.said, seen.found, seen.heard, seen.right) == (3, 1, 4, 2)
    assert seen.start_ms == pytest.approx((100, 300))
    assert seen.end_ms == pytest.approx((100, -100))


def test_a_page_keeps_what_was_not_measured_again():
    bars = table(["what", "bar"], [["a", "1"], ["b", "2"], ["a", "5"]])
    old = f"# Page\n\nintro\n\n## The bars\n\n{bars}\n\n## Render\n\nold render\n\n## Drift\n\nold drift\n"
    new = (
        "# Page\n\nnew intro\n\n## The bars\n\n"
        + table(["what", "bar"], [["b", "3"], ["c", "4"]])
        + "\n\n## Drift\n\nnew\n"
    )
    page = merged(old, new)
    assert merged("", new) == new
    assert "new intro" in page
    assert "old render" in page
    assert "old drift" not in page
    assert [line for line in page.splitlines() if line.startswith("| ")][1:] == [
        *("| a | 1 |", "| b | 3 |", "| a | 5 |", "| c | 4 |")
    ]
    assert merged(page, new) == page
