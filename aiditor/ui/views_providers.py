"""What the Accounts, Billing and Social tabs show: who is there, and what each needs before it can be used."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from dotenv import dotenv_values

from aiditor.ui.views_dashboard import size, span
from aiditor.users.plans import Plan

__all__ = ["ACCOUNTS", "NETWORKS", "STRIPE", "Provider", "environment", "plans_view", "providers_view"]


@dataclass(frozen=True, slots=True)
class Provider:
    """Somebody outside that AIditor can work with, once it has keys."""

    name: str
    gives: str
    """What one would have of it."""
    keys: tuple[str, ...] = ()
    """The settings that it needs, all of them; none where it needs no key."""


def _pair(name: str) -> tuple[str, str]:
    return f"{name}_CLIENT_ID", f"{name}_CLIENT_SECRET"


ACCOUNTS = (
    Provider("Steam", "Recordings and published videos of your account.", _pair("STEAM")),
    Provider("Xbox", "Game clips that the console or Game Bar has uploaded.", _pair("XBOX")),
    Provider("PlayStation", "Captures that the console shares with its app.", _pair("PLAYSTATION")),
    Provider("Switch", "Captures of the console's album: Nintendo lets no program fetch them from its servers."),
    Provider("Folder watch", "Whatever OBS, ShadowPlay, Medal or Game Bar writes into a folder of yours."),
    Provider("Twitch", "Clips of your channel.", _pair("TWITCH")),
)
NETWORKS = (
    Provider("YouTube", "Videos and Shorts, at once or at a time of your choice.", _pair("YOUTUBE")),
    Provider("TikTok", "The 9:16 montage, posted or sent to your inbox there.", _pair("TIKTOK")),
    Provider("Instagram", "The 9:16 montage as a Reel.", _pair("INSTAGRAM")),
)
STRIPE = Provider("Stripe", "Takes the payment for Pro.", ("STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET"))


def environment() -> dict[str, str]:
    """The keys that are set, in the environment or in `.env`, where `Settings` reads too."""
    named = {key for each in (*ACCOUNTS, *NETWORKS, STRIPE) for key in each.keys}
    return {key: value for key, value in {**dotenv_values(".env"), **os.environ}.items() if key in named and value}


def providers_view(providers: Iterable[Provider], environment: Mapping[str, str]) -> str:
    """A card each: what it would give, and what is missing. `environment` has the settings by their names."""
    return f'<div class="ai-providers">{"".join(_card(each, environment) for each in providers)}</div>'


def _card(provider: Provider, environment: Mapping[str, str]) -> str:
    missing = [key for key in provider.keys if not environment.get(key, "").strip()]
    if missing:
        tag, look = "not configured", ""
        needs = f"Whoever runs this studio sets {_listed(missing)} first."
    elif provider.keys:
        tag, look = "keys are set", "good"
        needs = "Its keys are here; this version cannot use them yet."
    else:
        tag, look = "not in this version", ""
        needs = "It needs no keys. Until it is here, add the files on the Clips tab."
    return (
        f'<section class="ai-provider" aria-label="{escape(provider.name)}"><div class="ai-line">'
        f'<b>{escape(provider.name)}</b><span class="ai-tag {look}">{tag}</span></div>'
        f"<p>{escape(provider.gives)}</p><p>{needs}</p></section>"
    )


def _listed(keys: Sequence[str]) -> str:
    return " and ".join(f"<code>{escape(key)}</code>" for key in keys)


def plans_view(plans: Sequence[Plan], current: Plan) -> str:
    """What each plan gives; the user's own is marked."""
    shown = plans if current.name in {plan.name for plan in plans} else (current, *plans)
    return f'<div class="ai-providers">{"".join(_plan(plan, plan.name == current.name) for plan in shown)}</div>'


def _plan(plan: Plan, mine: bool) -> str:
    month = f"{plan.montages_a_month} montages in 30 days" if plan.montages_a_month else "Any number of montages"
    jobs = f"{plan.jobs_at_once} jobs at a time" if plan.jobs_at_once else "Any number of jobs at a time"
    room = f"{size(plan.storage_bytes)} for clips and montages" if plan.storage_bytes else "As much room as there is"
    gives = [
        f"Montages of up to {span(plan.longest_s)}", month, f"Pictures of up to {plan.tallest_px}p",
        f"A watermark: “{plan.watermark}”" if plan.watermark else "No watermark", room, jobs,
    ]  # fmt: skip
    gives += ["Its jobs go first"] if plan.priority else []
    tag = '<span class="ai-tag good">yours</span>' if mine else ""
    items = "".join(f"<li>{escape(each)}</li>" for each in gives)
    return (
        f'<section class="ai-provider" aria-label="{escape(plan.title)}"><div class="ai-line">'
        f"<b>{escape(plan.title)}</b>{tag}</div><ul>{items}</ul></section>"
    )
