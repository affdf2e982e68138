"""The windows that every tool cuts."""

from __future__ import annotations

from itertools import pairwise

import pytest

from bench.render import CUT_S, windows


@pytest.mark.parametrize(("seconds", "count"), [(45.0, 4), (180.0, 12), (60.02, 12)])
def test_windows_are_apart_inside_and_on_whole_frames(seconds, count):
    spans = windows(seconds, count)
    assert len(spans) == count
    assert spans[0][0] >= 1
    assert spans[-1][1] < seconds
    for (start_s, end_s), (next_s, _) in pairwise(spans):
        assert end_s < next_s
        assert (start_s * 60) == pytest.approx(round(start_s * 60))
        assert end_s - start_s == pytest.approx(CUT_S)
