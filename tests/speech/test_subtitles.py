"""Subtitles: files that players open, and lines that can be read."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import av
from hypothesis import given
from hypothesis import strategies as st

from aiditor.speech.subtitles import cues, to_srt, to_vtt, write_subtitles
from aiditor.transcript import Segment, Word


def segment(text: str, start_s: float = 0.0, each_s: float = 0.35) -> Segment:
    return Segment(
        tuple(Word(word, start_s + at * each_s, start_s + (at + 0.9) * each_s) for at, word in enumerate(text.split()))
    )


def test_srt_reads_as_it_should() -> None:
    [cue] = cues([segment("nice shot!", 3661.5)])
    assert to_srt([cue]) == "1\n01:01:01,500 --> 01:01:02,333\nnice shot!\n\n"


def test_vtt_escapes_what_would_be_a_tag() -> None:
    text = to_vtt(cues([segment("<gg> & wp")]))
    assert text.startswith("WEBVTT\n\n00:00:00.000 --> ")
    assert "&lt;gg&gt; &amp; wp" in text


def test_a_long_sentence_is_broken_into_two_even_lines() -> None:
    first, *_ = cues([segment("they are pushing from the left side and I have no grenades any more so watch the door")])
    lines = first.text.split("\n")
    assert len(lines) == 2
    assert abs(len(lines[0]) - len(lines[1])) < 12


def test_the_files_are_read_by_a_player(tmp_path: Path) -> None:
    found = cues([segment("one two three", 1.0), segment("four five", 4.0)])
    for ending in (".srt", ".vtt"):
        path = write_subtitles(found, tmp_path / f"said{ending}")
        with av.open(str(path)) as opened:
            packets = [packet for packet in opened.demux() if packet.size]
        assert [bytes(packet).decode() for packet in packets] == ["one two three", "four five"]
        assert float(packets[1].pts * packets[1].time_base) == 4.0
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["said.srt", "said.vtt"]


@given(
    st.lists(st.tuples(st.text("abcdefgh.", min_size=1, max_size=14), st.floats(0.05, 2.0)), min_size=1, max_size=60)
)
def test_cues_never_overlap_and_lines_fit(spoken: list[tuple[str, float]]) -> None:
    at_s, words = 0.0, []
    for text, long_s in spoken:
        words.append(Word(text, at_s, at_s + 0.9 * long_s))
        at_s += long_s
    found = cues([Segment(tuple(words))])
    assert " ".join(word.text for word in words) == " ".join(cue.text.replace("\n", " ") for cue in found)
    assert all(len(line) <= 42 for cue in found for line in cue.text.split("\n"))
    assert all(cue.text.count("\n") <= 1 for cue in found)
    assert all(before.end_s <= after.start_s for before, after in pairwise(found))
