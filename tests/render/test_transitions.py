"""Transitions, callouts and the watermark, seen in the pixels of finished files."""

from __future__ import annotations

from pathlib import Path

import av
import media_factory
import numpy as np
import pytest

from aiditor.media.probe import probe
from aiditor.render import RenderConfig, render
from aiditor.render.framing import Canvas
from aiditor.render.text import CALLOUT_S, draw_callout, draw_watermark, pop
from aiditor.render.transitions import KINDS, commands, transition_spec
from aiditor.timeline import Cut, Ramp, Source, Timeline, Transition

CFG = RenderConfig(landscape=(320, 180), portrait=(180, 320), preset="ultrafast", fps=30, encoder="libx264", crf=12)
RED, BLUE = (200, 30, 30), (30, 30, 200)


def halves(number: int, t_s: float) -> np.ndarray:
    """Two seconds red with a white middle square, then blue."""
    pixels = np.empty((180, 320, 3), np.uint8)
    pixels[:] = RED if t_s < 2 else BLUE
    pixels[80:100, 150:170] = 255
    return pixels


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Source:
    path = tmp_path_factory.mktemp("clip") / "halves.mp4"
    media_factory.make_clip(path, seconds=4, fps=30, size=(320, 180), picture=halves, sounds=[])
    return Source("0123456789abcdef", str(path), probe(path))


def frames(path: Path) -> np.ndarray:
    """uint8 [T, H, W, 3]."""
    with av.open(str(path)) as container:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)])


def entered(source: Source, kind: str, tmp_path: Path, aspect: str = "landscape") -> np.ndarray:
    """A red second, then a blue one entered by a transition of 15 frames."""
    cuts = (
        Cut(source.id, 0.5, 1.5, 0.0, 1.0),
        Cut(source.id, 2.5, 3.5, 1.0, 3.0, transition=Transition(kind, 0.5)),
    )
    out = tmp_path / f"{kind}.mp4"
    render(Timeline((source,), cuts), CFG, out={aspect: out})
    return frames(out)


def corner(picture: np.ndarray) -> np.ndarray:
    return picture[10:30, 10:30].reshape(-1, 3).mean(axis=0)


@pytest.mark.parametrize("kind", KINDS)
def test_a_transition_fills_its_own_time_and_no_more(kind: str, source: Source, tmp_path: Path) -> None:
    seen = entered(source, kind, tmp_path)
    assert len(seen) == 60
    assert corner(seen[29]) == pytest.approx(RED, abs=10), "the cut before ends untouched"
    assert corner(seen[45]) == pytest.approx(BLUE, abs=10), "the cut is itself again when it is over"


def test_crossfade_mixes_both_pictures_half_way(source: Source, tmp_path: Path) -> None:
    seen = entered(source, "crossfade", tmp_path)
    assert corner(seen[37]) == pytest.approx((115, 30, 115), abs=12)
    assert corner(seen[31])[0] > corner(seen[43])[0] + 80


@pytest.mark.parametrize("aspect", ["landscape", "portrait"])
def test_whip_slides_the_new_picture_in_from_the_right(aspect: str, source: Source, tmp_path: Path) -> None:
    middle = entered(source, "whip", tmp_path, aspect)[37].astype(int)
    width = middle.shape[1]
    assert middle[20, 4, 0] > 150 > middle[20, 4, 2], "old on the left"
    assert middle[20, width - 4, 2] > 150 > middle[20, width - 4, 0], "new on the right"
    assert 60 < middle[20, width // 2, 0] < 170, "smeared where they meet"


def test_flash_starts_nearly_white(source: Source, tmp_path: Path) -> None:
    seen = entered(source, "flash", tmp_path)
    assert corner(seen[30]).min() > 180
    assert corner(seen[37]).mean() < corner(seen[30]).mean() - 40


def test_zoom_punch_starts_closer_about_the_middle(source: Source, tmp_path: Path) -> None:
    seen = entered(source, "zoom_punch", tmp_path)

    def square(picture: np.ndarray) -> tuple[int, float]:
        white = np.argwhere(picture.min(axis=-1) > 150)
        return len(white), float(white[:, 1].mean())

    area, centre_x = square(seen[30])
    plain, plain_x = square(seen[50])
    assert area > plain * 1.2
    assert centre_x == pytest.approx(plain_x, abs=2)


def test_the_first_cut_has_nothing_to_mix_with(source: Source, tmp_path: Path) -> None:
    cuts = (Cut(source.id, 0.5, 1.0, 0.0, 0.7, transition=Transition("crossfade", 0.3)),)
    render(Timeline((source,), cuts), CFG, out={"landscape": tmp_path / "first.mp4"})
    assert corner(frames(tmp_path / "first.mp4")[0]) == pytest.approx(RED, abs=10)


def test_run_on_past_the_end_of_the_source_holds_its_last_frame(source: Source, tmp_path: Path) -> None:
    cuts = (
        Cut(source.id, 3.5, 4.0, 0.0, 3.7),
        Cut(source.id, 0.5, 1.5, 0.5, 1.0, transition=Transition("crossfade", 0.5)),
    )
    render(Timeline((source,), cuts), CFG, out={"landscape": tmp_path / "held.mp4"})
    assert corner(frames(tmp_path / "held.mp4")[22]) == pytest.approx((115, 30, 115), abs=12)


def test_progress_never_repeats_a_plain_frame() -> None:
    canvas = Canvas("landscape", 320, 180)
    assert transition_spec("crossfade", canvas).inputs == ("new", "old")
    assert transition_spec("flash", canvas).inputs == ("new",)
    weights = [float(commands("crossfade", canvas, step / 10)[0].value) for step in range(1, 10)]
    assert weights == sorted(weights)
    assert 0 < weights[0] < 0.1
    assert 0.9 < weights[-1] < 1


# --- slow motion ---------------------------------------------------------------------------------------------------


def moving(number: int, t_s: float) -> np.ndarray:
    """Grey that brightens by 4 a frame."""
    return np.full((180, 320, 3), 40 + 4 * number, np.uint8)


@pytest.fixture(scope="module")
def rising(tmp_path_factory: pytest.TempPathFactory) -> Source:
    path = tmp_path_factory.mktemp("clip") / "rising.mp4"
    media_factory.make_clip(path, seconds=1.5, fps=30, size=(320, 180), picture=moving, sounds=[], options={"crf": "4"})
    return Source("0123456789abcdef", str(path), probe(path))


@pytest.mark.parametrize("how", ["blend", "repeat"])
def test_a_ramp_plays_slowly_and_fills_in_as_asked(how: str, rising: Source, tmp_path: Path) -> None:
    cut = Cut(rising.id, 0.0, 1.0, 0.0, 0.5, ramp=Ramp(0.2, 0.6, 0.5))
    out = tmp_path / "slow.mp4"
    rendered = render(Timeline((rising,), (cut,)), CFG.model_copy(update={"slow_motion": how}), out={"landscape": out})
    assert rendered.frames == 42, "0.4 s more than the second it shows"
    levels = frames(out)[:, 90, 160, 0].astype(float)
    steps = np.diff(levels)
    assert steps[:5].mean() == pytest.approx(4, abs=0.8), "normal speed before the ramp"
    inside = steps[7:28]
    assert inside.mean() == pytest.approx(2, abs=0.4), "half speed inside it"
    assert (inside.max() < 3.5) == (how == "blend")
    assert steps[32:].mean() == pytest.approx(4, abs=0.8)


# --- lettering -----------------------------------------------------------------------------------------------------


def test_a_callout_is_seen_from_its_peak_for_its_time_only(source: Source, tmp_path: Path) -> None:
    cut = Cut(source.id, 0.0, 2.0, 0.0, 0.5, callout="ACE")
    out = {"landscape": tmp_path / "wide.mp4", "portrait": tmp_path / "tall.mp4"}
    render(Timeline((source,), (cut,)), CFG, out=out)
    for path in out.values():
        seen = frames(path)
        height = seen.shape[1]
        band = seen[:, int(height * 0.15) : int(height * 0.38)].min(axis=-1).reshape(len(seen), -1).max(axis=1)
        lit = np.flatnonzero(band > 150)
        assert lit[0] in (15, 16), "it pops up at the peak"
        assert lit[-1] <= 15 + CALLOUT_S * 30
        assert len(lit) > 25
    render(Timeline((source,), (cut,)), CFG.model_copy(update={"callouts": False}), out={"landscape": out["landscape"]})
    assert frames(out["landscape"])[20, 20:60].min(axis=-1).max() < 100


def test_the_pop_overshoots_settles_and_fades() -> None:
    assert pop(-0.01)[1] == 0
    assert pop(0)[0] < 0.6
    assert max(pop(t / 100)[0] for t in range(20)) > 1.1
    assert pop(0.5) == (1.0, 1.0)
    assert pop(CALLOUT_S)[1] == 0


@pytest.mark.parametrize("canvas", [Canvas("landscape", 1920, 1080), Canvas("portrait", 1080, 1920)])
@pytest.mark.parametrize("text", ["ACE", "QUADRUPLE KILL WITH ONE GRENADE", "НЕРЕАЛЬНО", "é!?"])
def test_lettering_fits_the_picture_in_any_script(canvas: Canvas, text: str) -> None:
    for lettering in (draw_callout(text, canvas, 1.0, 1.0), draw_watermark(text, canvas)):
        height, width = lettering.pixels.shape[:2]
        assert 0 <= lettering.left <= canvas.width - width
        assert 0 <= lettering.top <= canvas.height - height
        assert lettering.pixels[..., 3].max() > 150
        assert width % 2 == height % 2 == 0


def test_the_watermark_is_on_every_frame_and_through_transitions(source: Source, tmp_path: Path) -> None:
    cuts = (
        Cut(source.id, 0.5, 1.0, 0.0, 0.7),
        Cut(source.id, 2.5, 3.0, 0.5, 2.7, transition=Transition("whip", 0.3)),
    )
    out = tmp_path / "marked.mp4"
    render(Timeline((source,), cuts), CFG.model_copy(update={"watermark_text": "WWWWW"}), out={"landscape": out})
    mark = frames(out)[:, 150:, 240:].min(axis=-1).reshape(30, -1).max(axis=1)
    assert (mark > 110).all()
