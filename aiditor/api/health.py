"""Whether the service is well, for those who watch over it."""

from __future__ import annotations

import shutil
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request, Response

from aiditor import __version__
from aiditor.api.dependencies import StudioDep
from aiditor.api.guard import AdminUser
from aiditor.api.models import Answer, LoadOut, load_out
from aiditor.api.problems import PROBLEMS
from aiditor.errors import AIditorError
from aiditor.jobs.supervisor import Supervisor
from aiditor.studio import Studio

__all__ = ["router"]

router = APIRouter(prefix="/v2", tags=["health"], responses=PROBLEMS)

LEAST_FREE = 1024**3
"""Bytes; with less room on the disk, montages fail."""

State = Literal["ok", "failing"]


class HealthOut(Answer):
    """Whether each part answers."""

    status: State
    version: str
    checks: dict[str, State]


class WatchOut(LoadOut):
    """What an admin sees beside: numbers."""

    alive: int | None
    """Workers that this process keeps; None where others do."""
    free_bytes: int
    """On the disk of the data folder."""


def supervisor_of(request: Request) -> Supervisor | None:
    return request.app.state.supervisor


SupervisorDep = Annotated[Supervisor | None, Depends(supervisor_of)]


@router.get("/health", responses={503: {"model": HealthOut, "description": "Something fails."}})
def health(response: Response, studio: StudioDep, supervisor: SupervisorDep) -> HealthOut:
    """Ask each part whether it works. Anybody may ask: nothing is told but that."""
    checks = {
        "database": _answers(studio.db.ping),
        "files": _answers(studio.files.ping),
        "disk": _flag(_free(studio) >= LEAST_FREE),
    }
    if supervisor is not None:
        checks["workers"] = _flag(supervisor.alive() > 0)
    well = all(state == "ok" for state in checks.values())
    response.status_code = 200 if well else 503
    response.headers["Cache-Control"] = "no-store"
    return HealthOut(status=_flag(well), version=__version__, checks=checks)


@router.get("/admin/load")
def load(studio: StudioDep, supervisor: SupervisorDep, _admin: AdminUser) -> WatchOut:
    """How much there is to do, and what there is to do it with."""
    told = load_out(studio.queue.load()).model_dump()
    return WatchOut(**told, alive=supervisor and supervisor.alive(), free_bytes=_free(studio))


def _answers(ask: object) -> State:
    try:
        ask()  # type: ignore[operator]
    except AIditorError:
        return "failing"
    return "ok"


def _flag(well: bool) -> State:
    return "ok" if well else "failing"


def _free(studio: Studio) -> int:
    home = studio.settings.aiditor_home
    home.mkdir(parents=True, exist_ok=True)
    return shutil.disk_usage(home).free
