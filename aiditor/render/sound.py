"""The finished sound: game, microphone and music together, at the loudness players expect.

cuts ─► game, microphone ─┬───────────────────► + ─► loudness, limiter ─► WAV (and stems)
  events, words, voices ──┴► ducking ─► music ─►
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from aiditor.errors import DiskFull, RenderFailed
from aiditor.media.read import audio_blocks
from aiditor.progress import Progress, part, silent
from aiditor.render.ducking import STEP, duck_gain_db, levels_db
from aiditor.render.game_sound import Hide, lay_game, mixed_tracks
from aiditor.render.limiter import Levelled, level
from aiditor.render.loudness import RATE_HZ, SILENCE_LUFS, Reader, integrated_lufs
from aiditor.render.prominence import Spoken, half_beats, prominence
from aiditor.render.sound_config import SoundConfig
from aiditor.timeline import Scores, Timeline

__all__ = ["Mix", "SoundConfig", "mix"]

_GAME_LUFS = -19.0
_MUSIC_LUFS = -16.0
"""A montage is carried by its music; under action it steps back to just below the game."""
_MOST_GAIN_DB = 24.0
"""A nearly silent recording is hiss: it is not turned up further than this."""
_BLOCK = 4 * RATE_HZ
_FULL = 1 << 23
"""Full scale of 24 bits."""


@dataclass(frozen=True, slots=True)
class Mix:
    """Where the sound lies, and how loud it came out."""

    path: str
    integrated_lufs: float
    """-70 where all is silent."""
    true_peak_dbtp: float
    music_path: str = ""
    """Stems, where asked for: together they are the mix, sample for sample."""
    game_path: str = ""
    microphone_path: str = ""
    """"" where no source has a microphone track of its own."""


def mix(
    timeline: Timeline,
    cfg: SoundConfig,
    *,
    out: Path,
    duration_s: float | None = None,
    stems: bool = False,
    scores: Mapping[str, Scores] | None = None,
    spoken: Spoken | None = None,
    hide: Hide | None = None,
    progress: Progress = silent,
) -> Mix:
    """Write the montage's sound to `out`: 24-bit WAV, 48 kHz, stereo.

    It is `round(duration_s * 48000)` samples long, by default the timeline's length; give the picture's, which is
    whole frames. `scores`, by source id, tell where events are and somebody speaks; `spoken` when, where the words
    are known; `hide` covers mutes, as for `lay_game`. With `stems`, game sound, music and, where a source has a track
    for it, the microphone also go to "-game.wav", "-music.wav" and "-microphone.wav" beside `out`.

    Raises UnreadableMedia when a source or the music cannot be read, DiskFull, RenderFailed, Cancelled.
    """
    length = round((timeline.duration_s if duration_s is None else duration_s) * RATE_HZ)
    progress, still = _repeatable(progress)
    names = ["game", "music", *(["microphone"] if _own_microphone(timeline) else [])]
    paths = {name: out.with_name(f"{out.stem}-{name}.wav") for name in names} if stems else {}
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with ExitStack() as stack:
            buses = {name: stack.enter_context(_bus(out, name, length)) for name in names}
            recorded = [buses[name] for name in names if name != "music"]
            microphone = buses.get("microphone")
            lay_game(buses["game"], timeline, cfg, microphone=microphone, hide=hide, progress=part(progress, 0.0, 0.5))
            progress(0.5, "measuring")
            _to_level(recorded, _GAME_LUFS + cfg.game_gain_db, still)
            if timeline.music is not None:
                _lay_music(buses["music"], timeline, progress=part(progress, 0.55, 0.65))
                progress(0.65, "measuring")
                _to_level([buses["music"]], _MUSIC_LUFS + cfg.music_gain_db, still)
                share = prominence(
                    timeline,
                    cfg,
                    levels_db(_sum([buses["game"]], still), length),
                    scores=scores or {},
                    spoken=spoken or {},
                    microphone_db=None if microphone is None else levels_db(_sum([microphone], still), length),
                )
                _turn(buses["music"], duck_gain_db(share, cfg, half_beats(timeline, share.size)))
            levelled = level(
                _sum(list(buses.values()), still),
                length,
                target_lufs=cfg.target_lufs,
                ceiling_dbtp=cfg.true_peak_dbtp - cfg.encoder_headroom_db,
                progress=part(progress, 0.68, 0.92),
            )
            _write(out, paths, buses, levelled, progress=part(progress, 0.92, 1.0))
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise DiskFull("the disk is full", remedy="make room and render again", file=out) from error
        raise RenderFailed(
            f"the sound could not be written ({error})", remedy="check the folder and render again", file=out
        ) from error
    progress(1.0, "sound mixed")
    stem_paths = {f"{name}_path": str(path) for name, path in paths.items()}
    return Mix(str(out), levelled.integrated_lufs, levelled.true_peak_dbtp, **stem_paths)


def _own_microphone(timeline: Timeline) -> bool:
    """Whether any source that is heard brings the microphone as a track of its own."""
    heard = {cut.source_id for cut in timeline.cuts}
    return any(track.role == "microphone" for source_id in heard for track in mixed_tracks(timeline.source(source_id)))


@contextmanager
def _bus(out: Path, name: str, length: int) -> Iterator[np.ndarray]:
    """A silent float32 [2, length] on disk, mapped into memory, gone afterwards.

    On disk, so that long montages need no more memory than short ones; written whole at once, so that a full disk
    is an error here and not a crash later.
    """
    path = out.with_name(f".{out.name}.{os.getpid()}.{name}")
    try:
        with path.open("wb") as handle:
            zeros = bytes(1 << 20)
            left = 8 * max(length, 1)
            while left:
                left -= handle.write(zeros[: min(left, len(zeros))])
        yield np.memmap(path, np.float32, "r+", shape=(2, max(length, 1)))[:, :length]
    finally:
        path.unlink(missing_ok=True)


def _repeatable(progress: Progress) -> tuple[Progress, Callable[[], None]]:
    """`progress`, and a call that says again what it said last: where only a cancelling is to be heard of."""
    last = (0.0, "")

    def report(fraction: float, note: str) -> None:
        nonlocal last
        last = (fraction, note)
        progress(fraction, note)

    return report, lambda: progress(*last)


def _sum(buses: Sequence[np.ndarray], still: Callable[[], None]) -> Reader:
    """The buses together. Measuring a long montage is all reading: each read calls `still`, which may raise."""

    def read(start: int, stop: int) -> np.ndarray:
        still()
        return np.sum([bus[:, start:stop] for bus in buses], axis=0, dtype=np.float32)

    return read


def _lay_music(bus: np.ndarray, timeline: Timeline, *, progress: Progress) -> None:
    music = timeline.music
    assert music is not None
    length = bus.shape[1]
    end_s = music.offset_s + length / RATE_HZ
    at = 0
    for _, block in audio_blocks(music.path, rate_hz=RATE_HZ, channels=2, start_s=music.offset_s, end_s=end_s):
        progress(at / max(length, 1), "laying the music")
        kept = block[:, : length - at]
        bus[:, at : at + kept.shape[1]] = kept
        at += kept.shape[1]
    fade = min(RATE_HZ // 100, length)
    bus[:, length - fade :] *= np.linspace(1, 0, fade, dtype=np.float32)


def _to_level(buses: Sequence[np.ndarray], lufs: float, still: Callable[[], None]) -> None:
    """Bring buses, together, to their usual level, if there is anything on them."""
    found_lufs = integrated_lufs(_sum(buses, still), buses[0].shape[1])
    if found_lufs > SILENCE_LUFS:
        gain = np.float32(10 ** (min(lufs - found_lufs, _MOST_GAIN_DB) / 20))
        for bus in buses:
            for start in range(0, bus.shape[1], _BLOCK):
                bus[:, start : start + _BLOCK] *= gain


def _turn(bus: np.ndarray, gain_db: np.ndarray) -> None:
    """Apply a gain given every 10 ms, in straight lines between: no step from sample to sample."""
    gains = 10 ** (gain_db / 20)
    middles = (np.arange(gains.size) + 0.5) * STEP
    for start in range(0, bus.shape[1], _BLOCK):
        stop = min(start + _BLOCK, bus.shape[1])
        bus[:, start:stop] *= np.interp(np.arange(start, stop), middles, gains).astype(np.float32)


def _write(
    out: Path,
    stems: Mapping[str, Path],
    buses: Mapping[str, np.ndarray],
    levelled: Levelled,
    *,
    progress: Progress,
) -> None:
    """The mix, and the stems that have a path, each bus with the same gain; whole or not at all.

    Each bus is rounded to 24 bits and the mix is the sum of what came out: the stems are the mix to the last bit.
    """
    import soundfile

    paths = [out, *stems.values()]
    partials = [path.with_name(f".{path.name}.{os.getpid()}.part") for path in paths]
    length = next(iter(buses.values())).shape[1]
    try:
        with ExitStack() as stack:
            whole, *parts = (
                stack.enter_context(soundfile.SoundFile(partial, "w", RATE_HZ, 2, "PCM_24", format="WAV"))
                for partial in partials
            )
            files = dict(zip(stems, parts, strict=True))
            for start in range(0, length, _BLOCK):
                progress(start / max(length, 1), "writing the sound")
                stop = min(start + _BLOCK, length)
                gain = levelled.gain(start, stop)
                total = np.zeros((2, stop - start), np.int32)
                for name, bus in buses.items():
                    steps = np.rint(bus[:, start:stop] * gain * np.float64(_FULL))
                    steps = np.clip(steps, 1 - _FULL, _FULL - 1).astype(np.int32)
                    total += steps
                    if name in files:
                        files[name].write((steps << 8).T)
                whole.write((np.clip(total, 1 - _FULL, _FULL - 1) << 8).T)
        for partial, path in zip(partials, paths, strict=True):
            partial.replace(path)
    except soundfile.LibsndfileError as error:
        raise RenderFailed(
            f"the sound could not be written ({error})", remedy="make room and render again", file=out
        ) from error
    finally:
        for partial in partials:
            partial.unlink(missing_ok=True)
