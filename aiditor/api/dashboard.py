"""How things are going: what the dashboard shows, from the lake."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from aiditor.api.dependencies import Me, StudioDep
from aiditor.api.models import Answer
from aiditor.api.problems import PROBLEMS
from aiditor.store.facts import Answers, Day, Facts, Failures, Moments, StageTime, Style
from aiditor.studio import Studio

__all__ = ["router"]

router = APIRouter(tags=["dashboard"], responses=PROBLEMS)


class TotalsOut(Answer):
    """Over all jobs that ended in the time asked for."""

    jobs: int
    done: int
    failed: int
    cancelled: int
    success: float | None
    """The share done of those done and failed; null where none was either."""
    montages: int
    montage_s: float
    clips: int
    footage_s: float
    wait_median_s: float


class DashboardOut(Answer):
    """What came of your jobs."""

    days: int
    totals: TotalsOut
    failures: list[Failures]
    stages: list[StageTime]
    moments: list[Moments]
    activity: list[Day]
    styles: list[Style]


class SummaryOut(Answer):
    """The same in short, as it was before v2."""

    total_jobs: int
    completed: int
    failed: int
    cancelled: int
    success_rate: float | None
    total_clips: int
    total_montage_seconds: float
    moments: dict[str, int]
    """How many were found, by kind."""


@router.get("/v2/dashboard")
def dashboard(
    studio: StudioDep, me: Me, days: Annotated[int, Query(ge=1, le=3660, description="How far back.")] = 30
) -> DashboardOut:
    """Totals, failures, stage times, moments, activity and styles of your jobs."""
    found = _asked(studio, me, days)
    return DashboardOut(
        days=days,
        totals=_totals(found),
        failures=list(found.failures),
        stages=list(found.stages),
        moments=list(found.moments),
        activity=list(found.days),
        styles=list(found.styles),
    )


@router.get("/analytics/summary")
def summary(studio: StudioDep, me: Me) -> SummaryOut:
    """Totals of all your jobs."""
    found = _asked(studio, me, None)
    totals = found.totals
    return SummaryOut(
        total_jobs=totals.jobs,
        completed=totals.done,
        failed=totals.failed,
        cancelled=totals.cancelled,
        success_rate=totals.success,
        total_clips=totals.clips,
        total_montage_seconds=totals.montage_s,
        moments={each.kind: each.found for each in found.moments},
    )


def _asked(studio: Studio, me: str, days: int | None) -> Answers:
    since = None if days is None else datetime.now(UTC) - timedelta(days=days)
    return Facts.of(studio.settings).answers(me, since=since)


def _totals(found: Answers) -> TotalsOut:
    return TotalsOut(**{name: getattr(found.totals, name) for name in TotalsOut.model_fields})
