"""The transcript as a value."""

from __future__ import annotations

from aiditor.timeline import from_json, to_json
from aiditor.transcript import Segment, Transcript, Word


def test_a_transcript_saves_and_loads_back() -> None:
    said = Segment((Word("clutch", 1.0, 1.4, 0.9), Word("it!", 1.5, 1.7)))
    transcript = Transcript("clip", 30.0, "en", "given", (said,), track=1, alone=True)
    assert from_json(Transcript, to_json(transcript)) == transcript
    assert [word.text for word in transcript.words] == ["clutch", "it!"]
    assert (said.start_s, said.end_s, said.text) == (1.0, 1.7, "clutch it!")
