"""The HUD layer: same by seed, kills are announced as the skin says, and nothing that it shows invents an own kill."""

from __future__ import annotations

from itertools import chain

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aiditor.errors import BadConfig
from training.record.skins import Now, SkinLayer, announces, prints_kills, skin_names
from training.record.skins.catalogue import family
from training.record.skins.draw import Sprite, sprite
from training.record.skins.fonts import FILES, Font, letters
from training.record.skins.icons import GUNS, MARKERS, MEDALS, SIGNS, marker, medal, sign
from training.record.skins.layout import Layout
from training.record.skins.look import Look, Words, compose
from training.record.skins.sounds import KINDS, Mixer, make_sound, music_bed

SIZE, RATE, AUDIO = (640, 360), 35, 44_100
PICTURE = np.full((360, 640, 3), (58, 66, 52), np.uint8)
SOUND = np.zeros((AUDIO // RATE, 2), np.int16)
ALL = sorted(set(chain.from_iterable(skin_names(split) for split in ("train", "val", "test"))))
DRESSED = [name for name in ALL if name != "plain"]
KILL = {"type": "kill", "victim": "DoomImp", "weapon": "Shotgun", "distance": 300, "headshot": False, "health": 90}


def layer(name: str, seed: int = 1, scene: str = "play", arena: bool = False) -> SkinLayer:
    return SkinLayer(name, size=SIZE, rate_hz=RATE, audio_hz=AUDIO, seed=seed, scene=scene, arena=arena)


def film(made: SkinLayer, tics: int, events: dict[int, list[dict]] | None = None, dead: range = range(0)) -> list:
    """Frames of `tics`, with these events at these tics (each gets its time)."""
    frames = []
    for tic in range(tics):
        told = [{**event, "t": tic / RATE} for event in (events or {}).get(tic, [])]
        kills = sum(event["type"] == "kill" for event in told)
        now = Now(tic / RATE, told, ammo=20, weapon="Shotgun", hits=kills, dead=tic in dead)
        frames.append(made.frame(PICTURE, SOUND, now))
    return frames


def differ(one: list, other: list, part: int) -> bool:
    return any(not np.array_equal(a[part], b[part]) for a, b in zip(one, other, strict=True))


# --- families -------------------------------------------------------------------------------------------


def test_no_family_serves_two_purposes() -> None:
    names = {split: set(skin_names(split)) - {"plain"} for split in ("train", "val", "test")}
    assert [len(names[split]) for split in ("train", "val", "test")] == [14, 3, 6]
    assert len(set.union(*names.values())) == 23
    assert all("plain" in skin_names(split) for split in names)
    fonts = {
        split: {font.file for name in names[split] for font in (*family(name).fonts, *family(name).titles)}
        for split in names
    }
    assert fonts["test"] & fonts["train"] <= {"dejavu-mono"}, "letters of the test are new, but for one that is bent"


def test_the_test_families_print_kills_and_one_does_not() -> None:
    prints = [name for name in skin_names("test") if prints_kills(name)]
    assert len(prints) >= 4
    assert announces("pulse") == ("marker", "sound")
    assert announces("plain") == ()
    assert not prints_kills("plain")
    assert any(set(announces(name)) == {"feed"} for name in skin_names("train")), "one by feed alone"


def test_unknown_names_are_told() -> None:
    with pytest.raises(BadConfig, match="no skin neon-cat: choose one of"):
        layer("neon-cat")
    with pytest.raises(BadConfig, match="no split holdout: choose one of train, val, test"):
        skin_names("holdout")


# --- the layer ------------------------------------------------------------------------------------------


def test_plain_gives_back_what_it_got() -> None:
    picture, sound = layer("plain").frame(PICTURE, SOUND, Now(0.0, [dict(KILL, t=0.0)]))
    assert picture is PICTURE
    assert sound is SOUND


@pytest.mark.parametrize("name", DRESSED)
def test_a_kill_is_announced_as_the_skin_says(name: str) -> None:
    """Against the same film without the kill: its own announcements, and no others, make the difference."""
    quiet, loud = (film(layer(name), 20, events) for events in (None, {6: [KILL]}))
    assert not differ(quiet[:6], loud[:6], 0)
    assert differ(quiet[6:], loud[6:], 0) is (set(announces(name)) != {"sound"})
    if "sound" not in announces(name):
        assert not differ(quiet, loud, 1)
    before, after = PICTURE.copy(), SOUND.copy()
    assert np.array_equal(before, PICTURE)
    assert np.array_equal(after, SOUND)
    assert all(p.shape == PICTURE.shape and p.dtype == np.uint8 and s.dtype == np.int16 for p, s in loud)


@pytest.mark.parametrize("name", ["guard", "pulse", "tactical"])
def test_a_kill_is_heard(name: str) -> None:
    quiet, loud = (film(layer(name, seed=3), 20, events) for events in (None, {6: [KILL]}))
    assert differ(quiet[6:8], loud[6:8], 1)


@pytest.mark.parametrize("name", ["royale", "nova", "console"])
def test_the_same_seed_draws_the_same(name: str) -> None:
    events = {10: [KILL], 30: [dict(KILL, headshot=True)]}
    one, again, other = (film(layer(name, seed), 60, events) for seed in (4, 4, 5))
    assert not differ(one, again, 0)
    assert not differ(one, again, 1)
    assert differ(one, other, 0)


def test_others_kill_elsewhere_and_it_is_logged() -> None:
    made = layer("strike", seed=2)
    film(made, 30 * RATE)
    assert len(made.events) >= 2
    for event in made.events:
        assert event["type"] == "other_kill"
        assert (event["in_view"], event["elsewhere"]) == (False, True)
        assert event["killer"] != made.player != event["victim"]
    assert [event["t"] for event in made.events] == sorted(event["t"] for event in made.events)


def test_a_hud_without_a_feed_tells_of_no_one_elsewhere() -> None:
    made = layer("marker", seed=2)
    film(made, 20 * RATE)
    assert made.events == []


def test_the_shown_names_are_in_the_truth() -> None:
    made = layer("tactical")
    kill, other = dict(KILL, t=0.5), {"type": "other_kill", "victim": "DoomPlayer", "t": 0.5}
    made.frame(PICTURE, SOUND, Now(0.5, [kill, other]))
    assert kill["victim_tag"] in made.look.foes
    assert {other["killer"], other["victim_tag"]} <= {*made.look.foes, *made.look.mates}


def test_mates_who_really_play_are_named() -> None:
    made = SkinLayer("strike", size=SIZE, rate_hz=RATE, audio_hz=AUDIO, seed=1, arena=True, mates=("Rook", "Mica"))
    event = {"type": "other_kill", "victim": "DoomImp", "killer": "Rook", "t": 0.5}
    fallen = {"type": "other_kill", "victim": "Mica", "t": 0.5}
    made.frame(PICTURE, SOUND, Now(0.5, [event, fallen]))
    assert event["killer"] == "Rook"
    assert event["victim_tag"] in made.look.foes
    assert fallen["victim_tag"] == "Mica"


# --- what is not play -----------------------------------------------------------------------------------


def test_a_death_is_followed_by_what_was_seen_before() -> None:
    """Each frame of play has its own grey; in the killcam the greys of the seconds before the death come again."""
    died = 5 * RATE
    for seed in range(60):
        made = layer("operations", seed)
        death = made._death
        if not death.has_killcam or made._remembers_hud or death._mirrored:
            continue
        shades = []
        for tic in range(died + 8 * RATE):
            shade = tic if tic < died else 255
            now = Now(tic / RATE, [{"type": "death", "t": tic / RATE}] if tic == died else [], dead=tic >= died)
            frame, _ = made.frame(np.full_like(PICTURE, shade), SOUND, now)
            shades.append(int(np.median(frame[100:150, 250:300])))
            if tic == died and made.dead_tics < 100:
                break  # not every death has one
        else:
            break
    news = died + round(death._news_s * RATE)
    again = [shade for shade in shades[news : died + made.dead_tics - 5] if 0 < shade < died]
    assert made.dead_tics > 3.5 * RATE
    assert len(again) > 2.5 * RATE
    assert again == sorted(again)
    assert max(again) > died - 5


def test_without_a_killcam_a_death_is_short() -> None:
    made = layer("arena")
    assert not made._death.has_killcam
    film(made, 80, {40: [{"type": "death"}]}, dead=range(40, 80))
    assert 60 <= made.dead_tics <= 80
    assert layer("plain").dead_tics == 70


def test_menus_open_in_quiet_moments_only() -> None:
    made = layer("guard", seed=6)
    made._next_pause_s = 0.0
    dressed, _ = made.frame(PICTURE, SOUND, Now(10.0, [dict(KILL, t=10.0)], hits=1))
    assert list(made.interlude(dressed, Now(11.0))) == []
    frames = list(made.interlude(dressed, Now(16.0)))
    assert 1.5 * RATE <= len(frames) <= 6.1 * RATE
    assert all(p.shape == PICTURE.shape and s.shape == SOUND.shape for p, s in frames)
    assert list(made.interlude(dressed, Now(18.0))) == [], "the next comes later"
    assert list(layer("plain").interlude(PICTURE, Now(500.0))) == []


@pytest.mark.parametrize("name", ["plain", "squad", "orbit", "pulse"])
def test_who_spectates_is_told_whom(name: str) -> None:
    made = layer(name, scene="spectate")
    assert made.player not in ("", "You")
    captions = [np.array(p) for p, _ in film(made, 2)]
    assert not np.array_equal(captions[1], film(layer(name), 2)[1][0])


# --- parts ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", [*FILES, "hershey", "hershey-serif"])
def test_every_face_writes(file: str) -> None:
    mask = letters("Kilo 7", Font(file), 15)
    assert mask.max() > 200
    rows = np.flatnonzero(mask.max(axis=1) > 128)
    assert 8 <= rows[-1] - rows[0] + 1 <= 18
    assert letters("x", Font(file), 15).shape[0] == mask.shape[0], "rows line up"


def test_every_sign_is_drawn() -> None:
    assert all(0.05 < (sign(name, 16) > 128).mean() < 0.95 for name in SIGNS)
    assert all((marker(shape, 20, 2.0) > 128).any() for shape in MARKERS)
    assert all(medal(shape, "skull", 40, (80, 20, 20), (240, 220, 90))[..., 3].any() for shape in MEDALS)
    assert set(GUNS) <= set(SIGNS)


def test_a_line_has_its_parts() -> None:
    look = Look.draw(family("strike"), SIZE, np.random.default_rng(1))
    ink = look.ink(14)
    plain = compose("{k} {i}{h} {v}", Words("Ada", "Bob"), look, ink)
    head = compose("{k} {i}{h} {v}", Words("Ada", "Bob", headshot=True), look, ink)
    assert head.shape[1] > plain.shape[1] + 8
    assert compose("{w}", Words(), look, ink).shape[0] == plain.shape[0]


@given(x=st.integers(-60, 130), y=st.integers(-60, 130), opacity=st.floats(0, 1))
@settings(max_examples=60, deadline=None)
def test_a_sprite_changes_its_rectangle_only(x: int, y: int, opacity: float) -> None:
    image = np.full((30, 50, 4), 255, np.uint8)
    picture = np.zeros((90, 120, 3), np.uint8)
    sprite(image).lay(picture, x, y, opacity)
    inside = np.zeros((90, 120), bool)
    inside[max(y, 0) : max(y + 30, 0), max(x, 0) : max(x + 50, 0)] = True
    assert not picture[~inside].any()
    assert (picture[inside] >= int(opacity * 250) - 3).all()
    if opacity == 1.0:
        assert (picture[inside] == 255).all()


def test_a_transparent_sprite_changes_nothing() -> None:
    picture = PICTURE.copy()
    Sprite(np.full((9, 9, 3), 200, np.uint16), np.zeros((9, 9, 1), np.uint16)).lay(picture, 3, 3)
    assert np.array_equal(picture, PICTURE)


@given(st.lists(st.tuples(st.integers(20, 200), st.integers(10, 120)), max_size=12))
@settings(max_examples=30, deadline=None)
def test_parts_keep_clear_of_each_other(sizes: list[tuple[int, int]]) -> None:
    layout, found = Layout(SIZE), []
    for size in sizes:
        spot = layout.find(size, ("top_left",), (4, 4), allowed=0.0)
        if spot is not None:
            found.append((*spot, *size))
    for i, (x, y, w, h) in enumerate(found):
        assert x >= 0
        assert y >= 0
        assert x + w <= SIZE[0]
        assert y + h <= SIZE[1]
        for ox, oy, ow, oh in found[:i]:
            assert x >= ox + ow or ox >= x + w or y >= oy + oh or oy >= y + h


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_sounds_are_loud_enough_and_end(kind: str) -> None:
    wave = make_sound(kind, np.random.default_rng(1), AUDIO, 0.4)
    assert np.abs(wave).max() == pytest.approx(0.4, abs=0.01)
    assert abs(wave[-1]) < 1e-3
    assert 0.01 < len(wave) / AUDIO < 1.5
    assert np.array_equal(wave, make_sound(kind, np.random.default_rng(1), AUDIO, 0.4))


def test_the_mix_never_wraps_and_goes_on() -> None:
    mixer = Mixer(AUDIO)
    assert mixer.mix(SOUND) is SOUND, "nothing plays"
    wave = make_sound("bell", np.random.default_rng(2), AUDIO, 1.0)
    mixer.play(wave)
    mixer.play(wave)
    full = np.full_like(SOUND, 32000)
    first, second = mixer.mix(full), mixer.mix(SOUND)
    assert first.max() == 32767
    count = len(SOUND)
    heard = np.concatenate([np.clip(2 * wave[count : 2 * count], -1, 1) * 32767])
    assert np.abs(second[:, 0].astype(float) - np.round(heard)).max() <= 2


def test_music_loops_without_a_click() -> None:
    loop = music_bed(np.random.default_rng(3), AUDIO, bars=1)
    assert np.abs(loop).max() == pytest.approx(1.0)
    assert abs(loop[0] - loop[-1]) < 0.5
