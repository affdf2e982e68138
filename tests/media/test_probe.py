"""`probe` trusts what it reads, not what the header says. What it finds in each kind of file: tests/contracts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from media_factory import Sound, corrupt_middle, cut_off, lie_about_length, make_clip, noise, uneven_times

from aiditor.errors import BadInput, UnreadableMedia
from aiditor.ingest import IngestConfig, ingest
from aiditor.media.health import _packets
from aiditor.media.probe import is_variable_rate, probe
from aiditor.media.tracks import audio_roles, clean_title


def test_a_plain_clip(clip: Path) -> None:
    info = probe(clip)
    assert info.container == "mp4"
    assert info.duration_s == pytest.approx(2.0, abs=0.03)
    assert info.start_s == 0
    assert (info.video.width, info.video.height, info.video.rate_hz) == (320, 180, 30)
    assert (info.video.codec, info.video.pixel_format, info.video.bit_depth) == ("h264", "yuv420p", 8)
    assert not info.video.variable_rate
    assert [(track.codec, track.rate_hz, track.channels) for track in info.audio] == [("aac", 48_000, 2)]
    assert info.warnings == ()


def test_the_two_tracks_of_a_recorder(two_track_clip: Path) -> None:
    assert [(track.index, track.role) for track in probe(two_track_clip).audio] == [(0, "game"), (1, "microphone")]


@pytest.mark.parametrize("claimed_s", [0.4, 60.0, 100_000.0])
def test_a_header_that_lies_is_not_believed(tmp_path: Path, claimed_s: float) -> None:
    path = lie_about_length(make_clip(tmp_path / "liar.mkv", seconds=3), claimed_s)
    info = probe(path)
    assert info.duration_s == pytest.approx(3.0, abs=0.05)
    assert bool(info.warnings) == (claimed_s > 3)


@pytest.mark.parametrize("share", [0.3, 0.55, 0.8])
@pytest.mark.parametrize("name", ["cut.mkv", "cut.ts", "cut.flv", "cut.mp4"])
def test_what_is_left_of_a_copy_that_stopped_is_measured(tmp_path: Path, name: str, share: float) -> None:
    """The length is that of the frames a decoder really gets out of it."""
    fast_start = {"movflags": "faststart"} if name.endswith("mp4") else None
    path = make_clip(tmp_path / name, seconds=8, gop=30, container_options=fast_start)
    cut_off(path, share)
    shown_s = []
    with av.open(str(path)) as media:
        try:
            shown_s.extend(frame.time for frame in media.decode(video=0))
        except av.error.InvalidDataError:
            assert shown_s  # the last packet is cut in two
    last_s = max(shown_s)
    info = probe(path)
    assert info.duration_s + info.start_s == pytest.approx(last_s, abs=0.2)
    assert 0 < info.duration_s < 8


def test_a_long_recording_that_was_cut_off_is_measured_without_reading_it_all(tmp_path: Path) -> None:
    still = np.random.default_rng(0).integers(0, 255, (90, 160, 3), np.uint8)
    path = make_clip(
        tmp_path / "long.mp4",
        seconds=60,
        size=(160, 90),
        gop=60,
        picture=lambda index, t_s: np.roll(still, index, axis=1),
        container_options={"movflags": "faststart"},
    )
    whole_s = probe(path).duration_s
    cut_off(path, 0.5)
    info = probe(path)
    assert whole_s == pytest.approx(60, abs=0.05)
    assert 20 < info.duration_s < 40
    assert "can be read" in info.warnings[0]


def test_damage_in_the_middle_is_told_and_survived(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "hurt.mp4", seconds=3, gop=15, sounds=[], options={"preset": "medium", "crf": "18"})
    info = probe(corrupt_middle(path, at=0.5, count=6000))
    assert info.duration_s == pytest.approx(3, abs=0.1)
    assert any("decoding fails at 1." in warning for warning in info.warnings), info.warnings


def test_a_sound_track_that_cannot_be_decoded_is_left_out(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "deaf.mkv", sounds=[Sound(codec="flac", wave=noise())])
    with av.open(str(path)) as media:
        packets = [bytes(packet) for packet in media.demux(audio=0) if packet.size]
    data = path.read_bytes()
    for packet in packets:
        data = data.replace(packet, b"\x55" * len(packet))
    path.write_bytes(data)
    info = probe(path)
    assert info.audio == ()
    assert "sound track 1 (flac) cannot be decoded" in info.warnings[0]


def test_one_frame_is_as_long_as_a_frame(tmp_path: Path) -> None:
    info = probe(make_clip(tmp_path / "one.mp4", seconds=0.03, sounds=[]))
    assert info.duration_s == pytest.approx(1 / 30, abs=0.01)


def test_the_larger_of_two_pictures_is_the_recording(tmp_path: Path) -> None:
    path = tmp_path / "two.mkv"
    with av.open(str(path), "w") as output:
        streams = [output.add_stream("libx264", rate=30, options={"preset": "ultrafast"}) for _ in range(2)]
        for stream, size in zip(streams, ((64, 36), (320, 180)), strict=True):
            stream.width, stream.height = size
            stream.pix_fmt = "yuv420p"
        for _ in range(10):
            for stream in streams:
                picture = np.zeros((stream.height, stream.width, 3), np.uint8)
                output.mux(stream.encode(av.VideoFrame.from_ndarray(picture)))
        for stream in streams:
            output.mux(stream.encode(None))
    video = probe(path).video
    assert (video.index, video.width) == (1, 320)


def test_refusals_name_the_file_and_say_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "notes.mp4").write_text("just words")
    with pytest.raises(UnreadableMedia, match=r"notes\.mp4 is a text file") as refusal:
        probe(tmp_path / "notes.mp4")
    assert refusal.value.remedy
    assert refusal.value.file == str(tmp_path / "notes.mp4")
    with pytest.raises(BadInput, match="does not exist"):
        probe(tmp_path / "gone.mp4")
    with pytest.raises(BadInput, match="is a folder"):
        probe(tmp_path)


def test_damage_makes_no_noise_on_stderr(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    level = av.logging.get_level()
    path = make_clip(tmp_path / "hurt.mkv", seconds=2)
    capfd.readouterr()
    probe(corrupt_middle(path, at=0.4, count=20_000))
    assert capfd.readouterr() == ("", "")
    assert av.logging.get_level() == level


@pytest.mark.parametrize("seed", range(12))
def test_any_damage_ends_in_a_value_or_a_refusal(tmp_path: Path, seed: int) -> None:
    """Never another exception, whatever is overwritten; the head of the file included."""
    name = ("a.mp4", "a.mkv", "a.ts", "a.avi")[seed % 4]
    path = make_clip(tmp_path / name, codec="mpeg4" if name.endswith("avi") else "libx264")
    for number in range(5):
        corrupt_middle(path, at=(seed * 5 + number) / 60 * 0.95, count=40, seed=seed * 31 + number)
        found = ingest([path], IngestConfig(), workdir=tmp_path)
        assert len(found.sources) + len(found.rejected) == 1


def test_a_stream_unknown_at_opening_does_not_end_the_reading(clip: Path) -> None:
    """PyAV raises IndexError for the packets of a stream that began after it opened the file."""
    with av.open(str(clip)) as media:
        video = media.streams.video[0]
        whole = sum(1 for packet in media.demux(video) if packet.size)

    class Switched:
        """A container that meets such a packet every tenth time."""

        def __init__(self, media: av.container.InputContainer) -> None:
            self.media, self.count = media, 0

        def demux(self, *streams: av.stream.Stream) -> Iterator[av.Packet]:
            for packet in self.media.demux(*streams):
                yield packet
                self.count += 1
                if self.count % 10 == 0:
                    raise IndexError("list index out of range")

    with av.open(str(clip)) as media:
        assert sum(1 for _ in _packets(Switched(media), media.streams.video[0], [])) == whole


@given(st.floats(1, 240), st.integers(3, 200))
def test_even_frames_are_never_called_variable_whatever_the_clock(rate_hz: float, count: int) -> None:
    for tick_s in (0.001, 1 / 90_000, 1 / 600):
        times_s = [round(index / rate_hz / tick_s) * tick_s for index in range(count)]
        assert not is_variable_rate([times_s], tick_s)


@pytest.mark.parametrize("seed", range(5))
def test_a_screen_recorder_is_called_variable(seed: int) -> None:
    assert is_variable_rate([uneven_times(4, 60, seed=seed)], 1 / 90_000)


def test_one_hiccup_is_no_variable_rate() -> None:
    times_s = [index / 60 for index in range(240) if index != 100]
    assert not is_variable_rate([times_s], 1 / 90_000)


@pytest.mark.parametrize(
    ("titles", "roles"),
    [
        ((), ()),
        (("Mic",), ("mix",)),
        (("", ""), ("game", "microphone")),
        (("Track1", "Track2"), ("mix", "microphone")),
        (("", "", ""), ("mix", "game", "microphone")),
        (("Desktop Audio", "Mic/Aux"), ("game", "microphone")),
        (("", "Microphone"), ("game", "microphone")),
        (("Game", ""), ("game", "microphone")),
        (("Mix", "Game", "Voice"), ("mix", "game", "microphone")),
        (("Mix", "Game", "Voice chat", "Mic"), ("mix", "game", "game", "microphone")),
    ],
)
def test_roles_of_sound_tracks(titles: tuple[str, ...], roles: tuple[str, ...]) -> None:
    assert audio_roles(titles) == roles


@pytest.mark.parametrize("name", ["SoundHandler", "Core Media Audio", "#Mainconcept MP4 Sound Media Handler", ""])
def test_what_muxers_write_is_no_title(name: str) -> None:
    assert clean_title(name) == ""
