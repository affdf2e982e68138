"""What the page shows of what is said, as HTML built from values."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from html import escape
from typing import Any

from aiditor.timeline import Timeline
from aiditor.transcript import Transcript
from aiditor.ui.views import clock, empty, sentence
from aiditor.words import Words

__all__ = ["word_label", "words_view"]

SEVERITIES = {"mild": "mild", "strong": "strong", "slur": "slur", "own": "your own"}


def words_view(words: Words | None, heard: Timeline | None, lacks: str) -> str:
    """What is said in the montage, clip by clip; `lacks` is what is missing to hear every word, "" for nothing."""
    lack = f'<p class="ai-note">{escape(sentence(lacks))}</p>' if lacks else ""
    if words is None or heard is None:
        hint = (
            "Listen, to read what is said and to choose which words go. Rendering listens by itself where captions "
            "or censoring are asked for on the Style tab."
        )
        return lack + empty("Not listened to yet", hint)
    notes = "".join(f'<p class="ai-note">{escape(sentence(note))}</p>' for note in words.notes)
    names = {source.id: source.name for source in heard.sources}
    parts = []
    for transcript in words.transcripts:
        gone = {
            index
            for review in words.reviews
            if review.source_id == transcript.source_id
            for hit in review.hits
            if review.censored(hit)
            for index in range(*hit.words)
        }
        parts.append(_said(names.get(transcript.source_id, ""), transcript, gone))
    said = any(transcript.segments for transcript in words.transcripts)
    if not said:
        parts = [empty("Nobody speaks here", "In what the montage shows, no word was heard.")]
    return notes + "".join(parts)


def _said(name: str, transcript: Transcript, gone: Collection[int]) -> str:
    rows, index = [], 0
    for segment in transcript.segments:
        marked = []
        for word in segment.words:
            text = escape(word.text)
            marked.append(f"<del>{text}</del>" if index in gone else text)
            index += 1
        rows.append(f"<li><time>{clock(segment.start_s)}</time> {' '.join(marked)}</li>")
    if not rows:
        return ""
    who = f"{transcript.engine}, {'a draft' if transcript.draft else transcript.language}"
    return (
        f'<section class="ai-said"><div class="ai-line"><b>{escape(name)}</b><span>{escape(who)}</span></div>'
        f"<ol>{''.join(rows)}</ol></section>"
    )


def word_label(row: Mapping[str, Any]) -> str:
    """A word in the list: masked, how bad and how surely heard; below it where."""
    sure = "a draft" if row["draft"] else f"heard {round(100 * row['confidence'])} %"
    always = "  ·  always taken out" if row["fixed"] else ""
    return (
        f"{row['word']}  ·  {SEVERITIES[row['severity']]}  ·  {sure}{always}\n{row['clip']} at {clock(row['start_s'])}"
    )
