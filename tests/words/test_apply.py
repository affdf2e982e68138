"""What is heard of a muted word: nothing of it, and of all else every sample as it was."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from given_words import given

from aiditor.censor import CensorConfig, covered
from aiditor.media.info import AudioStream, MediaInfo, VideoStream
from aiditor.render.game_sound import lay_game
from aiditor.render.sound_config import SoundConfig
from aiditor.styles import Style, load
from aiditor.timeline import Cut, Mute, Ramp, Source, Timeline, Transition
from aiditor.words import Words, applied, record, reviewed

RATE_HZ = 48_000
PLAIN = SoundConfig(cut_fade_s=0, end_fade_s=0)
PICTURE = VideoStream(0, "h264", 320, 180, 320, 180, "1/1", 0, 30.0, False, "yuv420p", 8, "bt709", False, False, 0.0)
SAID = (("what", 1.0, 1.3), ("a", 1.35, 1.4), ("fucking", 1.5, 1.9), ("shot", 2.0, 2.3), ("damn", 3.0, 3.3))


def hiss(seconds: float, seed: int, level: float = 0.2) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, level, (2, int(seconds * RATE_HZ))).clip(-1, 1).astype(np.float32)


def stream(index: int, role: str) -> AudioStream:
    return AudioStream(index, "pcm_s16le", RATE_HZ, 2, "stereo", "", role, 0.0)


@pytest.fixture
def one_track(tmp_path: Path) -> Source:
    path = tmp_path / "mixed.wav"
    soundfile.write(path, hiss(8, 0).T, RATE_HZ, subtype="FLOAT")
    return Source("a", str(path), MediaInfo("wav", 8.0, 0.0, 1, PICTURE, (stream(0, "mix"),)))


@pytest.fixture
def two_tracks(tmp_path: Path) -> Source:
    """Game sound, and the microphone on a track of its own."""
    path = tmp_path / "two.mkv"
    with av.open(str(path), "w") as output:
        made = [output.add_stream("pcm_s16le", rate=RATE_HZ, layout="stereo") for _ in range(2)]
        for number, track in enumerate(made):
            samples = np.ascontiguousarray((hiss(8, number).T * 32767).astype(np.int16).reshape(1, -1))
            frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="stereo")
            frame.sample_rate, frame.pts = RATE_HZ, 0
            output.mux(track.encode(frame))
            output.mux(track.encode(None))
    tracks = (stream(0, "game"), stream(1, "microphone"))
    return Source("a", str(path), MediaInfo("matroska", 8.0, 0.0, 1, PICTURE, tracks))


def style_of(**censor: object) -> Style:
    cfg = CensorConfig.model_validate({"level": "strong", **censor})
    return load("meme").model_copy(update={"censor": cfg})


def heard(style: Style, timeline: Timeline, **more: object) -> Words:
    return reviewed(given(("a", 8.0, SAID), **more), style.censor, timeline)  # type: ignore[arg-type]


def bus_of(timeline: Timeline, style: Style) -> np.ndarray:
    bus = np.zeros((2, round(timeline.duration_s * RATE_HZ)), np.float32)
    lay_game(bus, timeline, PLAIN, hide=partial(covered, cfg=style.censor))
    return bus


def samples(low_s: float, high_s: float) -> slice:
    return slice(int(np.ceil(low_s * RATE_HZ)), int(np.floor(high_s * RATE_HZ)))


def level_db(sound: np.ndarray) -> float:
    return float(10 * np.log10(np.mean(sound.astype(np.float64) ** 2) + 1e-15))


@pytest.mark.parametrize("method", ["mute", "bleep", "duck"])
def test_outside_the_fades_every_sample_is_as_it_was(one_track, method):
    style = style_of(method=method)
    plain = Timeline((one_track,), (Cut("a", 0.5, 4.5, 0, 2),))
    said = applied(plain, heard(style, plain), style, fps=30)
    (mute,) = said.timeline.mutes
    assert (mute.start_s, mute.end_s) == (pytest.approx(1.4), pytest.approx(2.02))
    assert (mute.why, mute.track, mute.method) == ("strong", None, method)
    before, after = bus_of(plain, style), bus_of(said.timeline, style)
    changed = np.flatnonzero((before != after).any(axis=0)) / RATE_HZ + 0.5
    fade_s = style.censor.fade_s + 3 / RATE_HZ
    assert mute.start_s - fade_s <= changed.min() <= mute.start_s
    assert mute.end_s <= changed.max() <= mute.end_s + fade_s
    inside = after[:, samples(1.4 - 0.5, 2.02 - 0.5)]
    if method == "mute":
        assert not inside.any()
    elif method == "bleep":
        power = np.abs(np.fft.rfft(inside[0] * np.hanning(inside.shape[1])))
        assert np.fft.rfftfreq(inside.shape[1], 1 / RATE_HZ)[power.argmax()] == pytest.approx(1000, abs=5)
        assert mute.speech_db is not None
        assert level_db(inside) == pytest.approx(min(max(mute.speech_db - 3, -40), -12), abs=1)
    else:
        assert level_db(inside) < level_db(before[:, samples(0.9, 1.5)]) - 15
        assert inside.any()


@pytest.mark.parametrize("method", ["mute", "bleep"])
def test_on_a_microphone_of_its_own_only_that_track_is_muted(two_tracks, method):
    style = style_of(method=method)
    plain = Timeline((two_tracks,), (Cut("a", 0, 4, 0, 2),))
    said = applied(plain, heard(style, plain, alone=True, track=1), style, fps=30)
    assert said.timeline.mutes[0].track == 1
    game_only = replace(two_tracks, info=replace(two_tracks.info, audio=two_tracks.info.audio[:1]))
    game = bus_of(replace(plain, sources=(game_only,)), style)
    after = bus_of(said.timeline, style)
    span = samples(1.41, 2.01)
    if method == "mute":
        assert np.array_equal(after[:, span], game[:, span]), "the game's sound is kept to the sample"
    else:
        assert level_db(after[:, span] - game[:, span]) > -40, "a bleep lies over the game's sound"
    before = bus_of(plain, style)
    assert np.array_equal(after[:, samples(0, 1.38)], before[:, samples(0, 1.38)])


def test_a_microphone_that_is_in_the_mix_too_is_muted_there(two_tracks):
    whole = replace(two_tracks, info=replace(two_tracks.info, audio=(stream(0, "mix"), stream(1, "microphone"))))
    style = style_of()
    plain = Timeline((whole,), (Cut("a", 0, 4, 0, 2),))
    said = applied(plain, heard(style, plain, alone=True, track=1), style, fps=30)
    assert not bus_of(said.timeline, style)[:, samples(1.4, 2.02)].any()


@pytest.mark.parametrize("method", ["mute", "bleep", "duck"])
def test_in_slow_motion_the_word_is_covered_where_it_is_heard(one_track, method):
    style = style_of(method=method)
    cut = Cut("a", 1.0, 3.0, 0, 1.4, ramp=Ramp(1.4, 1.9, 0.25))
    plain = Timeline((one_track,), (cut,))
    said = applied(plain, heard(style, plain), style, fps=30)
    low, high = cut.montage_s(1.5), cut.montage_s(1.9)
    assert high - low == pytest.approx(1.6)
    before, after = bus_of(plain, style), bus_of(said.timeline, style)
    if method == "mute":
        assert not after[:, samples(cut.montage_s(1.4), cut.montage_s(2.02))].any()
    else:
        residue = after[:, samples(low, high)]
        mixed = float(np.corrcoef(residue[0], before[0, samples(low, high)])[0, 1])
        assert abs(mixed) < 0.05, "nothing of the recording is left"
    assert np.array_equal(after[:, samples(cut.montage_s(2.05), 3.4)], before[:, samples(cut.montage_s(2.05), 3.4)])
    words = [word for page in said.captions.pages for word in page.words]
    masked = next(word for word in words if word.masked)
    assert (masked.text, masked.start_s, masked.end_s) == ("f*****g", pytest.approx(low), pytest.approx(high))


def test_a_word_that_sounds_on_under_a_crossfade_is_muted_there(one_track):
    style = style_of()
    cuts = (Cut("a", 0.2, 1.45, 0, 1), Cut("a", 5, 6, 1.25, 5.5, transition=Transition("crossfade", 0.6)))
    timeline = applied(Timeline((one_track,), cuts), heard(style, Timeline((one_track,), cuts)), style, fps=30).timeline
    assert [(mute.start_s, mute.end_s) for mute in timeline.mutes] == [(pytest.approx(1.4), pytest.approx(2.02))]


def test_words_that_are_kept_stay_and_are_written_out(one_track):
    style = style_of()
    plain = Timeline((one_track,), (Cut("a", 0.5, 4.5, 0, 2),), mutes=(Mute("a", 0.0, 0.2, "by hand"),))
    words = heard(style, plain)
    words = words.with_keep(next(words.hits())[1].id, True)
    said = applied(plain, words, style, fps=30)
    assert said.timeline.mutes == plain.mutes, "a mute that came of no word is left alone"
    assert "fucking" in " ".join(page.text for page in said.captions.pages)
    again = applied(applied(plain, heard(style, plain), style, fps=30).timeline, words, style, fps=30)
    assert again.timeline.mutes == plain.mutes, "what was muted before is heard again"


def test_cut_out_words_are_neither_heard_nor_shown_nor_written(one_track):
    style = style_of(method="cut")
    plain = Timeline((one_track,), (Cut("a", 0.5, 4.5, 0, 1.2),))
    said = applied(plain, heard(style, plain), style, fps=30)
    first, second = said.timeline.cuts
    assert first.end_s <= 1.4
    assert second.start_s >= 2.02
    assert said.timeline.duration_s == pytest.approx(plain.duration_s)
    assert "*" not in " ".join(page.text for page in said.captions.pages)
    entry = record(heard(style, plain), said.timeline, said.captions)["words"][0]
    assert (entry["word"], entry["at_s"], entry["muted"]) == ("f*****g", [], True)


def test_nobody_speaks_is_said(one_track):
    style = style_of()
    plain = Timeline((one_track,), (Cut("a", 6, 8, 0, 7),))
    said = applied(plain, given(("a", 8.0, ())), style, fps=30)
    assert said.captions is not None
    assert said.captions.pages == ()
    assert said.timeline.notes == ("nothing that is shown is spoken: no captions",)


def test_words_beside_one_that_went_are_still_written(one_track):
    beside = (("watch", 1.0, 1.3), ("this", 1.3, 1.42), ("shit", 1.44, 1.7), ("he", 1.71, 1.8))
    timeline, style = Timeline((one_track,), (Cut("a", 0.0, 4.0, 0, 2),)), style_of()
    words = reviewed(given(("a", 8.0, beside)), style.censor, timeline)
    captions = applied(timeline, words, style, fps=30).captions
    shown = [word.text for page in captions.pages for word in page.words]
    assert [word for word in shown if "*" not in word] == ["watch", "this", "he"]
    assert len(shown) == 4
