"""How much of a montage is worth watching: the share of its seconds within 2 s of a true kill by the recorded player.

Doom is freshly recorded on maps that no sample shows, with exact truth from the engine. Two of the maps, MAP06 and
E2M5, were looked at (in other recordings) while the settings of score were chosen; the other four were not. Of
each recording every method chooses what to keep, and its seconds are held against the truth. Random, even and
loudest choices take cuts of the very lengths that AIditor's montage has. auto-editor decides its own length
("as it comes"); in the rows "about 30 s" its threshold is searched so that it keeps as near to that as it can.
"""

from __future__ import annotations

import json
import shutil
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bench.report import table
from bench.timing import Command, measure

__all__ = ["markdown", "run"]

MINUTES = 21.0
FILM_S = 210.0
SEED = 100
TARGET_S = 30.0
NEAR_S = 2.0
RANDOM_SEEDS = 200
_LEVEL_HZ = 10
"""Loudness is compared in tenths of a second."""
_SEARCH_STEPS = 6

Span = tuple[float, float]
"""Start and end in a recording, in seconds."""


@dataclass(frozen=True)
class Film:
    """One recording with the times of the recorded player's kills."""

    video: Path
    duration_s: float
    kills_s: tuple[float, ...]
    other_kills: int


@dataclass(frozen=True)
class Kept:
    """What a method keeps of one film."""

    seconds: float
    near_s: float
    kills: int


def run(work: Path) -> list[dict[str, Any]]:
    """Record what is not there yet, choose with every method, and compare: one row a method, the footage first."""
    films = _films(work / "moments")
    chosen: dict[str, list[Kept]] = {}
    scratch = work / "moments" / "scratch"
    for film in films:
        montage = _aiditor(film, scratch, trained=True)
        lengths = [end - start for start, end in montage]
        loudest = _loudest(film, lengths)
        choices = {
            "AIditor": [montage],
            "AIditor, untrained signals": [_aiditor(film, scratch, trained=False)],
            "loudest cuts": [loudest],
            "cuts evenly spread": [_even(film, lengths)],
            "random cuts": [_random(film, lengths, seed) for seed in range(RANDOM_SEEDS)],
        }
        for name, spans in (*choices.items(), *_auto_editor(film, work, scratch)):
            chosen.setdefault(name, []).append(_mean([judge(film, one) for one in spans]))
        shutil.rmtree(scratch, ignore_errors=True)  # auto-editor reads all that it cached there on every run
    return [_footage_row(films), *(_row(name, kept) for name, kept in chosen.items())]


def markdown(rows: Sequence[dict[str, Any]]) -> str:
    """What the footage is, and the table."""
    footage, *methods = rows
    head = (
        f"{footage['minutes']:.1f} minutes of Doom in {footage['films']} recordings; {footage['kills']} own kills, "
        f"one every {footage['seconds_per_kill']:.1f} s; {footage['other_kills']} kills by others; "
        f"{100 * footage['near_share']:.0f} % of all seconds lie within {NEAR_S:g} s of an own kill."
    )
    lines = [
        (
            row["method"],
            f"{100 * row['share']:.0f} %",
            f"{100 * row['lowest']:.0f} to {100 * row['highest']:.0f} %",
            f"{row['seconds']:.0f} s",
            f"{row['kills']:.1f}",
        )
        for row in methods
    ]
    columns = ("choice", "seconds near a kill", "by recording", "kept in all", "kills shown")
    return f"{head}\n\n{table(columns, lines)}"


# --- the footage and the measure --------------------------------------------------------------------


def _films(folder: Path) -> list[Film]:
    from training.record.corpus import HELD_OUT_MAPS, plan_corpus, record_all

    films = []
    for recording in record_all(plan_corpus(MINUTES, HELD_OUT_MAPS, SEED, FILM_S), folder, workers=2):
        kills = tuple(event["t"] for event in recording.events if event["type"] == "kill")
        films.append(Film(recording.video, recording.duration_s, kills, recording.count("other_kill")))
    return films


def near(film: Film) -> list[Span]:
    """The parts of a film within `NEAR_S` of an own kill, in order, not overlapping."""
    joined: list[Span] = []
    for kill in sorted(film.kills_s):
        start, end = max(kill - NEAR_S, 0.0), min(kill + NEAR_S, film.duration_s)
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def judge(film: Film, spans: Sequence[Span]) -> Kept:
    """Seconds kept, seconds of them near an own kill, and own kills shown."""
    lively = near(film)
    close = sum(max(0.0, min(end, e) - max(start, s)) for start, end in spans for s, e in lively)
    shown = sum(any(start <= kill < end for start, end in spans) for kill in film.kills_s)
    return Kept(sum(end - start for start, end in spans), close, shown)


def _mean(kept: Sequence[Kept]) -> Kept:
    return Kept(*(statistics.fmean(getattr(one, name) for one in kept) for name in ("seconds", "near_s", "kills")))


def _row(name: str, kept: Sequence[Kept]) -> dict[str, Any]:
    seconds = sum(one.seconds for one in kept)
    shares = [one.near_s / one.seconds if one.seconds else 0.0 for one in kept]
    return {
        "method": name,
        "seconds": seconds,
        "near_s": sum(one.near_s for one in kept),
        "share": sum(one.near_s for one in kept) / seconds if seconds else 0.0,
        "lowest": min(shares),
        "highest": max(shares),
        "kills": sum(one.kills for one in kept),
    }


def _footage_row(films: Sequence[Film]) -> dict[str, Any]:
    seconds, kills = sum(film.duration_s for film in films), sum(len(film.kills_s) for film in films)
    return {
        "method": "footage",
        "films": len(films),
        "minutes": seconds / 60,
        "kills": kills,
        "seconds_per_kill": seconds / max(kills, 1),
        "other_kills": sum(film.other_kills for film in films),
        "near_share": sum(end - start for film in films for start, end in near(film)) / seconds,
    }


# --- the choices ------------------------------------------------------------------------------------


def _aiditor(film: Film, scratch: Path, *, trained: bool) -> list[Span]:
    from aiditor.detect import detect
    from aiditor.ingest import IngestConfig, ingest
    from aiditor.pipeline import analysis_config
    from aiditor.score import score
    from aiditor.select import SelectConfig, select
    from aiditor.settings import Settings

    cfg = analysis_config(Settings(use_highlight_model=trained))
    [source] = ingest([film.video], IngestConfig(), workdir=scratch).sources
    timeline = select([source], [score(detect(source, cfg.detect), cfg.score)], SelectConfig(target_s=TARGET_S))
    return [(cut.start_s, cut.end_s) for cut in timeline.cuts]


def _random(film: Film, lengths: Sequence[float], seed: int) -> list[Span]:
    """Cuts in random order with random gaps between them: every arrangement that fits is as likely."""
    random = np.random.default_rng(seed)
    order = random.permutation(len(lengths))
    edges = np.sort(random.uniform(0, film.duration_s - sum(lengths), len(lengths)))
    spans, used = [], 0.0
    for edge, index in zip(edges, order, strict=True):
        spans.append((edge + used, edge + used + lengths[index]))
        used += lengths[index]
    return spans


def _even(film: Film, lengths: Sequence[float]) -> list[Span]:
    slot = film.duration_s / len(lengths)
    middles = [slot * (index + 0.5) for index in range(len(lengths))]
    return [(middle - length / 2, middle + length / 2) for middle, length in zip(middles, lengths, strict=True)]


def _loudest(film: Film, lengths: Sequence[float]) -> list[Span]:
    """The longest cut where the sound is loudest over its length, then the next, never over one another."""
    energy = np.array([float(np.mean(block**2)) for block in _tenths(film.video)])
    total = np.concatenate([[0.0], np.cumsum(energy)])
    free = np.ones(len(energy), bool)
    spans = []
    for length in sorted(lengths, reverse=True):
        width = max(round(length * _LEVEL_HZ), 1)
        taken = np.concatenate([[0], np.cumsum(~free)])
        loud = (total[width:] - total[:-width]) / width
        loud[taken[width:] - taken[:-width] > 0] = -1.0
        start = int(np.argmax(loud))
        free[start : start + width] = False
        spans.append((start / _LEVEL_HZ, start / _LEVEL_HZ + length))
    return spans


def _tenths(video: Path) -> Iterator[np.ndarray]:
    from aiditor.media.read import audio_blocks

    rate_hz = 16_000
    size, rest = rate_hz // _LEVEL_HZ, np.zeros(0, np.float32)
    for _, block in audio_blocks(video, rate_hz=rate_hz, channels=1):
        rest = np.concatenate([rest, block[0]])
        whole = len(rest) // size * size
        yield from rest[:whole].reshape(-1, size)
        rest = rest[whole:]


# --- auto-editor ------------------------------------------------------------------------------------


def _auto_editor(film: Film, work: Path, scratch: Path) -> Iterator[tuple[str, list[list[Span]]]]:
    program = work / "venvs" / "auto-editor" / "bin" / "auto-editor"
    if not program.exists():
        return
    for edit in ("audio", "motion"):
        yield f"auto-editor {edit}, as it comes", [_edited(film, program, scratch, edit)]

        def kept(threshold: float, edit: str = edit) -> list[Span]:
            return _edited(film, program, scratch, f"{edit}:threshold={threshold:.5f}")

        yield f"auto-editor {edit}, about {TARGET_S:g} s", [_to_length(kept)]


def _to_length(kept: Callable[[float], list[Span]]) -> list[Span]:
    """The threshold whose result is nearest to the target; a higher one keeps less."""
    low, high = 0.0, 1.0
    best: list[Span] = []
    for _ in range(_SEARCH_STEPS):
        middle = (low + high) / 2
        spans = kept(middle**2)  # most of what matters lies at the low end
        seconds = sum(end - start for start, end in spans)
        if spans and (not best or abs(seconds - TARGET_S) < abs(sum(e - s for s, e in best) - TARGET_S)):
            best = spans
        low, high = (middle, high) if seconds > TARGET_S else (low, middle)
    return best


def _edited(film: Film, program: Path, scratch: Path, edit: str) -> list[Span]:
    """The spans that auto-editor keeps, from the timeline it exports."""
    target, temporary = scratch / "auto-editor.json", scratch / "auto-editor"
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    target.unlink(missing_ok=True)
    options = ["--export", "json", "--no-open", "--progress", "none", "--temp-dir", f"{temporary}", "-o", f"{target}"]
    measure(Command([f"{program}", f"{film.video}", "--edit", edit, *options]))
    timeline = json.loads(target.read_text())
    up, down = (int(part) for part in timeline["timebase"].split("/"))
    spans = [
        (clip["offset"] * down / up, (clip["offset"] + clip["dur"]) * down / up)
        for layer in timeline["v"][:1]
        for clip in layer
    ]
    return [(start, min(end, film.duration_s)) for start, end in spans]
