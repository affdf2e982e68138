"""The mix: every cut's sound at its sample, muted where it must be, ducked, at the right loudness and length."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aiditor.errors import Cancelled
from aiditor.media.info import AudioStream, MediaInfo, VideoStream
from aiditor.render.game_sound import lay_game
from aiditor.render.sound import SoundConfig, mix
from aiditor.timeline import BeatGrid, Cut, Music, Mute, Ramp, Scores, Source, Timeline, Transition

RATE_HZ = 48_000
PLAIN = SoundConfig(cut_fade_s=0, end_fade_s=0)
PICTURE = VideoStream(0, "h264", 320, 180, 320, 180, "1/1", 0, 30.0, False, "yuv420p", 8, "bt709", False, False, 0.0)


def source_of(path: Path, sound: np.ndarray, *, name: str = "a") -> Source:
    """A source whose only track holds exactly these samples, float [N] or [2, N]."""
    soundfile.write(path, np.atleast_2d(sound).T, RATE_HZ, subtype="FLOAT")
    channels = np.atleast_2d(sound).shape[0]
    stream = AudioStream(0, "pcm_f32le", RATE_HZ, channels, "stereo" if channels == 2 else "mono", "", "mix", 0.0)
    seconds = np.atleast_2d(sound).shape[1] / RATE_HZ
    info = MediaInfo("wav", seconds, 0.0, path.stat().st_size, PICTURE, (stream,))
    return Source(id=name, path=str(path), info=info)


def game_bus(timeline: Timeline, cfg: SoundConfig = PLAIN) -> np.ndarray:
    bus = np.zeros((2, round(timeline.duration_s * RATE_HZ)), np.float32)
    lay_game(bus, timeline, cfg)
    return bus


def clicks(seconds: float, at_s: list[float]) -> np.ndarray:
    sound = np.zeros(int(seconds * RATE_HZ))
    for t_s in at_s:
        sound[round(t_s * RATE_HZ)] = 0.9
    return sound


def hiss(seconds: float, *, seed: int = 0, level: float = 0.2) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, level, (2, int(seconds * RATE_HZ))).clip(-1, 1)


@pytest.fixture
def song(tmp_path: Path) -> Callable[[float], Music]:
    def make(seconds: float) -> Music:
        path = tmp_path / "song.wav"
        t = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
        wave = 0.2 * np.sin(2 * np.pi * 330 * t) * (1 + 0.3 * np.sin(2 * np.pi * 2 * t))
        soundfile.write(path, np.stack([wave, wave]).T, RATE_HZ, subtype="FLOAT")
        return Music(str(path), BeatGrid(120.0, (), ()), seconds, "song", "own", "supplied by the user")

    return make


# --- the game's sound -------------------------------------------------------------------------------


def test_a_cut_sounds_at_its_sample(tmp_path: Path) -> None:
    source = source_of(tmp_path / "a.wav", clicks(6, [1.25, 4.0]))
    cuts = (Cut("a", 1.0, 2.0, 0.0, 1.5), Cut("a", 3.7, 4.5, 1.0, 4.0))
    bus = game_bus(Timeline((source,), cuts))
    assert bus.shape == (2, round(1.8 * RATE_HZ))
    assert np.flatnonzero(np.abs(bus[0]) > 0.1).tolist() == [12_000, RATE_HZ + round(0.3 * RATE_HZ)]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    starts_s=st.lists(st.floats(0, 8), min_size=1, max_size=5),
    lengths_s=st.lists(st.floats(0.2, 1.5), min_size=5, max_size=5),
)
def test_every_cut_lands_to_the_sample_wherever_it_starts(
    tmp_path: Path, starts_s: list[float], lengths_s: list[float]
) -> None:
    at_s, cuts, peaks_s = 0.0, [], []
    for start_s, length_s in zip(starts_s, lengths_s, strict=False):
        peak_s = start_s + length_s / 2
        cuts.append(Cut("a", start_s, start_s + length_s, at_s, peak_s))
        at_s, peaks_s = at_s + length_s, [*peaks_s, peak_s]
    # A source that is silent but for one step at each peak would overlap: use one source a cut.
    sources = [source_of(tmp_path / f"{k}.wav", clicks(10, [peak_s]), name=str(k)) for k, peak_s in enumerate(peaks_s)]
    cuts = [replace(cut, source_id=str(k)) for k, cut in enumerate(cuts)]
    bus = game_bus(Timeline(tuple(sources), tuple(cuts)))
    assert bus.shape[1] == round(at_s * RATE_HZ)
    found = np.flatnonzero(np.abs(bus[0]) > 0.1)
    wanted = np.array([cut.montage_s(cut.peak_s) * RATE_HZ for cut in cuts])
    assert found.size == wanted.size
    assert np.abs(found - wanted).max() <= 1.5


def test_slow_motion_stretches_the_sound_and_lowers_it(tmp_path: Path) -> None:
    t = np.arange(4 * RATE_HZ) / RATE_HZ
    source = source_of(tmp_path / "a.wav", 0.5 * np.sin(2 * np.pi * 1000 * t))
    cut = Cut("a", 1.0, 2.5, 0.0, 1.75, ramp=Ramp(1.5, 2.0, 0.5))
    bus = game_bus(Timeline((source,), (cut,)))
    assert bus.shape[1] == 2 * RATE_HZ

    def pitch_hz(start_s: float, stop_s: float) -> float:
        wave = bus[0, int(start_s * RATE_HZ) : int(stop_s * RATE_HZ)]
        power = np.abs(np.fft.rfft(wave * np.hanning(wave.size)))
        return float(np.fft.rfftfreq(wave.size, 1 / RATE_HZ)[np.argmax(power)])

    assert pitch_hz(0.05, 0.45) == pytest.approx(1000, abs=5)
    assert pitch_hz(0.55, 1.45) == pytest.approx(500, abs=5)
    assert pitch_hz(1.55, 1.95) == pytest.approx(1000, abs=5)
    assert np.abs(np.diff(bus[0])).max() < 0.075, "no click where the speed changes"


def test_cuts_fade_and_a_cut_that_carries_on_does_not_dip(tmp_path: Path) -> None:
    source = source_of(tmp_path / "a.wav", np.full((2, 6 * RATE_HZ), 0.5))
    cfg = SoundConfig(cut_fade_s=0.01, end_fade_s=0)
    apart = game_bus(Timeline((source,), (Cut("a", 0, 1, 0, 0.5), Cut("a", 3, 4, 1, 3.5))), cfg)[0]
    edge = apart[RATE_HZ - 480 : RATE_HZ + 480]
    assert edge.min() < 0.001
    assert np.abs(np.diff(apart)).max() < 0.01, "no step that would click"
    assert apart[RATE_HZ - 500] == pytest.approx(0.5)
    joined = game_bus(Timeline((source,), (Cut("a", 0, 1, 0, 0.5), Cut("a", 1, 2, 1, 1.5))), cfg)[0]
    assert joined[RATE_HZ - 480 : RATE_HZ + 480].min() == pytest.approx(0.5)


@pytest.mark.parametrize(("kind", "sounds_on"), [("crossfade", True), ("whip", True), ("flash", False)])
def test_under_a_mixing_transition_the_cut_before_sounds_on(tmp_path: Path, kind: str, sounds_on: bool) -> None:
    first = source_of(tmp_path / "a.wav", np.full((2, 4 * RATE_HZ), 0.4), name="a")
    second = source_of(tmp_path / "b.wav", np.zeros(4 * RATE_HZ), name="b")
    cuts = (Cut("a", 0, 1, 0, 0.5), Cut("b", 0, 1, 1, 0.5, transition=Transition(kind, 0.4)))
    bus = game_bus(Timeline((first, second), cuts), SoundConfig(end_fade_s=0))[0]
    halfway = bus[round(1.2 * RATE_HZ)]
    assert halfway == pytest.approx(0.4 / 2**0.5 if sounds_on else 0, abs=0.01)
    assert not bus[round(1.4 * RATE_HZ) + 1 :].any()
    assert bus.size == 2 * RATE_HZ, "the length stays"


def two_tracks(path: Path, game: np.ndarray, microphone: np.ndarray) -> Source:
    """A recording whose game and microphone, float [N] each, lie on tracks of their own."""
    with av.open(str(path), "w") as output:
        streams = [output.add_stream("pcm_s16le", rate=RATE_HZ, layout="stereo") for _ in range(2)]
        for stream, wave in zip(streams, (game, microphone), strict=True):
            samples = np.repeat((wave * 32767).astype(np.int16), 2)[None]
            frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="stereo")
            frame.sample_rate, frame.pts = RATE_HZ, 0
            output.mux(stream.encode(frame))
            output.mux(stream.encode(None))
    tracks = tuple(
        AudioStream(k, "pcm_s16le", RATE_HZ, 2, "stereo", "", role, 0.0)
        for k, role in enumerate(("game", "microphone"))
    )
    return Source("a", str(path), MediaInfo("matroska", game.size / RATE_HZ, 0.0, 1, PICTURE, tracks))


def test_game_and_microphone_are_mixed_by_their_gains(tmp_path: Path) -> None:
    source = two_tracks(tmp_path / "two.mkv", np.full(RATE_HZ, 0.2), np.full(RATE_HZ, 0.1))
    tracks = source.info.audio
    timeline = Timeline((source,), (Cut("a", 0, 1, 0, 0.5),))
    assert game_bus(timeline)[0, 24_000] == pytest.approx(0.3, abs=0.002)
    louder = PLAIN.model_copy(update={"microphone_gain_db": 6.0206})
    assert game_bus(timeline, louder)[0, 24_000] == pytest.approx(0.4, abs=0.002)
    whole = replace(source, info=replace(source.info, audio=(replace(tracks[0], role="mix"), tracks[1])))
    assert game_bus(Timeline((whole,), timeline.cuts))[0, 24_000] == pytest.approx(0.2, abs=0.002)


def test_a_microphone_of_its_own_is_a_stem_and_the_music_gives_way_to_it(
    tmp_path: Path, song: Callable[[float], Music]
) -> None:
    t = np.arange(9 * RATE_HZ) / RATE_HZ
    rng = np.random.default_rng(1)
    speech = 0.2 * rng.normal(0, 1, t.size).clip(-2, 2) * ((t > 3) & (t < 5)) * (0.6 + 0.4 * np.sin(2 * np.pi * 4 * t))
    game = 0.02 * rng.normal(0, 1, t.size).clip(-3, 3)
    source = two_tracks(tmp_path / "two.mkv", game, speech)
    timeline = Timeline((source,), (Cut("a", 0, 9, 0, 8),), music=song(9))
    made = mix(timeline, SoundConfig(duck_db=9), out=tmp_path / "mix.wav", stems=True)
    paths = (made.path, made.game_path, made.microphone_path, made.music_path)
    whole, played, said, music = (soundfile.read(path)[0] for path in paths)
    assert np.array_equal(whole, played + said + music), "sample for sample"
    inside = (t > 3) & (t < 5)
    assert np.abs(said[~inside]).max() < 1e-3 * np.abs(said[inside]).max()
    assert np.sqrt((played[inside] ** 2).mean()) == pytest.approx(np.sqrt((played[~inside] ** 2).mean()), rel=0.4)

    def music_db(start_s: float, end_s: float) -> float:
        return float(20 * np.log10(np.sqrt((music[round(start_s * RATE_HZ) : round(end_s * RATE_HZ)] ** 2).mean())))

    assert music_db(3.5, 4.5) - music_db(1.0, 2.0) == pytest.approx(-9, abs=1.5)
    assert music_db(6.5, 7.5) - music_db(1.0, 2.0) == pytest.approx(0, abs=0.7)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_mutes_never_leak(tmp_path: Path, data: st.DataObject) -> None:
    source = source_of(tmp_path / "hiss.wav", hiss(8))
    cuts, at_s = [], 0.0
    for _ in range(data.draw(st.integers(1, 3))):
        start_s = data.draw(st.floats(0, 5))
        end_s = start_s + data.draw(st.floats(0.3, 2.0))
        ramp = None
        if data.draw(st.booleans()):
            middle_s = start_s + (end_s - start_s) * 0.3
            ramp = Ramp(middle_s, middle_s + 0.1, data.draw(st.sampled_from([0.25, 0.5, 0.8])))
        kind = data.draw(st.sampled_from([None, "crossfade", "flash"]))
        cut = Cut("a", start_s, end_s, at_s, start_s, ramp=ramp, transition=Transition(kind, 0.2) if kind else None)
        cuts.append(cut)
        at_s += cut.duration_s
    first_s = data.draw(st.floats(0, 7))
    mute = Mute("a", first_s, first_s + data.draw(st.floats(0.01, 1.0)))
    for cut in cuts:
        bus = game_bus(Timeline((source,), (replace(cut, at_s=0.0, transition=None),), mutes=(mute,)))
        moved = replace(cut, at_s=0.0)
        low_s, high_s = max(mute.start_s, cut.start_s), min(mute.end_s, cut.end_s)
        if high_s <= low_s:
            continue
        low, high = (moved.montage_s(t_s) * RATE_HZ for t_s in (low_s, high_s))
        assert not bus[:, int(np.ceil(low)) : int(np.floor(high)) + 1].any(), "exactly zero over the whole span"
    together = game_bus(Timeline((source,), tuple(cuts), mutes=(mute,)), SoundConfig())
    assert together.shape[1] == round(at_s * RATE_HZ)


def test_a_mute_takes_no_more_than_its_fades(tmp_path: Path) -> None:
    source = source_of(tmp_path / "a.wav", np.full((2, 4 * RATE_HZ), 0.5))
    mute = Mute("a", 1.0, 1.5)
    bus = game_bus(Timeline((source,), (Cut("a", 0, 3, 0, 1),), mutes=(mute,)))[0]
    fade = round(PLAIN.mute_fade_s * RATE_HZ) + 2
    assert not bus[RATE_HZ : RATE_HZ + 24_000].any()
    assert bus[: RATE_HZ - fade] == pytest.approx(0.5)
    assert bus[RATE_HZ + 24_000 + fade :] == pytest.approx(0.5)
    other = game_bus(Timeline((source,), (Cut("a", 0, 3, 0, 1),), mutes=(replace(mute, source_id="b"),)))[0]
    assert other == pytest.approx(0.5), "another source's mute is not heard here"


# --- the mix ----------------------------------------------------------------------------------------


def measured(path: str) -> tuple[np.ndarray, float, float]:
    """Samples [N, 2], integrated loudness and true peak of a file, by others' measure."""
    import pyloudnorm
    from scipy import signal

    sound, _ = soundfile.read(path)
    peak = np.abs(signal.resample_poly(sound, 4, 1, axis=0)).max()
    return sound, pyloudnorm.Meter(RATE_HZ).integrated_loudness(sound), 20 * np.log10(max(peak, 1e-9))


@pytest.mark.parametrize("with_music", [True, False], ids=["music", "no music"])
@pytest.mark.parametrize("with_game", [True, False], ids=["game", "no game sound"])
def test_the_mix_is_as_long_and_as_loud_as_it_must_be(
    tmp_path: Path, song: Callable[[float], Music], with_music: bool, with_game: bool
) -> None:
    source = source_of(tmp_path / "a.wav", hiss(6, level=0.05))
    if not with_game:
        source = replace(source, info=replace(source.info, audio=()))
    cuts = (Cut("a", 0.5, 3.0, 0.0, 1.0), Cut("a", 3.5, 5.5, 2.5, 4.0))
    timeline = Timeline((source,), cuts, music=song(5) if with_music else None)
    made = mix(timeline, SoundConfig(), out=tmp_path / "mix.wav")
    sound, lufs, peak_dbtp = measured(made.path) if with_music or with_game else (soundfile.read(made.path)[0], 0, -99)
    assert sound.shape == (round(4.5 * RATE_HZ), 2)
    assert peak_dbtp <= -1.0
    if with_music or with_game:
        assert lufs == pytest.approx(-14, abs=0.5)
        assert made.integrated_lufs == pytest.approx(lufs, abs=0.1)
        assert made.true_peak_dbtp == pytest.approx(peak_dbtp, abs=0.1)
    else:
        assert not sound.any()
        assert made.integrated_lufs == -70
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(".")) == []


@pytest.mark.parametrize("duration_s", [1.0, 2.9666, 3.5])
def test_the_length_is_the_picture_s_where_one_is_given(tmp_path: Path, duration_s: float) -> None:
    source = source_of(tmp_path / "a.wav", hiss(4))
    timeline = Timeline((source,), (Cut("a", 0, 3, 0, 1),))
    made = mix(timeline, SoundConfig(), out=tmp_path / "mix.wav", duration_s=duration_s)
    assert len(soundfile.read(made.path)[0]) == round(duration_s * RATE_HZ)


def test_stems_add_up_to_the_mix(tmp_path: Path, song: Callable[[float], Music]) -> None:
    source = source_of(tmp_path / "a.wav", hiss(4))
    timeline = Timeline((source,), (Cut("a", 0, 3, 0, 1),), music=song(4), mutes=(Mute("a", 1.0, 1.4),))
    made = mix(timeline, SoundConfig(), out=tmp_path / "mix.wav", stems=True)
    whole, game, music = (soundfile.read(path)[0] for path in (made.path, made.game_path, made.music_path))
    assert made.microphone_path == "", "no source has one"
    assert np.array_equal(whole, game + music), "sample for sample"
    assert not game[RATE_HZ : round(1.4 * RATE_HZ)].any(), "a muted span is truly silent"
    assert np.abs(music[RATE_HZ : round(1.4 * RATE_HZ)]).max() > 0.05, "the music plays on over it"


def test_music_steps_back_under_shots_and_voice_only(tmp_path: Path, song: Callable[[float], Music]) -> None:
    t = np.arange(12 * RATE_HZ) / RATE_HZ
    shots = hiss(12, level=0.002) + hiss(12, seed=1, level=0.3) * ((t > 3) & (t < 4))
    source = source_of(tmp_path / "a.wav", shots)
    voice = np.zeros(48, np.float32)
    voice[32:36] = 1.0
    empty = np.zeros(48, np.float32)
    scores = {"a": Scores("a", 12.0, 0.25, empty, empty, voice)}
    # The best moment is elsewhere: there the music gives way by half.
    cuts = (Cut("a", 0, 10.5, 0, 3, score=0.4), Cut("a", 10.5, 12, 10.5, 11.5, score=0.9))
    timeline = Timeline((source,), cuts, music=song(12))

    def music_db(cfg: SoundConfig, t_s: float) -> float:
        made = mix(timeline, cfg, out=tmp_path / "mix.wav", stems=True, scores=scores)
        wave = soundfile.read(made.music_path)[0][round((t_s - 0.25) * RATE_HZ) : round((t_s + 0.25) * RATE_HZ)]
        return float(20 * np.log10(np.sqrt((wave**2).mean())))

    cfg = SoundConfig(duck_db=10)
    calm_db = music_db(cfg, 1.5)
    assert music_db(cfg, 3.5) - calm_db == pytest.approx(-10, abs=1.5)
    assert music_db(cfg, 8.5) - calm_db == pytest.approx(-10, abs=1.5)
    assert music_db(cfg, 6.0) - calm_db == pytest.approx(0, abs=0.7)
    deaf = cfg.model_copy(update={"duck_under_voice": False})
    assert music_db(deaf, 8.5) - music_db(deaf, 1.5) == pytest.approx(0, abs=0.7)


@pytest.mark.parametrize("kind", ["shots", "hiss", "loud"])
def test_encoded_as_aac_the_peak_stays_under_the_limit(
    tmp_path: Path, song: Callable[[float], Music], kind: str
) -> None:
    t = np.arange(8 * RATE_HZ) / RATE_HZ
    sounds = {"shots": hiss(8, level=0.5) * np.exp(-(t % 0.4) / 0.05), "hiss": hiss(8), "loud": hiss(8, level=2.0)}
    source = source_of(tmp_path / "a.wav", sounds[kind])
    timeline = Timeline((source,), (Cut("a", 0, 8, 0, 3),), music=song(8))
    made = mix(timeline, SoundConfig(), out=tmp_path / "mix.wav")
    encoded = tmp_path / "mix.m4a"
    with av.open(made.path) as wav, av.open(str(encoded), "w") as output:
        stream = output.add_stream("aac", rate=RATE_HZ, layout="stereo", bit_rate=192_000)
        for frame in wav.decode(audio=0):
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    with av.open(str(encoded)) as file:
        decoded = np.concatenate([frame.to_ndarray() for frame in file.decode(audio=0)], axis=1)
    soundfile.write(tmp_path / "decoded.wav", decoded.T, RATE_HZ, subtype="FLOAT")
    _, lufs, peak_dbtp = measured(str(tmp_path / "decoded.wav"))
    assert peak_dbtp <= -1.0
    assert lufs == pytest.approx(-14, abs=0.5)


def test_cancelling_leaves_nothing_behind(tmp_path: Path) -> None:
    source = source_of(tmp_path / "a.wav", hiss(4))
    folder = tmp_path / "out"

    def stop(fraction: float, note: str) -> None:
        if fraction > 0.9:
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        mix(Timeline((source,), (Cut("a", 0, 3, 0, 1),)), SoundConfig(), out=folder / "mix.wav", progress=stop)
    assert list(folder.iterdir()) == []
