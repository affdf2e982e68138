"""From every kind of file creators hand in, a montage is rendered: whole, in step and of the right shape."""

from __future__ import annotations

from pathlib import Path

import av
import pytest
from contracts.kinds import BAD, GOOD
from media_factory import make_clip

from aiditor import pipeline
from aiditor.export import ExportConfig
from aiditor.settings import Settings
from aiditor.styles import Style, load

pytestmark = pytest.mark.slow
ONLY_VIDEO = ExportConfig(poster=False, otio=False, fcpxml=False, edl=False)


@pytest.fixture(scope="module")
def style() -> Style:
    """The plainest style at a small size, without music: what is tested is the way of the footage."""
    plain = load("minimal")
    select = plain.select.model_copy(update={"target_s": 3.0, "shortest_cut_s": 0.4})
    render = plain.render.model_copy(update={"landscape": (160, 90), "portrait": (90, 160), "preset": "ultrafast"})
    music = plain.music.model_copy(update={"engine": "none"})
    return plain.model_copy(update={"select": select, "render": render, "music": music})


@pytest.mark.parametrize("kind", GOOD)
def test_a_montage_is_rendered_from_it(kind: str, style: Style, tmp_path: Path) -> None:
    clip = GOOD[kind](tmp_path / "clips")
    export = pipeline.make_montage(
        [clip], style=style, out=tmp_path / "out", exports=ONLY_VIDEO, settings=Settings(aiditor_home=tmp_path / "home")
    )
    assert export.rejected == ()
    for aspect, size in (("landscape", (160, 90)), ("portrait", (90, 160))):
        with av.open(export.files[aspect]) as container:
            video, audio = container.streams.video[0], container.streams.audio[0]
            assert (video.width, video.height, video.format.name) == (*size, "yuv420p")
            pictures = [frame.time for frame in container.decode(video)]
            container.seek(0)
            samples = sum(frame.samples for frame in container.decode(audio))
        length = len(pictures) / float(video.average_rate)
        assert length == pytest.approx(export.timeline.duration_s, abs=0.02)
        # AAC comes in frames of 1024 samples: the last may be longer than the picture.
        assert -0.001 <= samples / 48_000 - length <= 1024 / 48_000 + 0.02


def test_one_good_clip_among_every_bad_kind(style: Style, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    clip = make_clip(tmp_path / "in" / "good.mp4", seconds=4)
    bad = []
    for number, make in enumerate(BAD.values()):
        folder = tmp_path / "in" / str(number)
        folder.mkdir()
        bad.append(make(folder))
    export = pipeline.make_montage(
        [*bad, clip],
        style=style,
        out=tmp_path / "out",
        aspects=["landscape"],
        exports=ONLY_VIDEO,
        settings=Settings(aiditor_home=tmp_path / "home"),
    )
    assert [source.name for source in export.timeline.sources] == ["good.mp4"]
    assert len(export.rejected) >= len(BAD)
    assert all(rejection.remedy for rejection in export.rejected)
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["landscape.mp4", "montage.json", "timeline.json"]
