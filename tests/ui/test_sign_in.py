"""Signing in, in a real browser: two people at once, who see nothing of each other."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from media_factory import make_clip
from playwright.sync_api import Browser, Page, expect, sync_playwright
from serving import CHROMIUM, FLAGS, LONG_MS, serving

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The studio where people sign in with passwords."""
    with serving(tmp_path_factory.mktemp("guarded"), AIDITOR_AUTH="password") as url:
        yield url


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield made
        made.close()


def joined(browser: Browser, url: str, email: str) -> Page:
    """A new account's page, in a context of its own."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.goto(url)
    expect(page).to_have_url(re.compile("/sign-in$"))
    page.get_by_role("button", name="Make an account").click()
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill("a long walk at dusk")
    page.get_by_role("button", name="Make the account").click()
    expect(page.locator("#use-samples")).to_be_visible(timeout=LONG_MS)
    return page


def test_two_people_at_once_see_nothing_of_each_other(browser, guarded, tmp_path):
    ana, ben = (joined(browser, guarded, f"{name}@example.com") for name in ("ana", "ben"))
    for page, name in ((ana, "anas.mp4"), (ben, "bens.mp4")):
        page.wait_for_load_state("networkidle")
        page.set_input_files("#clips-upload input[type=file]", str(make_clip(tmp_path / name, seconds=3)))
    for page, mine, theirs in ((ana, "anas.mp4", "bens.mp4"), (ben, "bens.mp4", "anas.mp4")):
        table = page.locator("#clips-table")
        expect(table).to_contain_text(mine, timeout=LONG_MS)
        expect(table).not_to_contain_text(theirs)
    ben.goto(ana.url)  # her project's address
    expect(ben.locator("#clips-table")).to_contain_text("No clips yet", timeout=LONG_MS)
    assert ben.evaluate("fetch('/v2/jobs').then(r => r.json()).then(r => r.jobs.length)") == 1
    project = re.search(r"p=(\w+)", ana.url).group(1)
    assert ben.evaluate(f"fetch('/v2/projects/{project}').then(r => r.status)") == 404
    assert ana.evaluate(f"fetch('/v2/projects/{project}').then(r => r.status)") == 200
    expect(ana.locator("#person")).to_contain_text("Free plan")
    ana.get_by_role("button", name="Sign out").click()
    expect(ana).to_have_url(re.compile("/sign-in$"))
    assert ana.evaluate("fetch('/v2/jobs').then(r => r.status)") == 401
    ana.goto(guarded)
    expect(ana).to_have_url(re.compile("/sign-in$"))


def test_a_wrong_password_says_so_and_shows_nothing(browser, guarded):
    page = browser.new_context().new_page()
    page.goto(guarded)
    page.get_by_label("E-mail").fill("nobody@example.com")
    page.get_by_label("Password").fill("wrong wrong wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("#said")).not_to_be_empty()
    expect(page).to_have_url(re.compile("/sign-in$"))
    assert page.evaluate("fetch('/gradio_api/info').then(r => r.status)") in (401, 403)


@pytest.mark.parametrize("width", [1440, 390])
def test_the_form_fits(browser, guarded, width):
    page = browser.new_context(viewport={"width": width, "height": 844}).new_page()
    page.goto(f"{guarded}/sign-in")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
