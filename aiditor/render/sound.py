"""The finished sound: game and music together, at the loudness players expect.

cuts ─► game bus ─┬───────────────────► + ─► loudness, limiter ─► WAV (and stems)
                  └► ducking ─► music ─►
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
from aiditor.render.ducking import STEP, duck_gain_db, levels_db, loud_share
from aiditor.render.game_sound import Hide, lay_game
from aiditor.render.limiter import Levelled, level
from aiditor.render.loudness import RATE_HZ, SILENCE_LUFS, Reader, integrated_lufs
from aiditor.render.sound_config import SoundConfig
from aiditor.timeline import Scores, Timeline

__all__ = ["Mix", "SoundConfig", "mix"]

_GAME_LUFS = -19.0
_MUSIC_LUFS = -16.0
"""A montage is carried by its music; under action it steps back to just below the game."""
_MOST_GAIN_DB = 24.0
"""A nearly silent recording is hiss: it is not turned up further than this."""
_BLOCK = 4 * RATE_HZ


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


def mix(
    timeline: Timeline,
    cfg: SoundConfig,
    *,
    out: Path,
    duration_s: float | None = None,
    stems: bool = False,
    scores: Mapping[str, Scores] | None = None,
    hide: Hide | None = None,
    progress: Progress = silent,
) -> Mix:
    """Write the montage's sound to `out`: 24-bit WAV, 48 kHz, stereo.

    It is `round(duration_s * 48000)` samples long, by default the timeline's length; give the picture's, which is
    whole frames. `scores`, by source id, tell where somebody speaks; `hide` covers mutes, as for `lay_game`. With
    `stems`, music and game sound also go to "-music.wav" and "-game.wav" beside `out`.

    Raises UnreadableMedia when a source or the music cannot be read, DiskFull, RenderFailed, Cancelled.
    """
    length = round((timeline.duration_s if duration_s is None else duration_s) * RATE_HZ)
    progress, still = _repeatable(progress)
    paths = [out, *(out.with_name(f"{out.stem}-{name}.wav") for name in ("game", "music") if stems)]
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with ExitStack() as stack:
            game = stack.enter_context(_bus(out, "game", length))
            music = stack.enter_context(_bus(out, "music", length))
            lay_game(game, timeline, cfg, hide=hide, progress=part(progress, 0.0, 0.5))
            progress(0.5, "measuring")
            _to_level(game, _GAME_LUFS + cfg.game_gain_db, still)
            if timeline.music is not None:
                _lay_music(music, timeline, progress=part(progress, 0.55, 0.65))
                progress(0.65, "measuring")
                _to_level(music, _MUSIC_LUFS + cfg.music_gain_db, still)
                _duck(music, game, timeline, cfg, scores or {}, still)
            both = _sum([game, music], still)
            levelled = level(
                both,
                length,
                target_lufs=cfg.target_lufs,
                ceiling_dbtp=cfg.true_peak_dbtp - cfg.encoder_headroom_db,
                progress=part(progress, 0.68, 0.92),
            )
            _write(
                paths,
                [both, _sum([game], still), _sum([music], still)],
                levelled,
                length,
                progress=part(progress, 0.92, 1.0),
            )
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise DiskFull("the disk is full", remedy="make room and render again", file=out) from error
        raise RenderFailed(
            f"the sound could not be written ({error})", remedy="check the folder and render again", file=out
        ) from error
    progress(1.0, "sound mixed")
    return Mix(
        path=str(out),
        integrated_lufs=levelled.integrated_lufs,
        true_peak_dbtp=levelled.true_peak_dbtp,
        game_path=str(paths[1]) if stems else "",
        music_path=str(paths[2]) if stems else "",
    )


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


def _to_level(bus: np.ndarray, lufs: float, still: Callable[[], None]) -> None:
    """Bring a bus to its usual level, if there is anything on it."""
    found_lufs = integrated_lufs(_sum([bus], still), bus.shape[1])
    if found_lufs > SILENCE_LUFS:
        gain = np.float32(10 ** (min(lufs - found_lufs, _MOST_GAIN_DB) / 20))
        for start in range(0, bus.shape[1], _BLOCK):
            bus[:, start : start + _BLOCK] *= gain


def _duck(
    music: np.ndarray,
    game: np.ndarray,
    timeline: Timeline,
    cfg: SoundConfig,
    scores: Mapping[str, Scores],
    still: Callable[[], None],
) -> None:
    length = music.shape[1]
    share = np.zeros(-(-length // STEP), np.float32)
    if cfg.duck_under_game:
        share = loud_share(levels_db(_sum([game], still), length))
    if cfg.duck_under_voice:
        share = np.maximum(share, _voice_share(timeline, scores, share.size))
    gains = 10 ** (duck_gain_db(share, cfg) / 20)
    middles = (np.arange(gains.size) + 0.5) * STEP
    for start in range(0, length, _BLOCK):
        stop = min(start + _BLOCK, length)
        music[:, start:stop] *= np.interp(np.arange(start, stop), middles, gains).astype(np.float32)


def _voice_share(timeline: Timeline, scores: Mapping[str, Scores], count: int) -> np.ndarray:
    """How surely somebody speaks, each 10 ms of the montage: float32 [count]; unsure (under 0.4) is no one."""
    share = np.zeros(count, np.float32)
    times_s = (np.arange(count) + 0.5) * STEP / RATE_HZ
    for cut in timeline.cuts:
        curve = scores.get(cut.source_id)
        if curve is None or not curve.voice.size:
            continue
        inside = np.flatnonzero((times_s >= cut.at_s) & (times_s < cut.at_s + cut.duration_s))
        source_s = np.array([cut.source_s(t_s) for t_s in times_s[inside]])
        voice = np.interp(source_s, np.arange(curve.voice.size) * curve.step_s, np.nan_to_num(curve.voice))
        share[inside] = np.clip((voice - 0.4) / 0.2, 0, 1)
    return share


def _write(
    paths: Sequence[Path], readers: Sequence[Reader], levelled: Levelled, length: int, *, progress: Progress
) -> None:
    """The mix, and the stems where there are paths for them, each with the same gain; whole or not at all."""
    import soundfile

    partials = [path.with_name(f".{path.name}.{os.getpid()}.part") for path in paths]
    try:
        with ExitStack() as stack:
            files = [
                stack.enter_context(soundfile.SoundFile(partial, "w", RATE_HZ, 2, "PCM_24", format="WAV"))
                for partial in partials
            ]
            for start in range(0, length, _BLOCK):
                progress(start / max(length, 1), "writing the sound")
                stop = min(start + _BLOCK, length)
                gain = levelled.gain(start, stop)
                for file, read in zip(files, readers, strict=False):
                    file.write((read(start, stop) * gain).T)
        for partial, path in zip(partials, paths, strict=True):
            partial.replace(path)
    except soundfile.LibsndfileError as error:
        raise RenderFailed(
            f"the sound could not be written ({error})", remedy="make room and render again", file=paths[0]
        ) from error
    finally:
        for partial in partials:
            partial.unlink(missing_ok=True)
