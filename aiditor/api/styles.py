"""The styles that a montage may have."""

from __future__ import annotations

from fastapi import APIRouter

from aiditor.api.dependencies import Me, StudioDep
from aiditor.api.models import Answer
from aiditor.api.problems import PROBLEMS
from aiditor.studio.describe import preset

__all__ = ["router"]

router = APIRouter(prefix="/v2/styles", tags=["styles"], responses=PROBLEMS)


class StyleOut(Answer):
    """What a style decides first of all."""

    name: str
    title: str
    description: str
    seconds: float
    order: str
    look: str
    framing: str
    music: str


@router.get("")
def list_styles(studio: StudioDep, _me: Me) -> list[StyleOut]:
    """The presets."""
    return [StyleOut(**preset(style)) for style in studio.presets()]
