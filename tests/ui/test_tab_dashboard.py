"""The dashboard: figures say what the lake says, in text too; what is from outside is escaped; a browser shows it."""

import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

from aiditor.settings import Settings
from aiditor.store.facts import Answers, Day, Failures, Moments, StageTime, Style, Totals
from aiditor.store.job_facts import ClipFact, MomentFact, fact_of
from aiditor.store.tables import Job, Render
from aiditor.studio import Studio
from aiditor.ui import charts
from aiditor.ui.theme import INK
from aiditor.ui.views_dashboard import Usage, chart_view, jobs_view, size, span, totals_view, usage_view

TODAY = date(2026, 5, 9)
FULL = Answers(
    Totals(jobs=9, done=6, failed=2, cancelled=1, montages=4, montage_s=150.0, clips=3, footage_s=7200.0),
    (Failures("DiskFull", "render", 1), Failures("Odd<b>", "detect", 1)),
    (StageTime("render", 4, 40.0, 95.0), StageTime("detect", 5, 9.5, 12.0)),
    (Moments("kill", 10, 4), Moments("multi_kill", 3, 3)),
    (Day(date(2026, 5, 7), 4, 2, 0, 3, 100.0), Day(TODAY, 2, 0, 1, 1, 50.0)),
    (),
    (Style("hype", 3, 110.0), Style("clean", 1, 40.0)),
)


def luminance(colour: str) -> float:
    """Relative luminance by WCAG 2.2."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("page", ["#ffffff", INK.c900])
@pytest.mark.parametrize("colour", charts.COLOURS.values())
def test_colours_stand_out_from_dark_and_light(page, colour):
    light, dark = sorted((luminance(page), luminance(colour)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 3


class TestCharts:
    def test_activity_has_every_day_and_what_ended_on_it(self):
        chart = charts.activity(FULL, TODAY - timedelta(days=6), TODAY)
        done, failed, cancelled = chart.figure.data
        assert (sum(done.y), sum(failed.y), sum(cancelled.y)) == (6, 2, 1)
        assert len(done.x) == 7
        assert chart.rows == (("2026-05-07", "4", "2", "0"), ("2026-05-09", "2", "0", "1"))
        assert chart.summary == "9 jobs; the busiest day was 07 May with 6."

    def test_a_long_time_is_in_weeks_and_loses_nothing(self):
        chart = charts.activity(FULL, TODAY - timedelta(days=400), TODAY)
        assert chart.title == "Activity by week"
        assert sum(sum(bars.y) for bars in chart.figure.data) == 9

    def test_moments_stages_failures_and_styles(self):
        used, left = charts.moments(FULL).figure.data
        assert (list(used.y), list(used.x), list(left.x)) == (["kill", "multi-kill"], [4, 3], [6, 0])
        assert charts.stages(FULL).rows[0] == ("Render", "40.0 s", "1.6 min", "4")
        assert charts.failures(FULL).rows[0] == ("the disk was full", "Render", "1")
        assert charts.styles(FULL).summary == "Most used: hype."

    def test_nothing_is_drawn_of_nothing(self):
        for draw in (charts.moments, charts.stages, charts.failures, charts.styles):
            assert draw(Answers()).rows == ()

    def test_what_a_figure_says_is_escaped_text(self):
        text = chart_view(charts.failures(FULL))
        assert "<table" in text
        assert "Odd&lt;b&gt;" in text


class TestViews:
    def test_totals(self):
        text = totals_view(FULL.totals)
        assert all(said in text for said in ("<dd>4<", "2.5 min", "2 h", "75%", "38 s each"))
        assert "–" in totals_view(Totals())

    def test_usage_with_and_without_limits(self):
        text = usage_view(Usage("Pro<", 3 * 1024**3, 1024**3, 4 * 1024**3, 7, 30))
        assert "4 GB of 4 GB" in text
        assert 'class="full"' in text
        assert "Pro&lt;" in text
        assert "no limit" in usage_view(Usage("Local", 0, 0))

    def test_jobs_link_their_files_and_say_why_they_failed(self):
        done = Job(user_id="u", kind="make", state="done", title='<img src=x onerror="x">')
        failed = Job(user_id="u", kind="analyse", state="failed", why="a<b is no video", remedy="remove it")
        links = {done.id: {"landscape": '/v2/x?a=1&b="2"', "timeline": "/hidden"}}
        text = jobs_view([done, failed], links)
        assert "<img" not in text
        assert 'href="/v2/x?a=1&amp;b=&quot;2&quot;" download' in text
        assert "/hidden" not in text
        assert "A&lt;b is no video. Remove it." in text
        assert "No jobs yet" in jobs_view([], {})

    @pytest.mark.parametrize(("count", "text"), [(0, "0 bytes"), (1536, "1.5 KB"), (10 * 1024**3, "10 GB")])
    def test_sizes(self, count, text):
        assert size(count) == text

    @pytest.mark.parametrize(("seconds", "text"), [(0, "0 s"), (89, "89 s"), (90, "1.5 min"), (9000, "2.5 h")])
    def test_spans(self, seconds, text):
        assert span(seconds) == text


def worked(studio: Studio) -> None:
    """A montage with its files, a failure, and what the lake knows of both."""
    me, now = studio.local_user(), datetime.now(UTC)
    moments = (MomentFact("a", "kill", 1.0, 0.9, True), MomentFact("a", "death", 5.0, 0.4))
    done = Job(user_id=me, kind="make", state="done", title="1 clip", ended_at=now, timing={"render": 20.0})
    failed = Job(user_id=me, kind="make", state="failed", ended_at=now, error_kind="DiskFull", why="the disk is full")
    with studio.db.write() as session:
        session.add_all([done, failed])
        session.flush()
        key = f"users/{me}/renders/{done.id}/landscape.mp4"
        session.add(Render(user_id=me, job_id=done.id, form="landscape", file_key=key, bytes=5 * 1024**2))
    clip = ClipFact("a", "a.mp4", 60.0)
    studio.facts.add(fact_of(done, montage_s=30.0, style="hype", clips=(clip,), moments=moments), fact_of(failed))
    studio.rows.told([done.id, failed.id])


SERVE = """
import sys
from pathlib import Path
import gradio as gr
from aiditor.settings import Settings
from aiditor.studio import Studio
from aiditor.ui.tab_dashboard import Asked, dashboard_tab
from aiditor.ui.theme import CSS, StudioTheme

studio = Studio(Settings(aiditor_home=Path(sys.argv[1]), _env_file=None))
with gr.Blocks() as page, gr.Tabs():
    with gr.Tab("Clips"):
        gr.HTML("clips")
    dashboard_tab(Asked.of(studio))
page.launch(server_port=int(sys.argv[2]), theme=StudioTheme(), css=CSS, ssr_mode=False)
"""


@contextmanager
def on_a_port(home: Path) -> Iterator[str]:
    """The address at which a page with the dashboard answers, served by another process over the same data."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen([sys.executable, "-c", SERVE, str(home), str(port)], stdout=subprocess.DEVNULL)
    try:
        for _ in range(600):
            assert server.poll() is None
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(20)


@pytest.mark.browser
@pytest.mark.slow
def test_in_a_browser_empty_then_full_wide_and_narrow(tmp_path):
    studio = Studio(Settings(aiditor_home=tmp_path, _env_file=None))
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    wrong: list[str] = []
    with studio, on_a_port(tmp_path) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=flags)
        tab = browser.new_page(viewport={"width": 1440, "height": 900})
        tab.on("pageerror", lambda error: wrong.append(str(error)))
        tab.goto(url)
        tab.get_by_role("tab", name="Dashboard").click()
        expect(tab.locator("#dashboard-nothing")).to_contain_text("Nothing made yet", timeout=60_000)
        expect(tab.locator("#figure-activity")).to_be_hidden()
        worked(studio)
        tab.locator("#dashboard-refresh").click()
        expect(tab.locator("#dashboard-totals")).to_contain_text(re.compile(r"Montages made\s*1"), timeout=60_000)
        expect(tab.locator("#dashboard-nothing")).to_be_hidden()
        for name in ("activity", "moments", "stages", "failures", "styles"):
            expect(tab.locator(f"#figure-{name} .js-plotly-plot svg").first).to_be_visible(timeout=60_000)
        tab.locator("#figure-moments summary").click()
        expect(tab.locator("#figure-moments table")).to_contain_text("death")
        link = tab.locator("#dashboard-jobs a[download]")
        expect(link).to_have_attribute("href", re.compile(r"^/v2/jobs/\w{32}/download\?format=landscape&token="))
        expect(tab.locator("#dashboard-jobs")).to_contain_text("The disk is full.")
        expect(tab.locator("#dashboard-usage")).to_contain_text("5 MB of montages")
        tab.set_viewport_size({"width": 390, "height": 844})
        assert tab.evaluate("document.documentElement.scrollWidth") <= 390
        browser.close()
    assert not wrong
