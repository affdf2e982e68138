"""From what a user wishes to the style that is rendered, within what their plan gives."""

from __future__ import annotations

from aiditor import music as scored
from aiditor import pipeline
from aiditor.config import digest
from aiditor.errors import BadInput, LimitReached
from aiditor.settings import Settings
from aiditor.studio.limits import fitted
from aiditor.studio.project import Project
from aiditor.studio.wish import Wish
from aiditor.styles import Style
from aiditor.users.plans import Plan
from aiditor.words import preflight

__all__ = ["checked", "plan_key", "styled"]

DRAFT = {"landscape": (640, 360), "portrait": (360, 640), "preset": "ultrafast", "crf": 26, "fps": 30}


def styled(wish: Wish, plan: Plan) -> Style:
    """The preset with this wish in it. Raises LimitReached past the plan, BadInput, BadConfig, MissingPart."""
    if wish.seconds > plan.longest_s:
        why = f"{wish.seconds:g} s is longer than the {plan.longest_s:g} s of the {plan.title} plan"
        raise LimitReached(why, remedy="choose a shorter length")
    if wish.music == "own" and not wish.music_file:
        raise BadInput("there is no track to lay under the montage", remedy="add your track, or let one be composed")
    free = plan.name == "free"  # the watermark is its price
    mark = plan.watermark if free or wish.watermark is None else wish.watermark
    style = pipeline.styled(
        wish.style,
        seconds=wish.seconds,
        seed=wish.seed,
        music_file=wish.music_file if wish.music == "own" else None,
        music_engine=None if wish.music in ("composer", "own") else wish.music,
        prompt=wish.prompt if wish.music == "musicgen" else "",
        watermark=mark,
        words=wish.words,
    )
    render = style.render.model_copy(update=DRAFT) if wish.quality == "draft" else style.render
    return style.model_copy(update={"render": fitted(render, plan.tallest_px)})


def checked(wish: Wish, plan: Plan, settings: Settings) -> Style:
    """`styled`, refused before any work where a model that it needs is not here. Raises MissingPart too."""
    style = styled(wish, plan)
    scored.preflight(style.music, settings)
    preflight(style, settings, insist=wish.words.insist)
    return style


def plan_key(project: Project, wish: Wish) -> str:
    """Digest of the choices that a planned timeline follows from."""
    asked = wish.model_copy(update={"words": type(wish.words)(), "quality": "full", "watermark": None, "aspects": ()})
    clips = [source.id for source in project.analysis.sources] if project.analysis else []
    return digest(asked.model_dump_json(), sorted(project.dropped), sorted(project.wanted), project.marks, clips)
