"""Accounts, Billing and Social: what is missing is named, nothing is offered that cannot be had."""

import pytest

from aiditor.settings import Settings
from aiditor.ui.views_providers import ACCOUNTS, NETWORKS, STRIPE, environment, plans_view, providers_view
from aiditor.users.plans import plans


@pytest.mark.parametrize("providers", [ACCOUNTS, NETWORKS, [STRIPE]])
def test_every_key_that_is_missing_is_named_and_nothing_can_be_pressed(providers):
    text = providers_view(providers, {})
    assert all(f"<code>{key}</code>" in text for each in providers for key in each.keys)
    assert text.count("not configured") == sum(bool(each.keys) for each in providers)
    assert "<button" not in text
    assert "<a " not in text


def test_keys_are_read_where_settings_are_and_never_shown(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TWITCH_CLIENT_ID", "seen")
    monkeypatch.setenv("STEAM_CLIENT_ID", " ")
    (tmp_path / ".env").write_text("TWITCH_CLIENT_SECRET=hush-hush\nOTHER=1\n")
    found = environment()
    assert found["TWITCH_CLIENT_SECRET"] == "hush-hush"
    assert "OTHER" not in found
    text = providers_view(ACCOUNTS, found)
    assert text.count("keys are set") == 1
    assert "STEAM_CLIENT_ID" in text
    assert "hush-hush" not in text
    assert "TWITCH_CLIENT" not in text


def test_plans_say_what_they_give_and_which_is_yours():
    known = plans(Settings(_env_file=None, freemium_max_duration=45, watermark_text="W<b>"))
    offered = [known["free"], known["pro"]]
    text = plans_view(offered, known["free"])
    assert text.count("yours") == 1
    assert text.index("yours") < text.index("Pro")
    assert "Montages of up to 45 s" in text
    assert "W&lt;b&gt;" in text
    assert "10 GB" in text
    assert "No watermark" in text
    assert plans_view(offered, known["local"]).startswith(
        '<div class="ai-providers"><section class="ai-provider" aria-label="Local"'
    )
