"""Words on a source's clock to pages of captions on the montage's.

    Transcripts + Timeline ─► Captions (pages of few words, none across a cut) ─► drawn, or Segments for subtitles

Captions save to JSON and load back by `timeline.to_json` and `from_json`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from aiditor.captions.balance import balanced
from aiditor.captions.config import CaptionConfig
from aiditor.captions.script import breakable, clusters, joined, unspaced, width
from aiditor.timeline import Cut, Mute, Timeline
from aiditor.transcript import Segment, Transcript, Word

__all__ = ["CaptionWord", "Captions", "Mask", "Page", "caption_pages", "caption_segments", "starred"]

Mask = Callable[[str], str]
"""A word as it is written to the word as it may be shown: the same, masked, or "" to leave it out."""

LETTERS_A_WORD = 7
"""A page holds this many letters times its words at most: long words come in smaller company."""
LETTERS_A_PIECE = 6
"""Letters of a script without spaces that are taken for one word, at most."""
SENTENCE_ENDS, CLAUSE_ENDS = ".!?…。！？؟", ",;:،؛，、；："


@dataclass(frozen=True, slots=True)
class CaptionWord:
    """One word as it may be shown, and when it is said, in seconds of the montage."""

    text: str
    start_s: float
    end_s: float
    masked: bool = False
    """Whether `text` is not what was said."""


@dataclass(frozen=True, slots=True)
class Page:
    """Words shown together from `start_s` to `end_s` of the montage, within one cut."""

    words: tuple[CaptionWord, ...]
    """In the order they are said; never empty."""
    start_s: float
    end_s: float
    language: str
    """ISO 639-1: "en"."""
    cut: int
    """Index of the cut it belongs to."""

    @property
    def text(self) -> str:
        return joined([word.text for word in self.words])


@dataclass(frozen=True, slots=True)
class Captions:
    """Pages in order of time that never overlap."""

    pages: tuple[Page, ...] = ()
    notes: tuple[str, ...] = ()
    """What the maker should know."""


def caption_pages(
    transcripts: Iterable[Transcript], timeline: Timeline, cfg: CaptionConfig, *, mask: Mask = str
) -> Captions:
    """Everything heard in the montage as pages of at most `cfg.words_per_page` words.

    A word counts as heard in a cut that shows more than half of it. Words in a mute of the timeline are starred where
    neither `mask` nor the transcript has hidden them. Transcripts that are drafts are left out, with a note.
    """
    said: dict[str, list[tuple[Word, str]]] = {}
    notes = []
    for transcript in transcripts:
        if transcript.draft:
            notes.append("no captions from a draft transcript: it holds only some of the words")
            continue
        said.setdefault(transcript.source_id, []).extend((word, transcript.language) for word in transcript.words)
    ends_s = [*(cut.at_s for cut in timeline.cuts[1:]), timeline.duration_s]
    pages: list[Page] = []
    for index, (cut, end_s) in enumerate(zip(timeline.cuts, ends_s, strict=True)):
        heard: list[CaptionWord] = []
        languages: list[str] = []
        for word, language in sorted(said.get(cut.source_id, ()), key=lambda pair: pair[0].start_s):
            shown = _shown(word, cut, end_s, timeline.mutes, mask)
            if shown is not None:
                heard.extend(_pieces(shown))
                languages.append(language)
        language = max(languages, key=languages.count, default="")
        groups = _grouped(_in_turn(heard), end_s, cfg)
        pages.extend(_timed(groups, language, index, (cut.at_s, end_s), cfg))
    return Captions(tuple(pages), tuple(dict.fromkeys(notes)))


def starred(text: str) -> str:
    """`text` with a star for every letter and digit; marks stay."""
    return "".join("*" if unicodedata.category(letter[0])[0] in "LN" else letter for letter in clusters(text))


def _shown(word: Word, cut: Cut, end_s: float, mutes: Sequence[Mute], mask: Mask) -> CaptionWord | None:
    """`word` on the montage's clock as `cut` lets it be heard, or None."""
    length_s = word.end_s - word.start_s
    low_s, high_s = max(word.start_s, cut.start_s), min(word.end_s, cut.end_s)
    heard = high_s - low_s > length_s / 2 if length_s > 0 else cut.start_s <= word.start_s < cut.end_s
    if not heard:
        return None
    written = unicodedata.normalize("NFC", word.text.strip())
    text = mask(written)
    hidden = "*" in written
    if text == written and not hidden and any(_covers(mute, word, cut.source_id) for mute in mutes):
        text = starred(written)
    if not text.strip():
        return None
    start_s = min(max(cut.montage_s(low_s), cut.at_s), end_s)
    stop_s = min(max(cut.montage_s(max(low_s, high_s)), start_s), end_s)
    return CaptionWord(" ".join(text.split()), start_s, stop_s, masked=hidden or text != written)


def _covers(mute: Mute, word: Word, source_id: str) -> bool:
    shared_s = min(mute.end_s, word.end_s) - max(mute.start_s, word.start_s)
    return mute.source_id == source_id and shared_s > 0 and shared_s * 2 >= word.end_s - word.start_s


def _pieces(word: CaptionWord) -> Iterator[CaptionWord]:
    """A word, or a sentence of a script without spaces in pieces that share its time by their letters."""
    parts = breakable(word.text)
    if not unspaced(word.text) or len(parts) <= LETTERS_A_PIECE:
        yield word
        return
    count = -(-len(parts) // LETTERS_A_PIECE)
    edges = [round(len(parts) * k / count) for k in range(count + 1)]
    length_s = word.end_s - word.start_s
    for low, high in pairwise(edges):
        start_s, end_s = (word.start_s + length_s * edge / len(parts) for edge in (low, high))
        yield replace(word, text="".join(parts[low:high]), start_s=start_s, end_s=min(end_s, word.end_s))


def _in_turn(words: Sequence[CaptionWord]) -> list[CaptionWord]:
    """Words in the order in which they were given, none starting before the one before it, or ending after the next
    one starts."""
    turned: list[CaptionWord] = []
    for word in words:
        start_s = max(word.start_s, turned[-1].start_s if turned else word.start_s)
        turned.append(replace(word, start_s=start_s, end_s=max(word.end_s, start_s)))
    return [
        *(replace(word, end_s=min(word.end_s, after.start_s)) for word, after in pairwise(turned)),
        *turned[-1:],
    ]


def _weight(words: Sequence[CaptionWord]) -> float:
    """How many words these are; two letters of a script without spaces are one."""
    return sum(max(1.0, len(clusters(w.text)) / 2) if unspaced(w.text) else 1.0 for w in words)


def _letters(words: Sequence[CaptionWord]) -> int:
    return width(joined([word.text for word in words]))


def _grouped(words: Sequence[CaptionWord], end_s: float, cfg: CaptionConfig) -> list[list[CaptionWord]]:
    """Words by page: a pause and the end of a sentence start a new one, and pages of a breath are alike in length."""
    breaths: list[list[CaptionWord]] = []
    for word in words:
        last = breaths[-1][-1] if breaths else None
        if last is None or last.text[-1] in SENTENCE_ENDS or word.start_s - last.end_s > cfg.pause_s:
            breaths.append([])
        breaths[-1].append(word)
    groups = []
    for breath in breaths:

        def cost(start: int, end: int, breath: list[CaptionWord] = breath) -> float | None:
            part = breath[start:end]
            letters, most = _letters(part), LETTERS_A_WORD * cfg.words_per_page
            if len(part) > 1 and (_weight(part) > cfg.words_per_page or letters > most):
                return None
            inner_clauses = sum(word.text[-1] in CLAUSE_ENDS for word in part[:-1])
            return (letters / most) ** 2 + 0.15 * inner_clauses

        groups.extend([breath[k.start : k.stop] for k in balanced(len(breath), cost) or ()])
    return _merged(groups, end_s, cfg)


def _merged(groups: list[list[CaptionWord]], end_s: float, cfg: CaptionConfig) -> list[list[CaptionWord]]:
    """Pages too brief to read go together with a neighbour, where both fit on a page a little fuller than usual."""
    at = 0
    while at < len(groups):
        until_s = groups[at + 1][0].start_s if at + 1 < len(groups) else end_s
        beside = [low for low in (at - 1, at) if 0 <= low < len(groups) - 1]
        beside = [low for low in beside if _fuller(groups[low] + groups[low + 1], cfg)]
        if until_s - groups[at][0].start_s < cfg.shortest_s and beside:
            low = min(beside, key=lambda low: _letters(groups[low] + groups[low + 1]))
            groups[low : low + 2] = [groups[low] + groups[low + 1]]
            at = max(low - 1, 0)
        else:
            at += 1
    return groups


def _fuller(words: Sequence[CaptionWord], cfg: CaptionConfig) -> bool:
    apart_s = max((after.start_s - word.end_s for word, after in pairwise(words)), default=0.0)
    return (
        _weight(words) <= cfg.words_per_page * 1.5
        and _letters(words) <= LETTERS_A_WORD * cfg.words_per_page * 1.25
        and apart_s <= cfg.pause_s
    )


def _timed(
    groups: Sequence[Sequence[CaptionWord]], language: str, index: int, span_s: tuple[float, float], cfg: CaptionConfig
) -> Iterator[Page]:
    """Pages that stand long enough to be read, as far as the cut and their neighbours leave room."""
    free_s = span_s[0]
    for at, words in enumerate(groups):
        until_s = groups[at + 1][0].start_s if at + 1 < len(groups) else span_s[1]
        start_s = max(words[0].start_s, free_s)
        end_s = min(until_s, max(words[-1].end_s + cfg.hold_s, start_s + cfg.shortest_s))
        if until_s - end_s < cfg.close_gap_s:
            end_s = until_s
        if end_s - start_s < cfg.shortest_s:
            start_s = max(free_s, end_s - cfg.shortest_s)
        free_s = end_s
        if end_s > start_s:
            yield Page(tuple(words), start_s, end_s, language, index)


def caption_segments(pages: Iterable[Page], *, pause_s: float = 0.7) -> tuple[Segment, ...]:
    """The pages' words as segments on the montage's clock, for subtitles beside the film.

    Pages of one cut with less than `pause_s` seconds of silence between them are one segment. Words of scripts without
    spaces are joined page by page.
    """
    breaths: list[tuple[int, list[Word]]] = []
    for page in pages:
        words = _spoken(page)
        last = breaths[-1] if breaths else None
        if last and last[0] == page.cut and words[0].start_s - last[1][-1].end_s <= pause_s:
            last[1].extend(words)
        else:
            breaths.append((page.cut, words))
    return tuple(Segment(tuple(words)) for _, words in breaths)


def _spoken(page: Page) -> list[Word]:
    words: list[Word] = []
    for word in page.words:
        if words and joined([words[-1].text, word.text]) == words[-1].text + word.text:
            words[-1] = replace(words[-1], text=words[-1].text + word.text, end_s=word.end_s)
        else:
            words.append(Word(word.text, word.start_s, word.end_s))
    return words
