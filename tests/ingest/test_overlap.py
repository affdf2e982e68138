"""The same moment recorded twice is used once, and nothing else is taken for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from media_factory import Sound, make_clip, noise

from aiditor.errors import Cancelled
from aiditor.ingest import IngestConfig, ingest
from aiditor.ingest.fingerprint import STEP_S, Fingerprint, fingerprint, proposals, stretches
from aiditor.timeline import Ingested


def scenery(seed: int, size: tuple[int, int], offset_s: float = 0.0) -> Callable[[int, float], np.ndarray]:
    """A picture that never repeats: random patches that melt into others every half second."""
    width, height = size
    columns, rows = np.arange(width) * 8 // width, np.arange(height) * 5 // height

    def patches(step: int) -> np.ndarray:
        return np.random.default_rng((seed, step)).integers(0, 256, (5, 8, 3))

    def picture(index: int, t_s: float) -> np.ndarray:
        step, share = divmod((t_s + offset_s) * 2, 1.0)
        mixed = (1 - share) * patches(int(step)) + share * patches(int(step) + 1)
        return mixed.astype(np.uint8)[rows][:, columns]

    return picture


def game_sound(seed: int) -> Callable[[np.ndarray], np.ndarray]:
    """Sound that never repeats: every quarter second four new tones that die away, over some noise."""
    hiss = noise(seed=seed, level=0.02)

    def wave(times_s: np.ndarray) -> np.ndarray:
        steps = np.floor(times_s * 4).astype(int)
        total = hiss(times_s)
        for step in np.unique(steps):
            here = steps == step
            since_s = times_s[here] - step / 4
            for tone_hz in np.random.default_rng((seed, int(step))).uniform(150, 2800, 4):
                total[here] += 0.12 * np.exp(-6 * since_s) * np.sin(2 * np.pi * tone_hz * since_s)
        return total

    return wave


def record(
    path: Path, *, match: int = 1, start_s: float = 0.0, seconds: float = 12.0, sound: int | None = None,
    size: tuple[int, int] = (160, 90), bit_rate: str = "128k", silent: bool = False,
) -> Path:  # fmt: skip
    """Seconds `start_s` on of game `match` (its picture, and its sound unless `sound` says another)."""
    wave = game_sound(match if sound is None else sound)
    return make_clip(
        path,
        seconds=seconds,
        size=size,
        picture=scenery(match, size, start_s),
        sounds=[] if silent else [Sound(wave=lambda t: wave(t + start_s))],
    )


def take(*paths: Path, **config: object) -> Ingested:
    return ingest(paths, IngestConfig(**config), workdir=paths[0].parent / "work")


@pytest.mark.parametrize("recording_first", [True, False])
def test_a_replay_clip_of_a_full_recording_is_dropped(tmp_path: Path, recording_first: bool) -> None:
    full = record(tmp_path / "full.mp4")
    replay = record(tmp_path / "replay.mkv", start_s=3.4, seconds=6, size=(128, 72))
    found = take(full, replay) if recording_first else take(replay, full)
    assert [source.name for source in found.sources] == ["full.mp4"]
    assert [Path(rejection.file).name for rejection in found.rejected] == ["replay.mkv"]
    assert found.rejected[0].why == "replay.mkv is already in full.mp4"


def test_only_the_shared_part_of_two_recordings_is_skipped(tmp_path: Path) -> None:
    first = record(tmp_path / "first.mp4", seconds=14)
    second = record(tmp_path / "second.mp4", start_s=8, seconds=13)
    found = take(first, second)
    assert found.rejected == ()
    assert found.sources[0].skip_s == ()
    (span,) = found.sources[1].skip_s
    assert span == pytest.approx((0, 6), abs=0.4)


def test_the_larger_picture_is_kept(tmp_path: Path) -> None:
    full = record(tmp_path / "full.mp4", size=(128, 72))
    replay = record(tmp_path / "replay.mp4", start_s=3, seconds=6, size=(256, 144))
    found = take(full, replay)
    assert found.rejected == ()
    assert found.sources[1].skip_s == ()
    (span,) = found.sources[0].skip_s
    assert span == pytest.approx((3, 9), abs=0.4)


def test_the_same_music_under_other_pictures_is_no_repeat(tmp_path: Path) -> None:
    found = take(record(tmp_path / "a.mp4", match=1, sound=7), record(tmp_path / "b.mp4", match=2, sound=7))
    assert len(found.sources) == 2
    assert proposals([fingerprint(source) for source in found.sources], 0, [1]), "by its sound alone it would be one"
    assert all(source.skip_s == () for source in found.sources)


def test_music_that_loops_within_recordings_is_no_repeat(tmp_path: Path) -> None:
    loop = game_sound(5)
    clips = [
        make_clip(
            tmp_path / f"{match}.mp4",
            seconds=12,
            size=(160, 90),
            picture=scenery(match, (160, 90)),
            sounds=[Sound(wave=lambda t, match=match: loop((t + match) % 4.0))],
        )
        for match in (1, 2)
    ]
    assert [source.skip_s for source in take(*clips).sources] == [(), ()]


def test_other_recordings_of_one_game_are_left_alone(tmp_path: Path) -> None:
    found = take(*(record(tmp_path / f"{match}.mp4", match=match, seconds=8) for match in (1, 2, 3)))
    assert [source.skip_s for source in found.sources] == [(), (), ()]


def test_recordings_without_sound_are_told_by_their_pictures(tmp_path: Path) -> None:
    full = record(tmp_path / "full.mp4", silent=True)
    replay = record(tmp_path / "replay.mp4", start_s=4.2, seconds=6, size=(128, 72), silent=True)
    other = record(tmp_path / "other.mp4", match=2, silent=True)
    found = take(full, replay, other)
    assert [source.name for source in found.sources] == ["full.mp4", "other.mp4"]


def test_it_can_be_switched_off(tmp_path: Path) -> None:
    full, replay = record(tmp_path / "full.mp4"), record(tmp_path / "replay.mp4", start_s=3, seconds=6)
    assert len(take(full, replay, find_overlaps=False).sources) == 2


def test_it_can_be_cancelled_while_it_listens(tmp_path: Path) -> None:
    full, replay = record(tmp_path / "full.mp4"), record(tmp_path / "replay.mp4", start_s=3, seconds=6)

    def stop(fraction: float, note: str) -> None:
        if "listening" in note:
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        ingest([full, replay], IngestConfig(), workdir=tmp_path, progress=stop)


def codes(seed: int, length: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 1 << 24, length, dtype=np.uint32)


@settings(max_examples=25, deadline=None)
@given(st.integers(-300, 300), st.integers(200, 500), st.floats(0.0, 0.12), st.integers(0, 99))
def test_any_shift_is_found_through_bit_errors(shift: int, length: int, errors: float, seed: int) -> None:
    chance = np.random.default_rng(seed)
    world = codes(seed, 1500)
    flips = (chance.random((length, 24)) < errors) @ (1 << np.arange(24, dtype=np.uint32))
    mine = Fingerprint(world[500 : 500 + length] ^ flips.astype(np.uint32), np.ones(length, bool))
    start = 500 - shift
    other = Fingerprint(world[start : start + 700], np.ones(700, bool))
    shared = min(500 + length, start + 700) - max(500, start)
    found = proposals([mine, other], 0, [1])
    if shared * STEP_S >= 6:
        assert (1, shift) in found
        (match,) = stretches(mine, other, shift, 4.0)
        assert match.end_s - match.start_s == pytest.approx(shared * STEP_S, abs=1.2)
        assert match.shift_s == pytest.approx(shift * STEP_S)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(-200, 200))
def test_strangers_never_run_together(seed: int, shift: int) -> None:
    heard = np.ones(400, bool)
    mine, other = Fingerprint(codes(seed, 400), heard), Fingerprint(codes(seed + 20_000, 400), heard)
    assert proposals([mine, other], 0, [1]) == []
    assert stretches(mine, other, shift, 2.0) == []
