"""240 sentences said under a game: every profane word is gone over its whole span, and nothing else is touched."""

from __future__ import annotations

import numpy as np
import pytest

from aiditor.censor import CensorConfig, censored, find, measured, spans
from tests.censor.spoken import INNOCENT, PROFANE, RATE_HZ, SENTENCES, Sentence, sentence, voiced, written

STRICT = CensorConfig(level="strict")
LEAST = 10 ** (-60 / 20)
"""What may be left of a profane word: a thousandth of every sample."""


def in_blocks(sound: np.ndarray, size: int) -> list[tuple[float, np.ndarray]]:
    return [(start / RATE_HZ, sound[:, start : start + size]) for start in range(0, sound.shape[1], size)]


def covered(sound: np.ndarray, found, cfg: CensorConfig, size: int = 8192) -> np.ndarray:
    blocks = [
        censored(block, round(at * RATE_HZ), rate_hz=RATE_HZ, spans=found, cfg=cfg)
        for at, block in in_blocks(sound, size)
    ]
    return np.concatenate(blocks, axis=1)


def beyond(each: Sentence, cfg: CensorConfig) -> np.ndarray:
    """bool [N]: the samples that lie outside of all profane words, their padding and fades."""
    far = np.ones(each.sound.shape[1], bool)
    edges_s = []
    for start_s, end_s in each.profane:
        short_s = max(cfg.least_word_s - (end_s - start_s), 0) / 2
        edges_s.append((start_s - short_s - cfg.pad_before_s, end_s + short_s + cfg.pad_after_s))
    for (start_s, end_s), after in zip(edges_s, [*edges_s[1:], None], strict=True):
        if after is not None and after[0] - end_s <= cfg.merge_gap_s:
            end_s = after[1]
        low, high = (start_s - cfg.fade_s) * RATE_HZ, (end_s + cfg.fade_s) * RATE_HZ
        far[max(int(low), 0) : int(np.ceil(high)) + 1] = False
    return far


def test_there_are_enough_words_of_both_kinds():
    assert SENTENCES >= 200
    assert len(PROFANE) >= 100
    assert len(INNOCENT) >= 150


def test_every_profane_word_is_found_and_no_other():
    missed, invented = [], []
    for text in map(written, range(SENTENCES)):
        hits = [hit.words for hit in find(text.transcript(), STRICT).hits]
        missed += [text for a, b in text.profane if not any(low <= a and b <= high for low, high in hits)]
        invented += [text for low, high in hits if not any(a <= low and high <= b for a, b in text.profane)]
    assert missed == []
    assert invented == []


@pytest.mark.slow
def test_the_sentences_are_said_by_many_voices_under_a_game():
    snr_db = [sentence(number).snr_db for number in range(24)]
    assert {value // 5 for value in snr_db} == {0, 1, 2, 3}
    for number in range(24):
        times = voiced(number).times
        assert len(times) == len(written(number).words)
        assert all(0 < end - start < 1.6 for start, end in times)


@pytest.mark.slow
@pytest.mark.parametrize(("method", "step"), [("mute", 1), ("bleep", 6), ("duck", 6), ("cut", 6)])
def test_profane_words_are_silent_over_their_whole_span_and_the_rest_keeps_its_bits(method, step):
    """Every sentence is muted; of the other methods every sixth sentence is enough."""
    cfg = STRICT.model_copy(update={"method": method})
    loudest, words = -np.inf, 0
    for each in map(sentence, range(0, SENTENCES, step)):
        found = measured(spans(find(each.transcript, cfg), cfg), in_blocks(each.sound, 8192), rate_hz=RATE_HZ)
        after = covered(each.sound, found, cfg)
        far = beyond(each, cfg)
        assert far.any()
        assert np.array_equal(after[:, far].view(np.uint32), each.sound[:, far].view(np.uint32)), each.text
        left = after if method == "mute" else after - covered(np.zeros_like(each.sound), found, cfg)
        for start_s, end_s in each.profane:
            inside = slice(int(start_s * RATE_HZ), int(np.ceil(end_s * RATE_HZ)))
            over = np.abs(left[:, inside]) - LEAST * np.abs(each.sound[:, inside])
            loudest, words = max(loudest, float(over.max())), words + 1
    assert words > SENTENCES / step
    assert loudest <= 1e-7


@pytest.mark.slow
def test_words_that_begin_early_or_end_late_are_covered_too():
    """Engines put words up to a tenth of a second late: the padding is there for that."""
    for each in map(sentence, range(0, SENTENCES, 4)):
        found = spans(find(each.transcript, STRICT), STRICT)
        for start_s, end_s in each.profane:
            assert any(
                span.start_s <= max(start_s - 0.1, 0) and min(end_s + 0.1, each.transcript.duration_s) <= span.end_s
                for span in found
            )
