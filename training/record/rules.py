"""What follows by rule from a recording's kills: multi-kills and clutches.

Events are the plain dictionaries of `truth.json`, each with at least `t` (seconds) and `type`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

__all__ = [
    "CLUTCH_ENEMIES",
    "CLUTCH_HEALTH",
    "DOUBLE_S",
    "ROW",
    "ROW_GAP_S",
    "TRIPLE_S",
    "clutches",
    "derive",
    "multi_kills",
]

Event = dict[str, Any]

DOUBLE_S = 0.5
"""Two kills no further apart than this are a multi-kill."""
TRIPLE_S = 6.0
"""Three kills within this are a multi-kill."""
ROW = 4
"""So many kills in a row are a multi-kill."""
ROW_GAP_S = 6.0
"""Kills are in a row while each follows the last within this, and the player lives."""
CLUTCH_HEALTH = 25
"""A clutch is a kill below this health..."""
CLUTCH_ENEMIES = 2
"""...with at least so many enemies in view, the victim among them."""

_SLACK_S = 1e-6
"""Times are rounded to a millisecond or so: a limit must not be missed by the rounding."""


def multi_kills(events: Iterable[Event]) -> list[Event]:
    """One `multi_kill` a burst: at its last kill, with `count`, `start_s` and how long it `lasted_s`."""
    found = []
    for life in _lives(events):
        times = [event["t"] for event in life]
        for first, last in _merged(_windows(times)):
            found.append(
                {
                    "t": times[last],
                    "type": "multi_kill",
                    "count": last - first + 1,
                    "start_s": times[first],
                    "lasted_s": round(times[last] - times[first], 4),
                }
            )
    return found


def clutches(events: Iterable[Event]) -> list[Event]:
    """One `clutch` for every kill at low health against several enemies."""
    return [
        {"t": event["t"], "type": "clutch", "health": event["health"], "enemies_in_view": event["enemies_in_view"]}
        for event in events
        if event["type"] == "kill" and event["health"] < CLUTCH_HEALTH and event["enemies_in_view"] >= CLUTCH_ENEMIES
    ]


def derive(events: Sequence[Event]) -> list[Event]:
    """All events, those that follow by rule added, in order of time."""
    return sorted([*events, *multi_kills(events), *clutches(events)], key=lambda event: event["t"])


def _lives(events: Iterable[Event]) -> list[list[Event]]:
    """Own kills, split where the player died."""
    lives: list[list[Event]] = [[]]
    for event in sorted(events, key=lambda event: event["t"]):
        if event["type"] == "death":
            lives.append([])
        elif event["type"] == "kill":
            lives[-1].append(event)
    return lives


def _windows(times: list[float]) -> list[tuple[int, int]]:
    """Spans (first, last) of kills that one of the rules makes a multi-kill."""
    spans = []
    for size, limit_s in ((2, DOUBLE_S), (3, TRIPLE_S)):
        for first in range(len(times) - size + 1):
            if times[first + size - 1] - times[first] <= limit_s + _SLACK_S:
                spans.append((first, first + size - 1))
    first = 0
    for index in range(1, len(times) + 1):
        if index == len(times) or times[index] - times[index - 1] > ROW_GAP_S + _SLACK_S:
            if index - first >= ROW:
                spans.append((first, index - 1))
            first = index
    return sorted(spans)


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans that share a kill become one."""
    merged: list[tuple[int, int]] = []
    for first, last in spans:
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged
