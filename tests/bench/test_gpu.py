"""Measuring two models on one device: plain words without a GPU, and the measuring itself on the tiny twins."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from aiditor.models.debug import tiny_musicgen, tiny_whisper
from bench.gpu import MUSIC, PAGE, SPEECH, main, measure, page


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU: it would be measured")
def test_without_a_gpu_it_says_so_and_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept = tmp_path / "gpu.md"
    kept.write_text("as it was")
    assert main(["--out", str(kept), "--json", str(tmp_path / "gpu.json")]) == 0
    assert "no GPU" in capsys.readouterr().out
    assert kept.read_text() == "as it was"
    assert [path.name for path in tmp_path.iterdir()] == ["gpu.md"]


def test_the_page_says_how_it_is_measured() -> None:
    assert "python -m bench.gpu" in PAGE.read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_twins_are_measured_alone_together_and_taking_turns(tmp_path: Path) -> None:
    tiny_musicgen(tmp_path / "models" / MUSIC)
    tiny_whisper(tmp_path / "models" / SPEECH)
    figures = measure("cpu", tmp_path, music_s=1.0, speech_s=2.0)
    for of_both in (figures.bytes, figures.load_s, figures.alone, figures.together, figures.swap_s):
        assert set(of_both) == {MUSIC, SPEECH}
        assert min(of_both.values()) > 0
    assert figures.evictions >= 3, "only one fits at a time"
    assert figures.fallbacks == 0
    text = page(figures)
    assert figures.versions["torch"] in text
    assert f"{figures.alone[MUSIC]:.2f}" in text
