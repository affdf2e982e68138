"""The kinds of files that creators really hand in, good and bad: one table for every suite that must cope with all.

for name, make in GOOD.items():
    path = make(tmp_path)       # a recording; EXPECTED[name] says what is true of it
for name, make in BAD.items():
    given = make(tmp_path)      # something to hand to `ingest`, which must refuse it
"""

from __future__ import annotations

import os
import stat
import struct
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from media_factory import (
    Sound,
    corrupt_middle,
    cut_off,
    lie_about_length,
    make_clip,
    make_sound,
    strip_moov,
    uneven_times,
)

__all__ = ["BAD", "EXPECTED", "GOOD", "Expected"]

Make = Callable[[Path], Path]


@dataclass(frozen=True)
class Expected:
    """What `probe` must find in a good kind."""

    size: tuple[int, int] = (320, 180)
    """As a viewer sees it."""
    duration_s: float = 1.0
    tolerance_s: float = 0.06
    rate_hz: float | None = 30.0
    codec: str = "h264"
    container: str = "mp4"
    roles: tuple[str, ...] = ("mix",)
    layouts: tuple[str, ...] = ("stereo",)
    rotation_deg: int = 0
    pixel_aspect: str = "1/1"
    bit_depth: int = 8
    transfer: str = "unknown"
    variable_rate: bool = False
    interlaced: bool = False
    start_s: float | None = None
    warning: str = ""
    """A part of a warning that must be given; "" for none at all."""


GOOD: dict[str, Make] = {}
EXPECTED: dict[str, Expected] = {}
BAD: dict[str, Make] = {}


def _good(name: str, file: str, expected: Mapping[str, Any] | None = None, **clip: Any) -> None:
    def make(folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        return make_clip(folder / file, **clip)

    GOOD[name] = make
    suffix = Path(file).suffix[1:]
    container = {"mkv": "matroska", "ts": "mpegts", "mpg": "mpeg"}.get(suffix, suffix)
    EXPECTED[name] = Expected(**({"container": container} | dict(expected or {})))


def _changed(name: str, base: str, change: Callable[[Path], object], **expected: Any) -> None:
    make = GOOD[base]
    GOOD[name] = lambda folder: _after(make(folder), change)
    EXPECTED[name] = Expected(**({"container": EXPECTED[base].container} | expected))


def _after(path: Path, change: Callable[[Path], object]) -> Path:
    change(path)
    return path


def _bad(make: Make) -> Make:
    BAD[make.__name__.strip("_")] = make
    return make


# --- good -----------------------------------------------------------------------------------------------------------

# containers and codecs
_good("h264 in mp4", "clip.mp4")
_good("h264 in mkv", "clip.mkv")
_good("h264 in mov", "clip.mov")
_good("h264 in ts", "clip.ts")
_good("h264 in flv", "clip.flv")
_good("hevc", "clip.mp4", {"codec": "hevc"}, codec="libx265")
_good("av1", "clip.mp4", {"codec": "av1"}, codec="libsvtav1")
_good("vp9 in webm", "clip.webm", {"codec": "vp9"}, codec="libvpx-vp9")
_good(
    "prores", "clip.mov", {"codec": "prores", "bit_depth": 10},
    codec="prores_ks", pix_fmt="yuv422p10le", sounds=[Sound(codec="pcm_s16le")],
)  # fmt: skip
_good("mpeg-4 in avi", "clip.avi", {"codec": "mpeg4"}, codec="mpeg4")
_good("mpeg-2 in mpg", "clip.mpg", {"codec": "mpeg2video", "rate_hz": 25}, codec="mpeg2video", fps=25)
_good("mjpeg in avi", "clip.avi", {"codec": "mjpeg"}, codec="mjpeg", pix_fmt="yuvj420p")
_good("wmv", "clip.wmv", {"codec": "wmv2", "container": "asf"}, codec="wmv2", sounds=[Sound(codec="libmp3lame")])
_good("fragmented mp4", "clip.mp4", container_options={"movflags": "frag_keyframe+empty_moov"})
_good("fast-start mp4", "clip.mp4", container_options={"movflags": "faststart"})

# times
_good(
    "variable rate in mp4", "clip.mp4", {"duration_s": 3, "rate_hz": None, "variable_rate": True, "tolerance_s": 0.12},
    times_s=uneven_times(3, 60), seconds=3,
)  # fmt: skip
_good(
    "variable rate in mkv", "clip.mkv", {"duration_s": 3, "rate_hz": None, "variable_rate": True, "tolerance_s": 0.12},
    times_s=uneven_times(3, 60, seed=2), seconds=3,
)  # fmt: skip
_good("60 frames a second", "clip.mp4", {"rate_hz": 60}, fps=60)
_good("ntsc rate", "clip.mkv", {"rate_hz": 30000 / 1001, "duration_s": 1.001}, fps=30000 / 1001)
_good("slow, 5 frames a second", "clip.mp4", {"rate_hz": 5, "duration_s": 2, "tolerance_s": 0.21}, fps=5, seconds=2)
_good("starts late in mkv", "clip.mkv", {"start_s": 5}, start_s=5)
_good("starts late in ts", "clip.ts", {"start_s": 100}, start_s=100)
_good(
    "starts before zero", "clip.mp4", {"duration_s": 1.5},
    start_s=-0.5, seconds=2, container_options={"avoid_negative_ts": "disabled"},
)  # fmt: skip
_good("one keyframe only", "clip.mp4", {"duration_s": 3}, gop=1000, seconds=3)
_good("all keyframes", "clip.mp4", gop=1)
_good("b-frames", "clip.mp4", options={"preset": "medium", "bf": "3"})
_good("interlaced h264", "clip.ts", {"interlaced": True, "rate_hz": 25}, interlaced=True, fps=25)
_good("interlaced mpeg-2", "clip.ts", {"interlaced": True, "rate_hz": 25, "codec": "mpeg2video"},
      interlaced=True, fps=25, codec="mpeg2video")  # fmt: skip

# pictures
_good("turned 90", "clip.mp4", {"size": (180, 320), "rotation_deg": 90}, rotation_deg=90)
_good("turned 180", "clip.mov", {"rotation_deg": 180}, rotation_deg=180)
_good("turned 270", "clip.mp4", {"size": (180, 320), "rotation_deg": 270}, rotation_deg=270)
_good("anamorphic", "clip.mp4", {"size": (427, 180), "pixel_aspect": "4/3"}, pixel_aspect=Fraction(4, 3))
_good("anamorphic and turned", "clip.mp4", {"size": (180, 427), "pixel_aspect": "4/3", "rotation_deg": 90},
      pixel_aspect=Fraction(4, 3), rotation_deg=90)  # fmt: skip
_good("odd size", "clip.webm", {"size": (321, 179), "codec": "vp9"}, size=(321, 179), codec="libvpx-vp9")
_good("odd size 4:4:4", "clip.mp4", {"size": (321, 179)}, size=(321, 179), pix_fmt="yuv444p")
_good("4:2:2", "clip.mp4", pix_fmt="yuv422p")
_good("4:4:4 in mkv", "clip.mkv", pix_fmt="yuv444p")
_good("full range", "clip.mp4", pix_fmt="yuvj420p")
_good("10-bit hevc", "clip.mp4", {"codec": "hevc", "bit_depth": 10}, codec="libx265", pix_fmt="yuv420p10le")
_good("10-bit h264", "clip.mkv", {"bit_depth": 10}, pix_fmt="yuv420p10le")
_good("hdr pq", "clip.mp4", {"codec": "hevc", "bit_depth": 10, "transfer": "smpte2084"},
      codec="libx265", pix_fmt="yuv420p10le", transfer="smpte2084")  # fmt: skip
_good("hdr hlg", "clip.mkv", {"codec": "hevc", "bit_depth": 10, "transfer": "arib-std-b67"},
      codec="libx265", pix_fmt="yuv420p10le", transfer="arib-std-b67")  # fmt: skip
_good("tagged bt709", "clip.mp4", {"transfer": "bt709"}, transfer="bt709")
_good("tiny", "clip.mp4", {"size": (16, 16)}, size=(16, 16))
_good("tall", "clip.mp4", {"size": (90, 320)}, size=(90, 320))
_good("cover picture", "clip.mp4", cover=True)

# sound
_good("5.1", "clip.mp4", {"layouts": ("5.1",)}, sounds=[Sound(layout="5.1")])
_good("mono", "clip.mp4", {"layouts": ("mono",)}, sounds=[Sound(layout="mono")])
_good("no sound", "clip.mp4", {"layouts": (), "roles": ()}, sounds=[])
_good("game and microphone, unnamed", "clip.mp4", {"roles": ("game", "microphone"), "layouts": ("stereo", "mono")},
      sounds=[Sound(), Sound(layout="mono")])  # fmt: skip
_good("game and microphone, named", "clip.mkv", {"roles": ("microphone", "game"), "layouts": ("mono", "stereo")},
      sounds=[Sound(title="Mic/Aux", layout="mono"), Sound(title="Desktop Audio")])  # fmt: skip
_good("three tracks of obs", "clip.mkv", {"roles": ("mix", "game", "microphone"), "layouts": ("stereo",) * 3},
      sounds=[Sound(title=f"Track{n}") for n in (1, 2, 3)])  # fmt: skip
_good("8 kHz sound", "clip.mov", {"layouts": ("mono",)}, sounds=[Sound(rate_hz=8000, layout="mono")])
_good("44.1 kHz sound", "clip.mp4", sounds=[Sound(rate_hz=44_100)])
_good("mp3 sound", "clip.mkv", sounds=[Sound(codec="libmp3lame")])
_good("lossless sound", "clip.mkv", sounds=[Sound(codec="flac")])
_good("opus in mkv", "clip.mkv", sounds=[Sound(codec="libopus")])
_good("sound starts late", "clip.mkv", {"duration_s": 2}, sounds=[Sound(start_s=0.6)], seconds=2)
_good("sound a little longer", "clip.mp4", {"duration_s": 1.5}, sounds=[Sound(seconds=1.5)])
_good("sound far longer", "clip.mp4", {"warning": "the picture ends at 1.0 s"}, sounds=[Sound(seconds=4)])
_good("sound shorter", "clip.mp4", {"duration_s": 2}, sounds=[Sound(seconds=0.7)], seconds=2)

# names
_good("apostrophe and spaces", "it's my  clip (final).mp4")
_good("unicode name", "ラスト 1v5 – Ünïcode 🎮.mp4")
_good("percent, colon and brackets", "http:%d [100%] clip.mp4")
_good("leading dash", "-i clip.mp4")
_good("no ending", "recording", {"container": "matroska"}, container="matroska")
_good("very long name", "x" * 240 + ".mp4")

# damaged, but worth keeping
_changed("header that lies", "h264 in mkv", lambda p: lie_about_length(p, 1132), warning="only 1.0 s can be read")


def _mid_damage(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = make_clip(folder / "clip.mp4", seconds=3, gop=15, sounds=[], options={"preset": "medium", "crf": "18"})
    return corrupt_middle(path, at=0.45, count=6000)


GOOD["damaged in the middle"] = _mid_damage
EXPECTED["damaged in the middle"] = Expected(duration_s=3, roles=(), layouts=(), warning="decoding fails")


def _cut_off_mkv(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return cut_off(make_clip(folder / "clip.mkv", seconds=3, gop=15), 0.6)


GOOD["cut off mkv"] = _cut_off_mkv
EXPECTED["cut off mkv"] = Expected(container="matroska", duration_s=1.8, tolerance_s=0.6, warning="can be read")


def _cut_off_fast_start(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = make_clip(folder / "clip.mp4", seconds=3, gop=15, container_options={"movflags": "faststart"})
    return cut_off(path, 0.6)


GOOD["cut off fast-start mp4"] = _cut_off_fast_start
EXPECTED["cut off fast-start mp4"] = Expected(duration_s=1.8, tolerance_s=0.6, warning="can be read")


def _gains_a_track(folder: Path) -> Path:
    """A recording of a stream that was switched: its last second has one more sound track."""
    folder.mkdir(parents=True, exist_ok=True)
    first = make_clip(folder / "clip.ts")
    second = make_clip(folder / "second.ts", start_s=1, sounds=[Sound(), Sound()])
    first.write_bytes(first.read_bytes() + second.read_bytes())
    second.unlink()
    return first


GOOD["ts that gains a track"] = _gains_a_track
EXPECTED["ts that gains a track"] = Expected(
    container="mpegts", duration_s=2, roles=("game", "microphone"), layouts=("stereo", "stereo")
)


# --- bad: single files ----------------------------------------------------------------------------------------------


def _write(path: Path, data: bytes | str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


@_bad
def empty(folder: Path) -> Path:
    return _write(folder / "empty.mp4", b"")


@_bad
def one_byte(folder: Path) -> Path:
    return _write(folder / "one.mp4", b"\0")


@_bad
def text_renamed(folder: Path) -> Path:
    return _write(folder / "notes.mp4", "remember to clip the last round\n" * 20)


@_bad
def zeros(folder: Path) -> Path:
    return _write(folder / "zeros.mp4", bytes(100_000))


@_bad
def random_bytes(folder: Path) -> Path:
    return _write(folder / "random.mkv", np.random.default_rng(1).bytes(200_000))


@_bad
def picture_renamed(folder: Path) -> Path:
    from PIL import Image

    Image.new("RGB", (64, 64), "red").save(folder / "shot.png")
    return (folder / "shot.png").rename(folder / "shot.mp4")


@_bad
def photo_renamed(folder: Path) -> Path:
    from PIL import Image

    Image.new("RGB", (64, 64), "blue").save(folder / "photo.jpg")
    return (folder / "photo.jpg").rename(folder / "photo.mkv")


@_bad
def animated_picture(folder: Path) -> Path:
    from PIL import Image

    frames = [Image.new("RGB", (32, 32), colour) for colour in ("red", "green", "blue")]
    frames[0].save(folder / "dance.gif", save_all=True, append_images=frames[1:])
    return folder / "dance.gif"


@_bad
def web_page(folder: Path) -> Path:
    return _write(folder / "download.mp4", "<!DOCTYPE html><html><body>404 not found</body></html>")


@_bad
def program(folder: Path) -> Path:
    return _write(folder / "clip.mp4.exe", b"MZ" + bytes(1000))


@_bad
def no_index(folder: Path) -> Path:
    return strip_moov(make_clip(folder / "crashed.mp4"))


@_bad
def index_cut_off(folder: Path) -> Path:
    path = make_clip(folder / "half_index.mp4", container_options={"movflags": "faststart"})
    return cut_off(path, 1200 / path.stat().st_size)


@_bad
def picture_all_noise(folder: Path) -> Path:
    path = make_clip(folder / "noise.mkv", sounds=[], codec="libvpx-vp9", container="matroska")
    return _scramble_packets(path)


@_bad
def unknown_codec(folder: Path) -> Path:
    path = make_clip(folder / "alien.mp4", sounds=[])
    return _write(path, path.read_bytes().replace(b"avc1", b"zq9x"))


@_bad
def encrypted_clip(folder: Path) -> Path:
    key = {"encryption_scheme": "cenc-aes-ctr", "encryption_key": "ab" * 16, "encryption_kid": "cd" * 16}
    return make_clip(folder / "protected.mp4", container_options=key)


@_bad
def no_frames(folder: Path) -> Path:
    path = folder / "no_frames.mkv"
    with av.open(str(path), "w") as output:
        video = output.add_stream("mjpeg", rate=30)
        video.width, video.height, video.pix_fmt = 64, 64, "yuvj420p"
        output.start_encoding()
    return path


@_bad
def one_frame(folder: Path) -> Path:
    return make_clip(folder / "one_frame.mp4", seconds=0.03, sounds=[])


@_bad
def song(folder: Path) -> Path:
    return make_sound(folder / "song.mp3")


@_bad
def sound_named_like_a_clip(folder: Path) -> Path:
    return make_sound(folder / "voice.mp4")


@_bad
def song_with_cover(folder: Path) -> Path:
    path = folder / "single.mp4"
    with av.open(str(path), "w") as output:
        sound = output.add_stream("aac", rate=48_000)
        art = output.add_stream("mjpeg", rate=1)
        art.width, art.height, art.pix_fmt = 64, 64, "yuvj420p"
        art.disposition = av.stream.Disposition.attached_pic
        output.mux(art.encode(av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8)).reformat(64, 64, "yuvj420p")))
        output.mux(art.encode(None))
        for start in range(0, 48_000, 1024):
            frame = av.AudioFrame.from_ndarray(np.zeros((2, 1024), np.float32), "fltp", "stereo")
            frame.sample_rate, frame.pts = 48_000, start
            output.mux(sound.encode(frame))
        output.mux(sound.encode(None))
    return path


@_bad
def subtitles(folder: Path) -> Path:
    return _write(folder / "subs.mp4", "1\n00:00:01,000 --> 00:00:02,000\nnice shot\n\n")


@_bad
def bare_stream(folder: Path) -> Path:
    return make_clip(folder / "bare.h264", sounds=[], container="h264")


# --- bad: lists that point elsewhere; following one would read other files or call a server --------------------------


def _target(folder: Path) -> Path:
    (folder / "elsewhere").mkdir()
    return make_clip(folder / "elsewhere" / "secret.mp4")


@_bad
def playlist_renamed(folder: Path) -> Path:
    return _write(folder / "list.mp4", f"#EXTM3U\n#EXTINF:1,\nfile://{_target(folder)}\n#EXT-X-ENDLIST\n")


@_bad
def concat_list_renamed(folder: Path) -> Path:
    return _write(folder / "joined.mkv", f"ffconcat version 1.0\nfile '{_target(folder)}'\n")


@_bad
def dash_manifest_renamed(folder: Path) -> Path:
    mpd = '<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT1S"><Period>'
    mpd += f'<AdaptationSet><Representation id="1" bandwidth="1"><BaseURL>{_target(folder)}</BaseURL></Representation>'
    return _write(folder / "stream.mp4", f'<?xml version="1.0"?>{mpd}</AdaptationSet></Period></MPD>')


@_bad
def session_description(folder: Path) -> Path:
    sdp = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=video 9 RTP/AVP 96\r\n"
    return _write(folder / "call.mp4", sdp + "a=rtpmap:96 H264/90000\r\n")


# --- bad: what is not a file -----------------------------------------------------------------------------------------


@_bad
def missing(folder: Path) -> Path:
    return folder / "gone.mp4"


@_bad
def empty_folder(folder: Path) -> Path:
    (folder / "nothing").mkdir()
    return folder / "nothing"


@_bad
def folder_named_like_a_clip(folder: Path) -> Path:
    (folder / "raid.mp4").mkdir()
    return folder / "raid.mp4"


@_bad
def pattern_without_match(folder: Path) -> Path:
    return folder / "*.nosuch"


@_bad
def pipe(folder: Path) -> Path:
    os.mkfifo(folder / "pipe.mp4")
    return folder / "pipe.mp4"


@_bad
def link_to_itself(folder: Path) -> Path:
    (folder / "loop.mp4").symlink_to(folder / "loop.mp4")
    return folder / "loop.mp4"


@_bad
def dead_link(folder: Path) -> Path:
    (folder / "dead.mp4").symlink_to(folder / "nowhere.mp4")
    return folder / "dead.mp4"


@_bad
def name_too_long(folder: Path) -> Path:
    return folder / ("y" * 300 + ".mp4")


# --- bad: archives ----------------------------------------------------------------------------------------------------


def _zip(path: Path, entries: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as pack:
        for name, data in entries.items():
            pack.writestr(name, data)
    return path


@_bad
def zip_bomb(folder: Path) -> Path:
    return _zip(folder / "bomb.zip", {"clip.mp4": bytes(30_000_000)})


@_bad
def zip_that_lies(folder: Path) -> Path:
    """Claims 1000 bytes and holds thirty million."""
    path = zip_bomb(folder)
    data = bytearray(path.read_bytes())
    for signature, field in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = data.find(signature)
        data[at + field : at + field + 4] = struct.pack("<I", 1000)
    return _write(path.rename(folder / "liar.zip"), bytes(data))


@_bad
def zip_escape(folder: Path) -> Path:
    return _zip(folder / "escape.zip", {"../../escaped.mp4": b"x"})


@_bad
def zip_escape_backslash(folder: Path) -> Path:
    return _zip(folder / "escape_windows.zip", {"..\\..\\escaped.mp4": b"x"})


@_bad
def zip_absolute(folder: Path) -> Path:
    path = _zip(folder / "absolute.zip", {"Xescaped.mp4": b"x"})
    return _write(path, path.read_bytes().replace(b"Xescaped.mp4", b"/escaped.mp4"))


@_bad
def zip_drive(folder: Path) -> Path:
    return _zip(folder / "drive.zip", {"C:escaped.mp4": b"x"})


@_bad
def zip_link(folder: Path) -> Path:
    entry = zipfile.ZipInfo("link.mp4")
    entry.create_system = 3
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(folder / "link.zip", "w") as pack:
        pack.writestr(entry, "/etc/passwd")
    return folder / "link.zip"


@_bad
def zip_encrypted(folder: Path) -> Path:
    path = _zip(folder / "secret.zip", {"clip.mp4": b"x" * 100})
    data = bytearray(path.read_bytes())
    for signature, field in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.find(signature) + field] |= 1
    return _write(path, bytes(data))


@_bad
def zip_nested(folder: Path) -> Path:
    inner = _zip(folder / "inner.zip", {"clip.mp4": b"x"})
    return _zip(folder / "outer.zip", {"inner.zip": inner.read_bytes()})


@_bad
def zip_too_many_files(folder: Path) -> Path:
    return _zip(folder / "many.zip", {f"{n}.mp4": b"" for n in range(1001)}, zipfile.ZIP_STORED)


@_bad
def zip_without_clips(folder: Path) -> Path:
    return _zip(folder / "papers.zip", {"readme.txt": b"hello", "__MACOSX/._clip.mp4": b"x"})


@_bad
def zip_damaged(folder: Path) -> Path:
    path = _zip(folder / "damaged.zip", {"clip.mp4": np.random.default_rng(2).bytes(50_000)}, zipfile.ZIP_STORED)
    return corrupt_middle(path, count=100)


@_bad
def zip_cut_off(folder: Path) -> Path:
    return cut_off(_zip(folder / "half.zip", {"clip.mp4": np.random.default_rng(2).bytes(50_000)}), 0.5)


@_bad
def zip_of_rubbish(folder: Path) -> Path:
    return _zip(folder / "rubbish.zip", {"clip.mp4": b"not a clip at all"})


@_bad
def zip_packed_strangely(folder: Path) -> Path:
    return _zip(folder / "strange.zip", {"clip.mp4": bytes(1000)}, zipfile.ZIP_BZIP2)


@_bad
def text_named_zip(folder: Path) -> Path:
    return _write(folder / "clips.zip", "this is no archive")


def _scramble_packets(path: Path) -> Path:
    """Rewrite a clip with the same header and packets of noise."""
    scrambled = path.with_name(f"scrambled-{path.name}")
    chance = np.random.default_rng(3)
    with av.open(str(path)) as source, av.open(str(scrambled), "w") as output:
        stream = output.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(source.streams.video[0]):
            if packet.size:
                noisy = av.Packet(chance.bytes(packet.size))
                noisy.pts, noisy.dts, noisy.time_base = packet.pts, packet.dts, packet.time_base
                noisy.stream, noisy.is_keyframe = stream, packet.is_keyframe
                output.mux(noisy)
    return scrambled.replace(path)
