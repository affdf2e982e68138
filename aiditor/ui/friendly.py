"""Errors as a creator reads them: the sentence and the remedy in a message on the page, never a traceback."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import gradio as gr

from aiditor.errors import AIditorError

__all__ = ["friendly", "user"]

F = TypeVar("F", bound=Callable[..., Any])


def friendly(handler: F) -> F:
    """A handler (a generator too) whose AIditorErrors are shown as a message that names the file and the remedy."""
    if inspect.isgeneratorfunction(handler):

        @functools.wraps(handler)
        def streaming(*args: Any, **kwargs: Any) -> Any:
            try:
                yield from handler(*args, **kwargs)
            except AIditorError as error:
                raise _shown(error) from None

        return streaming  # type: ignore[return-value]

    @functools.wraps(handler)
    def plain(*args: Any, **kwargs: Any) -> Any:
        try:
            return handler(*args, **kwargs)
        except AIditorError as error:
            raise _shown(error) from None

    return plain  # type: ignore[return-value]


def user(request: gr.Request | None) -> str:
    """The name of who is signed in; "" where nobody needs to be."""
    return str(getattr(request, "username", None) or "")


def _shown(error: AIditorError) -> gr.Error:
    title = Path(error.file).name if error.file else "That did not work"
    return gr.Error(str(error), title=title, duration=12, print_exception=False)
