"""Recordings of every shape, with the trained model and the text reader on."""

from __future__ import annotations

import wave
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest
from detect.hud_frames import banner, panel, scene, write
from media_factory import Picture, Sound, make_clip, noise

from aiditor.detect import DetectConfig, detect
from aiditor.errors import UnreadableMedia
from aiditor.media.probe import probe
from aiditor.timeline import Signals, Source

TRAINED = DetectConfig(detectors=("net",), player="Otto")
KILL_S = 5.0


def found_in(path: Path, cfg: DetectConfig = TRAINED) -> Signals:
    return detect(Source(id="0" * 16, path=str(path), info=probe(path)), cfg)


def game(size: tuple[int, int], *, menu_s: float = 0.0) -> Picture:
    """A drawn game in which "You fragged Slate" is printed for three seconds; at first its menu, if wanted."""
    width, height = size

    def picture(_: int, t_s: float) -> np.ndarray:
        drawn = scene(0.0 if t_s < menu_s else t_s)
        if t_s < menu_s:
            drawn //= 3
            for row, words in enumerate(("RESUME GAME", "SETTINGS", "LEAVE MATCH", "QUIT GAME")):
                write(drawn, words, (250, 110 + 40 * row), size=20)
        else:
            panel(drawn, t_s)
        if KILL_S <= t_s < KILL_S + 3:
            banner(drawn, "You fragged Slate", at=0.3, font=0)
        return cv2.resize(_within(drawn, width / height), size, interpolation=cv2.INTER_AREA)

    return picture


def _within(drawn: np.ndarray, aspect: float) -> np.ndarray:
    """The middle of the picture, as wide as asked for its height."""
    wide = min(round(drawn.shape[0] * aspect), drawn.shape[1])
    left = (drawn.shape[1] - wide) // 2
    return drawn[:, left : left + wide]


def whole(signals: Signals) -> None:
    """What holds of every recording."""
    assert len(signals.values["kill"]) == len(signals)
    assert np.isfinite(signals.values["kill"]).all()
    for event in signals.events:
        assert 0 <= event.start_s <= event.t_s <= event.end_s <= signals.duration_s


def texts(signals: Signals) -> list[str]:
    return [each.says for event in signals.events for each in event.evidence if each.origin == "text"]


@pytest.mark.parametrize("size", [(640, 360), (1280, 720), (360, 640)], ids=str)
def test_a_printed_kill_is_told_of_whatever_the_size(tmp_path: Path, size: tuple[int, int]) -> None:
    clip = make_clip(
        tmp_path / "game.mp4", seconds=12, fps=12, size=size, picture=game(size), sounds=[Sound(wave=noise())], gop=12
    )
    signals = found_in(clip)
    whole(signals)
    if size[0] >= 640:  # in the upright one the words run out of the picture
        kills = [event for event in signals.events if event.kind == "kill"]
        assert any(abs(event.t_s - KILL_S) <= 1.0 for event in kills)
        assert any("Slate" in says for says in texts(signals))


@pytest.mark.slow
def test_huge_pictures_are_read_in_the_same_time(tmp_path: Path) -> None:
    size = (3840, 2160)
    clip = make_clip(tmp_path / "huge.mp4", seconds=8, fps=6, size=size, picture=game(size), gop=6)
    signals = found_in(clip)
    whole(signals)
    assert any(abs(event.t_s - KILL_S) <= 1.0 for event in signals.events if event.kind == "kill")


@pytest.mark.parametrize("size", [(160, 90), (90, 160), (64, 64)], ids=str)
def test_tiny_pictures_are_no_error(tmp_path: Path, size: tuple[int, int]) -> None:
    clip = make_clip(tmp_path / "tiny.mp4", seconds=8, fps=12, size=size, picture=game(size), gop=12)
    signals = found_in(clip)
    whole(signals)
    assert signals.decoded_frame_share > 0


def test_a_recording_that_begins_in_a_menu_is_read_after_it(tmp_path: Path) -> None:
    size = (640, 360)
    clip = make_clip(
        tmp_path / "menu.mp4", seconds=12, fps=12, size=size, picture=game(size, menu_s=3.0),
        sounds=[Sound(wave=noise())], gop=12,
    )  # fmt: skip
    signals = found_in(clip)
    whole(signals)
    kills = [event for event in signals.events if event.kind == "kill"]
    assert any(abs(event.t_s - KILL_S) <= 1.0 for event in kills)
    assert not any(event.t_s < 2.5 and event.confidence > 0.5 for event in kills)


def test_without_sound_text_is_read_all_the_same(tmp_path: Path) -> None:
    size = (640, 360)
    clip = make_clip(tmp_path / "mute.mp4", seconds=12, fps=12, size=size, picture=game(size), sounds=[], gop=12)
    signals = found_in(clip)
    whole(signals)
    assert np.isnan(signals.values["loudness_db"]).all()
    assert any("Slate" in says for says in texts(signals))


def test_one_frame_and_one_keyframe_are_enough(tmp_path: Path) -> None:
    size = (320, 180)
    whole(found_in(make_clip(tmp_path / "one.mp4", seconds=1 / 12, fps=12, size=size, picture=game(size))))
    whole(found_in(make_clip(tmp_path / "gop.mp4", seconds=6, fps=12, size=size, picture=game(size), gop=999)))


def test_sound_alone_says_why_not(tmp_path: Path) -> None:
    alone = tmp_path / "alone.wav"
    with wave.open(str(alone), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(np.random.default_rng(1).integers(-9000, 9000, 16_000, np.int16).tobytes())
    with pytest.raises(UnreadableMedia, match=r"alone\.wav") as told:
        probe(alone)
    assert told.value.remedy


def test_two_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    size = (640, 360)
    clip = make_clip(tmp_path / "game.mp4", seconds=8, fps=12, size=size, picture=game(size), gop=12)
    with ThreadPoolExecutor(2) as pool:
        one, two = pool.map(found_in, [clip, clip])
    whole(one)
    np.testing.assert_allclose(one.values["loudness_db"], two.values["loudness_db"])
    assert {e.kind for e in one.events} == {e.kind for e in two.events}
