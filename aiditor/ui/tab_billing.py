"""The Billing tab: the plans with what they give, which is one's own, and whether payments are set up."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import gradio as gr

from aiditor.studio import Studio
from aiditor.ui.friendly import friendly
from aiditor.ui.views_providers import STRIPE, environment, plans_view, providers_view
from aiditor.ui.who import who
from aiditor.users.plans import Plan, plans

__all__ = ["BillingAsked", "billing_tab"]


@dataclass(frozen=True)
class BillingAsked:
    """Whom the tab asks."""

    plans: Callable[[], Sequence[Plan]]
    """Those that can be had."""
    mine: Callable[[gr.Request], Plan]

    @classmethod
    def of(cls, studio: Studio) -> BillingAsked:
        """What the studio knows."""

        def offered() -> Sequence[Plan]:
            known = plans(studio.settings)
            return [known["free"], known["pro"]]

        return cls(offered, lambda request: studio.plan(who(studio, request)))


def billing_tab(asked: BillingAsked, environment: Callable[[], Mapping[str, str]] = environment) -> gr.Tab:
    """Builds and wires the tab; `environment` tells the settings by their names."""
    with gr.Tab("Billing", id="billing") as tab:
        gr.HTML('<p class="ai-lead">What each plan gives.</p>')
        cards = gr.HTML(elem_id="billing-plans")
        gr.HTML('<h3 class="ai-sub">Payments</h3>')
        stripe = gr.HTML(providers_view([STRIPE], environment()), elem_id="billing-stripe")

    @friendly
    def show(request: gr.Request) -> tuple[str, str]:
        return plans_view(asked.plans(), asked.mine(request)), providers_view([STRIPE], environment())

    tab.select(show, None, [cards, stripe], api_visibility="private", show_progress="hidden")
    return tab
