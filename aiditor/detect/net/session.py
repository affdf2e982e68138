"""The trained detector at work on one recording: hears all, reads the screen, looks where it pays, then judges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from aiditor.detect.config import DetectConfig
from aiditor.detect.detector import Session
from aiditor.detect.hud import GameRules, HudReader, load_rules
from aiditor.detect.net.aside import Aside
from aiditor.detect.net.fuse import Candidate, Text, candidates, claims
from aiditor.detect.net.package import Package, read_package
from aiditor.detect.net.spec import KINDS, STEP_S
from aiditor.errors import BadConfig
from aiditor.progress import Progress
from aiditor.timeline import Event, Signals, Source

if TYPE_CHECKING:
    from aiditor.detect.net.infer import Listener
    from aiditor.detect.net.weights import Model

__all__ = ["CURVES", "NetSession"]

CURVES = ("kill", "death", "other_kill", "score")
"""Kinds whose curves are kept with the signals, beside `highlight`."""
_PICTURE = (1280, 720)
_SURVEY = 8
"""Whole keyframes in which the reader looks for the places where the game prints."""
_SILENT = frozenset({"spectate", "killcam", "menu", "scoreboard"})
_PRINTS = 2
"""A game that printed so many of the player's kills prints them all."""


class NetSession(Session):
    """See `Session`. Raises MissingPart without weights or reading models, BadInput for damaged weights.

    What takes seconds to load is loaded beside the listening, which needs none of it: `hear` waits for it, and raises
    what loading raised.
    """

    picture_size = _PICTURE

    def __init__(self, source: Source, cfg: DetectConfig, package: Package) -> None:
        if cfg.step_s != STEP_S:
            raise BadConfig(f"the trained model works in steps of {STEP_S} s", remedy=f"set step_s to {STEP_S}")
        self._source, self._package = source, package
        self._model: Model | None = None
        self._steps = max(int(np.ceil(source.duration_s / STEP_S - 1e-6)), 1)
        self._listener: Listener | None = None
        self._heard = np.full((self._steps, len(KINDS) + 1), -5.0, np.float32)
        self._reader: HudReader | None = None
        self._survey: list[np.ndarray] = []
        self._survey_s: np.ndarray | None = None
        self._planned = False
        self._looks: list[float] = []
        self._aside = Aside()
        self.candidates: list[Candidate] = []
        """After `finish`: all that was considered, for measuring and for fitting the fusion."""
        self._aside.do(self._load, load_rules(cfg.game) if cfg.read_text else None, cfg)

    @classmethod
    def open(cls, source: Source, cfg: DetectConfig) -> NetSession:
        """With the weights that `cfg` names."""
        return cls(source, cfg, read_package(Path(cfg.model) if cfg.model else None))

    def _load(self, rules: GameRules | None, cfg: DetectConfig) -> None:
        from aiditor.detect.net.weights import build  # torch takes seconds to import

        self._model = build(self._package)
        if rules is not None:
            self._reader = HudReader(rules, cfg.player, max(cfg.text_share * self._source.duration_s, 1.5))

    def hear(self, mel: np.ndarray) -> None:
        self._aside.wait()
        from aiditor.detect.net.infer import Listener

        assert self._model is not None
        self._listener = Listener(self._model, mel, self._steps)
        self._silent_clip = not len(mel)
        if not self._silent_clip:
            self._heard = self._listener.judge()

    def interest(self) -> np.ndarray | None:
        return None if self._silent_clip else self._heard[:, [KINDS.index("kill"), -1]].mean(axis=1)

    # --- text ---------------------------------------------------------------------------------------

    def wants(self, keyframes_s: np.ndarray) -> np.ndarray:
        if self._reader is None or self._planned or not len(keyframes_s):
            return keyframes_s[:0]
        worth = np.array([self._after_action(time_s) for time_s in keyframes_s])
        if self._survey_s is None:
            # From each eighth of the recording the keyframe that follows most action.
            parts = np.array_split(np.arange(len(keyframes_s)), min(_SURVEY, len(keyframes_s)))
            chosen = [int(part[worth[part].argmax()]) for part in parts]
            self._survey_s = keyframes_s[chosen]
            return self._survey_s
        self._reader.survey(self._survey)
        self._survey, self._planned = [], True
        self._reader.plan(keyframes_s.tolist(), worth.tolist())
        return keyframes_s

    def _after_action(self, time_s: float) -> float:
        """How likely something happened in the seconds before, which would still be printed."""
        step = int(time_s / STEP_S)
        before = self._heard[max(step - 14, 0) : step + 1, KINDS.index("kill")]
        return float(1 / (1 + np.exp(-before.max()))) if len(before) else 0.0

    def keyframe(self, time_s: float, picture: np.ndarray) -> None:
        assert self._reader is not None
        if self._planned:
            self._aside.do(self._read, time_s, picture)
        else:
            self._survey.append(picture)

    def _read(self, time_s: float, picture: np.ndarray) -> None:
        assert self._reader is not None
        self._reader.read(time_s, picture)
        self._looks.append(time_s)

    def spans(self) -> Sequence[tuple[float, float]]:
        if self._reader is None:
            return ()
        self._aside.wait()
        self._reader.infer_player(self._killed)
        return self._reader.asks()

    def _killed(self, after_s: float, seen_s: float) -> float:
        """How likely the net thinks a kill between the two times, by sound."""
        low, high = int(max(after_s, seen_s - 6.0, 0.0) / STEP_S), int(seen_s / STEP_S) + 1
        inside = self._heard[low:high, KINDS.index("kill")]
        return float(1 / (1 + np.exp(-inside.max()))) if len(inside) else 0.0

    # --- pictures, and the judgement ----------------------------------------------------------------

    def picture(self, time_s: float, picture: np.ndarray) -> None:
        self._aside.do(self._look, time_s, picture)

    def _look(self, time_s: float, picture: np.ndarray) -> None:
        assert self._listener is not None
        self._listener.look(int(time_s / STEP_S), picture)
        if self._reader is not None:
            self._read(time_s, picture)

    def finish(self, signals: Signals, progress: Progress) -> tuple[tuple[Event, ...], Mapping[str, np.ndarray]]:
        progress(0.0, "judging")
        self._aside.wait()
        assert self._listener is not None
        logits, seen = self._listener.judge(), self._listener.seen
        texts, silent, printed = self._texts()
        card = self._package.card
        self.candidates = [
            candidate
            for kind in KINDS
            for candidate in candidates(
                kind, logits, seen, texts, silent=silent, read=self._was_read if printed else lambda _: False
            )
            if not self._left_out(candidate.t_s)
        ]
        events = claims(self.candidates, card)
        curves = {kind: _chances(logits[:, KINDS.index(kind)]) for kind in CURVES}
        curves["highlight"] = _chances(logits[:, -1])
        end_s = signals.duration_s
        inside = [event for event in events if event.t_s <= end_s]
        progress(1.0, f"{len(inside)} events")
        return tuple(_clipped(event, end_s) for event in inside), curves

    def _texts(self) -> tuple[list[Text], list[tuple[float, float]], bool]:
        """What was read, spans in which nothing counts, and whether the game prints the player's kills."""
        if self._reader is None:
            return [], [], False
        texts = [
            Text(
                "other_kill" if event.kind == "assist" else event.kind,
                max(event.after_s, event.seen_s - 6.0, 0.0),
                event.seen_s,
                event.confidence,
                event.says,
            )
            for event in self._reader.events()
        ]
        silent = [(low, high) for kind, low, high in self._reader.spans() if kind in _SILENT]
        return texts, silent, sum(text.kind == "kill" and text.confidence >= 0.5 for text in texts) >= _PRINTS

    def _was_read(self, time_s: float) -> bool:
        """Whether a printed kill of that time would have been seen: the screen was looked at soon after."""
        at = np.searchsorted(self._sorted_looks(), time_s + 0.3)
        looks = self._sorted_looks()
        return bool(at < len(looks) and looks[at] <= time_s + 3.0)

    def _sorted_looks(self) -> np.ndarray:
        return np.sort(np.array(self._looks))

    def _left_out(self, time_s: float) -> bool:
        return any(low <= time_s < high for low, high in self._source.skip_s)


def _chances(logits: np.ndarray) -> np.ndarray:
    return (1 / (1 + np.exp(-logits))).astype(np.float32)


def _clipped(event: Event, end_s: float) -> Event:
    start_s = min(max(event.start_s, 0.0), event.t_s)
    return Event(
        event.kind, event.t_s, start_s, min(max(event.end_s, event.t_s), end_s), event.confidence, event.evidence
    )
