"""The words that a generated piece is asked for with."""

from __future__ import annotations

import numpy as np

from aiditor.music.config import MusicConfig, Style

__all__ = ["PROMPTS", "prompt"]

PROMPTS: dict[Style, str] = {
    "hype": "aggressive trap and dubstep hybrid, hard hitting drums, distorted 808 bass, soaring lead synth, big drop",
    "cinematic": "epic orchestral trailer music, driving string ostinato, brass swells, deep taiko drums, heroic theme",
    "chill": "lo-fi hip hop, dusty drum loop, warm electric piano chords, mellow bass, soft vinyl crackle",
    "esports": "energetic drum and bass, punchy breakbeat, rolling bass, bright synth stabs, arena anthem",
    "meme": "goofy upbeat comedy music, bouncy tuba, pizzicato strings, slide whistle, hand claps",
    "minimal": "minimal deep techno, steady four on the floor kick, sparse percussion, hypnotic pulsing bass",
}
"""What each style asks for; tempo, key and energy are added to it."""

_TEMPI: dict[Style, int] = {"hype": 140, "cinematic": 100, "chill": 82, "esports": 174, "meme": 120, "minimal": 124}


def prompt(cfg: MusicConfig, seed: int) -> str:
    """The words for this configuration: the user's own or the style's, with what else the music is to be."""
    words = [cfg.prompt.strip() or PROMPTS[cfg.style]]
    if not cfg.prompt.strip():
        words += ["calm and sparse"] if cfg.energy < 0.35 else ["high energy"] if cfg.energy > 0.8 else []
    if cfg.key != "any" or cfg.mode != "any":
        words.append("in " + " ".join(part for part in (cfg.key, cfg.mode) if part != "any"))
    tempo = _tempo(cfg, seed)
    return ", ".join([*words, f"{tempo:g} bpm"] if tempo else words)


def _tempo(cfg: MusicConfig, seed: int) -> float | None:
    """As asked; between two tempi by the seed; the style's own, unless the words are the user's."""
    if isinstance(cfg.tempo_bpm, tuple):
        low, high = cfg.tempo_bpm
        return float(np.round(np.random.default_rng([seed, 3]).uniform(low, high)))
    if cfg.tempo_bpm is not None:
        return cfg.tempo_bpm
    return None if cfg.prompt.strip() else _TEMPI[cfg.style]
