"""The plans, and what each lets a user do."""

from __future__ import annotations

from datetime import datetime, timedelta

from pydantic import Field

from aiditor.config import Config
from aiditor.settings import Settings
from aiditor.store import people
from aiditor.store.db import Database
from aiditor.store.tables import Entitlement, now

__all__ = ["GRACE", "Plan", "limits_of", "plan_of", "plans"]

GRACE = timedelta(days=1)
"""A paid period that has just ended still counts: the news of its renewal may be late."""
_PAID_UP = frozenset({"active", "trialing", "past_due"})
_GIB = 1024**3
_KEPT_DAYS = 36_500


class Plan(Config):
    """What a user may do. Zero is no limit wherever a limit is named."""

    name: str = Field(description="free, pro or local.")
    title: str = Field(description="What the page calls it.")
    longest_s: float = Field(gt=0, description="Longest montage, in seconds.")
    watermark: str = Field("", description="Drawn in a corner of every montage; empty draws none.")
    montages_a_month: int = Field(0, ge=0, description="Montages in any 30 days.")
    tallest_px: int = Field(2160, ge=360, description="The short side of the largest picture, in pixels.")
    priority: int = Field(0, description="Higher goes first in the queue.")
    jobs_at_once: int = Field(0, ge=0, description="Jobs that wait or run at the same time.")
    storage_bytes: int = Field(0, ge=0, description="What clips and montages may take together.")
    upload_bytes: int = Field(0, ge=0, description="The largest file that may be uploaded.")
    retention_days: int = Field(_KEPT_DAYS, ge=1, description="Days after which uploaded clips go; montages stay.")


def plans(settings: Settings) -> dict[str, Plan]:
    """The plans of this deployment, by name: free, pro, and local for the one user of AIDITOR_AUTH=none."""
    shared = {
        "upload_bytes": settings.max_upload_bytes,
        "retention_days": settings.retention_days_sources or _KEPT_DAYS,
    }
    quota = settings.storage_quota_bytes
    free = Plan(
        name="free",
        title="Free",
        longest_s=settings.freemium_max_duration,
        watermark=settings.watermark_text,
        montages_a_month=30,
        tallest_px=1080,
        jobs_at_once=3,
        storage_bytes=min(quota or 10 * _GIB, 10 * _GIB),
        **shared,
    )
    pro = Plan(
        name="pro",
        title="Pro",
        longest_s=max(1800, settings.freemium_max_duration),
        priority=10,
        jobs_at_once=10,
        storage_bytes=quota,
        **shared,
    )
    here = {"name": "local", "title": "Local", "montages_a_month": 0, "tallest_px": 2160, "jobs_at_once": 0}
    local = free.model_copy(update={**here, "storage_bytes": 0, "retention_days": _KEPT_DAYS})
    return {plan.name: plan for plan in (free, pro, local)}


def limits_of(entitlement: Entitlement | None, settings: Settings, *, at: datetime | None = None) -> Plan:
    """The plan that this entitlement gives at that time (UTC; now): what is unpaid, over or unknown falls to free.

    The one user of AIDITOR_AUTH=none keeps the free length and watermark, which are settings, and no other limit:
    the disk is their own.
    """
    known = plans(settings)
    plan = known["local" if settings.one_user else "free"]
    if entitlement is None or entitlement.plan != "pro":
        return plan
    ended = entitlement.period_end is not None and entitlement.period_end + GRACE < (at or now())
    return known[entitlement.plan] if entitlement.status in _PAID_UP and not ended else plan


def plan_of(db: Database, user_id: str, settings: Settings) -> Plan:
    """The plan of this user, now."""
    with db.read() as session:
        return limits_of(people.entitlement(session, user_id), settings)
