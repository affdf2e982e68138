"""Screenshots of every tab at two widths, into docs/screens: `python -m tests.ui.screens CLIPS...` (or the samples).

`--only 2-moments` takes that picture alone, without making a montage.
"""

from __future__ import annotations

import argparse
import io
import tempfile
from collections.abc import Iterator
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright

from tests.serving import CHROMIUM, FLAGS, serving

OUT = Path(__file__).parents[2] / "docs" / "screens"
WIDTHS = {1440: 900, 390: 844}
LONG_MS = 600_000
NAMES = (
    "0-empty", "1-clips", "2-moments", "3-style", "4-rendering", "5-montage", "6-dashboard", "7-model", "8-accounts",
    "8-billing", "8-social",
)  # fmt: skip
MOST_BYTES = 300_000


def main() -> None:
    """Serve the studio on a free port, walk through it once a width, and take a picture of each tab."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clips", nargs="*", type=Path, help="Clips to show; the samples by default.")
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--only", choices=NAMES, nargs="+", default=list(NAMES), help="Which pictures; all by default.")
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    last = max(NAMES.index(name) for name in asked.only)
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as home:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        with serving(Path(home), WATERMARK_TEXT="Aiditor Free", USE_HIGHLIGHT_MODEL="1") as url:
            for width, height in WIDTHS.items():
                tab = browser.new_page(viewport={"width": width, "height": height})
                for number, name in enumerate(_walk(tab, url, asked.clips)):
                    if name in asked.only:
                        _shoot(tab, asked.out, width, name)
                    if number == last:
                        break
                tab.close()
        with tempfile.TemporaryDirectory() as guarded, serving(Path(guarded), AIDITOR_AUTH="password") as url:
            for width, height in WIDTHS.items():
                tab = browser.new_page(viewport={"width": width, "height": height})
                tab.goto(url)
                _shoot(tab, asked.out, width, "sign-in")
                tab.close()
        browser.close()


def _walk(tab: Page, url: str, clips: list[Path]) -> Iterator[str]:
    """Goes through the page and stops where a picture is to be taken; gives its name, in order."""
    tab.goto(url)
    expect(tab.locator("#use-samples")).to_be_visible(timeout=LONG_MS)
    tab.wait_for_load_state("networkidle")
    yield "0-empty"
    if clips:
        tab.set_input_files("#clips-upload input[type=file]", [str(clip) for clip in clips])
    else:
        tab.locator("#use-samples").click()
    expect(tab.locator("#to-moments")).to_be_visible(timeout=LONG_MS)
    yield "1-clips"
    tab.locator("#to-moments").click()
    _say(tab, 1, "kill")
    _say(tab, 3, "other_kill")
    tab.locator("#moments-missed button").first.click()
    tab.wait_for_timeout(600)
    yield "2-moments"
    tab.locator("#to-style").click()
    tab.wait_for_timeout(400)
    yield "3-style"
    tab.locator("#to-render").click()
    tab.locator("#make").click()
    expect(tab.locator("#render-progress .ai-bar")).to_be_visible(timeout=LONG_MS)
    tab.wait_for_timeout(3000)
    yield "4-rendering"
    player = tab.locator("#player-portrait video")
    expect(player).to_be_visible(timeout=LONG_MS)
    tab.evaluate(
        "document.querySelectorAll('video').forEach(v => {"
        " v.muted = true; if (v.duration) v.currentTime = v.duration * 0.9 })"
    )
    tab.wait_for_timeout(1500)
    yield "5-montage"
    for name in NAMES[6:]:
        tab.get_by_role("tab", name=name[2:].capitalize()).click()
        tab.wait_for_load_state("networkidle")
        tab.wait_for_timeout(1500)
        yield name


def _say(tab: Page, number: int, kind: str) -> None:
    """Say what a moment is, and wait until that is a label."""
    asked, tally = tab.get_by_label(f"What is moment {number}?"), tab.locator("#labels-tally .ai-teach")
    if asked.input_value() != kind:  # the width before has said it already
        before = tally.inner_text()
        asked.select_option(kind)
        expect(tally).not_to_have_text(before)


def _shoot(tab: Page, out: Path, width: int, name: str) -> None:
    """A full-page picture in as many colours as keep it small."""
    path = out / f"{name}-{width}.png"
    picture = Image.open(io.BytesIO(tab.screenshot(full_page=True))).convert("RGB")
    for colours in (256, 128, 64):
        small = picture.quantize(colours, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        small.save(path, optimize=True)
        if path.stat().st_size < MOST_BYTES:
            return


if __name__ == "__main__":
    main()
