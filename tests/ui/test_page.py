"""The page in a real browser: from upload to both players."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from media_factory import make_clip
from playwright.sync_api import Browser, Page, expect, sync_playwright
from serving import CHROMIUM, FLAGS, LONG_MS

pytestmark = [pytest.mark.browser, pytest.mark.slow]
TABS = ("Clips", "Moments", "Style", "Render", "Dashboard", "Model", "Accounts", "Billing", "Social")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield made
        made.close()


@pytest.fixture
def page(browser: Browser, served: str) -> Iterator[Page]:
    """The page, open and alive. Any request to elsewhere, failed request or script error fails the test."""
    wrong: list[str] = []
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        made = context.new_page()
        made.on("request", lambda r: r.url.startswith((served, "data:", "blob:")) or wrong.append(f"asks {r.url}"))
        made.on("response", lambda r: r.status < 400 or wrong.append(f"{r.status} {r.url}"))
        made.on("pageerror", lambda error: wrong.append(f"script error: {error}"))
        open_page(made, served)
        yield made
    assert not wrong


def open_page(page: Page, url: str) -> None:
    page.goto(url)
    expect(page.locator("#use-samples")).to_be_visible(timeout=LONG_MS)
    expect(page.locator("#clips-table .ai-empty, #clips-table .ai-row").first).to_be_visible()
    page.wait_for_load_state("networkidle")


def upload(page: Page, *clips: Path) -> None:
    page.set_input_files("#clips-upload input[type=file]", [str(clip) for clip in clips])


def to_render(page: Page, *, draft: bool = True, seconds: int = 4) -> None:
    page.get_by_role("tab", name="Style").click()
    page.locator("#style").get_by_label(re.compile("Minimal")).check()
    page.locator("#seconds input[type=number]").fill(str(seconds))
    if draft:
        page.get_by_label(re.compile("Draft")).check()
    page.locator("#to-render").click()


def test_from_upload_to_both_players(page, action_clip, not_a_clip):
    upload(page, action_clip, not_a_clip)
    table = page.locator("#clips-table")
    expect(table).to_contain_text("1 taken, 1 left out", timeout=LONG_MS)
    expect(table.locator(".bad")).to_contain_text("notes.mp4")
    page.locator("#to-moments").click()

    view = page.locator("#moments-view")
    expect(view.locator(".ai-curve svg")).to_be_visible()
    boxes = page.locator("#moments-kept .wrap input[type=checkbox]")
    offered = view.locator(".ai-pins span")
    assert offered.count() >= 1
    boxes.last.uncheck()
    expect(view.locator(".ai-pins .out")).to_have_count(1)
    boxes.last.check()
    expect(view.locator(".ai-pins .out")).to_have_count(0)

    to_render(page)
    page.locator("#make").click()
    for name in ("landscape", "portrait"):
        player = page.locator(f"#player-{name} video")
        expect(player).to_be_visible(timeout=LONG_MS)
        page.wait_for_function("video => video.duration > 0", arg=player.element_handle(), timeout=LONG_MS)
        width, height = player.evaluate("video => [video.videoWidth, video.videoHeight]")
        assert (width > height) == (name == "landscape")
    downloads = page.locator("#downloads")
    for file in ("landscape.mp4", "portrait.mp4", "poster.jpg", "montage.otio", "montage.fcpxml", "montage.edl"):
        expect(downloads.get_by_role("link", name=file)).to_be_visible()
    with page.expect_download() as kept:
        downloads.get_by_role("link", name="montage.edl").click()
    assert kept.value.suggested_filename == "Minimal, 4 s - edl.edl"
    expect(page.locator("#cuts li").first).to_contain_text("raid night.mp4")

    page.reload()
    expect(page.locator("#clips-table")).to_contain_text("1 taken, 1 left out", timeout=LONG_MS)
    page.get_by_role("tab", name="Render").click()
    expect(page.locator("#player-landscape video")).to_be_visible()


def test_a_reload_finds_a_running_job_and_cancel_stops_it(page, action_clip):
    upload(page, action_clip)
    expect(page.locator("#clips-table")).to_contain_text("1 taken", timeout=LONG_MS)
    to_render(page, draft=False, seconds=60)
    page.locator("#make").click()
    expect(page.locator("#render-progress .ai-job")).to_be_visible()
    page.reload()
    page.get_by_role("tab", name="Render").click()
    expect(page.locator("#render-progress .ai-bar")).to_be_visible(timeout=LONG_MS)
    page.locator("#cancel").click()
    expect(page.locator("#render-progress")).to_contain_text("Stopped", timeout=4000)
    expect(page.locator("#cancel")).to_be_hidden()


def test_a_moment_is_played_from_its_picture_and_what_is_kept_adds_up(page, action_clip):
    open_moments(page, action_clip)
    total = page.locator("#moments-total")
    expect(total).to_contain_text(re.compile(r"(\d+) of \1 moments kept"))
    page.get_by_label("Play moment 1").click()
    player = page.locator("#moments-view video")
    expect(player).to_be_visible()
    page.wait_for_function("video => video.duration > 7", arg=player.element_handle())
    starts_s = float(page.get_by_label("Play moment 1").get_attribute("data-from"))
    page.wait_for_function(
        "([video, from]) => video.currentTime >= from - 0.2", arg=[player.element_handle(), starts_s]
    )
    page.locator("#moments-kept .wrap input[type=checkbox]").first.uncheck()
    expect(total).not_to_contain_text(re.compile(r"(\d+) of \1 moments kept"))


def test_a_clip_is_taken_out_again(page, action_clip, clip):
    upload(page, action_clip, clip)
    table = page.locator("#clips-table")
    expect(table).to_contain_text("2 taken", timeout=LONG_MS)
    page.get_by_role("button", name="Remove clip.mp4").click()
    expect(table).to_contain_text("1 taken", timeout=LONG_MS)
    expect(table).not_to_contain_text("clip.mp4")
    page.get_by_role("button", name="Remove raid night.mp4").click()
    expect(table).to_contain_text("No clips yet", timeout=LONG_MS)


def labels_so_far(page: Page) -> int:
    found = re.search(r"(\d+) labels?", page.locator("#labels-tally").inner_text())
    return int(found.group(1)) if found else 0


def open_moments(page: Page, clip: Path) -> int:
    """How many moments the clip has, once they are shown."""
    upload(page, clip)
    expect(page.locator("#to-moments")).to_be_visible(timeout=LONG_MS)
    page.locator("#to-moments").click()
    expect(page.locator("#moments-kept .wrap input[type=checkbox]").first).to_be_visible()
    return page.locator("#moments-view figure").count()


def test_what_is_said_of_moments_is_kept_and_undone(page, banging):
    offered = open_moments(page, banging("said", 9))
    view, undo, at = page.locator("#moments-view"), page.locator("#undo-label"), page.locator("#missed-time")
    before = labels_so_far(page)
    expect(undo).to_be_disabled()
    first = page.get_by_label("What is moment 1?")
    first.select_option("kill")
    expect(undo).to_be_enabled()
    assert labels_so_far(page) == before + 1
    first.select_option("nothing")
    expect(view.locator(".ai-pins .out")).to_have_count(1)
    expect(page.locator("#moments-kept .wrap input[type=checkbox]").first).not_to_be_checked()

    page.locator("#moments-missed button").first.click()
    at.get_by_role("textbox").fill("0:08.7")
    page.locator("#missed-add").click()
    expect(view.locator("figure")).to_have_count(offered + 1)
    expect(at.get_by_role("textbox")).to_have_value("")
    at.get_by_role("textbox").fill("soon")
    page.locator("#missed-add").click()
    expect(page.get_by_text("write minutes and seconds")).to_be_visible()
    assert labels_so_far(page) == before + 2

    page.reload()
    page.get_by_role("tab", name="Moments").click()
    expect(view.locator("figure")).to_have_count(offered + 1)
    expect(first).to_have_value("nothing")
    undo.click()
    expect(view.locator("figure")).to_have_count(offered)
    undo.click()
    expect(first).to_have_value("kill")
    expect(view.locator(".ai-pins .out")).to_have_count(0)
    undo.click()
    expect(first).to_have_value("")
    expect(undo).to_be_disabled()
    page.locator("#teach").click()
    expect(undo).to_be_enabled()
    assert labels_so_far(page) == before + offered


def test_choices_become_labels_with_the_montage(page, banging):
    offered = open_moments(page, banging("chosen", 10))
    before = labels_so_far(page)
    page.locator("#moments-kept .wrap input[type=checkbox]").last.uncheck()
    expect(page.locator("#moments-view .ai-pins .out")).to_have_count(1)
    to_render(page)
    page.locator("#make").click()
    expect(page.locator("#player-portrait video")).to_be_visible(timeout=LONG_MS)
    page.get_by_role("tab", name="Moments").click()
    expect(page.locator("#undo-label")).to_be_enabled()
    assert labels_so_far(page) == before + offered


def test_two_users_see_what_the_other_said(page, served, banging):
    clip = banging("shared", 11)
    other = page.context.new_page()
    open_page(other, served)
    open_moments(page, clip)
    page.get_by_label("What is moment 1?").select_option("kill")
    expect(page.locator("#undo-label")).to_be_enabled()
    open_moments(other, clip)
    expect(other.get_by_label("What is moment 1?")).to_have_value("kill")
    other.get_by_label("What is moment 1?").select_option("death")
    expect(other.locator("#undo-label")).to_be_enabled()
    page.locator("#undo-label").click()
    expect(page.get_by_text("that stays")).to_be_visible()
    expect(page.get_by_label("What is moment 1?")).to_have_value("death")


def test_two_tabs_do_not_mix(page, served, action_clip, clip):
    other = page.context.new_page()
    open_page(other, served)
    upload(page, action_clip)
    upload(other, clip)
    expect(page.locator("#clips-table")).to_contain_text("raid night.mp4", timeout=LONG_MS)
    expect(other.locator("#clips-table")).to_contain_text("clip.mp4", timeout=LONG_MS)
    assert "clip.mp4" not in page.locator("#clips-table").inner_text()
    assert page.url != other.url


def test_nothing_usable_says_what_to_do(page, not_a_clip):
    upload(page, not_a_clip)
    alert = page.locator("#clips-progress .ai-error")
    expect(alert).to_contain_text("None of the files can be used", timeout=LONG_MS)
    expect(alert).to_contain_text("notes.mp4")
    expect(page.locator("#to-moments")).to_be_hidden()


def test_making_without_clips_says_what_to_do(page):
    page.get_by_role("tab", name="Render").click()
    page.locator("#make").click()
    expect(page.get_by_text("add some on the Clips tab")).to_be_visible()


def test_names_that_look_like_markup_are_text(page, tmp_path):
    upload(page, make_clip(tmp_path / "<img src=x onerror=alert(1)>.mp4", seconds=2))
    expect(page.locator("#clips-table")).to_contain_text("taken", timeout=LONG_MS)
    assert page.locator("#clips-table img[onerror]").count() == 0


@pytest.mark.parametrize("width", [1440, 390])
def test_no_tab_is_wider_than_the_window(page, width):
    page.set_viewport_size({"width": width, "height": 844})
    for name in TABS:
        page.get_by_role("tab", name=name).click()
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_without_a_speech_model_the_words_part_says_so_and_what_to_run(page, action_clip):
    upload(page, action_clip)
    expect(page.locator("#to-moments")).to_be_visible(timeout=LONG_MS)
    page.locator("#to-moments").click()
    words = page.locator("#words-view")
    expect(words).to_contain_text("Not listened to yet")
    expect(words).to_contain_text("aiditor models fetch whisper-small")
    expect(page.locator("#words-muted")).to_be_hidden()
    page.get_by_role("tab", name="Style").click()
    page.locator("#captions").get_by_label("Pop").check()
    page.locator("#to-render").click()
    page.locator("#make").click()
    expect(page.get_by_text("captions need a speech model")).to_be_visible()
    expect(page.locator("#render-progress .ai-job")).to_have_count(0)


@pytest.mark.parametrize("name", TABS)
def test_no_tab_keeps_people_out(page, name):
    page.get_by_role("tab", name=name).click()
    page.wait_for_load_state("networkidle")
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    serious = [each for each in found if each["impact"] in ("serious", "critical")]
    assert not serious, [(each["id"], [node["html"][:160] for node in each["nodes"][:3]]) for each in serious]
