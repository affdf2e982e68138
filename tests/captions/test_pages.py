"""Words on a source's clock become pages on the montage's."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from timeline_values import make_source

from aiditor.captions import CaptionConfig, Captions, caption_pages, caption_segments
from aiditor.captions.pages import starred
from aiditor.speech.subtitles import cues, to_srt
from aiditor.timeline import Cut, Mute, Ramp, Timeline, from_json, to_json
from aiditor.transcript import Segment, Transcript, Word

SOURCE = make_source(Path("clip.mp4"), 60)


def heard(*words: Word, language: str = "en", draft: bool = False) -> Transcript:
    return Transcript("clip", 60.0, language, "given", (Segment(words),), draft=draft)


def line(text: str, start_s: float = 0.0, each_s: float = 0.3) -> tuple[Word, ...]:
    return tuple(Word(word, start_s + at * each_s, start_s + (at + 1) * each_s) for at, word in enumerate(text.split()))


def montage(*spans: tuple[float, float], ramp: Ramp | None = None, mutes: tuple[Mute, ...] = ()) -> Timeline:
    at_s, cuts = 0.0, []
    for start_s, end_s in spans:
        cuts.append(Cut("clip", start_s, end_s, at_s, start_s, ramp=ramp))
        at_s += cuts[-1].duration_s
    return Timeline((SOURCE,), tuple(cuts), mutes=mutes)


def texts(captions: Captions) -> list[str]:
    return [page.text for page in captions.pages]


def test_pages_follow_the_cuts_and_their_clock() -> None:
    words = heard(*line("one two three", 10.0), *line("four five", 30.0))
    captions = caption_pages([words], montage((30.0, 32.0), (9.0, 12.0)), CaptionConfig())
    assert texts(captions) == ["four five", "one two three"]
    second = captions.pages[1]
    assert [word.start_s for word in second.words] == pytest.approx([3.0, 3.3, 3.6])
    assert [page.cut for page in captions.pages] == [0, 1]
    assert from_json(Captions, to_json(captions)) == captions


def test_a_word_counts_as_heard_when_most_of_it_is() -> None:
    words = heard(Word("before", 0.0, 1.0), Word("barely", 1.0, 2.0), Word("mostly", 3.0, 4.0), Word("after", 5.0, 6.0))
    captions = caption_pages([words], montage((1.6, 3.7)), CaptionConfig())
    assert texts(captions) == ["mostly"]
    assert captions.pages[0].words[0].end_s == pytest.approx(2.1)


def test_slow_motion_stretches_words() -> None:
    words = heard(Word("slow", 1.0, 1.5), Word("fast", 3.0, 3.5))
    ramp = Ramp(1.0, 2.0, 0.5)
    captions = caption_pages([words], montage((0.0, 4.0), ramp=ramp), CaptionConfig())
    slow, fast = (word for page in captions.pages for word in page.words)
    assert (slow.start_s, slow.end_s) == pytest.approx((1.0, 2.0))
    assert (fast.start_s, fast.end_s) == pytest.approx((4.0, 4.5))


def test_sentences_and_pauses_start_new_pages_and_pages_are_alike() -> None:
    said = (*line("he is there. push him now please now"), *line("got him", 5.0))
    captions = caption_pages([heard(*said)], montage((0.0, 10.0)), CaptionConfig())
    assert texts(captions) == ["he is there.", "push him now", "please now", "got him"]


def test_pages_stay_until_the_next_and_are_not_too_brief() -> None:
    captions = caption_pages(
        [heard(*line("a b", 1.0, 0.05), *line("c", 3.0, 0.1))], montage((0.0, 3.2)), CaptionConfig()
    )
    first, second = captions.pages
    assert first.end_s - first.start_s >= 0.5 - 1e-9
    assert second.end_s == pytest.approx(3.2)
    assert second.start_s == pytest.approx(2.7)  # the cut ends too soon, so the word comes a little early


def test_masked_and_muted_words_never_show_their_letters() -> None:
    mute = Mute("clip", 2.9, 3.45)
    said = heard(Word("holy", 1.0, 1.3), Word("Fudge!", 1.3, 1.6), Word("name", 3.0, 3.4), Word("friend", 3.4, 4.0))
    captions = caption_pages(
        [said],
        montage((0.0, 5.0), mutes=(mute,)),
        CaptionConfig(),
        mask=lambda word: "F***!" if word == "Fudge!" else word,
    )
    words = [word for page in captions.pages for word in page.words]
    assert [word.text for word in words] == ["holy", "F***!", "****", "friend"]
    assert [word.masked for word in words] == [False, True, True, False]
    assert "udge" not in to_json(captions)


def test_a_mask_may_leave_a_word_out() -> None:
    captions = caption_pages(
        [heard(*line("keep drop keep"))], montage((0.0, 5.0)), CaptionConfig(), mask=lambda w: "" if w == "drop" else w
    )
    assert texts(captions) == ["keep keep"]


def test_stars_keep_marks() -> None:
    assert starred("né!") == "**!"
    assert starred("你好。") == "**。"


def test_a_draft_is_no_caption() -> None:
    captions = caption_pages([heard(*line("boo"), draft=True)], montage((0.0, 5.0)), CaptionConfig())
    assert captions.pages == ()
    assert "draft" in captions.notes[0]


def test_a_sentence_without_spaces_is_cut_into_pages() -> None:
    said = heard(Word("今日は本当にすごい試合だったと思います。", 0.0, 4.0), language="ja")
    captions = caption_pages([said], montage((0.0, 5.0)), CaptionConfig())
    assert "".join(texts(captions)) == "今日は本当にすごい試合だったと思います。"
    assert len(captions.pages) > 1
    assert not any(page.text.startswith("。") for page in captions.pages)
    assert all(" " not in page.text for page in captions.pages)


def test_pages_are_subtitles_too() -> None:
    said = heard(*line("we are so back. let us go"), *line("again", 20.0))
    captions = caption_pages([said], montage((0.0, 4.0), (19.0, 22.0)), CaptionConfig())
    segments = caption_segments(captions.pages)
    assert [segment.text for segment in segments] == ["we are so back. let us go", "again"]
    assert "00:00:05,000 --> " in to_srt(cues(segments))


def test_subtitles_of_scripts_without_spaces_have_none() -> None:
    said = heard(Word("你好", 0.0, 0.4), Word("世界", 0.4, 0.8), language="zh")
    captions = caption_pages([said], montage((0.0, 4.0)), CaptionConfig())
    assert [segment.text for segment in caption_segments(captions.pages)] == ["你好世界"]


@st.composite
def _spoken(draw: st.DrawFn) -> tuple[Transcript, Timeline]:
    words, t_s = [], 0.0
    for _ in range(draw(st.integers(0, 25))):
        t_s += draw(st.floats(-0.05, 1.2))
        length_s = draw(st.floats(0.0, 0.9))
        text = draw(
            st.sampled_from(["go", "wait,", "there!", "unbelievable", "今日は本当にすごい", "مرحبا", "😀", "no."])
        )
        words.append(Word(text, max(t_s, 0.0), max(t_s, 0.0) + length_s))
        t_s += length_s
    cuts, at_s = [], 0.0
    for _ in range(draw(st.integers(1, 5))):
        start_s = draw(st.floats(0, 20))
        end_s = start_s + draw(st.floats(0.3, 6))
        slowed = draw(st.booleans())
        ramp = Ramp(start_s + 0.1, end_s - 0.1, draw(st.floats(0.3, 0.9))) if slowed else None
        cuts.append(Cut("clip", start_s, end_s, at_s, start_s, ramp=ramp))
        at_s += cuts[-1].duration_s
    return heard(*words), Timeline((SOURCE,), tuple(cuts))


def test_words_that_come_out_of_order_never_overlap() -> None:
    transcript = heard(Word("go", 0.5, 0.5), Word("now", 0.4, 0.9), Word("go", 0.9, 0.9))
    cut = Cut("clip", 0.0, 3.0, 0.0, 0.0)
    pages = caption_pages([transcript], Timeline((SOURCE,), (cut,)), CaptionConfig()).pages
    words = [word for page in pages for word in page.words]
    assert [word.text.lower() for word in words] == ["now", "go", "go"]
    assert all(word.start_s <= word.end_s for word in words)
    assert all(before.end_s <= after.start_s for before, after in pairwise(words))


@settings(max_examples=120, deadline=None)
@given(_spoken(), st.sampled_from(["karaoke", "pop", "minimal"]))
def test_pages_never_overlap_nor_straddle_cuts(spoken: tuple[Transcript, Timeline], preset: str) -> None:
    transcript, timeline = spoken
    cfg = CaptionConfig(preset=preset)
    pages = caption_pages([transcript], timeline, cfg).pages
    edges = [*(cut.at_s for cut in timeline.cuts), timeline.duration_s]
    for before, after in pairwise(pages):
        assert before.end_s <= after.start_s
    for at, page in enumerate(pages):
        low_s, high_s = edges[page.cut], edges[page.cut + 1]
        assert low_s <= page.start_s < page.end_s <= high_s
        assert all(word.start_s <= word.end_s for word in page.words)
        assert all(before.end_s <= after.start_s for before, after in pairwise(page.words))
        if page.end_s - page.start_s < cfg.shortest_s - 1e-9:  # only where there is no room at all
            prior_s = pages[at - 1].end_s if at and pages[at - 1].cut == page.cut else low_s
            next_s = pages[at + 1].start_s if at + 1 < len(pages) and pages[at + 1].cut == page.cut else high_s
            assert page.start_s == pytest.approx(prior_s)
            assert page.end_s == pytest.approx(next_s)
