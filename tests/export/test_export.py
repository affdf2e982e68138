import json
from pathlib import Path

import numpy as np
import pytest
from media_factory import make_clip
from PIL import Image
from timeline_values import make_source

from aiditor.errors import BadInput, Cancelled, NothingToKeep
from aiditor.export import ExportConfig, detection_json, export
from aiditor.export.poster import best_moment_s, picture_quality
from aiditor.timeline import (
    Cut,
    Event,
    Evidence,
    Moment,
    Reason,
    Rejection,
    Scores,
    Signals,
    Timeline,
    Transition,
    from_json,
)


def test_montage_json_says_what_was_made_and_why(montage, tmp_path):
    rejected = (Rejection("notes.txt", "notes.txt is not media", "remove it"),)
    made = export(
        montage, ExportConfig(poster=False), out=tmp_path / "out", fps=60, config={"style": {"name": "hype"}},
        rejected=rejected, timing={"render": 1.23456}, encoder="libx264",
    )  # fmt: skip
    assert set(made.files) == {"otio", "fcpxml", "edl", "timeline", "json"}
    record = json.loads(Path(made.files["json"]).read_text(encoding="utf-8"))
    assert record["schema"] == 1
    assert record["cuts"][2]["source"] == montage.sources[2].path
    assert record["cuts"][2] | {"at_s": 4.5, "start_s": 4.0, "end_s": 6.0, "score": 1.0} == record["cuts"][2]
    assert record["cuts"][2]["reasons"] == [
        {"what": "loud burst", "weight": 0.4},
        {"what": "motion", "weight": 0.3},
    ]
    assert record["cuts"][2]["callout"] == "DOUBLE KILL"
    assert record["files"] == dict(made.files)
    assert record["music"]["licence"] == "CC0-1.0"
    assert record["mutes"] == [
        {
            "source": montage.sources[1].path,
            "start_s": 10.5,
            "end_s": 10.9,
            "why": "profanity",
            "method": "mute",
            "track": None,
            "words": [],
        },
    ]
    assert record["rejected"] == [{"file": "notes.txt", "why": "notes.txt is not media", "remedy": "remove it"}]
    assert record["config"] == {"style": {"name": "hype"}}
    assert {"aiditor", "python", "av", "libavcodec", "numpy"} <= set(record["versions"])
    assert record["timing"] == {"render": 1.235}


def test_the_timeline_loads_back(montage, tmp_path):
    made = export(montage, ExportConfig(poster=False), out=tmp_path, fps=60)
    assert from_json(Timeline, Path(made.files["timeline"]).read_bytes()) == montage


def test_paths_name_the_final_place_when_written_to_a_staging_folder(montage, tmp_path):
    staging, place = tmp_path / "staging", tmp_path / "out"
    made = export(montage, ExportConfig(poster=False), out=staging, place=place, files={"mix": staging / "mix.wav"})
    assert made.files["mix"] == str(place / "mix.wav")
    assert json.loads((staging / "montage.json").read_text())["files"]["otio"] == str(place / "montage.otio")


@pytest.mark.parametrize("stop_at", [0.6, 0.9, 1.0])
def test_cancelling_leaves_nothing(montage, tmp_path, stop_at):
    def stop(fraction: float, note: str) -> None:
        if fraction >= stop_at:
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        export(montage, ExportConfig(poster=False), out=tmp_path / "out", progress=stop)
    assert not [path for path in (tmp_path / "out").rglob("*") if path.is_file()]


def test_a_folder_that_cannot_be_written_says_so(montage, tmp_path):
    (tmp_path / "out").write_text("a file where the folder should be")
    with pytest.raises(BadInput, match="choose another folder"):
        export(montage, ExportConfig(poster=False), out=tmp_path / "out")


def test_an_empty_timeline_has_nothing_to_export(tmp_path):
    with pytest.raises(NothingToKeep):
        export(Timeline((), ()), out=tmp_path)


class TestDetectionJson:
    def test_gives_the_curve_every_quarter_second(self):
        source = make_source(Path("a.mp4"), 60, duration_s=1.0)
        values = np.array([0, 0.1, 0.9, 0.1, 0, 0.2, 0, np.nan, 0, 0.3], np.float32)
        event = Event("kill", 0.2, 0.1, 0.4, 0.93, (Evidence("audio", "a burst"), Evidence("picture", "a flash")))
        moment = Moment(0.2, 0.0, 0.6, 0.9, (Reason("a burst", 0.5),), "kill")
        scores = Scores("a", 1.0, 0.1, values, values, values, (moment,), (event,))
        record = detection_json(
            source, Signals("a", 1.0, 0.1, {"rms": values}, wall_s=0.5, decoded_frame_share=0.1), scores
        )
        assert (record["schema"], record["step_s"], record["duration_s"]) == (1, 0.25, 1.0)
        assert record["scores"] == [0.9, 0.1, 0.2, 0.3], "the highest within each step"
        assert record["events"] == [
            {
                "kind": "kill", "t": 0.2, "start_s": 0.1, "end_s": 0.4, "confidence": 0.93,
                "evidence": [{"from": "audio", "says": "a burst"}, {"from": "picture", "says": "a flash"}],
            }
        ]  # fmt: skip
        assert record["moments"][0]["reasons"] == [{"what": "a burst", "weight": 0.5}]
        assert record["timing"] == {"wall_s": 0.5, "decoded_frame_share": 0.1}
        json.dumps(record, allow_nan=False)

    @pytest.mark.parametrize("step_s", [0.04, 0.25, 0.5])
    def test_the_curve_has_the_same_length_whatever_the_step(self, step_s):
        values = np.linspace(0, 1, int(10 / step_s), dtype=np.float32)
        scores = Scores("a", 10.0, step_s, values, values, values)
        curve = detection_json(make_source(Path("a.mp4"), 60, duration_s=10.0), Signals("a", 10, step_s, {}), scores)[
            "scores"
        ]
        assert len(curve) == 40
        assert np.corrcoef(curve, np.arange(40))[0, 1] > 0.99


@pytest.fixture(scope="module")
def video(tmp_path_factory) -> Path:
    """Two seconds: black, then a fine pattern, a white flash at 1.0 to 1.2 s, then the pattern blurred flat."""
    y, x = np.mgrid[0:180, 0:320]
    fine = np.repeat(((x // 4 + y // 4) % 2 * 120 + 60).astype(np.uint8)[..., None], 3, axis=-1)

    def picture(index: int, t_s: float) -> np.ndarray:
        if t_s < 0.5:
            return np.zeros_like(fine)
        if 1.0 <= t_s < 1.2:
            return np.full_like(fine, 255)
        return fine if t_s < 1.2 else np.full_like(fine, 120)

    return make_clip(tmp_path_factory.mktemp("poster") / "landscape.mp4", seconds=2, picture=picture)


class TestPoster:
    @pytest.fixture
    def timeline(self) -> Timeline:
        cut = Cut("a", 0.0, 2.0, 0.0, 1.1, 0.9, transition=Transition("flash", 0.2))
        return Timeline((make_source(Path("a.mp4"), 30),), (cut,))

    def test_is_sharp_and_neither_black_nor_a_flash(self, video, timeline):
        assert 0.6 <= best_moment_s(video, timeline) < 1.0

    def test_is_written_at_its_size(self, video, timeline, tmp_path):
        made = export(timeline, out=tmp_path, files={"landscape": video})
        with Image.open(made.files["poster"]) as poster:
            assert (poster.format, poster.size) == ("JPEG", (1920, 1080))
            assert np.asarray(poster.convert("L")).std() > 20

    def test_a_portrait_picture_is_shown_whole_over_its_blur(self, timeline, tmp_path):
        tall = make_clip(tmp_path / "portrait.mp4", seconds=2, size=(180, 320))
        config = ExportConfig(poster_format="png", poster_size=(640, 360), poster_style="plain")
        made = export(timeline, config, out=tmp_path, files={"portrait": tall})
        with Image.open(made.files["poster"]) as poster:
            assert (poster.format, poster.size) == ("PNG", (640, 360))
            pixels = np.asarray(poster.convert("L"), float)
        sharp = np.abs(np.diff(pixels, axis=1)).mean(axis=0)
        assert sharp[250:390].mean() > 3 * sharp[:160].mean()

    def test_quality_is_nought_for_black_white_and_flat(self):
        noise = np.random.default_rng(0).integers(0, 255, (90, 160, 3), np.uint8)
        for flat in (np.zeros_like(noise), np.full_like(noise, 255), np.full_like(noise, 128)):
            assert picture_quality(flat) == 0
        assert picture_quality(noise) > 0

    def test_quality_falls_under_a_red_tint(self):
        noise = np.random.default_rng(0).integers(0, 255, (90, 160, 3), np.uint8)
        hurt = (noise * (1.0, 0.35, 0.35)).astype(np.uint8)
        assert picture_quality(hurt) < 0.5 * picture_quality(noise)
