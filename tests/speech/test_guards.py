"""What is believed of what a speech model says."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from aiditor.speech.config import SpeechConfig
from aiditor.speech.guards import Heard, believed
from aiditor.transcript import Word

CFG = SpeechConfig()


def said(text: str, start_s: float = 0.0, each_s: float = 0.3) -> tuple[Word, ...]:
    return tuple(
        Word(word, start_s + each_s * at, start_s + each_s * (at + 0.8), 0.9) for at, word in enumerate(text.split())
    )


def texts(words: tuple[Word, ...]) -> str:
    return " ".join(word.text for word in words)


def test_plain_speech_stays_as_it_is() -> None:
    words = said("he is behind the crate, no no no, left side")
    assert believed(Heard(words), CFG) == words


def test_what_is_probably_no_speech_is_dropped_only_when_unsure() -> None:
    words = said("thanks for watching")
    assert believed(Heard(words, no_speech=0.9, log_probability=-1.5), CFG) == ()
    assert believed(Heard(words, no_speech=0.9, log_probability=-0.2), CFG) == words
    assert believed(Heard(words, no_speech=0.1, log_probability=-1.5), CFG) == words


def test_a_text_that_shrinks_too_well_is_a_loop() -> None:
    assert believed(Heard(said("go go go go " * 20)), CFG) == ()


def test_a_loop_of_a_few_words_is_kept_once() -> None:
    assert (
        texts(believed(Heard(said("wait I see " + "one more " * 5 + "over there")), CFG))
        == "wait I see one more over there"
    )
    assert texts(believed(Heard(said("no no no")), CFG)) == "no no no"


def test_a_word_that_swallowed_a_pause_is_cut_short() -> None:
    [word] = believed(Heard((Word("nice", 1.0, 9.0),)), CFG)
    assert word.end_s == 3.5


@given(
    st.lists(st.tuples(st.text("abc ", max_size=4), st.floats(0, 20), st.floats(0, 20), st.floats(0, 1)), max_size=12)
)
def test_words_that_are_kept_never_overlap(raw: list[tuple[str, float, float, float]]) -> None:
    kept = believed(Heard(tuple(Word(*each) for each in raw)), CFG)
    assert all(word.text and word.end_s > word.start_s for word in kept)
    assert all(after.start_s >= before.end_s for before, after in pairwise(kept))
