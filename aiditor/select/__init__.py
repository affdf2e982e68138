"""Scored curves in, a timeline out: pick, order, fit to the length and the beat, dress.

The rules, in the order they win: what the user kept or dropped; cuts never overlap nor leave their
source; the length asked for is kept within 5 % whenever there is that much footage; events and words
are not clipped; cuts begin on beats and strong moments peak on downbeats; the usual cut lengths.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import numpy as np

from aiditor.errors import NothingToKeep
from aiditor.progress import Progress, silent
from aiditor.select import dress, fit, place
from aiditor.select.config import SelectConfig
from aiditor.select.windows import SHORTEST_S, Window, fill_windows, moment_windows, with_territories
from aiditor.timeline import BeatGrid, Cut, Ramp, Scores, Source, Timeline

__all__ = ["SelectConfig", "select"]

Key = tuple[str, float]
SLACK = 1.1
"""Footage offered beyond the target, so that rounding to beats has room."""


def select(
    sources: Sequence[Source],
    scores: Sequence[Scores],
    cfg: SelectConfig,
    *,
    grid: BeatGrid | None = None,
    drop: Collection[Key] = frozenset(),
    keep: Collection[Key] = frozenset(),
    progress: Progress = silent,
) -> Timeline:
    """The best moments of all sources as one timeline of about `cfg.target_s` seconds.

    `scores[k]` belongs to `sources[k]`. `grid` holds the beats of the music to come; without it cuts
    fall where they like. `drop` and `keep` name moments by (source id, `Moment.t_s`): a dropped one is
    not shown, a kept one always is. What falls short is said in `Timeline.notes`.
    Raises NothingToKeep when no source holds as much as one shortest cut.
    """
    progress(0.0, "choosing moments")
    by_id = {s.source_id: s for s in scores}
    pairs = list(zip(sources, scores, strict=True))
    moments = [w for i, (src, sc) in enumerate(pairs) for w in moment_windows(i, src, sc, cfg, drop, keep)]
    notes = _notes_on(pairs, moments, cfg)
    layout = _arrange(pairs, moments, cfg, grid, drop)
    if layout is None:
        raise NothingToKeep(
            f"select found nothing to cut in {len(pairs)} clips ({_footage(pairs):.1f} s in all)",
            remedy="add longer clips, or allow shorter cuts",
        )
    windows, extra, spans, slots = layout
    strong = dress.strong_ranks([w.score for w in windows], cfg.strong_share)
    cuts: list[Cut] = []
    for index, (window, more, (at, end)) in enumerate(zip(windows, extra, spans, strict=True)):
        source_scores = by_id[window.source_id]
        start = place.start_of(window, at, end, more, slots, source_scores, cfg, strong=index in strong)
        cuts.append(_cut(window, start, at, end, more, source_scores, cfg))
        progress((index + 1) / len(windows), "placing cuts")
    cuts = dress.with_callouts(dress.with_transitions(cuts, cfg), cfg)
    total = cuts[-1].at_s + cuts[-1].duration_s
    if total < cfg.target_s * (1 - fit.TOLERANCE):
        notes.append(f"{total:.1f} s of the {cfg.target_s:g} s asked for: the clips hold no more")
    if total > cfg.target_s * (1 + fit.TOLERANCE):
        notes.append(f"{total:.1f} s instead of the {cfg.target_s:g} s asked for: that is what the kept moments need")
    if grid is not None and cfg.on_beat and not slots.musical:
        notes.append("cuts are not on the beat: there was too little footage to choose from")
    used = {c.source_id for c in cuts}
    return Timeline(tuple(s for s in sources if s.id in used), tuple(cuts), notes=tuple(notes))


def _footage(pairs: Sequence[tuple[Source, Scores]]) -> float:
    return sum(source.duration_s for source, _ in pairs)


def _notes_on(pairs: Sequence[tuple[Source, Scores]], moments: Sequence[Window], cfg: SelectConfig) -> list[str]:
    if moments or not pairs:
        return []
    best = max((float(np.max(sc.values, initial=0.0)) for _, sc in pairs), default=0.0)
    return [
        f"score found no moment of {cfg.floor:g} or more in {_footage(pairs):.0f} s of footage (the highest was "
        f"{best:.2f}): the liveliest stretches are used instead"
    ]


SlotsFor = Callable[[float], fit.Slots]
"""The edges for a montage of so many seconds."""
Layout = tuple[list[Window], list[float], list[tuple[float, float]], fit.Slots]


def _arrange(
    pairs: Sequence[tuple[Source, Scores]],
    moments: Sequence[Window],
    cfg: SelectConfig,
    grid: BeatGrid | None,
    drop: Collection[Key],
) -> Layout | None:
    """The windows used in montage order, what slow motion adds to each, and their montage spans.

    Tried from the strictest to the loosest: on beats, then off them; usual lengths and shares first,
    then whatever fills the target. What is left when nothing fills it is all the footage there is.
    """
    slot_choices: list[SlotsFor] = [fit.fine_slots]
    if grid is not None and cfg.on_beat:
        slot_choices.insert(0, lambda _: fit.beat_slots(grid))
    for slots in slot_choices:
        for share, relaxed in ((cfg.share_per_clip, False), (1.0, False), (1.0, True)):
            windows = _enough(pairs, moments, cfg, share, relaxed, drop)
            layout = _fitted(windows, cfg, slots, cfg.target_s, relaxed)
            if layout is not None:
                return layout
    # All the footage there is, or nearly: without slow motion, whose room is what is missing here.
    plain = cfg.model_copy(update={"ramp_speed": 1.0})
    windows = _enough(pairs, moments, plain, 1.0, True, drop)
    room = min(sum(w.room_s for w in windows), cfg.target_s)
    for slots in slot_choices:
        layout = _fitted(windows, plain, slots, room, True)
        if layout is not None:
            return layout
    return _fitted(windows, plain, fit.fine_slots, room, True, whatever=True)


def _enough(
    pairs: Sequence[tuple[Source, Scores]],
    moments: Sequence[Window],
    cfg: SelectConfig,
    share: float,
    relaxed: bool,
    drop: Collection[Key],
) -> list[Window]:
    """The moments to use, with the best of the rest added until there is footage for the target."""
    chosen = fit.pick(moments, cfg, share=share)
    spare = sorted((w for w in moments if w not in chosen), key=lambda w: -w.score)
    fillers = [w for i, (src, sc) in enumerate(pairs) for w in fill_windows(i, src, sc, cfg, moments, drop)]
    placed = with_territories(chosen)
    for window in [*spare, *sorted(fillers, key=lambda w: -w.score)]:
        if _capacity(placed, cfg, relaxed) >= cfg.target_s * SLACK:
            break
        if share < 1 and _capacity([w for w in placed if w.source_id == window.source_id], cfg, False) >= (
            share * cfg.target_s
        ):
            continue
        chosen.append(window)
        placed = with_territories(chosen)
    return [w for w in placed if w.room_s >= SHORTEST_S]


def _capacity(windows: Sequence[Window], cfg: SelectConfig, relaxed: bool) -> float:
    return float(fit.bounds_of(windows, [0.0] * len(windows), cfg, relaxed=relaxed).high.sum()) if windows else 0.0


def _fitted(
    windows: Sequence[Window],
    cfg: SelectConfig,
    slots_for: SlotsFor,
    target_s: float,
    relaxed: bool,
    *,
    whatever: bool = False,
) -> Layout | None:
    """Windows in montage order with their spans; None when they do not make up the target (or `whatever`)."""
    slots = slots_for(target_s)
    left = [w for w in windows if w.forced or not slots.musical or w.room_s >= fit.widest_gap(slots)]
    while left:
        ordered = _ordered(left, cfg)
        ordered, extra = dress.ramped(ordered, cfg)
        bounds = fit.bounds_of(ordered, extra, cfg, relaxed=relaxed)
        weakest = min((w for w in ordered if not w.forced), key=lambda w: w.score, default=None)
        needed = float(bounds.low.sum())
        if needed > target_s * (1 + fit.TOLERANCE) and weakest is not None and len(ordered) > 1:
            left = [w for w in left if w.peak_s != weakest.peak_s or w.source_id != weakest.source_id]
            continue
        goal = max(target_s, needed) if any(w.forced for w in ordered) else target_s
        slots = slots if goal == target_s else slots_for(goal)
        spans = fit.lay_out(fit.lengths(bounds, goal), bounds, slots)
        fits = bool(spans) and (whatever or abs(spans[-1][1] - goal) <= goal * fit.TOLERANCE)
        return (ordered, extra, spans, slots) if fits else None
    return None


def _ordered(windows: Sequence[Window], cfg: SelectConfig) -> list[Window]:
    if cfg.order == "time":
        return sorted(windows, key=lambda w: (w.order, w.peak_s))
    strongest_first = sorted(windows, key=lambda w: (-w.score, w.order, w.peak_s))
    if cfg.order == "strength" or len(strongest_first) < 4:
        return strongest_first
    # Building up still opens on a hook, the second best, and keeps the best for the end.
    best, hook, *rest = strongest_first
    return [hook, *reversed(rest), best]


def _cut(window: Window, start: float, at: float, end: float, extra: float, scores: Scores, cfg: SelectConfig) -> Cut:
    ramp = Ramp(window.peak_s, window.peak_s + cfg.ramp_s, cfg.ramp_speed) if extra else None
    finish = start + (end - at) - extra
    return Cut(
        source_id=window.source_id,
        start_s=start,
        end_s=finish,
        at_s=at,
        peak_s=window.peak_s,
        score=window.score,
        reasons=window.reasons,
        kind=window.kind,
        ramp=ramp,
        focus=dress.focus_of(scores, start, finish + cfg.transition_s),
    )
