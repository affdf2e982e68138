"""The corpus as two tables: `manifest.parquet` has a row for every film, `events.parquet` one for every event.

Both are made from the truth files alone, so they can be made again at any time. They are read with DuckDB, in memory:

    query("corpus", "SELECT split, sum(n_kill) / sum(duration_s) * 60 AS kills_per_minute FROM films GROUP BY split")
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from aiditor.errors import BadConfig, BadInput, NothingToKeep
from training.record.splits import PLAIN, split_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "EVENTS",
    "EVENT_KINDS",
    "MANIFEST",
    "build_manifest",
    "check_hygiene",
    "query",
    "read_events",
    "read_manifest",
]

MANIFEST = "manifest.parquet"
EVENTS = "events.parquet"
EVENT_KINDS = ("kill", "multi_kill", "clutch", "death", "other_kill", "score", "damage_taken")

_FILM = pa.schema(
    [
        *((name, pa.string()) for name in ("id", "video", "truth")),
        *((name, pa.string()) for name in ("game", "map", "mode", "mod", "skin", "scene", "split")),
        ("seed", pa.int64()),
        ("duration_s", pa.float64()),
        *((name, pa.int32()) for name in ("width", "height")),
        ("fps", pa.float64()),
        ("player", pa.string()),
        ("prints_kills", pa.bool_()),
        ("announces", pa.list_(pa.string())),
        *((f"n_{kind}", pa.int32()) for kind in EVENT_KINDS),
        ("n_headshot", pa.int32()),
        ("truth_sha256", pa.string()),
        ("bytes", pa.int64()),
    ]
)
_ATTRIBUTES = {
    **dict.fromkeys(("headshot", "in_view", "assist"), pa.bool_()),
    **dict.fromkeys(("victim", "killer", "weapon", "says"), pa.string()),
    **dict.fromkeys(("health", "enemies_in_view", "amount", "count"), pa.int32()),
    **dict.fromkeys(("distance", "screen_x", "start_s", "lasted_s", "points"), pa.float64()),
}
_EVENT = pa.schema(
    [("film", pa.string()), ("t", pa.float64()), ("type", pa.string()), *_ATTRIBUTES.items(), ("more", pa.string())]
)
"""`more` holds as JSON what an event says beyond the columns; it is null for most."""


def build_manifest(folder: Path) -> pa.Table:
    """Read every truth in `folder` and below, and write both tables there. Returns the manifest.

    Paths in it are relative to `folder`. Films without a truth, or truths without a film, are no part of it.
    Raises NothingToKeep when there is no film, BadInput for a truth that cannot be read, BadConfig when a map, a
    skin or a mod would be on both sides (`check_hygiene`).
    """
    films, events = [], []
    for truth in sorted(folder.rglob("*.truth.json")):
        text = _read(truth)
        video = truth.parent / text["video"]
        if video.is_file():
            film = _film(folder, truth, video, text)
            films.append(film)
            events.extend(_event(film["id"], event) for event in text["events"])
    if not films:
        raise NothingToKeep(
            f"{folder.name} holds no film with its truth",
            remedy="record some: python -m training.record corpus --small --out corpus",
        )
    manifest = pa.Table.from_pylist(films, _FILM)
    check_hygiene(manifest)
    _write(pa.Table.from_pylist(events, _EVENT), folder / EVENTS)
    _write(manifest, folder / MANIFEST)
    return manifest


def read_manifest(folder: Path) -> pd.DataFrame:
    """One row a film, as `build_manifest` wrote it. Raises BadInput when there is none."""
    return query(folder, "SELECT * FROM films ORDER BY id")


def read_events(folder: Path) -> pd.DataFrame:
    """One row an event of any film, in order of film and time. Raises BadInput when there is no manifest."""
    return query(folder, "SELECT * FROM events ORDER BY film, t")


def query(folder: Path, sql: str, parameters: Sequence[object] = ()) -> pd.DataFrame:
    """Ask the corpus in SQL: its tables are `films` and `events` (`events.film` is `films.id`).

    Many processes may ask at the same time. Raises BadInput when there is no manifest or the question is wrong.
    """
    folder = Path(folder)
    for name in (MANIFEST, EVENTS):
        if not (folder / name).is_file():
            raise BadInput(
                f"{folder.name} has no {name}", remedy=f"make it: python -m training.record manifest {folder}"
            )
    with duckdb.connect() as lake:
        for name, table in (("films", MANIFEST), ("events", EVENTS)):
            lake.register(name, pq.read_table(folder / table))
        try:
            return lake.execute(sql, list(parameters)).df()
        except duckdb.Error as error:
            raise BadInput(f"the corpus cannot answer that ({error})", remedy="correct the SQL") from error


def check_hygiene(manifest: pa.Table | pd.DataFrame) -> None:
    """Raise BadConfig when a map, a skin or a mod is both learnt from (train, val) and tested on (test, unseen).

    The skin "plain" and no mod at all may be on both sides; a map (of one game) never.
    """
    films = manifest.to_pylist() if isinstance(manifest, pa.Table) else manifest.to_dict("records")
    keys = {
        "map": lambda film: f"{film['game']} {film['map']}",
        "skin": lambda film: "" if film["skin"] == PLAIN else film["skin"],
        "mod": lambda film: film["mod"],
    }
    for what, key in keys.items():
        learnt, tested = ({key(film) for film in side if key(film)} for side in _sides(films))
        if both := sorted(learnt & tested):
            raise BadConfig(
                f"the {what} {', '.join(both)} is both learnt from and tested on",
                remedy="move those films out of the corpus, or record them again",
            )


def _sides(films: Sequence[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    learnt = [film for film in films if film["split"] in ("train", "val")]
    return learnt, [film for film in films if film["split"] not in ("train", "val")]


def _read(truth: Path) -> dict[str, Any]:
    try:
        text = json.loads(truth.read_text())
    except ValueError as error:
        raise BadInput(f"{truth.name} is not JSON ({error})", remedy="delete it and record that film again") from error
    if text.get("schema") != 1:
        raise BadInput(f"{truth.name} is not a truth of schema 1", remedy="delete it and record that film again")
    return text


def _film(folder: Path, truth: Path, video: Path, text: dict[str, Any]) -> dict[str, Any]:
    counts = Counter(event["type"] for event in text["events"])
    look = {"mod": text.get("mod", ""), "skin": text.get("skin", PLAIN)}
    return {
        "id": truth.relative_to(folder).as_posix().removesuffix(".truth.json"),
        "video": video.relative_to(folder).as_posix(),
        "truth": truth.relative_to(folder).as_posix(),
        **{name: text[name] for name in ("game", "map", "mode", "seed", "duration_s", "width", "height", "fps")},
        **look,
        "scene": text.get("scene", "play"),
        "split": split_of(text["game"], text["map"], text["mode"], **look),
        "player": text.get("player", ""),
        "prints_kills": text.get("prints_kills", False),
        "announces": text.get("announces", []),
        **{f"n_{kind}": counts[kind] for kind in EVENT_KINDS},
        "n_headshot": sum(bool(event.get("headshot")) for event in text["events"] if event["type"] == "kill"),
        "truth_sha256": hashlib.sha256(truth.read_bytes()).hexdigest(),
        "bytes": video.stat().st_size,
    }


def _event(film: str, event: dict[str, Any]) -> dict[str, Any]:
    more = {name: value for name, value in event.items() if name not in ("t", "type", *_ATTRIBUTES)}
    return {"film": film, **event, "more": json.dumps(more) if more else None}


def _write(table: pa.Table, path: Path) -> None:
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        pq.write_table(table, partial)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
