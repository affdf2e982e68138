"""Sources of every kind come out upright, square, progressive and in bt709, and stay in time with their sound."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import media_factory
import numpy as np
import pytest

from aiditor.media.probe import probe
from aiditor.render import RenderConfig, render
from aiditor.timeline import Cut, Source, Timeline

CFG = RenderConfig(landscape=(320, 180), portrait=(180, 320), preset="ultrafast", fps=30, encoder="libx264", crf=12)


def source_of(path: Path) -> Source:
    return Source("0123456789abcdef", str(path), probe(path))


def rendered(path: Path, tmp_path: Path, aspect: str = "landscape", end_s: float = 0.8) -> list[np.ndarray]:
    source = source_of(path)
    out = tmp_path / f"{aspect}.mp4"
    render(Timeline((source,), (Cut(source.id, 0.1, end_s, 0.0, 0.5),)), CFG, out={aspect: out})
    with av.open(str(out)) as container:
        assert container.streams.video[0].codec_context.pix_fmt == "yuv420p"
        return [frame.to_ndarray(format="rgb24", src_colorspace="itu709") for frame in container.decode(video=0)]


def quarters(width: int, height: int) -> media_factory.Picture:
    """Red, green over blue, white."""

    def draw(number: int, t_s: float) -> np.ndarray:
        pixels = np.empty((height, width, 3), np.uint8)
        pixels[: height // 2, : width // 2] = (200, 40, 40)
        pixels[: height // 2, width // 2 :] = (40, 200, 40)
        pixels[height // 2 :, : width // 2] = (40, 40, 200)
        pixels[height // 2 :, width // 2 :] = (230, 230, 230)
        return pixels

    return draw


def colours(picture: np.ndarray) -> str:
    """The colour of each corner, clockwise from the left top: "rgwb" when upright."""
    height, width = picture.shape[:2]
    names = []
    for y, x in ((0.2, 0.3), (0.2, 0.7), (0.8, 0.7), (0.8, 0.3)):
        red, green, blue = picture[int(y * height), int(x * width)].astype(int)
        names.append("w" if min(red, green, blue) > 150 else "rgb"[int(np.argmax([red, green, blue]))])
    return "".join(names)


@pytest.mark.parametrize(("turn", "seen"), [(0, "rgwb"), (90, "brgw"), (180, "wbrg"), (270, "gwbr")])
def test_rotation_flags_are_obeyed(turn: int, seen: str, tmp_path: Path) -> None:
    clip = media_factory.make_clip(
        tmp_path / "turned.mp4", size=(320, 180), picture=quarters(320, 180), rotation_deg=turn, sounds=[]
    )
    aspect = "portrait" if turn % 180 else "landscape"
    assert colours(rendered(clip, tmp_path, aspect)[5]) == seen


def test_anamorphic_pixels_are_made_square(tmp_path: Path) -> None:
    def disc(number: int, t_s: float) -> np.ndarray:
        y, x = np.mgrid[:180, :160]
        inside = ((x * 2 - 160) ** 2 + (y - 90) ** 2) < 60**2
        return np.where(inside[..., None], 230, 20).astype(np.uint8).repeat(3, axis=-1)

    clip = media_factory.make_clip(
        tmp_path / "wide.mp4", size=(160, 180), picture=disc, pixel_aspect=Fraction(2, 1), sounds=[]
    )
    white = np.argwhere(rendered(clip, tmp_path)[5].min(axis=-1) > 128)
    height, width = np.ptp(white, axis=0)
    assert width == pytest.approx(height, abs=4)


@pytest.mark.parametrize("size", [(322, 182), (426, 240), (240, 180), (420, 180), (180, 320)])
def test_any_shape_fills_the_frame_without_stretching(size: tuple[int, int], tmp_path: Path) -> None:
    clip = media_factory.make_clip(tmp_path / "odd.mp4", size=size, picture=quarters(*size), sounds=[])
    for aspect in ("landscape", "portrait"):
        picture = rendered(clip, tmp_path, aspect)[5]
        height, width = picture.shape[:2]
        middle = picture[height // 2 - 20 : height // 2 + 20, width // 2 - 20 : width // 2 + 20]
        assert colours(middle) == "rgwb", "the source's middle is the output's"


@pytest.mark.parametrize(
    ("codec", "pix_fmt", "name"),
    [
        ("libx264", "yuv422p10le", "ten.mp4"),
        ("libx264", "yuv444p", "full_chroma.mp4"),
        ("libx264", "yuvj420p", "full_range.mp4"),
        ("libx265", "yuv420p10le", "hevc.mp4"),
        ("prores_ks", "yuv422p10le", "prores.mov"),
        ("ffv1", "bgr0", "rgb.mkv"),
        ("mpeg4", "yuv420p", "old.avi"),
    ],
)
def test_depths_chroma_and_ranges_keep_their_colours(codec: str, pix_fmt: str, name: str, tmp_path: Path) -> None:
    clip = media_factory.make_clip(
        tmp_path / name, size=(320, 180), codec=codec, pix_fmt=pix_fmt, picture=quarters(320, 180), sounds=[]
    )
    picture = rendered(clip, tmp_path)[5]
    assert picture[30, 60] == pytest.approx((200, 40, 40), abs=14)
    assert picture[150, 260] == pytest.approx((230, 230, 230), abs=10)


@pytest.mark.parametrize("transfer", ["smpte2084", "arib-std-b67"])
def test_hdr_is_tone_mapped(transfer: str, tmp_path: Path) -> None:
    """Grey steps coded straight as PQ or HLG: 58 % PQ and 75 % HLG are white of 203 cd/m2."""

    def steps(number: int, t_s: float) -> np.ndarray:
        levels = (0.0, 0.36, 0.58, 0.75) if transfer == "smpte2084" else (0.0, 0.38, 0.75, 1.0)
        pixels = np.zeros((180, 320, 3), np.uint8)
        for column, level in enumerate(levels):
            pixels[:, column * 80 : (column + 1) * 80] = round(level * 255)
        return pixels

    clip = media_factory.make_clip(
        tmp_path / "hdr.mp4",
        size=(320, 180),
        codec="libx265",
        pix_fmt="yuv420p10le",
        transfer=transfer,
        picture=steps,
        sounds=[],
    )
    row = rendered(clip, tmp_path)[5][90, [40, 120, 200, 280]].astype(int).mean(axis=-1)
    assert row[0] < 12
    assert 95 < row[1] < 150, "a mid grey"
    assert 205 < row[2] < 245, "white"
    assert row[3] > 245


def test_interlaced_footage_is_made_progressive(tmp_path: Path) -> None:
    """A bar that moves 12 pixels a field combs when fields are woven; its edges are clean once deinterlaced."""

    def bar(number: int, t_s: float) -> np.ndarray:
        pixels = np.full((180, 320, 3), 20, np.uint8)
        for field in (0, 1):
            left = 20 + (2 * number + field) * 6
            pixels[field::2, left : left + 40] = 230
        return pixels

    clip = media_factory.make_clip(
        tmp_path / "fields.mp4", size=(320, 180), picture=bar, interlaced=True, sounds=[], options={"crf": "8"}
    )
    assert probe(clip).video.interlaced
    picture = rendered(clip, tmp_path, end_s=0.6)[6].astype(int)[..., 0]
    combed = np.abs(picture[40:140:2] - picture[41:141:2]).mean(axis=0) > 80
    assert combed.sum() <= 2, "woven fields differ over six columns at each edge"


def test_a_hole_holds_the_frame_before_it(tmp_path: Path) -> None:
    clip = media_factory.make_clip(tmp_path / "a.mp4", seconds=3, size=(320, 180), sounds=[])
    media_factory.corrupt_middle(clip)
    source = source_of(clip)
    out = tmp_path / "held.mp4"
    result = render(Timeline((source,), (Cut(source.id, 0.0, 2.8, 0.0, 1.0),)), CFG, out={"landscape": out})
    with av.open(str(out)) as container:
        assert sum(1 for _ in container.decode(video=0)) == result.frames == 84


# --- time ----------------------------------------------------------------------------------------------------------


def flashes_s(path: Path) -> np.ndarray:
    """When the picture turns white, from the file's own clock."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        levels = [
            (float(f.pts * stream.time_base), f.to_ndarray(format="gray").mean()) for f in container.decode(stream)
        ]
    times, level = np.array(levels).T
    white = level > 128
    return times[white & ~np.r_[False, white[:-1]]]


def check_sync(path: Path, tmp_path: Path, events_s: tuple[float, ...], length_s: float) -> None:
    source = source_of(path)
    out = {"landscape": tmp_path / "wide.mp4", "portrait": tmp_path / "tall.mp4"}
    cfg = CFG.model_copy(update={"fps": 30, "landscape": (160, 90), "portrait": (90, 160)})
    render(Timeline((source,), (Cut(source.id, 0.0, length_s, 0.0, 1.0),)), cfg, out=out)
    for file in out.values():
        seen = flashes_s(file)
        assert len(seen) == len(events_s)
        late_s = seen - np.array(events_s)
        assert np.abs(late_s).max() < 0.0175, "within half an output frame"


@pytest.mark.parametrize("name", ["even.mp4", "uneven.mp4", "uneven.mkv"])
def test_flashes_keep_their_time(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    events_s = media_factory.flash_and_beep(path, seconds=6, variable=name.startswith("uneven"))
    check_sync(path, tmp_path, events_s, 6.0)


@pytest.mark.slow
def test_ten_minutes_of_uneven_frames_do_not_drift(tmp_path: Path) -> None:
    path = tmp_path / "long.mkv"
    events_s = media_factory.flash_and_beep(path, seconds=600, variable=True, every_s=5.0)
    check_sync(path, tmp_path, events_s, 600.0)


def test_sound_is_in_time_with_the_picture(tmp_path: Path) -> None:
    """The AAC encoder's own delay must not show: the beep is decoded where it was mixed, to the sample."""
    clip = media_factory.make_clip(tmp_path / "a.mp4", seconds=2, sounds=[])
    source = source_of(clip)

    def click(times_s: np.ndarray) -> np.ndarray:
        return np.where((times_s >= 1.0) & (times_s < 1.05), 0.8 * np.cos(2 * np.pi * 1000 * (times_s - 1)), 0.0)

    mix = media_factory.make_sound(
        tmp_path / "mix.wav", seconds=2, sound=media_factory.Sound(codec="pcm_s16le", wave=click)
    )
    out = {"landscape": tmp_path / "wide.mp4", "portrait": tmp_path / "tall.mp4"}
    render(Timeline((source,), (Cut(source.id, 0.0, 2.0, 0.0, 1.0),)), CFG, out=out, audio=mix)
    for path in out.values():
        with av.open(str(path)) as container:
            heard = []
            for frame in container.decode(audio=0):
                at = round(float(frame.pts * frame.time_base) * 48000)
                samples = np.abs(frame.to_ndarray()[0])
                heard.extend((at + np.flatnonzero(samples > 0.3)).tolist())
        assert heard[0] / 48000 == pytest.approx(1.0, abs=0.002)


def test_montage_times_count_from_a_clip_that_starts_late(tmp_path: Path) -> None:
    clip = media_factory.make_clip(
        tmp_path / "late.mkv", seconds=2, size=(320, 180), picture=lambda n, t: np.full((180, 320, 3), 4 * n, np.uint8),
        sounds=[], start_s=7.0, options={"crf": "4"},
    )  # fmt: skip
    seen = rendered(clip, tmp_path)
    assert seen[0].mean() == pytest.approx(12, abs=3), "0.1 s in is the fourth frame"


def test_info_that_is_wrong_about_interlacing_does_no_harm(tmp_path: Path) -> None:
    clip = media_factory.make_clip(tmp_path / "a.mp4", size=(320, 180), picture=quarters(320, 180), sounds=[])
    info = probe(clip)
    source = Source("0123456789abcdef", str(clip), replace(info, video=replace(info.video, interlaced=True)))
    out = tmp_path / "wide.mp4"
    result = render(Timeline((source,), (Cut(source.id, 0.0, 1.0, 0.0, 0.5),)), CFG, out={"landscape": out})
    assert result.frames == 30
