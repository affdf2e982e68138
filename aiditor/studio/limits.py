"""What a plan gives, held against what a user has and asks for. Zero is no limit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from aiditor.errors import LimitReached
from aiditor.render import RenderConfig
from aiditor.store.db import Database
from aiditor.store.tables import now
from aiditor.store.usage import jobs_at_work, montages_since, used_bytes
from aiditor.users.plans import Plan

__all__ = ["check_job", "check_montage", "check_room", "fitted"]

MONTH = timedelta(days=30)
GB = 1e9


def check_room(db: Database, user_id: str, plan: Plan, paths: Sequence[Path]) -> None:
    """Raises LimitReached when these files would not fit beside what the user has, or one is too large."""
    sizes = [path.stat().st_size for path in paths if path.is_file()]
    largest = max(sizes, default=0)
    if plan.upload_bytes and largest > plan.upload_bytes:
        raise LimitReached(
            f"a file of {largest / GB:.1f} GB is larger than the {plan.upload_bytes / GB:.1f} GB that may be uploaded",
            remedy="cut it into parts, or record with a lower bit rate",
        )
    if not plan.storage_bytes:
        return
    used = sum(used_bytes(db, user_id))
    if used + sum(sizes) > plan.storage_bytes:
        raise LimitReached(
            f"the {plan.title} plan holds {plan.storage_bytes / GB:.1f} GB: {used / GB:.1f} GB are used and "
            f"{sum(sizes) / GB:.1f} GB would come on top",
            remedy="remove projects that you need no longer",
        )


def check_job(db: Database, user_id: str, plan: Plan, project_id: str) -> None:
    """Raises LimitReached when too many of the user's jobs wait or run; the project's own make way for the next."""
    if plan.jobs_at_once and jobs_at_work(db, user_id, but_of=project_id) >= plan.jobs_at_once:
        why = f"{plan.jobs_at_once} of your jobs are being worked on, as many as the {plan.title} plan allows at once"
        raise LimitReached(why, remedy="wait for one to end, or cancel one")


def check_montage(db: Database, user_id: str, plan: Plan) -> None:
    """Raises LimitReached when the month's montages are made."""
    if plan.montages_a_month and montages_since(db, user_id, now() - MONTH) >= plan.montages_a_month:
        why = f"the {plan.title} plan makes {plan.montages_a_month} montages in 30 days, and they are made"
        raise LimitReached(why, remedy="wait until the first of them is 30 days old")


def fitted(render: RenderConfig, tallest_px: int) -> RenderConfig:
    """`render` with pictures whose short side is at most so many pixels; sides stay even."""
    changes = {}
    for name in ("landscape", "portrait"):
        width, height = getattr(render, name)
        share = tallest_px / min(width, height)
        if share < 1:
            changes[name] = (round(width * share / 2) * 2, round(height * share / 2) * 2)
    return render.model_copy(update=changes) if changes else render
