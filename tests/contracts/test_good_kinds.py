"""Whatever recorders write becomes a Source that tells the truth about it."""

from __future__ import annotations

from pathlib import Path

import pytest
from contracts.kinds import EXPECTED, GOOD

from aiditor.ingest import IngestConfig, ingest
from aiditor.media.probe import probe


def test_there_are_enough_kinds() -> None:
    assert len(GOOD) >= 25
    assert GOOD.keys() == EXPECTED.keys()


@pytest.mark.parametrize("kind", GOOD)
def test_probe_tells_the_truth(kind: str, tmp_path: Path) -> None:
    path, want = GOOD[kind](tmp_path), EXPECTED[kind]
    info = probe(path)
    video = info.video
    assert (video.width, video.height) == want.size
    assert info.duration_s == pytest.approx(want.duration_s, abs=want.tolerance_s)
    assert video.codec == want.codec
    assert info.container == want.container
    assert video.rotation_deg == want.rotation_deg
    assert video.pixel_aspect == want.pixel_aspect
    assert video.bit_depth == want.bit_depth
    assert video.transfer == want.transfer
    assert video.hdr == (want.transfer in ("smpte2084", "arib-std-b67"))
    assert video.variable_rate == want.variable_rate
    assert video.interlaced == want.interlaced
    assert tuple(track.role for track in info.audio) == want.roles
    assert tuple(track.layout for track in info.audio) == want.layouts
    assert info.size_bytes == path.stat().st_size
    if want.rate_hz is not None:
        assert video.rate_hz == pytest.approx(want.rate_hz, rel=0.01)
    if want.start_s is not None:
        assert info.start_s == pytest.approx(want.start_s, abs=0.05)
    assert info.start_s <= video.start_s
    if want.warning:
        assert any(want.warning in warning for warning in info.warnings), info.warnings
    else:
        assert info.warnings == ()


@pytest.mark.parametrize("kind", GOOD)
def test_ingest_takes_it(kind: str, tmp_path: Path) -> None:
    path = GOOD[kind](tmp_path / "clips")
    found = ingest([path], IngestConfig(), workdir=tmp_path / "work")
    assert found.rejected == ()
    assert [source.path for source in found.sources] == [str(path)]
    assert found.sources[0].name == path.name
