"""The Social tab: where montages could be posted. Nothing is offered that cannot be had yet."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import gradio as gr

from aiditor.ui.views import empty
from aiditor.ui.views_providers import NETWORKS, environment, providers_view

__all__ = ["social_tab"]

NO_POSTS = empty("No posts yet", "Download a finished montage on the Render tab and post it by hand for now.")


def social_tab(environment: Callable[[], Mapping[str, str]] = environment) -> gr.Tab:
    """Builds and wires the tab; `environment` tells the settings by their names."""
    with gr.Tab("Social", id="social") as tab:
        gr.HTML('<p class="ai-lead">Where a montage can go from here.</p>')
        cards = gr.HTML(providers_view(NETWORKS, environment()), elem_id="social-networks")
        gr.HTML(f'<h3 class="ai-sub">Posts</h3>{NO_POSTS}', elem_id="social-posts")

    def show() -> str:
        return providers_view(NETWORKS, environment())

    tab.select(show, None, cards, api_visibility="private", show_progress="hidden")
    return tab
