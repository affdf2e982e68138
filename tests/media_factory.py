"""Media made on the fly: small recordings with known pictures and sounds, and ways to damage them.

    clip = make_clip(tmp_path / "a.mp4", seconds=2, fps=60, sounds=[Sound(title="Mic/Aux")])
    times_s = flash_and_beep(tmp_path / "sync.mkv", seconds=10, variable=True)
    cut_off(clip, 0.6)

A 1 s clip of 320x180 takes about 0.05 s to make. Nothing here needs more than PyAV and NumPy.
"""

from __future__ import annotations

import os
import random
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.stream import Disposition

__all__ = [
    "Sound",
    "beeps",
    "corrupt_middle",
    "cut_off",
    "flash_and_beep",
    "lie_about_length",
    "make_clip",
    "make_sound",
    "noise",
    "strip_moov",
    "uneven_times",
]

os.environ.setdefault("SVT_LOG", "0")  # the AV1 encoder writes to stderr by itself

Picture = Callable[[int, float], np.ndarray]
"""(frame number, time in seconds) -> uint8 [H, W, 3] RGB."""
Wave = Callable[[np.ndarray], np.ndarray]
"""Times in seconds, float64 [N] -> samples in [-1, 1], float [N] (or [C, N])."""

TRANSFERS = {"bt709": 1, "smpte2084": 16, "arib-std-b67": 18}
SOUND_CODECS = {".webm": "libopus", ".avi": "libmp3lame", ".flv": "aac", ".mpg": "mp2", ".3gp": "aac"}


def beeps(*, pitch_hz: float = 440.0, every_s: float = 0.5, length_s: float = 0.1, level: float = 0.5) -> Wave:
    """A short beep at 0, `every_s`, 2 * `every_s` ..."""

    def wave(times_s: np.ndarray) -> np.ndarray:
        return level * np.sin(2 * np.pi * pitch_hz * times_s) * ((times_s % every_s) < length_s)

    return wave


def noise(*, seed: int = 0, level: float = 0.3, rate_hz: int = 48_000) -> Wave:
    """Noise that swells and fades twice a second, always the same for a seed wherever it is read from."""

    def wave(times_s: np.ndarray) -> np.ndarray:
        index = np.round(times_s * rate_hz).astype(np.uint64)
        mixed = (index + np.uint64(seed * 7919 + 1)) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
        mixed *= np.uint64(0xBF58476D1CE4E5B9)
        white = (mixed >> np.uint64(40)).astype(np.float64) / 2**23 - 1
        return level * white * (0.55 + 0.45 * np.sin(4 * np.pi * times_s + seed))

    return wave


@dataclass(frozen=True)
class Sound:
    """One sound track of a clip."""

    title: str = ""
    layout: str = "stereo"
    rate_hz: int = 48_000
    codec: str = ""
    """Encoder; "" picks what the container usually holds."""
    seconds: float | None = None
    """Length; None is as long as the picture."""
    start_s: float = 0.0
    wave: Wave = field(default_factory=beeps)


def moving_pattern(size: tuple[int, int], seed: int = 0) -> Picture:
    """A colour gradient that drifts, with a white box that crosses it once in two seconds."""
    width, height = size
    y, x = np.mgrid[0:height, 0:width]
    box = max(min(width, height) // 6, 1)

    def picture(index: int, t_s: float) -> np.ndarray:
        shift = int(t_s * 60) + 37 * seed
        image = np.stack([(x + shift) & 255, (y * 2 + shift) & 255, (x + y) & 255], axis=-1).astype(np.uint8)
        left = int((t_s / 2 % 1) * max(width - box, 1))
        image[height // 2 : height // 2 + box, left : left + box] = 255
        return image

    return picture


def uneven_times(seconds: float, fps: float, *, seed: int = 0) -> list[float]:
    """Frame times of a screen recorder: mostly every 1/fps, with gaps of up to six frames, from 0."""
    chance = random.Random(seed)
    times_s, frame = [], 0
    while frame / fps < seconds:
        times_s.append(frame / fps)
        frame += chance.choice((1, 1, 1, 2, 3, 6))
    return times_s


def make_clip(
    path: Path,
    *,
    seconds: float = 1.0,
    fps: float = 30,
    size: tuple[int, int] = (320, 180),
    codec: str = "libx264",
    pix_fmt: str = "yuv420p",
    picture: Picture | None = None,
    times_s: Sequence[float] | None = None,
    sounds: Iterable[Sound] = (Sound(),),
    rotation_deg: int = 0,
    pixel_aspect: Fraction | None = None,
    transfer: str = "",
    interlaced: bool = False,
    gop: int | None = None,
    start_s: float = 0.0,
    seed: int = 0,
    cover: bool = False,
    options: Mapping[str, str] | None = None,
    container: str | None = None,
    container_options: Mapping[str, str] | None = None,
) -> Path:
    """Write a recording to `path` and return it.

    `times_s` gives each frame its own time (variable rate); else frames come every 1/`fps`. `rotation_deg` is the
    clockwise turn a player applies. `transfer` tags "smpte2084" (PQ), "arib-std-b67" (HLG) or "bt709".
    `start_s` shifts the clock of every stream; `gop` is the distance of keyframes in frames; `cover` adds a
    cover picture as a second picture stream.
    """
    rate = Fraction(fps).limit_denominator(1001)
    with (
        _scheduling_kept(),
        av.open(str(path), "w", format=container, container_options=dict(container_options or {})) as output,
    ):
        encoder = _options(codec, interlaced, gop) | dict(options or {})
        video = output.add_stream(codec, rate=rate, options=encoder)
        video.width, video.height = size
        video.pix_fmt = pix_fmt
        context = video.codec_context
        if times_s is not None:
            context.time_base = Fraction(1, 90_000) if codec != "mpeg4" else Fraction(1, 60_000)
        if pixel_aspect is not None:
            context.sample_aspect_ratio = pixel_aspect
        if transfer:
            context.color_trc = TRANSFERS[transfer]
            context.color_primaries, context.colorspace = (1, 1) if transfer == "bt709" else (9, 9)
        if rotation_deg:
            video.set_display_rotation(-rotation_deg)
        tracks = [_Track(output, sound, path, seconds, start_s) for sound in sounds]
        if cover:
            art = output.add_stream("mjpeg", rate=1)
            art.width, art.height, art.pix_fmt = 64, 64, "yuvj420p"
            art.disposition = Disposition.attached_pic
            output.mux(
                art.encode(av.VideoFrame.from_ndarray(np.full((64, 64, 3), 90, np.uint8)).reformat(64, 64, "yuvj420p"))
            )
            output.mux(art.encode(None))
        draw = picture or moving_pattern(size, seed)
        base = context.time_base or 1 / rate
        for index, t_s in enumerate(times_s if times_s is not None else _even(seconds, rate)):
            frame = av.VideoFrame.from_ndarray(draw(index, float(t_s)), format="rgb24").reformat(*size, pix_fmt)
            frame.time_base = base
            frame.pts = round((Fraction(t_s) + Fraction(start_s)) / base)
            for packet in video.encode(frame):
                output.mux(packet)
            for track in tracks:
                track.write(until_s=float(t_s) + 0.5)
        for packet in video.encode(None):
            output.mux(packet)
        for track in tracks:
            track.finish()
    return path


@contextmanager
def _scheduling_kept() -> Iterator[None]:
    """Undo what SVT-AV1 does to a thread of root's: it makes it real-time (SCHED_FIFO 99), and its children with it.

    Such a thread that computes for a while starves everything else on a machine of two cores, tests and servers alike.
    """
    policy, parameters = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        yield
    finally:
        os.sched_setscheduler(0, policy, parameters)


def _even(seconds: float, rate: Fraction) -> Iterator[Fraction]:
    return (index / rate for index in range(max(round(seconds * rate), 1)))


def _options(codec: str, interlaced: bool, gop: int | None) -> dict[str, str]:
    options = {
        "libx264": {"preset": "ultrafast", "crf": "28"},
        "libx265": {"preset": "ultrafast", "crf": "30", "x265-params": "log-level=none:pools=1"},
        "libsvtav1": {"preset": "10", "crf": "50", "svtav1-params": "lp=1"},
        "libvpx-vp9": {"deadline": "realtime", "cpu-used": "8", "crf": "40", "b": "0"},
    }.get(codec, {})
    if gop is not None:
        options["g"] = str(gop)
    if interlaced and codec == "libx264":
        options["x264-params"] = "tff=1"
        options["flags"] = "+ildct+ilme"
    elif interlaced:
        options["flags"] = "+ildct+ilme"
        options["field_order"] = "tt"
    return options


class _Track:
    """A sound track while it is written."""

    def __init__(self, output: av.container.OutputContainer, sound: Sound, path: Path, seconds: float, shift_s: float):
        codec = sound.codec or SOUND_CODECS.get(path.suffix.lower(), "aac")
        self.output, self.sound = output, sound
        self.stream = output.add_stream(codec, rate=sound.rate_hz)
        self.stream.layout = sound.layout
        if sound.title:
            key = "handler_name" if path.suffix.lower() in {".mp4", ".mov"} else "title"
            self.stream.metadata[key] = sound.title
        length_s = seconds - sound.start_s if sound.seconds is None else sound.seconds
        self.end = max(round(length_s * sound.rate_hz), 0)
        self.offset = round((sound.start_s + shift_s) * sound.rate_hz)
        self.at = 0

    def write(self, until_s: float) -> None:
        channels = len(self.stream.layout.channels)
        while self.at < min(self.end, int((until_s - self.sound.start_s) * self.sound.rate_hz)):
            count = min(1024, self.end - self.at)
            times_s = (self.at + np.arange(count)) / self.sound.rate_hz + self.sound.start_s
            wave = np.broadcast_to(self.sound.wave(times_s), (channels, count))
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(wave, np.float32), "fltp", self.sound.layout)
            frame.sample_rate = self.sound.rate_hz
            frame.time_base = Fraction(1, self.sound.rate_hz)
            frame.pts = self.at + self.offset
            for packet in self.stream.encode(frame):
                self.output.mux(packet)
            self.at += count

    def finish(self) -> None:
        self.write(until_s=float("1e6"))
        for packet in self.stream.encode(None):
            self.output.mux(packet)


def make_sound(path: Path, *, seconds: float = 1.0, sound: Sound | None = None) -> Path:
    """Write a file that holds only sound (a song, a voice memo), by the name's ending (.mp3, .wav, .m4a ...)."""
    usual = {".mp3": "libmp3lame", ".wav": "pcm_s16le", ".flac": "flac"}.get(path.suffix.lower(), "aac")
    sound = sound or Sound(codec=usual)
    with av.open(str(path), "w") as output:
        _Track(output, sound, path, seconds, 0.0).finish()
    return path


def flash_and_beep(
    path: Path,
    *,
    seconds: float = 4.0,
    fps: float = 30,
    size: tuple[int, int] = (160, 90),
    every_s: float = 1.0,
    variable: bool = False,
    seed: int = 0,
    beep_s: float = 0.05,
    pitch_hz: float = 1000.0,
    codec: str = "libx264",
    sound_codec: str = "",
) -> tuple[float, ...]:
    """A black, silent recording with one white frame and a beep starting at the same, exactly known times.

    Returns those times in seconds: about every `every_s`, each the exact time of a frame; the beep's first sample
    lies there too, to the sample. With `variable` frames come unevenly, as from a screen recorder. The frame after
    a flash is black again, and lasts at least one frame. Ten minutes take a few seconds to make.
    """
    rate = Fraction(fps).limit_denominator(1001)
    times_s = uneven_times(seconds, fps, seed=seed) if variable else [float(t) for t in _even(seconds, rate)]
    marks: list[int] = []
    for index, t_s in enumerate(times_s):
        if t_s >= every_s * (len(marks) + 0.5) and t_s < seconds - beep_s:
            marks.append(index)
    chosen = set(marks)
    events_s = np.array([times_s[index] for index in marks])
    black, white = np.zeros((size[1], size[0], 3), np.uint8), np.full((size[1], size[0], 3), 255, np.uint8)

    def wave(t: np.ndarray) -> np.ndarray:
        if not len(events_s):
            return np.zeros_like(t)
        since = t - events_s[np.clip(np.searchsorted(events_s, t + 1e-9, side="right") - 1, 0, None)]
        return np.where((since > -1e-9) & (since < beep_s), 0.8 * np.cos(2 * np.pi * pitch_hz * since), 0.0)

    make_clip(
        path,
        seconds=seconds,
        fps=fps,
        size=size,
        codec=codec,
        picture=lambda index, _: white if index in chosen else black,
        times_s=times_s if variable else None,
        sounds=[Sound(codec=sound_codec, wave=wave)],
    )
    return tuple(float(t) for t in events_s)


# --- damage ---------------------------------------------------------------------------------------------------------


def cut_off(path: Path, share: float) -> Path:
    """Keep only the first `share` of the file's bytes, as a copy that stopped half-way."""
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    return path


def corrupt_middle(path: Path, *, at: float = 0.5, count: int = 4000, seed: int = 0) -> Path:
    """Overwrite `count` bytes from the share `at` of the file with noise."""
    data = bytearray(path.read_bytes())
    start = int(len(data) * at)
    count = min(count, len(data) - start)
    data[start : start + count] = random.Random(seed).randbytes(count)
    path.write_bytes(data)
    return path


def strip_moov(path: Path) -> Path:
    """Remove an MP4's index, as a recorder does that crashes before it writes it."""
    data = path.read_bytes()
    kept, at = b"", 0
    while at + 8 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        if data[at + 4 : at + 8] != b"moov":
            kept += data[at : at + length]
        at += length
    path.write_bytes(kept)
    return path


def lie_about_length(path: Path, seconds: float) -> Path:
    """Write `seconds` as the length into a Matroska file's header, whatever it holds."""
    data = path.read_bytes()
    at = data.find(b"\x44\x89\x88")  # Duration, an eight-byte float, in ticks of 1 ms
    assert at > 0, "not a Matroska file with a length"
    path.write_bytes(data[: at + 3] + struct.pack(">d", seconds * 1000) + data[at + 11 :])
    return path
