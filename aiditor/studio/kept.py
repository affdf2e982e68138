"""What jobs leave for the project that they work on, as files under the project's keys: whole, and never changed after.

    users/<user>/projects/<project>/<job>/analysis.zip    what is in the clips, with a picture of each moment
    users/<user>/projects/<project>/<job>/words.zip       what was planned, heard and found

The project's row says which job's results count.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from aiditor.pipeline import Analysis
from aiditor.store.files import Files
from aiditor.studio.project import MomentKey, Planned
from aiditor.styles import Style
from aiditor.timeline import Rejection, Scores, Signals, Source, Timeline, from_json, load_npz, save_npz, to_json
from aiditor.words import Words

__all__ = ["Heard", "keep_analysis", "keep_words", "kept_analysis", "kept_words", "located", "project_prefix"]

Thumbs = Mapping[MomentKey, str]
Heard = tuple[Words, Timeline, Planned | None]


def project_prefix(user_id: str, project_id: str) -> str:
    """Of the keys of all that a project's jobs left."""
    return f"users/{user_id}/projects/{project_id}/"


def _key(user_id: str, project_id: str, job_id: str, name: str) -> str:
    return f"{project_prefix(user_id, project_id)}{job_id}/{name}.zip"


def keep_analysis(
    files: Files, user_id: str, project_id: str, job_id: str, analysis: Analysis, thumbs: Thumbs, detector: str
) -> None:
    """Leave an analysis, a data URI of each moment and the detector's name for the project."""
    with _packing(files, _key(user_id, project_id, job_id, "analysis")) as folder:
        (folder / "sources.json").write_text(to_json(list(analysis.sources)), encoding="utf-8")
        (folder / "rejected.json").write_text(to_json(list(analysis.rejected)), encoding="utf-8")
        for number, (signals, scores) in enumerate(zip(analysis.signals, analysis.scores, strict=True)):
            save_npz(signals, folder / f"signals-{number}.npz")
            save_npz(scores, folder / f"scores-{number}.npz")
        shown = [[source_id, t_s, uri] for (source_id, t_s), uri in thumbs.items()]
        (folder / "thumbs.json").write_text(json.dumps(shown), encoding="utf-8")
        (folder / "about.json").write_text(json.dumps({"schema": 1, "detector": detector}), encoding="utf-8")


def kept_analysis(files: Files, user_id: str, project_id: str, job_id: str) -> tuple[Analysis, Thumbs, str]:
    """What `keep_analysis` left. Raises NotFound when it is not there any more."""
    with _unpacked(files, _key(user_id, project_id, job_id, "analysis")) as folder:
        sources = from_json(tuple[Source, ...], (folder / "sources.json").read_bytes())
        rejected = from_json(tuple[Rejection, ...], (folder / "rejected.json").read_bytes())
        signals = tuple(load_npz(Signals, folder / f"signals-{n}.npz") for n in range(len(sources)))
        scores = tuple(load_npz(Scores, folder / f"scores-{n}.npz") for n in range(len(sources)))
        shown = json.loads((folder / "thumbs.json").read_text(encoding="utf-8"))
        detector = json.loads((folder / "about.json").read_text(encoding="utf-8"))["detector"]
    return Analysis(sources, signals, scores, rejected), {(s, t): uri for s, t, uri in shown}, detector


def keep_words(
    files: Files, user_id: str, project_id: str, job_id: str, words: Words, heard: Timeline, planned: Planned | None
) -> None:
    """Leave what was heard in a planned timeline; `planned` where it is not rendered yet."""
    with _packing(files, _key(user_id, project_id, job_id, "words")) as folder:
        (folder / "words.json").write_text(to_json(words), encoding="utf-8")
        (folder / "heard.json").write_text(to_json(heard), encoding="utf-8")
        if planned is not None:
            (folder / "planned.json").write_text(to_json(planned.timeline), encoding="utf-8")
            (folder / "style.json").write_text(planned.style.model_dump_json(), encoding="utf-8")
            (folder / "key.txt").write_text(planned.key, encoding="utf-8")


def kept_words(files: Files, user_id: str, project_id: str, job_id: str) -> Heard:
    """What `keep_words` left. Raises NotFound when it is not there any more."""
    with _unpacked(files, _key(user_id, project_id, job_id, "words")) as folder:
        words = from_json(Words, (folder / "words.json").read_bytes())
        heard = from_json(Timeline, (folder / "heard.json").read_bytes())
        if not (folder / "key.txt").is_file():
            return words, heard, None
        style = Style.model_validate_json((folder / "style.json").read_bytes())
        timeline = from_json(Timeline, (folder / "planned.json").read_bytes())
        return words, heard, Planned((folder / "key.txt").read_text(encoding="utf-8"), style, timeline)


def located(analysis: Analysis, where: Callable[[Source], str]) -> Analysis:
    """`analysis` with each source's path as `where` says: where the clip lies in this process."""
    return replace(analysis, sources=tuple(replace(source, path=where(source)) for source in analysis.sources))


@contextmanager
def _packing(files: Files, key: str) -> Iterator[Path]:
    """A folder whose files become one archive under `key`, unless the block raises."""
    with TemporaryDirectory(prefix="kept-") as scratch:
        folder = Path(scratch) / "in"
        folder.mkdir()
        yield folder
        archive = Path(scratch) / "kept.zip"
        with zipfile.ZipFile(archive, "w") as packed:  # what is inside is compressed already, or small
            for path in sorted(folder.iterdir()):
                packed.write(path, path.name)
        files.put(key, archive, media_type="application/zip", move=True)


@contextmanager
def _unpacked(files: Files, key: str) -> Iterator[Path]:
    with files.local(key) as archive, TemporaryDirectory(prefix="kept-") as scratch:
        with zipfile.ZipFile(archive) as packed:
            packed.extractall(scratch)
        yield Path(scratch)
