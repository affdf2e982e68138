"""All sound lumps of a training mod, and the SNDINFO that gives a gun several takes and monsters guns of their own."""

from __future__ import annotations

import numpy as np

from training.record.mods.catalog import SOUNDS
from training.record.mods.lumps import MUSIC_ACTOR, RATE_HZ, Lumps, sound
from training.record.mods.train.guns import blast, launch, shot
from training.record.mods.train.recipe import Recipe
from training.record.mods.train.voices import voice
from training.record.mods.train.waves import (
    band,
    clock,
    decay,
    echo,
    join,
    level,
    mix,
    noise,
    saw,
    square,
    sweep,
)

__all__ = ["MUSIC", "sounds"]

MUSIC = "MDMUSIC"
_TAKES = (1.0, 0.965, 1.03)
"""A gun never sounds quite the same twice: lengths of its takes."""
_WEIGHTS = {"DSPISTOL": 0.25, "DSSHOTGN": 0.65, "DSDSHTGN": 0.95, "DSPLASMA": 0.3, "DSBFG": 1.0}
# Logical names of the game's own SNDINFO, the lump's stem in the mod, and the weight of the gun.
_GUNS = (
    ("weapons/pistol", "MDPI", 0.25),
    ("weapons/chngun", "MDCH", 0.35),
    ("weapons/shotgf", "MDSG", 0.65),
    ("weapons/sshotf", "MDDB", 0.95),
)
_ENEMY_GUNS = (
    ("grunt/attack", "MEGR", 0.2),
    ("shotguy/attack", "MESG", 0.5),
    ("chainguy/attack", "MECG", 0.3),
)

_PLAYER = f"""actor {MUSIC_ACTOR} {{ +NOINTERACTION
 States {{ Spawn:
 TNT1 A 1
 TNT1 A -1 A_PlaySound("mod/music", CHAN_BODY, 1.0, 1, ATTN_NONE)
 Stop
 }} }}
"""
"""The engine's own music does not reach the recording: here an actor plays it, as loud everywhere."""


def sounds(made: Recipe) -> Lumps:
    """Every sound lump, by the catalogue, and SNDINFO."""
    lumps: Lumps = []
    for number, (use, names) in enumerate(SOUNDS.items()):
        for index, name in enumerate(names):
            lumps.append((name, sound(_one(use, name, index, made, made.random(1, number, index)))))
    info = []
    for rows, kind in ((_GUNS, made.guns), (_ENEMY_GUNS, made.enemy_guns)):
        for row, (logical, stem, weight) in enumerate(rows):
            once = shot(kind, weight, made, made.random(2, len(kind), row))
            takes = [_slower(once, ratio) for ratio in _TAKES]
            lumps += [(f"{stem}{take}", sound(samples)) for take, samples in enumerate(takes)]
            info += [f"mod/{stem}{take} {stem}{take}" for take in range(len(_TAKES))]
            info.append(f"$random {logical} {{ {' '.join(f'mod/{stem}{take}' for take in range(len(_TAKES)))} }}")
            info.append(f"$limit {logical} 0")
    if made.music:
        lumps.append((MUSIC, sound(music(made))))
        info.append(f"mod/music {MUSIC}")
        lumps.append(("DECORATE", _PLAYER.encode("ascii")))
    return [*lumps, ("SNDINFO", "\n".join([*info, ""]).encode("ascii"))]


def _slower(samples: np.ndarray, ratio: float) -> np.ndarray:
    """The same, `ratio` times as long and lower by as much."""
    places = np.arange(0, len(samples) - 1, 1 / ratio)
    return np.interp(places, np.arange(len(samples)), samples)


def _one(use: str, name: str, index: int, made: Recipe, random: np.random.Generator) -> np.ndarray:
    if use in ("gun", "energy"):
        return shot("plasma" if use == "energy" else made.guns, _WEIGHTS[name], made, random)
    if use == "launch":
        return launch(made, random)
    if use == "blast":
        return blast(0.5 + 0.25 * (index != 1), made, random)
    if use in ("sight", "idle", "pain", "death"):
        return voice(use, made, random)
    if use.startswith("own"):
        return voice(use, made, random, "robot" if made.voices == "robot" else "man")
    samples, peak = _thing(use, made, random)
    return level(echo(samples, made.echo * 0.5, random), peak)


def _thing(use: str, made: Recipe, random: np.random.Generator) -> tuple[np.ndarray, float]:
    """The sounds of things, and how loud they are."""
    p = made.pitch
    if use in ("reload", "click"):
        clicks = [
            join(
                np.zeros(int(after * RATE_HZ)),
                band(noise(0.05, random), 900 * p, 7000 * p) * decay(0.05, 0.005)
                + sweep(0.05, (hz, hz)) * decay(0.05, 0.006),
            )
            for after, hz in zip((0.0, random.uniform(0.06, 0.16)), random.uniform(500, 3500, 2), strict=True)
        ]
        return mix(*clicks), 0.45
    if use == "saw":
        return saw(0.5, (90 * p, 95 * p)) * (0.6 + 0.4 * noise(0.5, random).clip(-1, 1)) * decay(0.5, 1.0, 0.02), 0.5
    if use == "strike":
        return mix(
            band(noise(0.15, random), 150, 1800 * p) * decay(0.15, 0.02), sweep(0.1, (160 * p, 70)) * decay(0.1, 0.02)
        ), 0.7
    if use == "burst":
        return mix(*(_drop(random, p) for _ in range(9))), 0.75
    if use == "pickup":
        return _chime(made, random), 0.5
    if use == "door":
        motor = saw(0.9, (60 * p, 75 * p)) * 0.4 + band(noise(0.9, random), 80, 900 * p)
        return motor * decay(0.9, 0.5, 0.08), 0.45
    if use == "step":
        return band(noise(0.12, random), 60, 1200 * p) * decay(0.12, 0.02), 0.5
    if use == "teleport":
        return mix(
            sweep(0.9, (200 * p, 2400 * p)) * decay(0.9, 0.25, 0.2),
            band(noise(0.9, random), 1000, 8000) * decay(0.9, 0.2, 0.3),
        ), 0.6
    return band(noise(0.6, random), 100, 1500) * decay(0.6, 0.3, 0.05), 0.4  # flame


def _drop(random: np.random.Generator, pitch: float) -> np.ndarray:
    low = random.uniform(90, 600) * pitch
    wet = sweep(0.09, (low, low * random.uniform(1.5, 3))) * decay(0.09, 0.02, 0.004)
    return join(np.zeros(int(random.uniform(0, 0.35) * RATE_HZ)), wet * random.uniform(0.3, 1))


def _chime(made: Recipe, random: np.random.Generator) -> np.ndarray:
    root = random.uniform(330, 900) * made.pitch
    steps = random.choice([1.0, 1.125, 1.25, 1.335, 1.5, 2.0], int(random.integers(1, 4)))
    tone = square if made.guns == "chip" else sweep
    return join(*(tone(0.09, (root * step, root * step)) * decay(0.09, 0.05, 0.004) for step in steps))


def music(made: Recipe) -> np.ndarray:
    """Some twenty seconds that loop: bass, chords, a beat."""
    random = made.random(3)
    beat_s = 60 / random.uniform(85, 165)
    root = random.uniform(50, 75)
    scale = np.array([0, 3, 5, 7, 10]) if random.random() < 0.6 else np.array([0, 2, 4, 7, 9])
    beats = 32
    track = np.zeros(int(beats * beat_s * RATE_HZ) + RATE_HZ)
    bars = random.choice(scale, beats // 4)

    def put(at_beat: float, samples: np.ndarray, gain: float) -> None:
        start = int(at_beat * beat_s * RATE_HZ)
        part = samples[: len(track) - start]
        track[start : start + len(part)] += part * gain

    for beat in range(beats):
        hz = root * 2 ** (bars[beat // 4] / 12)
        put(beat, saw(beat_s * 0.9, (hz, hz)) * decay(beat_s * 0.9, 0.15), 0.3)
        if beat % 4 == 0:
            for step in (0, 3, 7):
                tone = hz * 4 * 2 ** (step / 12)
                put(beat, sweep(beat_s * 3.8, (tone, tone)) * decay(beat_s * 3.8, 0.7, 0.1), 0.2)
        put(beat, sweep(0.15, (120, 45)) * decay(0.15, 0.04), 0.8 if beat % 2 == 0 else 0.0)
        put(beat + 0.5, band(noise(0.08, random), 5000, 12000) * decay(0.08, 0.015), 0.25)
        note = root * 8 * 2 ** (random.choice(scale) / 12)
        put(beat + random.choice([0, 0.5]), sweep(beat_s, (note, note)) * decay(beat_s, 0.12, 0.005), 0.22)
    assert len(clock(beat_s)) > 64
    return level(track[: int(beats * beat_s * RATE_HZ)], made.music)
