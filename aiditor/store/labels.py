"""What people say about moments: the value that the lake keeps and that training learns from."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiditor.errors import BadInput
from aiditor.timeline import Source

__all__ = [
    "CHOICES",
    "KINDS",
    "SAYS",
    "SCHEMA",
    "TAKEN_BACK",
    "Label",
    "as_json",
    "by_hand",
    "parse_clock",
    "parse_date",
]

SCHEMA = 1
KINDS = ("kill", "headshot", "multi_kill", "clutch", "death", "other_kill", "score", "nothing")
"""What happened: the kinds of `Event`, or that nothing did."""
CHOICES = ("keep", "drop")
"""Whether it belongs in a montage; says little about what happened."""
SAYS = (*CHOICES, *KINDS)
TAKEN_BACK = "taken_back"
"""Says that an earlier label of the same moment no longer holds. The lake keeps it and never answers with it."""
LONGEST_TEXT = 4096
HALF_S = 0.5
"""How exact a time typed by hand is."""


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Label:
    """One person's word on one moment. A moment is (`source_id`, `t_s`), and the last word on it counts.

    Raises BadInput when a field is off.
    """

    source_id: str
    """Hash of the clip's content: the label follows the clip wherever it is copied."""
    source: str
    """Where the clip lay when it was labelled."""
    t_s: float
    """Seconds of the source, kept to the hundredth."""
    start_s: float
    end_s: float
    """The stretch that was judged; what happened lies in it."""
    says: str
    """One of `SAYS`, or `TAKEN_BACK`."""
    detected: str = ""
    """The kind that the detector had given; "" where it had seen nothing."""
    confidence: float = 0.0
    """The detector's, in [0, 1]."""
    detector: str = ""
    """Which detector and version, as "signals/1"; "" where none was asked."""
    labelled_at: datetime = field(default_factory=_now)
    """With a time zone; kept as UTC."""
    project: str = ""
    labelled_by: str = ""
    schema: int = SCHEMA

    def __post_init__(self) -> None:
        if self.says not in SAYS and self.says != TAKEN_BACK:
            raise BadInput(f"{self.says!r} is no label", remedy=f"say one of {', '.join(SAYS)}")
        if not self.source_id or len(self.source_id) > LONGEST_TEXT:
            raise BadInput("the label names no clip", remedy="give the clip that it is about")
        times = (self.t_s, self.start_s, self.end_s)
        if not all(map(math.isfinite, times)) or not 0 <= self.start_s <= self.end_s or self.t_s < 0:
            raise BadInput(
                f"{self.t_s:g} s is no time of a clip", remedy="count from the clip's first moment, as 0:12.3"
            )
        if not 0 <= self.confidence <= 1:
            raise BadInput(f"a confidence of {self.confidence:g} is not possible", remedy="it lies between 0 and 1")
        if self.labelled_at.tzinfo is None:
            raise BadInput("the label's time has no time zone", remedy="use datetime.now(UTC)")
        object.__setattr__(self, "labelled_at", self.labelled_at.astimezone(UTC))
        for name in ("t_s", "start_s", "end_s"):
            object.__setattr__(self, name, round(float(getattr(self, name)), 2))

    @property
    def moment(self) -> tuple[str, float]:
        """What the last label of counts: the source's id and the time."""
        return self.source_id, self.t_s


def by_hand(source: Source, t_s: float, says: str, **more: Any) -> Label:
    """The label of a time that somebody gave by hand, exact to half a second; `more` are fields of `Label`.

    Raises BadInput when the clip is not that long.
    """
    if t_s > source.duration_s:
        raise BadInput(f"{source.name} is only {source.duration_s:.1f} s long", remedy="give a time inside the clip")
    low, high = max(0.0, t_s - HALF_S), min(source.duration_s, t_s + HALF_S)
    return Label(source.id, source.path, t_s, low, high, says, **more)


def as_json(label: Label) -> dict[str, Any]:
    """A label as JSON: its fields, the time as "2026-05-01T12:00:00.000000+00:00"."""
    return {**asdict(label), "labelled_at": label.labelled_at.isoformat(timespec="microseconds")}


def parse_date(text: str) -> datetime:
    """A time from "2026-05-01" or "2026-05-01T12:00+02:00"; UTC where no zone is named. Raises BadInput."""
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        raise BadInput(f"{text!r} is no date", remedy="write it as 2026-05-01 or 2026-05-01T12:00") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def parse_clock(text: str | float) -> float:
    """Seconds from "1:02.4", "62.4" or "1:01:02.4". Raises BadInput."""
    parts = str(text).strip().replace(",", ".").split(":")
    try:
        values = [float(part) for part in parts]
    except ValueError:
        values = []
    whole = values[:-1]
    good = bool(values) and len(values) <= 3 and all(math.isfinite(v) and v >= 0 for v in values)
    if not good or any(v != int(v) for v in whole) or any(v >= 60 for v in values[1:]):
        raise BadInput(f"{str(text)!r} is no time", remedy="write minutes and seconds, as 1:02.4")
    return sum(value * 60**power for power, value in enumerate(reversed(values)))
