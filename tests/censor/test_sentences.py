"""Many sentences under noise: every profane word is gone over its whole span, and nothing else is touched."""

from __future__ import annotations

import numpy as np
import pytest
from censor.spoken import INNOCENT, PROFANE, RATE_HZ, sentence

from aiditor.censor import CensorConfig, censored, find, measured, spans

SENTENCES = 240
STRICT = CensorConfig(level="strict")
LEAST_DB = -60.0


@pytest.fixture(scope="module")
def sentences():
    return [sentence(number) for number in range(SENTENCES)]


def in_blocks(sound: np.ndarray, size: int) -> list[tuple[float, np.ndarray]]:
    return [(start / RATE_HZ, sound[:, start : start + size]) for start in range(0, sound.shape[1], size)]


def rms(sound: np.ndarray) -> float:
    return float(np.sqrt(np.mean(sound.astype(np.float64) ** 2)))


def covered(sound: np.ndarray, found, cfg: CensorConfig, size: int = 1024) -> np.ndarray:
    blocks = [
        censored(block, round(at * RATE_HZ), rate_hz=RATE_HZ, spans=found, cfg=cfg)
        for at, block in in_blocks(sound, size)
    ]
    return np.concatenate(blocks, axis=1)


def test_there_are_enough_words_of_both_kinds():
    assert SENTENCES >= 200
    assert len(PROFANE) >= 100
    assert len(INNOCENT) >= 150
    assert {sentence(n).snr_db // 5 for n in range(40)} == {0, 1, 2, 3}


def test_every_profane_word_is_found_and_no_other(sentences):
    missed, invented = [], []
    for each in sentences:
        hits = find(each.transcript, STRICT).hits
        missed += [each.text for a, b in each.profane if not any(h.start_s <= a and b <= h.end_s for h in hits)]
        invented += [h.text for h in hits if not any(a <= h.start_s and h.end_s <= b for a, b in each.profane)]
    assert missed == []
    assert invented == []


@pytest.mark.parametrize("method", ["mute", "bleep", "duck", "cut"])
def test_profane_words_are_silent_over_their_whole_span_and_the_rest_keeps_its_bits(sentences, method):
    cfg = STRICT.model_copy(update={"method": method})
    reach_s = cfg.pad_after_s + cfg.fade_s + cfg.merge_gap_s
    loudest_db = -np.inf
    for each in sentences:
        found = measured(spans(find(each.transcript, cfg), cfg), in_blocks(each.sound, 1000), rate_hz=RATE_HZ)
        after = covered(each.sound, found, cfg)
        instead = covered(np.zeros_like(each.sound), found, cfg)
        far = np.ones(each.sound.shape[1], bool)
        for start_s, end_s in each.profane:
            inside = slice(int(start_s * RATE_HZ), int(np.ceil(end_s * RATE_HZ)))
            left, whole = (rms(sound[:, inside]) for sound in (after - instead, each.sound))
            loudest_db = max(loudest_db, 20 * np.log10(max(left / whole, 1e-10)))
            far[max(int((start_s - reach_s) * RATE_HZ), 0) : int(np.ceil((end_s + reach_s) * RATE_HZ))] = False
        assert np.array_equal(after[:, far].view(np.uint32), each.sound[:, far].view(np.uint32)), each.text
    assert loudest_db <= LEAST_DB


def test_lowered_words_are_sixty_decibels_down(sentences):
    cfg = STRICT.model_copy(update={"method": "duck", "duck_db": 60.0})
    for each in sentences[:40]:
        found = spans(find(each.transcript, cfg), cfg)
        left = covered(each.sound, found, cfg) - covered(np.zeros_like(each.sound), found, cfg)
        for start_s, end_s in each.profane:
            inside = slice(int(start_s * RATE_HZ), int(np.ceil(end_s * RATE_HZ)))
            assert 20 * np.log10(rms(left[:, inside]) / rms(each.sound[:, inside])) <= LEAST_DB + 1e-3


def test_words_that_begin_early_or_end_late_are_covered_too(sentences):
    """Engines put words up to a tenth of a second late: the padding is there for that."""
    for each in sentences[:60]:
        found = spans(find(each.transcript, STRICT), STRICT)
        for start_s, end_s in each.profane:
            assert any(
                span.start_s <= max(start_s - 0.1, 0) and min(end_s + 0.1, each.transcript.duration_s) <= span.end_s
                for span in found
            )
