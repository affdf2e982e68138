"""Who is looking: the user of a request."""

from __future__ import annotations

import gradio as gr

from aiditor.errors import NotAllowed, NotFound
from aiditor.studio import Project, Studio

__all__ = ["mine", "theirs", "who"]


def who(studio: Studio, request: gr.Request | None) -> str:
    """The id of the user who asks. Raises NotAllowed when nobody is signed in."""
    signed_in = getattr(request, "username", None)
    if signed_in:
        return str(signed_in)
    if studio.settings.one_user:
        return studio.local_user()
    raise NotAllowed("you are not signed in", remedy="sign in and try again")


def theirs(studio: Studio, project_id: str, request: gr.Request | None) -> Project | None:
    """The project of that id, where it is theirs."""
    if not project_id:
        return None
    try:
        return studio.project(who(studio, request), project_id)
    except NotFound:
        return None


def mine(studio: Studio, project_id: str, request: gr.Request | None) -> tuple[str, str]:
    """The user, and the project of that id, or a new one where there is none of theirs."""
    me = who(studio, request)
    return me, studio.opened(me, project_id).id
