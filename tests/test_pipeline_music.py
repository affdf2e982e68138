"""Who makes a montage's music, the whole way: a generated piece under its cuts, its licence told, its lack refused."""

import json
from pathlib import Path

import pytest
from media_factory import Sound, make_clip, noise
from music.twins import home_with

from aiditor import pipeline
from aiditor.errors import BadConfig, MissingPart
from aiditor.music import refuse_unlicensed
from aiditor.settings import Settings
from aiditor.styles import Style, load
from aiditor.timeline import Timeline, from_json


def small() -> Style:
    style = load("minimal")
    render = style.render.model_copy(update={"landscape": (320, 180), "fps": 30})
    return style.model_copy(update={"render": render})


@pytest.fixture(scope="module")
def clip(media_dir: Path) -> Path:
    return make_clip(media_dir / "loud.mp4", seconds=10, seed=4, sounds=[Sound(wave=noise(seed=4))])


@pytest.mark.slow
def test_a_generated_piece_lies_under_the_montage_and_says_whose_it_is(clip, tmp_path):
    settings = Settings(aiditor_home=home_with(tmp_path / "home", "musicgen"), watermark_text="")
    stages = []
    made = pipeline.make_montage(
        [clip], style=small(), seconds=4, seed=7, music_engine="musicgen", prompt="slow piano", aspects=["landscape"],
        out=tmp_path / "out", settings=settings, on_report=lambda report: stages.append((report.stage, report.note)),
    )  # fmt: skip
    music = json.loads(Path(made.files["json"]).read_text())["music"]
    assert (music["licence"], music["prompt"], music["seed"]) == ("CC-BY-NC-4.0", "slow piano", 7)
    assert Path(made.files["music"]).is_file()
    timeline = from_json(Timeline, Path(made.files["timeline"]).read_bytes())
    with pytest.raises(BadConfig, match="non-commercial"):
        refuse_unlicensed(timeline.music, licence_held=False)
    assert any(stage == "select" and note for stage, note in stages), "generating is seen to go on"


def test_music_that_cannot_be_made_is_refused_before_any_work(clip, tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    settings = Settings(aiditor_home=tmp_path / "home")
    stages = []
    with pytest.raises(MissingPart, match="aiditor models fetch musicgen-small"):
        pipeline.make_montage(
            [clip], style=small(), music_engine="musicgen", out=tmp_path / "out", settings=settings,
            on_report=stages.append,
        )  # fmt: skip
    assert not stages
    assert not (tmp_path / "out").exists()
    with pytest.raises(BadConfig, match=r"no music engine humming.*composer"):
        pipeline.styled("minimal", music_engine="humming")  # type: ignore[arg-type]
