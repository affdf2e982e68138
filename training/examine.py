"""Runs the whole detector over films, as users run it, and keeps all that it considered."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any, ClassVar

from aiditor.config import digest
from aiditor.detect import VERSION, DetectConfig, detect, register
from aiditor.detect.net.fuse import Candidate
from aiditor.detect.net.package import Package
from aiditor.detect.net.session import NetSession
from aiditor.detect.net.weights import load_model
from aiditor.media.probe import probe
from aiditor.timeline import Source

__all__ = ["Examined", "Film", "examine", "examine_all", "films_of"]


@dataclass(frozen=True, slots=True)
class Film:
    """One recording of the corpus with its truth."""

    name: str
    video: Path
    split: str
    truth: dict[str, Any]

    @property
    def duration_s(self) -> float:
        return float(self.truth["duration_s"])

    def times_s(self, kind: str) -> list[float]:
        """When events of that kind happen; headshots are kills marked as such."""
        if kind == "headshot":
            return [event["t"] for event in self.truth["events"] if event["type"] == "kill" and event.get("headshot")]
        return [event["t"] for event in self.truth["events"] if event["type"] == kind]


@dataclass(frozen=True, slots=True)
class Examined:
    """What the detector considered in one film."""

    candidates: tuple[Candidate, ...]
    decoded_share: float
    wall_s: float


class _Measured(NetSession):
    """The detector, kept at hand after it is done."""

    latest: ClassVar[NetSession | None] = None

    def __init__(self, source: Source, cfg: DetectConfig, package: Package) -> None:
        super().__init__(source, cfg, package)
        type(self).latest = self


def films_of(corpus: Path, splits: Sequence[str]) -> list[Film]:
    """The films of these splits. Raises BadInput when there is no manifest."""
    from training.record.manifest import read_manifest

    found = []
    for row in read_manifest(corpus).to_dict("records"):
        if row["split"] in splits:
            truth = json.loads((corpus / row["truth"]).read_text(encoding="utf-8"))
            found.append(Film(row["id"], corpus / row["video"], row["split"], truth))
    return found


def examine_all(
    films: Sequence[Film], weights: Path | None, cache: Path, *, cfg: DetectConfig | None = None, workers: int = 1
) -> list[Examined]:
    """Each film examined, in order; results of the same film, weights and settings are kept in `cache`."""
    run = partial(examine, weights=weights, cache=cache, cfg=cfg)
    if workers <= 1:
        return [run(film) for film in films]
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_one_thread) as pool:
        return list(pool.map(run, films))


def examine(film: Film, weights: Path | None, cache: Path, cfg: DetectConfig | None = None) -> Examined:
    """One film through `detect`. The player's name is given to the reader, as users give it in the settings."""
    model = load_model(weights)
    cfg = DetectConfig() if cfg is None else cfg
    cfg = cfg.model_copy(update={"player": film.truth.get("player", "")})
    key = digest(cfg, film.name, film.video.stat().st_size, json.dumps(film.truth), model.checksum, VERSION, _code())
    kept = cache / f"{key}.json"
    if kept.is_file():
        text = json.loads(kept.read_text(encoding="utf-8"))
        return Examined(
            tuple(Candidate(**{**each, "says": ()}) for each in text["candidates"]), text["share"], text["wall_s"]
        )
    register("measured", _Measured)
    cfg = cfg.model_copy(update={"detectors": ("measured",), "model": "" if weights is None else str(weights)})
    signals = detect(Source(id=film.name, path=str(film.video.resolve()), info=probe(film.video)), cfg)
    assert _Measured.latest is not None
    found = Examined(tuple(_Measured.latest.candidates), signals.decoded_frame_share, signals.wall_s)
    _Measured.latest = None
    cache.mkdir(parents=True, exist_ok=True)
    partial_file = kept.with_name(f".{kept.name}.{os.getpid()}.part")
    plain = [{**asdict(each), "says": ()} for each in found.candidates]
    partial_file.write_text(
        json.dumps({"candidates": plain, "share": found.decoded_share, "wall_s": found.wall_s}, default=float)
    )
    partial_file.replace(kept)
    return found


def _code() -> str:
    """Names the code that decides, so that results of an older one are not read."""
    import aiditor.detect as package

    files = sorted(Path(package.__file__).parent.rglob("*.py"))
    return digest(*(file.read_text(encoding="utf-8") for file in files))


def _one_thread() -> None:
    import torch

    from aiditor.memory import bound_heaps

    bound_heaps()
    torch.set_num_threads(1)
