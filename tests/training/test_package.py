"""What a run keeps of a model: one that MLflow can load and ask, and clips of what it got wrong."""

from __future__ import annotations

from pathlib import Path

import mlflow
import pandas as pd
import pytest

from aiditor.detect.net.fuse import Candidate
from aiditor.detect.net.weights import SHIPPED, Card
from aiditor.media.probe import probe
from training.evaluate import _clip_name
from training.examine import Examined, Film
from training.metric import tally
from training.mistakes import Mistake, clip, mistakes
from training.package import SIGNATURE, log_model
from training.tradeoff import Point, plot

SAMPLE = Path(__file__).resolve().parents[2] / "samples" / "arena.mp4"


def candidate(t_s: float, logit: float) -> Candidate:
    return Candidate("kill", t_s, logit, 0.0, 0.0, 0.0, looked=True)


def test_a_registered_model_finds_events_in_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    mlflow.set_tracking_uri(f"sqlite:///{tmp_path}/mlflow.db")
    mlflow.create_experiment("packaging", artifact_location=(tmp_path / "artifacts").as_uri())
    mlflow.set_experiment("packaging")
    with mlflow.start_run():
        assert str(log_model(SHIPPED, registered_as="tried").registered_model_version) == "1"
    model = mlflow.pyfunc.load_model("models:/tried/1")
    assert model.metadata.signature == SIGNATURE
    found = model.predict(pd.DataFrame({"video": [str(SAMPLE)]}))
    assert list(found.columns) == ["video", "kind", "t_s", "confidence", "evidence"]
    assert found["t_s"].between(0, probe(SAMPLE).duration_s).all()
    assert len(found)


def test_mistakes_are_what_was_missed_and_what_was_none(tmp_path: Path) -> None:
    film = Film(
        "a", SAMPLE, "test", {"duration_s": 30.0, "events": [{"t": 5.0, "type": "kill"}, {"t": 9.0, "type": "kill"}]}
    )
    found, matchings = mistakes([film], [Examined((candidate(5.1, 6.0), candidate(20.0, 4.0)), 0.1, 1.0)], Card())
    assert [(one.what, one.t_s) for one in found] == [("not a kill", 20.0), ("missed", 9.0)]
    assert (tally(matchings).hits, tally(matchings).true) == (1, 2)
    info = probe(clip(found[1], tmp_path / "missed.mp4"))
    assert info.duration_s == pytest.approx(3.0, abs=0.1)
    assert info.audio


def test_clips_of_mistakes_keep_their_number_and_film() -> None:
    mistake = Mistake(Film("test/arena", SAMPLE, "test", {}), 12.34, "missed")
    assert _clip_name(3, mistake) == "03 missed, test arena, 12.3 s.mp4"


def test_the_tradeoff_is_drawn(tmp_path: Path) -> None:
    points = [Point(share, share + 0.02, 0.9, 0.5 + share / 3, 0.6, 0.7, 30.0) for share in (0.0, 0.1, 1.0)]
    plot(points).savefig(tmp_path / "cascade.png")
    assert (tmp_path / "cascade.png").stat().st_size > 5000
