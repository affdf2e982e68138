"""The values that flow from stage to stage: frozen, and each saves to disk and loads back the same.

    Source ─► Signals, Event ─► Scores, Moment ─► Cut, Timeline (with its Music, Mutes) ─► Export

Times are seconds. Times "of the source" count from the file's first moment; times "of the montage"
count from the montage's first frame. Values without arrays save as JSON (`to_json`, `from_json`);
`Signals` and `Scores` hold arrays and save as NPZ (`save_npz`, `load_npz`).
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from pydantic import TypeAdapter

from aiditor.media.info import AudioStream, MediaInfo, VideoStream

__all__ = [
    "AudioStream",
    "BeatGrid",
    "Blur",
    "Cut",
    "Event",
    "Evidence",
    "Export",
    "Ingested",
    "MediaInfo",
    "Moment",
    "Music",
    "Mute",
    "Ramp",
    "Reason",
    "Rejection",
    "Scores",
    "Signals",
    "Source",
    "Timeline",
    "Transition",
    "VideoStream",
    "from_json",
    "load_npz",
    "save_npz",
    "spoken",
    "to_json",
]

T = TypeVar("T")


# --- ingest -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Source:
    """A clip that can be used."""

    id: str
    """Hash of the content (16 hex digits): the same bytes under another name are the same source."""
    path: str
    """Where the file lies, absolute."""
    info: MediaInfo
    aka: str = ""
    """The name to show: the file's own, or "raid.zip/clip1.mp4" for one out of an archive."""
    skip_s: tuple[tuple[float, float], ...] = ()
    """Spans already covered by another source of the batch (replay buffer and full recording)."""

    @property
    def name(self) -> str:
        return self.aka or Path(self.path).name

    @property
    def duration_s(self) -> float:
        return self.info.duration_s


@dataclass(frozen=True, slots=True)
class Rejection:
    """A file that cannot be used, why, and what to do."""

    file: str
    why: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Ingested:
    """What came of a batch of files: the clips that can be used, and those that cannot."""

    sources: tuple[Source, ...]
    rejected: tuple[Rejection, ...]


# --- detect and score -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Evidence:
    """One observation behind an event."""

    origin: str
    """"audio", "picture", "text" or "rule"; written as "from" in public JSON."""
    says: str


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, at `t_s` of the source, lasting from `start_s` to `end_s`."""

    kind: str
    """kill, headshot, multi_kill, clutch, death, other_kill, score, or burst (the untrained moment)."""
    t_s: float
    start_s: float
    end_s: float
    confidence: float
    """In [0, 1]."""
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Signals:
    """What detection measured over one source, on one regular clock.

    `values[name]` is float32 [T], sample k at `k * step_s`; NaN where nothing was looked at (the
    cascade looks at the picture only where it pays). Names and units are listed in `aiditor.detect`.
    """

    source_id: str
    duration_s: float
    step_s: float
    values: Mapping[str, np.ndarray]
    events: tuple[Event, ...] = ()
    shots_s: tuple[float, ...] = ()
    """Times of scene cuts."""
    decoded_frame_share: float = 0.0
    """Share of the file's frames that were decoded, in [0, 1]."""
    wall_s: float = 0.0

    def __len__(self) -> int:
        return len(next(iter(self.values.values()), ()))

    @property
    def times_s(self) -> np.ndarray:
        """float64 [T]: the time of each sample."""
        return np.arange(len(self)) * self.step_s


@dataclass(frozen=True, slots=True)
class Reason:
    """How much one observation adds to a moment's score: "loud burst" +0.4."""

    what: str
    weight: float

    def __str__(self) -> str:
        return f"{self.what} {self.weight:+.1f}"


SMALLEST_REASON = 0.05
"""What adds less than this is kept, and not spoken of."""


def spoken(reasons: tuple[Reason, ...]) -> str:
    """The reasons worth saying, as one line: "loud burst +0.4, motion +0.3"."""
    said = [reason for reason in reasons if abs(reason.weight) >= SMALLEST_REASON] or list(reasons[:1])
    return ", ".join(map(str, said))


@dataclass(frozen=True, slots=True)
class Moment:
    """A stretch worth keeping: the peak at `t_s`, the action from `start_s` to `end_s`."""

    t_s: float
    start_s: float
    end_s: float
    score: float
    """In [0, 1]."""
    reasons: tuple[Reason, ...] = ()
    kind: str = "burst"
    """The kind of the strongest event inside, as in `Event.kind`."""


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """One curve in [0, 1] over a source, with its moments, strongest first.

    `values` is float32 [T], sample k at `k * step_s`. `focus_x` is float32 [T]: where the action is
    across the picture, 0 left to 1 right, NaN where unknown. `voice` is float32 [T] in [0, 1]: how
    surely somebody speaks.
    """

    source_id: str
    duration_s: float
    step_s: float
    values: np.ndarray
    focus_x: np.ndarray
    voice: np.ndarray
    moments: tuple[Moment, ...] = ()
    events: tuple[Event, ...] = ()
    shots_s: tuple[float, ...] = ()


# --- the montage ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BeatGrid:
    """When the music's beats and bars fall, in seconds of the track."""

    tempo_bpm: float
    beats_s: tuple[float, ...]
    downbeats_s: tuple[float, ...]
    """First beat of each bar; every one is also in `beats_s`."""


@dataclass(frozen=True, slots=True)
class Music:
    """A track that lies under the montage from its first frame."""

    path: str
    """An audio file of at least the montage's length."""
    grid: BeatGrid
    duration_s: float
    title: str
    engine: str
    """"composer", "musicgen", "audiocraft" or "own"."""
    licence: str
    """SPDX id where there is one, else a sentence."""
    seed: int | None = None
    offset_s: float = 0.0
    """Where in the file the montage's first frame falls."""
    attribution: str = ""
    """The line that its licence asks to be shown; "" where it asks for none."""
    model: str = ""
    """The weights that generated it, their revision and the words they were given; "" for other music."""
    revision: str = ""
    prompt: str = ""


@dataclass(frozen=True, slots=True)
class Transition:
    """How a cut is entered. It fills `duration_s` of the montage from the cut's `at_s`.

    Kinds that mix two pictures (crossfade, whip) let the cut before run on for `duration_s` past its
    end, holding its last frame where the source ends. A plain cut has no Transition.
    """

    kind: str
    """crossfade, whip, flash or zoom_punch."""
    duration_s: float


@dataclass(frozen=True, slots=True)
class Ramp:
    """Slow motion: source times from `start_s` to `end_s` play at `speed` (0.5 is half)."""

    start_s: float
    end_s: float
    speed: float


@dataclass(frozen=True, slots=True)
class Cut:
    """Source times [start_s, end_s) shown from `at_s` of the montage."""

    source_id: str
    start_s: float
    end_s: float
    at_s: float
    peak_s: float
    """Source time of the moment inside."""
    score: float = 0.0
    reasons: tuple[Reason, ...] = ()
    kind: str = "burst"
    transition: Transition | None = None
    ramp: Ramp | None = None
    callout: str = ""
    """Text popped up at the peak ("DOUBLE KILL"); "" for none."""
    focus: tuple[tuple[float, float], ...] = ()
    """(source time, x) pairs, x in [0, 1]: where a narrow crop should look."""

    @property
    def duration_s(self) -> float:
        """Seconds of montage this cut fills."""
        plain = self.end_s - self.start_s
        if self.ramp is None:
            return plain
        slowed = self.ramp.end_s - self.ramp.start_s
        return plain - slowed + slowed / self.ramp.speed

    def montage_s(self, source_s: float) -> float:
        """When source time `source_s` is seen, in montage time."""
        ramp = self.ramp
        offset = source_s - self.start_s
        if ramp is not None and source_s > ramp.start_s:
            slowed = min(source_s, ramp.end_s) - ramp.start_s
            offset += slowed / ramp.speed - slowed
        return self.at_s + offset

    def source_s(self, montage_s: float) -> float:
        """Which source time is seen at `montage_s`; the inverse of `montage_s`."""
        offset = montage_s - self.at_s
        ramp = self.ramp
        if ramp is None:
            return self.start_s + offset
        lead = ramp.start_s - self.start_s
        if offset <= lead:
            return self.start_s + offset
        slowed = (ramp.end_s - ramp.start_s) / ramp.speed
        if offset <= lead + slowed:
            return ramp.start_s + (offset - lead) * ramp.speed
        return ramp.end_s + (offset - lead - slowed)


@dataclass(frozen=True, slots=True)
class Mute:
    """Source times [start_s, end_s) of one source that must not be heard."""

    source_id: str
    start_s: float
    end_s: float
    why: str = ""
    track: int | None = None
    """The sound track it is about; None, or one that is not played, for everything that is."""
    method: str = "mute"
    """What is heard instead: nothing ("mute", "cut"), a "bleep", or soft noise ("duck")."""
    speech_db: float | None = None
    """RMS of the speech around it in dBFS, once measured: how loud a bleep is."""
    floor_db: float | None = None
    """RMS of the quietest moments around it in dBFS, once measured: how loud soft noise is."""
    hits: tuple[str, ...] = ()
    """Ids of the words it covers, where words were looked for; "" for a clip that could not be listened to."""


@dataclass(frozen=True, slots=True)
class Blur:
    """A word or a name on the screen of one source that must not be read."""

    source_id: str
    what: str
    """"word" or "name"; never what it says."""
    boxes: tuple[tuple[float, float, float, float, float], ...]
    """(source time, left, top, right, bottom), in shares of the upright picture; each holds until the next one's."""
    end_s: float
    """Source time of the last frame that shows it."""

    @property
    def start_s(self) -> float:
        """Source time of the first frame that shows it."""
        return self.boxes[0][0]


@dataclass(frozen=True, slots=True)
class Timeline:
    """A whole montage before it is rendered: cuts back to back from 0, in montage order."""

    sources: tuple[Source, ...]
    cuts: tuple[Cut, ...]
    style: str = ""
    music: Music | None = None
    mutes: tuple[Mute, ...] = ()
    notes: tuple[str, ...] = ()
    """What the maker should know ("only 18.2 s of 30 s: the clips hold no more")."""
    blurs: tuple[Blur, ...] = ()

    @property
    def duration_s(self) -> float:
        return self.cuts[-1].at_s + self.cuts[-1].duration_s if self.cuts else 0.0

    def source(self, source_id: str) -> Source:
        """The source of that id. Raises KeyError."""
        for source in self.sources:
            if source.id == source_id:
                return source
        raise KeyError(source_id)


@dataclass(frozen=True, slots=True)
class Export:
    """What was written, by name ("landscape", "portrait", "poster", "otio", "json" …)."""

    files: Mapping[str, str]
    timeline: Timeline
    rejected: tuple[Rejection, ...] = ()
    encoder: str = ""
    timing: Mapping[str, float] = field(default_factory=dict)
    """Seconds of wall time by stage."""


# --- saving and loading -----------------------------------------------------------------------------


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def to_json(value: Any) -> str:
    """Any of the values without arrays, as JSON text."""
    return _adapter(type(value)).dump_json(value, indent=1).decode()


def from_json(kind: type[T], text: str | bytes) -> T:
    """The value of type `kind` that `to_json` wrote. Raises pydantic.ValidationError."""
    result: T = _adapter(kind).validate_json(text)
    return result


def save_npz(value: Signals | Scores, path: str | os.PathLike[str]) -> None:
    """Write `value` to `path`, whole or not at all."""
    target = Path(path)
    arrays: dict[str, np.ndarray] = {}
    head: dict[str, Any] = {"type": type(value).__name__}
    for spec in fields(value):
        item = getattr(value, spec.name)
        if isinstance(item, np.ndarray):
            arrays[spec.name] = item
        elif isinstance(item, Mapping):
            arrays.update({f"{spec.name}/{name}": array for name, array in item.items()})
        elif isinstance(item, tuple):
            head[spec.name] = _adapter(tuple).dump_python(item, mode="json")
        else:
            head[spec.name] = item
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with partial.open("wb") as handle:
            np.savez_compressed(handle, _head=np.array(json.dumps(head)), **arrays)  # type: ignore[arg-type]
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def load_npz(kind: type[T], path: str | os.PathLike[str]) -> T:
    """The Signals or Scores that `save_npz` wrote.

    Raises OSError, KeyError or ValueError when the file is missing, damaged or of another kind.
    """
    with Path(path).open("rb") as handle, np.load(handle, allow_pickle=False) as archive:
        head = json.loads(str(archive["_head"]))
        if head.pop("type") != kind.__name__:
            raise ValueError(f"{path} does not hold {kind.__name__}")
        mapping: dict[str, np.ndarray] = {}
        for name in archive.files:
            if name.startswith("values/"):
                mapping[name.removeprefix("values/")] = archive[name]
            elif name != "_head":
                head[name] = archive[name]
    if kind is Signals:
        head["values"] = mapping
    head["events"] = from_json(tuple[Event, ...], json.dumps(head["events"]))  # type: ignore[arg-type]
    head["shots_s"] = tuple(head["shots_s"])
    if "moments" in head:
        head["moments"] = from_json(tuple[Moment, ...], json.dumps(head["moments"]))  # type: ignore[arg-type]
    return kind(**head)
