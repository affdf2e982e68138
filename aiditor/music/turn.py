"""One turn at a model that generates: waiting for it and its steps are seen, and either can be stopped."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from aiditor.models.pool import Pool
from aiditor.progress import Progress

__all__ = ["turn"]

T = TypeVar("T")


def turn(
    pool: Pool,
    name: str,
    generate: Callable[[Any, Callable[[int], None]], T],
    *,
    steps: int,
    step_s: float,
    progress: Progress,
) -> T:
    """`generate(model, on_step)` with the model `name` of `pool`; `on_step` is told how many of `steps` are done.

    A step is `step_s` seconds of music. Raises what `pool.run` raises, and Cancelled from `progress`.
    """

    def waiting() -> bool:
        progress(0.0, "waiting for the music model")  # raises where the user has stopped it
        return False

    def on_step(done: int) -> None:
        progress(min(done / steps, 1.0), f"generating music ({done * step_s:.0f} s)")

    waiting()
    return pool.run(name, lambda model: generate(model, on_step), stop=waiting)
