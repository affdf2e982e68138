"""The Accounts tab: where clips could come from by themselves. Nothing is offered that cannot be had yet."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import gradio as gr

from aiditor.ui.views_providers import ACCOUNTS, environment, providers_view

__all__ = ["accounts_tab"]

LEAD = '<p class="ai-lead">Link an account, and its new clips turn up here by themselves. No account is linked yet.</p>'


def accounts_tab(environment: Callable[[], Mapping[str, str]] = environment) -> gr.Tab:
    """Builds and wires the tab; `environment` tells the settings by their names."""
    with gr.Tab("Accounts", id="accounts") as tab:
        gr.HTML(LEAD)
        cards = gr.HTML(providers_view(ACCOUNTS, environment()), elem_id="accounts-providers")

    def show() -> str:
        return providers_view(ACCOUNTS, environment())

    tab.select(show, None, cards, api_visibility="private", show_progress="hidden")
    return tab
