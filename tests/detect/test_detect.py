"""Detection of things put at known times into clips made on the fly."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from media_factory import Sound, make_clip, noise

from aiditor.detect import DetectConfig, detect, detector_names, register
from aiditor.errors import BadConfig, Cancelled
from aiditor.media.probe import probe
from aiditor.timeline import Event, Signals, Source, load_npz, save_npz

HERE = Path(__file__).parents[2]


def source_of(path: Path, **changes: object) -> Source:
    return replace(Source(id="0" * 16, path=str(path), info=probe(path)), **changes)  # type: ignore[arg-type]


def bangs(*at_s: float, level: float = 0.8, length_s: float = 0.3) -> Callable[[np.ndarray], np.ndarray]:
    """Quiet noise with loud noise at `at_s`."""
    hiss = noise(level=1.0)

    def wave(times_s: np.ndarray) -> np.ndarray:
        loud = np.zeros(times_s.shape, bool)
        for at in at_s:
            loud |= (times_s >= at) & (times_s < at + length_s)
        return hiss(times_s) * np.where(loud, level, 0.005)

    return wave


def drifting(*cuts_s: float, flashes_s: tuple[float, ...] = ()) -> Callable[[int, float], np.ndarray]:
    """A drifting pattern whose colours change at `cuts_s`, with white frames for 0.13 s at `flashes_s`."""
    y, x = np.mgrid[0:180, 0:320]

    def picture(index: int, t_s: float) -> np.ndarray:
        if any(at <= t_s < at + 0.13 for at in flashes_s):
            return np.full((180, 320, 3), 255, np.uint8)
        wave = (80 + 40 * np.sin((x + 40 * t_s) / 25) * np.sin(y / 20)).astype(np.uint8)
        image = np.zeros((180, 320, 3), np.uint8)
        image[..., sum(t_s >= at for at in cuts_s) % 3] = wave
        return image

    return picture


@pytest.fixture(scope="module")
def eventful(tmp_path_factory: pytest.TempPathFactory) -> Signals:
    """12 s: bangs at 3.1 and 9.4 s, a flash without a sound at 6.2 s, cuts at 4.5 and 7.8 s."""
    path = make_clip(
        tmp_path_factory.mktemp("detect") / "eventful.mp4",
        seconds=12,
        gop=60,
        picture=drifting(4.5, 7.8, flashes_s=(6.2,)),
        sounds=[Sound(wave=bangs(3.1, 9.4))],
    )
    return detect(source_of(path), DetectConfig(dense_share=1.0))


def test_every_signal_is_on_the_same_clock(eventful: Signals) -> None:
    assert len(eventful) == 48
    for values in eventful.values.values():
        assert values.shape == (48,)
        assert values.dtype == np.float32
    assert 0 < eventful.decoded_frame_share <= 1
    assert eventful.wall_s > 0


def test_bangs_are_bursts_at_their_time(eventful: Signals) -> None:
    for at_s in (3.1, 9.4):
        nearest = min(eventful.events, key=lambda event: abs(event.t_s - at_s))
        assert nearest.t_s == pytest.approx(at_s + 0.15, abs=0.3)
        assert nearest.kind == "burst"
        assert nearest.confidence > 0.5
        assert any(evidence.origin == "audio" and "loud burst" in evidence.says for evidence in nearest.evidence)


def test_levels_rise_where_the_bangs_are(eventful: Signals) -> None:
    for name in ("loudness_db", "onset", "high_db"):
        values = eventful.values[name]
        loud = eventful.times_s[values > np.median(values) + 0.5 * (values.max() - np.median(values))]
        assert loud.min() == pytest.approx(3.0, abs=0.25), name
        assert loud.max() == pytest.approx(9.5, abs=0.3), name


def test_a_flash_is_seen_at_its_time(eventful: Signals) -> None:
    flash = eventful.values["flash"]
    assert float(eventful.times_s[np.nanargmax(flash)]) == pytest.approx(6.2, abs=0.25)
    assert np.nanmax(flash) > 0.3


def test_scene_cuts_are_found(eventful: Signals) -> None:
    for at_s in (4.5, 7.8):
        assert min(abs(shot - at_s) for shot in eventful.shots_s) < 0.25
    assert len(eventful.shots_s) == 2  # the flash is none


@pytest.mark.parametrize("gop", [30, 75, 300])
def test_scene_cuts_are_found_without_looking_closely(tmp_path: Path, gop: int) -> None:
    path = make_clip(tmp_path / "cuts.mp4", seconds=12, gop=gop, picture=drifting(4.5, 7.8), sounds=[])
    cfg = DetectConfig(dense_share_without_sound=0.0, dense_least_s=0.0)
    signals = detect(source_of(path), cfg)
    assert signals.shots_s == pytest.approx((4.5, 7.8), abs=0.25)
    assert np.isnan(signals.values["motion"]).all()


def test_motion_is_seen_in_the_sizes_of_frames_alone(tmp_path: Path) -> None:
    random = np.random.default_rng(0)

    def picture(index: int, t_s: float) -> np.ndarray:
        if 4 <= t_s < 5:
            return random.integers(0, 255, (180, 320, 3), np.uint8)
        return np.full((180, 320, 3), 90, np.uint8)

    path = make_clip(tmp_path / "busy.mp4", seconds=8, picture=picture, sounds=[])
    stir = detect(source_of(path)).values["stir"]
    busy = np.flatnonzero(stir > np.nanmedian(stir) + 2) * 0.25
    assert busy.min() == pytest.approx(4.0, abs=0.25)
    assert busy.max() == pytest.approx(4.75, abs=0.25)


def test_the_action_is_followed_across_the_picture(tmp_path: Path) -> None:
    random = np.random.default_rng(0)

    def picture(index: int, t_s: float) -> np.ndarray:
        image = np.full((180, 320, 3), 60, np.uint8)
        left = 30 if t_s < 3 else 250
        image[60:120, left : left + 40] = random.integers(0, 255, (60, 40, 3), np.uint8)
        return image

    path = make_clip(tmp_path / "sides.mp4", seconds=6, picture=picture, sounds=[])
    focus = detect(source_of(path), DetectConfig(dense_share_without_sound=1.0)).values["focus_x"]
    assert np.nanmedian(focus[:11]) == pytest.approx(50 / 320, abs=0.05)
    assert np.nanmedian(focus[13:]) == pytest.approx(270 / 320, abs=0.05)


def test_no_sound_is_not_silence(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "mute.mp4", seconds=4, sounds=[])
    signals = detect(source_of(path))
    assert np.isnan(signals.values["loudness_db"]).all()
    assert np.isnan(signals.values["voice"]).all()
    assert np.isfinite(signals.values["motion"]).any()


def test_silence_and_a_still_picture_give_no_events(tmp_path: Path) -> None:
    def still(index: int, t_s: float) -> np.ndarray:
        return np.full((180, 320, 3), 40, np.uint8)

    path = make_clip(tmp_path / "still.mp4", seconds=6, picture=still, sounds=[Sound(wave=np.zeros_like)])
    signals = detect(source_of(path))
    assert signals.events == ()
    assert signals.shots_s == ()
    assert (signals.values["loudness_db"] == -100).all()
    assert np.nanmax(signals.values["motion"]) < 0.001


def test_one_frame(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "one.mp4", seconds=0.03, sounds=[])
    signals = detect(source_of(path))
    assert len(signals) == 1
    assert signals.shots_s == ()


@pytest.mark.parametrize("gop", [1, 10_000])
def test_the_share_of_frames_is_kept_whatever_the_keyframes(tmp_path: Path, gop: int) -> None:
    """All-intra: every frame is a keyframe. One keyframe in all: nothing late can be reached cheaply."""
    path = make_clip(
        tmp_path / "gop.mp4", seconds=20, gop=gop, picture=drifting(), sounds=[Sound(wave=bangs(3.1, 15.0))]
    )
    signals = detect(source_of(path), DetectConfig(dense_share=0.1, dense_least_s=0.0))
    assert signals.decoded_frame_share < 0.2
    strongest = sorted(signals.events, key=lambda event: -event.confidence)[:2]
    assert sorted(event.t_s for event in strongest) == pytest.approx([3.25, 15.15], abs=0.3)


def test_spans_covered_elsewhere_have_no_events(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "twice.mp4", seconds=12, sounds=[Sound(wave=bangs(3.1, 9.4))])
    signals = detect(source_of(path, skip_s=((2.0, 5.0),)))
    assert [event.t_s for event in signals.events] == pytest.approx([9.55], abs=0.3)
    for values in signals.values.values():
        assert np.isnan(values[8:20]).all()


def test_game_and_microphone_are_told_apart(tmp_path: Path) -> None:
    """Loudness is of the game's track: bangs on the microphone are not the game's."""
    path = make_clip(
        tmp_path / "tracks.mp4",
        seconds=8,
        sounds=[Sound(title="Game", wave=bangs(2.0)), Sound(title="Microphone", wave=bangs(6.0))],
    )
    loudness = detect(source_of(path)).values["loudness_db"]
    assert loudness.argmax() * 0.25 == pytest.approx(2.0, abs=0.25)
    assert loudness[24] < loudness.max() - 20


def test_signals_come_back_from_disk_the_same(eventful: Signals, tmp_path: Path) -> None:
    save_npz(eventful, tmp_path / "signals.npz")
    again = load_npz(Signals, tmp_path / "signals.npz")
    assert (again.events, again.shots_s, again.wall_s) == (eventful.events, eventful.shots_s, eventful.wall_s)
    for name, values in eventful.values.items():
        assert np.array_equal(values, again.values[name], equal_nan=True)


def test_a_detector_plugs_in_by_name(clip: Path) -> None:
    def finds_a_kill(source: Source, signals: Signals, cfg: DetectConfig, *, progress: object) -> tuple[Event, ...]:
        return (Event("kill", 0.5, 0.4, 0.6, 0.9),)

    register("test-only", finds_a_kill)
    assert "test-only" in detector_names()
    events = detect(source_of(clip), DetectConfig(detectors=("signals", "test-only"))).events
    assert [event.kind for event in events].count("kill") == 1
    with pytest.raises(BadConfig, match="no detector 'psychic'"):
        detect(source_of(clip), DetectConfig(detectors=("psychic",)))


def test_cancel_stops_it_and_its_threads(clip: Path) -> None:
    def cancel(fraction: float, note: str) -> None:
        raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        detect(source_of(clip), progress=cancel)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("detect")]


def test_progress_only_rises_and_ends_at_one(clip: Path) -> None:
    seen: list[float] = []
    detect(source_of(clip), progress=lambda fraction, note: seen.append(fraction))
    assert seen == sorted(seen)
    assert seen[-1] == pytest.approx(1.0)


def test_nothing_heavy_is_imported() -> None:
    code = "import aiditor.detect, sys; print([m for m in ('torch', 'librosa', 'onnxruntime') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=HERE, check=True)
    assert done.stdout.strip() == "[]"
