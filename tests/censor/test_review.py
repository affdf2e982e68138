"""The list to look through, and what it comes to in seconds."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aiditor.censor import CensorConfig, Review, carried, find, masked, mutes, possible, set_keep, spans
from aiditor.errors import BadInput
from aiditor.timeline import from_json, to_json
from aiditor.transcript import Segment, Transcript, Word

STRICT = CensorConfig(level="strict")


def said(text: str, *, step_s: float = 0.5, **more: object) -> Transcript:
    """One word every half second, 0.3 s each, 90 % sure."""
    words = tuple(Word(word, step_s * n, step_s * n + 0.3, 0.9) for n, word in enumerate(text.split()))
    return Transcript("clip", words[-1].end_s + 1, "en", "given", (Segment(words),), **more)  # type: ignore[arg-type]


def test_a_hit_says_word_time_and_confidence():
    review = find(said("you son of a bitch! hello"), STRICT)
    (hit,) = review.hits
    assert (hit.text, hit.entry, hit.severity) == ("son of a bitch!", "son of a bitch", "strong")
    assert (hit.start_s, hit.end_s, hit.confidence, hit.words, hit.keep) == (0.5, 2.3, 0.9, (1, 5), False)


def test_a_review_saves_and_loads_back():
    review = set_keep(find(said("oh shit damn"), STRICT), find(said("oh shit damn"), STRICT).hits[1].id, True)
    assert from_json(Review, to_json(review)) == review


def test_what_is_kept_is_heard():
    review = find(said("oh shit it's damn shit", step_s=1), STRICT)
    kept = set_keep(review, review.hits[0].id, True)
    assert [hit.keep for hit in kept.hits] == [True, False, False]
    assert [span.hits for span in spans(kept, STRICT)] == [(review.hits[1].id,), (review.hits[2].id,)]
    assert set_keep(kept, review.hits[0].id, False) == review


def test_ids_are_stable_and_apart():
    transcript = Transcript("clip", 3, "en", "given", (Segment((Word("shit", 1, 1), Word("shit", 1, 1.2))),))
    ids = [hit.id for hit in find(transcript, STRICT).hits]
    assert len(set(ids)) == 2
    assert [hit.id for hit in find(transcript, CensorConfig(level="strong")).hits] == ids


def test_decisions_are_carried_over_to_another_level():
    strong = find(said("oh shit damn"), CensorConfig(level="strong"))
    again = carried(find(said("oh shit damn"), STRICT), set_keep(strong, strong.hits[0].id, True))
    assert [hit.keep for hit in again.hits] == [True, False]


def test_a_slur_is_never_kept_on_the_strict_level():
    strong = find(said("oh retard"), CensorConfig(level="strong"))
    kept = set_keep(strong, strong.hits[0].id, True)
    assert spans(kept, STRICT) == ()
    review = find(said("oh retard"), STRICT)
    with pytest.raises(BadInput, match="a slur cannot be kept"):
        set_keep(review, review.hits[0].id, True)
    assert not carried(review, kept).hits[0].keep
    edited = from_json(Review, to_json(review).replace('"keep": false', '"keep": true'))
    assert len(spans(edited, STRICT)) == 1


def test_a_hit_that_is_not_there():
    with pytest.raises(BadInput, match="there is no hit"):
        set_keep(find(said("oh shit"), STRICT), "nothing", True)


def test_what_was_not_listened_to_cannot_be_censored():
    with pytest.raises(BadInput, match="has not been listened to"):
        possible(None, STRICT)
    assert find(None, CensorConfig()).hits == ()


def test_a_draft_is_not_enough_for_the_strict_level():
    draft = said("oh shit", draft=True)
    with pytest.raises(BadInput, match="cannot be promised on a draft"):
        find(draft, STRICT)
    assert find(draft, CensorConfig(level="strong")).draft


def test_a_word_without_a_time_is_an_error():
    transcript = Transcript("clip", 3, "en", "given", (Segment((Word("shit", math.nan, 1),)),))
    with pytest.raises(BadInput, match="no time for “shit”"):
        find(transcript, STRICT)


def test_a_long_pause_ends_a_phrase():
    assert find(said("son of a bitch", step_s=3), STRICT).hits[0].text == "bitch"


def test_captions_hide_what_is_not_heard():
    transcript = said("oh shit! mother fucker damn hell")
    review = find(transcript, STRICT)
    review = set_keep(review, review.hits[2].id, True)
    hidden = masked(transcript, review)
    assert [word.text for word in hidden.words] == ["oh", "s**t!", "m****r", "f****r", "damn", "h**l"]
    assert [word.start_s for word in hidden.words] == [word.start_s for word in transcript.words]


def test_words_without_length_are_widened_and_the_ends_are_respected():
    words = (Word("shit", 0, 0), Word("damn", 5, 5), Word("hell", 9.95, 9.99), Word("crap", 12, 12.5))
    transcript = Transcript("clip", 10, "en", "given", (Segment(words),))
    found = spans(find(transcript, STRICT), STRICT)
    assert [(round(s.start_s, 3), round(s.end_s, 3)) for s in found] == [(0, 0.22), (4.8, 5.22), (9.77, 10)]


def test_mutes_say_how_bad_but_not_what():
    review = find(said("oh shit it's fine now damn"), STRICT)
    assert [(m.source_id, m.why) for m in mutes(review, STRICT)] == [("clip", "strong"), ("clip", "mild")]


TIMES = st.lists(
    st.tuples(st.floats(0, 20), st.floats(0, 1), st.sampled_from(["shit", "class"])), min_size=1, max_size=12
)


@settings(max_examples=100, deadline=None)
@given(TIMES, st.floats(0, 0.5), st.floats(0, 0.5), st.floats(0, 0.5))
def test_spans_are_apart_in_order_and_hold_every_word(times, before_s, after_s, gap_s):
    cfg = CensorConfig(level="strong", pad_before_s=before_s, pad_after_s=after_s, merge_gap_s=gap_s)
    words = tuple(Word(text, at, at + length) for at, length, text in sorted(times))
    transcript = Transcript("clip", 15.0, "en", "given", (Segment(words),))
    found = spans(find(transcript, cfg), cfg)
    assert all(0 <= span.start_s < span.end_s <= 15 for span in found)
    assert all(b.start_s - a.end_s > gap_s for a, b in pairwise(found))
    for word in words:
        low, high = max(word.start_s - before_s, 0), min(word.end_s + after_s, 15)
        if word.text == "shit" and high > low:
            assert any(span.start_s <= low and high <= span.end_s for span in found)
