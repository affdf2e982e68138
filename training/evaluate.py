"""`python -m training.evaluate --split test`: how well the detector finds what happened, beside simpler ways.

Every film goes through the detector as users' do. Thresholds, the contenders' too, are chosen on validation films.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import mlflow
import numpy as np
import typer
from matplotlib.figure import Figure

from aiditor.detect.net.fuse import Candidate, claims, considered, settle
from aiditor.detect.net.weights import Card, champion_path, load_model
from aiditor.errors import AIditorError, BadInput
from aiditor.memory import bound_heaps
from aiditor.settings import Settings
from training import contenders
from training.examine import Examined, Film, examine_all, films_of
from training.features import build, load
from training.metric import (
    Found,
    Matching,
    average_precision,
    best_threshold,
    calibration_error,
    confusion,
    match,
    tally,
)
from training.mistakes import Mistake, clip, mistakes
from training.plots import reliability_axes
from training.report import markdown

__all__ = ["KINDS", "Method", "Report", "evaluate"]

KINDS = ("kill", "multi_kill", "death", "headshot", "clutch", "other_kill", "score")
TIGHT_S, WIDE_S = 0.5, 1.0
_CLIPS = 6
"""So many clips of each kind of mistake are kept with a run."""
_CALM = "calm"
_DERIVED = ("multi_kill", "headshot", "clutch")
"""Kinds that hang on the kills that are claimed: those that are not, make none."""


@dataclass(frozen=True)
class Method:
    """What one way of finding moments claims, film by film and kind by kind, all of it with its confidence."""

    name: str
    found: list[dict[str, list[Found]]]
    threshold: dict[str, float]


@dataclass(frozen=True)
class Report:
    """All figures of one evaluation."""

    rows: list[dict[str, Any]]
    """One a split, method and kind."""
    groups: list[dict[str, Any]]
    """Own kills of the whole detector by skin, map and mode."""
    facts: dict[str, float]
    confusion: dict[str, int]
    figures: dict[str, Figure]
    mistakes: list[Mistake]
    """Own kills missed and wrongly claimed, those it was surest of first."""


def evaluate(
    corpus: Path,
    splits: Sequence[str],
    weights: Path | None,
    *,
    cache: Path,
    features: Path,
    workers: int = 2,
    say: Callable[[str], None] = lambda _: None,
) -> Report:
    """Everything measured on these splits. Raises BadInput when they hold no film."""
    films = films_of(corpus, splits)
    if not films:
        raise BadInput(
            f"the corpus has no film for {', '.join(splits)}", remedy="record it: python -m training.record corpus"
        )
    val = films_of(corpus, ["val"])
    card = load_model(weights).card
    say(f"{len(films)} films, and {len(val)} to choose thresholds on")
    examined = examine_all([*films, *val], weights, cache, workers=workers)
    methods = [*_ours(examined[: len(films)], card), *_others(films, val, features, workers, say)]
    rows, facts = [], {}
    for part, inside in _parts(films, splits).items():
        for method in methods:
            rows += [_row(part, method, kind, films, inside) for kind in KINDS if _matters(method, kind, films, inside)]
        facts |= {f"{part}.{name}": value for name, value in _facts(methods[0], films, examined, inside).items()}
    return Report(
        rows,
        _groups(methods[0], films),
        facts,
        _confused(methods[0], films),
        {"calibration": _reliability(methods[0], films)},
        mistakes(films, examined[: len(films)], card)[0],
    )


def _parts(films: Sequence[Film], splits: Sequence[str]) -> dict[str, list[int]]:
    """Indices of the films of each split, and of those of them that print the player's kills or do not."""
    found = {}
    for split in splits:
        inside = [index for index, film in enumerate(films) if film.split == split]
        prints = [index for index in inside if films[index].truth.get("prints_kills")]
        played = [index for index in inside if films[index].times_s("kill") and index not in prints]
        found |= {split: inside, f"{split}, kills are printed": prints, f"{split}, nothing is printed": played}
    return {name: inside for name, inside in found.items() if inside}


# --- the methods ------------------------------------------------------------------------------------


def _ours(examined: Sequence[Examined], card: Card) -> list[Method]:
    """The whole detector, and each of its two senses alone."""
    plain = card.model_copy(update={"fusion": {}})
    return [
        _method("AIditor", examined, card, lambda one: one),
        _method("AIditor, net alone", examined, plain, _without_text),
        _method("AIditor, text alone", examined, plain, _text_alone),
    ]


def _without_text(one: Candidate) -> Candidate | None:
    return replace(one, text=0.0, missing=0.0, other=0.0) if one.logit > -4.0 else None


def _text_alone(one: Candidate) -> Candidate | None:
    return replace(one, logit=-20.0) if one.text > 0 else None


def _method(
    name: str, examined: Sequence[Examined], card: Card, change: Callable[[Candidate], Candidate | None]
) -> Method:
    found = []
    for each in examined:
        kept = [new for one in each.candidates if (new := change(one)) is not None]
        ranked, claimed = settle(considered(kept, card)), claims(kept, card)
        found.append(
            {
                kind: [
                    Found(event.t_s, event.confidence)
                    for event in (claimed if kind in _DERIVED else ranked)
                    if event.kind == kind
                ]
                for kind in KINDS
            }
        )
    return Method(name, found, {kind: _least(card, kind) for kind in KINDS})


def _least(card: Card, kind: str) -> float:
    if kind == "kill" and card.fusion:
        return card.fusion["least"]
    if kind == "multi_kill":  # they follow from kills that are sure enough
        return 0.0
    return card.looked[kind].least if kind in card.looked else 0.5


def _others(
    films: Sequence[Film], val: Sequence[Film], features: Path, workers: int, say: Callable[[str], None]
) -> list[Method]:
    """The contenders know only moments: what they find is held against own kills (and against score in arcades)."""
    program = contenders.auto_editor_program()
    everyone = [*films, *val]
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        claims = list(pool.map(_contend, everyone, [features] * len(everyone), [program] * len(everyone)))
    say("contenders done")
    methods = []
    for name in claims[0]:
        on_val = [
            match(each[name], film.times_s("kill"), TIGHT_S)
            for film, each in zip(val, claims[len(films) :], strict=True)
        ]
        found = [{"kill": each[name]} for each in claims[: len(films)]]
        methods.append(Method(name, found, {"kill": best_threshold(on_val) if val else 0.0}))
    return methods


def _contend(film: Film, features: Path, program: Path | None) -> dict[str, list[Found]]:
    seen = load(build(film.video.with_name(f"{film.video.stem}.truth.json"), features))
    found = {
        "untrained signals": contenders.untrained(film),
        "loudest peaks": contenders.loudest(seen),
        "motion peaks": contenders.motion(seen),
        "evenly spaced guesses": contenders.even(film),
    }
    if program is not None:
        found["auto-editor"] = contenders.auto_editor(film, seen, program)
    return found


# --- the figures ------------------------------------------------------------------------------------


def _matters(method: Method, kind: str, films: Sequence[Film], inside: Sequence[int]) -> bool:
    return kind in method.found[0] and any(films[index].times_s(kind) for index in inside)


def _matchings(
    method: Method, kind: str, films: Sequence[Film], inside: Sequence[int], tolerance_s: float
) -> list[Matching]:
    return [match(method.found[index][kind], films[index].times_s(kind), tolerance_s) for index in inside]


def _row(split: str, method: Method, kind: str, films: Sequence[Film], inside: Sequence[int]) -> dict[str, Any]:
    tight, wide = (_matchings(method, kind, films, inside, tolerance) for tolerance in (TIGHT_S, WIDE_S))
    least = method.threshold.get(kind, 0.0)
    close, far = tally(tight, least), tally(wide, least)
    return {
        "split": split, "method": method.name, "kind": kind, "true": close.true, "found": close.found,
        "precision": close.precision, "recall": close.recall, "f1": close.f1, "f1_wide": far.f1,
        "ap": average_precision(tight), "ap_wide": average_precision(wide),
    }  # fmt: skip


def _facts(
    method: Method, films: Sequence[Film], examined: Sequence[Examined], inside: Sequence[int]
) -> dict[str, float]:
    """Others' kills counted as own, false moments an hour of calm, calibration, and what it cost."""
    least = method.threshold["kill"]
    counted = others = 0
    for index in inside:
        film = films[index]
        other = film.times_s("other_kill")
        if len(other) < 0.8 * max(len(film.times_s("kill")), 1):
            continue
        claimed = [one for one in method.found[index]["kill"] if one.confidence >= least]
        free = _unmatched(claimed, film.times_s("kill"))
        counted += sum(match(free, other, TIGHT_S).hit)
        others += len(other)
    calm = [index for index in inside if films[index].truth.get("scene") == _CALM]
    false = sum(
        len(_unmatched([one for one in method.found[index][kind] if one.confidence >= method.threshold[kind]], times))
        for index in calm
        for kind in ("kill", "multi_kill", "clutch", "score")
        for times in [films[index].times_s(kind)]
    )
    hours = sum(films[index].duration_s for index in calm) / 3600
    kills = _matchings(method, "kill", films, inside, TIGHT_S)
    confidence, hit = (np.concatenate([getattr(one, name) for one in kills]) for name in ("confidence", "hit"))
    facts = {
        "others_as_own": counted / others if others else 0.0,
        "others": float(others),
        "calibration_error": calibration_error(confidence, hit),
        "decoded_share": float(np.mean([examined[index].decoded_share for index in inside])),
        "times_realtime": sum(films[i].duration_s for i in inside) / max(sum(examined[i].wall_s for i in inside), 1e-9),
        "hours": sum(films[index].duration_s for index in inside) / 3600,
    }
    return facts | ({"false_per_calm_hour": false / hours, "calm_hours": hours} if hours else {})


def _unmatched(claimed: Sequence[Found], true_s: Sequence[float]) -> list[Found]:
    matching = match(claimed, true_s, TIGHT_S)
    return [claimed[index] for index, hit in zip(matching.order, matching.hit, strict=True) if not hit]


def _groups(method: Method, films: Sequence[Film]) -> list[dict[str, Any]]:
    found = []
    for what in ("skin", "map", "mode", "scene"):
        for value in sorted({str(film.truth.get(what, "")) for film in films}):
            inside = [index for index, film in enumerate(films) if str(film.truth.get(what, "")) == value]
            if any(films[index].times_s("kill") for index in inside):
                found.append({"by": what, "value": value, **_row("", method, "kill", films, inside)})
    return found


def _confused(method: Method, films: Sequence[Film]) -> dict[str, int]:
    """What the claimed own kills truly were."""
    counts: dict[str, int] = {}
    for index, film in enumerate(films):
        claimed = [one for one in method.found[index]["kill"] if one.confidence >= method.threshold["kill"]]
        true = [(t, kind) for kind in ("kill", "other_kill", "death", "score") for t in film.times_s(kind)]
        for kind, count in confusion(claimed, true, TIGHT_S).items():
            counts[kind] = counts.get(kind, 0) + count
    return counts


def _reliability(method: Method, films: Sequence[Film]) -> Figure:
    kills = _matchings(method, "kill", films, range(len(films)), TIGHT_S)
    confidence, hit = (np.concatenate([getattr(one, name) for one in kills]) for name in ("confidence", "hit"))
    figure = Figure(figsize=(4.5, 4.5), layout="constrained")
    reliability_axes(figure.subplots(), confidence, hit, "own kills")
    return figure


# --- the command ------------------------------------------------------------------------------------

app = typer.Typer(add_completion=False)


@app.command(help=__doc__)
def main(
    split: Annotated[list[str] | None, typer.Option(help="test, unseen or val; may be given again.")] = None,
    corpus: Annotated[Path, typer.Option()] = Path("data/corpus"),
    weights: Annotated[Path | None, typer.Option(help="The champion's, or those shipped, by default.")] = None,
    cache: Annotated[Path, typer.Option(help="Where examined films are kept.")] = Path("data/examined"),
    features: Annotated[Path, typer.Option()] = Path("data/features"),
    workers: Annotated[int, typer.Option(min=1)] = 2,
    out: Annotated[Path | None, typer.Option(help="Write the tables there, as Markdown.")] = None,
    tracking: Annotated[str, typer.Option(help="MLflow's store; empty to log nothing.")] = "sqlite:///mlruns/mlflow.db",
) -> None:
    bound_heaps()
    try:
        weights = weights or champion_path(Settings().model_dir)
        report = evaluate(
            corpus,
            split or ["unseen", "test"],
            weights,
            cache=cache,
            features=features,
            workers=workers,
            say=typer.echo,
        )
    except AIditorError as error:
        typer.secho(str(error), err=True, fg="red")
        raise typer.Exit(1) from error
    text = markdown(report.rows, report.groups, report.facts, report.confusion)
    typer.echo(text)
    if out is not None:
        out.write_text(text, encoding="utf-8")
    if tracking:
        _log(report, text, load_model(weights).card.version, tracking)


def _log(report: Report, text: str, version: str, tracking: str) -> None:
    mlflow.set_tracking_uri(tracking)
    mlflow.set_experiment("highlights-evaluation")
    with mlflow.start_run(run_name=version):
        mlflow.log_param("model", version)
        for row in report.rows:
            if row["method"].startswith("AIditor"):
                place = _named(f"{row['split']}.{row['method']}.{row['kind']}")
                mlflow.log_metrics({f"{place}.{name}": row[name] for name in ("f1", "ap", "precision", "recall")})
        mlflow.log_metrics({_named(name): value for name, value in report.facts.items()})
        mlflow.log_text(text, "evaluation.md")
        mlflow.log_text(json.dumps(report.rows, indent=1), "evaluation.json")
        for name, figure in report.figures.items():
            mlflow.log_figure(figure, f"{name}.png")
        with TemporaryDirectory() as folder:
            for number, one in enumerate(_samples(report.mistakes)):
                mlflow.log_artifact(str(clip(one, Path(folder) / _clip_name(number, one))), "clips")


def _clip_name(number: int, one: Mistake) -> str:
    """A file's name; films are named with their split and a slash."""
    return f"{number:02} {one.what}, {one.film.name.replace('/', ' ')}, {one.t_s:.1f} s.mp4"


def _samples(found: Sequence[Mistake]) -> list[Mistake]:
    """The worst false claims, and missed kills spread over all that were missed."""
    false, missed = ([one for one in found if one.what == what] for what in ("not a kill", "missed"))
    every = max(len(missed) // _CLIPS, 1)
    return [*false[:_CLIPS], *missed[::every][:_CLIPS]]


def _named(text: str) -> str:
    """MLflow takes no commas."""
    return text.replace(", ", ".").replace(" ", "_")


if __name__ == "__main__":
    app()
