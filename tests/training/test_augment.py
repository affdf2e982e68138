"""Variations of pictures keep their shape and what moves in them, and are the same for all pictures of a window."""

import numpy as np
import pytest

from aiditor.detect.net.views import DETAIL_SIZE, DETAILS, WHOLE_SIZE
from training.augment import vary_picture


def views(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Six pictures, the same but for the last."""
    random = np.random.default_rng(seed)
    whole = np.repeat(random.integers(0, 256, (1, 3, WHOLE_SIZE[1], WHOLE_SIZE[0]), np.uint8), 6, axis=0)
    shape = (1, len(DETAILS), 3, DETAIL_SIZE[1], DETAIL_SIZE[0])
    details = np.repeat(random.integers(0, 256, shape, np.uint8), 6, axis=0)
    whole[-1], details[-1] = 255 - whole[-1], 255 - details[-1]
    return whole, details


@pytest.mark.parametrize("seed", range(40))
def test_what_stands_still_stays_so_and_what_changes_is_seen(seed: int):
    whole, details = views(seed)
    kept = whole.copy(), details.copy()
    for before, after in zip((whole, details), vary_picture(whole, details, np.random.default_rng(seed)), strict=True):
        assert after.shape == before.shape
        assert after.dtype == np.uint8
        assert after.flags.c_contiguous
        for picture in after[1:-1]:
            np.testing.assert_array_equal(picture, after[0])
        assert (after[-1] != after[0]).mean() > 0.3
    np.testing.assert_array_equal(whole, kept[0])
    np.testing.assert_array_equal(details, kept[1])


def test_pictures_are_varied_widely_and_by_seed_alone():
    whole, details = views(0)
    made = [vary_picture(whole, details, np.random.default_rng(seed))[0] for seed in range(12)]
    assert len({one.tobytes() for one in made}) > 10
    again = vary_picture(whole, details, np.random.default_rng(3))[0]
    np.testing.assert_array_equal(again, made[3])
