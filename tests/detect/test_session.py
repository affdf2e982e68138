"""The trained detector in the cascade, on real recordings with their truth: the repository's samples."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from media_factory import Sound, make_clip, noise

from aiditor import pipeline
from aiditor.detect import DetectConfig, detect
from aiditor.detect.net.fuse import settle
from aiditor.detect.net.session import CURVES
from aiditor.detect.net.weights import SHIPPED
from aiditor.errors import BadConfig, Cancelled
from aiditor.media.probe import probe
from aiditor.settings import Settings
from aiditor.timeline import Event, Evidence, Signals, Source

SAMPLES = Path(__file__).parents[2] / "samples"
TRAINED = DetectConfig(detectors=("net",))


def source_of(path: Path) -> Source:
    return Source(id="0" * 16, path=str(path), info=probe(path))


@pytest.fixture(scope="module")
def arena() -> Signals:
    return detect(source_of(SAMPLES / "arena.mp4"), TRAINED)


def test_events_lie_in_the_clip_in_order_and_say_why(arena: Signals) -> None:
    assert arena.events
    times = [event.t_s for event in arena.events]
    assert times == sorted(times)
    for event in arena.events:
        assert 0 <= event.start_s <= event.t_s <= event.end_s <= arena.duration_s
        assert 0 < event.confidence <= 1
        assert event.kind in ("kill", "headshot", "multi_kill", "clutch", "death", "other_kill", "score")
        if event.kind == "kill":
            assert event.evidence
            assert all(isinstance(each, Evidence) and each.says for each in event.evidence)


def test_the_model_keeps_its_curves(arena: Signals) -> None:
    for name in (*CURVES, "highlight"):
        curve = arena.values[name]
        assert curve.shape == (len(arena),)
        assert curve.dtype == np.float32
        assert curve.min() >= 0
        assert curve.max() <= 1


def test_kills_are_where_the_engine_says() -> None:
    """Over the three samples, whose maps nothing was trained on: more right than wrong."""
    hits = claimed = 0
    for name in ("arena", "outpost", "refinery"):
        truth = json.loads((SAMPLES / f"{name}.truth.json").read_text())
        kills = [event["t"] for event in truth["events"] if event["type"] == "kill"]
        found = [e.t_s for e in detect(source_of(SAMPLES / f"{name}.mp4"), TRAINED).events if e.kind == "kill"]
        claimed += len(found)
        hits += sum(any(abs(t - kill) <= 1.0 for kill in kills) for t in found)
    assert claimed >= 3
    assert hits / claimed > 0.5


def test_a_clip_without_sound_is_judged_by_its_pictures(tmp_path: Path) -> None:
    silent = make_clip(tmp_path / "silent.mp4", seconds=4, sounds=[])
    signals = detect(source_of(silent), TRAINED)
    assert np.isfinite(signals.values["kill"]).all()


def test_noise_is_no_kill(tmp_path: Path) -> None:
    still = make_clip(tmp_path / "still.mp4", seconds=8, sounds=[Sound(wave=noise(level=0.02))])
    assert [event for event in detect(source_of(still), TRAINED).events if event.confidence > 0.8] == []


def test_what_another_clip_covers_is_left_out() -> None:
    source = replace(source_of(SAMPLES / "arena.mp4"), skip_s=((0.0, 15.0),))
    assert all(event.t_s >= 15.0 for event in detect(source, replace_text(TRAINED)).events if event.kind == "kill")


def replace_text(cfg: DetectConfig) -> DetectConfig:
    return cfg.model_copy(update={"read_text": False})


def test_steps_are_the_models_own() -> None:
    with pytest.raises(BadConfig, match=r"0\.25"):
        detect(source_of(SAMPLES / "arena.mp4"), TRAINED.model_copy(update={"step_s": 0.5}))


def test_stopping_stops_the_reading_too() -> None:
    def stop(fraction: float, note: str) -> None:
        if "reading" in note:
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        detect(source_of(SAMPLES / "arena.mp4"), TRAINED, progress=stop)


def test_the_switch_falls_back_to_the_signals(tmp_path: Path) -> None:
    home = {"aiditor_home": tmp_path}
    on = pipeline.analysis_config(Settings(use_highlight_model=True, **home))  # type: ignore[arg-type]
    off = pipeline.analysis_config(Settings(use_highlight_model=False, **home))  # type: ignore[arg-type]
    assert (on.detect.detectors, off.detect.detectors) == (("net",), ("signals",))
    assert on.detect.model == str(SHIPPED)
    assert len(on.detect.model_version) == 32


def test_two_killers_of_one_fall_cannot_both_be_right() -> None:
    def event(kind: str, t_s: float, confidence: float) -> Event:
        return Event(kind, t_s, t_s, t_s, confidence)

    kept = settle([event("kill", 5.0, 0.9), event("other_kill", 5.1, 0.4), event("headshot", 5.2, 0.7)])
    assert [one.kind for one in kept] == ["kill", "headshot"]
    assert settle([event("headshot", 5.2, 0.7)]) == []
