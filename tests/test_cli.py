"""The command line: what it prints, what it writes and its exit codes."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from media_factory import Sound, make_clip, noise

from aiditor.timeline import Timeline, from_json


@pytest.fixture(scope="module")
def play(media_dir: Path) -> Path:
    return make_clip(media_dir / "cli_play.mp4", seconds=8, sounds=[Sound(wave=noise(seed=5))])


@pytest.fixture
def style(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.yaml"
    path.write_text(
        "title: Tiny\ndescription: small and quick\nrender: {landscape: [320, 180], portrait: [180, 320]}\n"
    )
    return path


@pytest.fixture
def run(tmp_path: Path):
    def call(*words: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*COMMAND, *map(str, words)], cwd=tmp_path, capture_output=True, text=True, timeout=120)

    return call


COMMAND = [sys.executable, "-W", "ignore", "-m", "aiditor"]


def test_version_and_help(run):
    assert run("--version").stdout.startswith("aiditor ")
    assert "montage" in run("--help").stdout
    assert run("frobnicate").returncode == 2


def test_styles(run):
    listed = json.loads(run("styles", "--json").stdout)
    assert {s["name"] for s in listed} >= {"hype", "cinematic", "chill", "esports", "meme", "minimal"}


def test_probe_names_the_bad_and_goes_on(run, play, tmp_path):
    (tmp_path / "bad.mp4").write_bytes(b"nothing")
    found = json.loads(run("probe", play, tmp_path / "bad.mp4", "--json").stdout)
    assert found["sources"][0]["info"]["video"]["width"] == 320
    assert found["rejected"][0]["remedy"]
    only_bad = run("probe", tmp_path / "bad.mp4")
    assert only_bad.returncode == 3
    assert "Traceback" not in only_bad.stderr


def test_detect_speaks_the_public_format(run, play):
    result = run("detect", play, "--json")
    found = json.loads(result.stdout)
    assert found["schema"] == 1
    assert found["step_s"] == 0.25
    assert len(found["scores"]) == pytest.approx(found["duration_s"] / 0.25, abs=1)
    assert set(found["timing"]) >= {"wall_s", "decoded_frame_share"}


@pytest.mark.slow
def test_make_then_render_then_export(run, play, style, tmp_path):
    made = run("make", play, "--style", style, "--seconds", 4, "--seed", 1, "--out", "out", "--json")
    assert made.returncode == 0, made.stderr
    manifest = json.loads(made.stdout)
    assert manifest == json.loads((tmp_path / "out" / "montage.json").read_text())
    assert all(Path(path).is_file() for path in manifest["files"].values())
    again = run("render", "out/timeline.json", "--style", style, "--aspect", "portrait", "--out", "again")
    assert again.returncode == 0, again.stderr
    assert (tmp_path / "again" / "portrait.mp4").is_file()
    assert not (tmp_path / "again" / "landscape.mp4").exists()
    edits = json.loads(run("export", "out/timeline.json", "--out", "edit", "--json").stdout)
    assert set(edits) == {"otio", "fcpxml", "edl"}


def test_a_dry_run_prints_the_timeline_and_writes_nothing(run, play, style, tmp_path):
    result = run("make", play, "--style", style, "--seconds", 4, "--dry-run", "--json", "--out", "out")
    timeline = from_json(Timeline, result.stdout)
    assert timeline.duration_s == pytest.approx(4, rel=0.05)
    assert not (tmp_path / "out").exists()
    assert "cuts" in run("make", play, "--style", style, "--seconds", 4, "--dry-run").stdout


def test_errors_are_one_sentence_and_a_code(run, play):
    unknown = run("make", play, "--style", "nope")
    assert unknown.returncode == 1
    assert "hype" in unknown.stderr
    assert "Traceback" not in unknown.stderr
    missing = run("make", "no_such_clip.mp4", "--json")
    assert missing.returncode == 3
    assert "no_such_clip.mp4" in json.loads(missing.stdout)["error"]
    assert run("render", play).returncode == 3
    assert run("make", play, "--aspect", "square").returncode == 2


@pytest.mark.slow
def test_ctrl_c_stops_within_two_seconds_and_leaves_nothing(play, tmp_path, media_dir):
    long = make_clip(media_dir / "cli_long.mp4", seconds=30, size=(1280, 720), sounds=[Sound(wave=noise(seed=6))])
    process = subprocess.Popen(
        [*COMMAND, "make", str(long), "--seconds", "25", "--out", "out"],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 90
    while not list((tmp_path / "out").glob(".montage-*.part/*.part*")) and time.monotonic() < deadline:
        time.sleep(0.05)
        assert process.poll() is None, process.stderr.read()
    asked = time.monotonic()
    os.kill(process.pid, signal.SIGINT)
    _, stderr = process.communicate(timeout=20)
    assert time.monotonic() - asked < 2.5
    assert process.returncode == 130
    assert "stopped" in stderr
    assert not list((tmp_path / "out").iterdir())


class TestWords:
    """Captions and censoring on a computer without a speech model."""

    @pytest.fixture
    def bare(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
        monkeypatch.setenv("AIDITOR_HOME", str(tmp_path / "home"))

    def test_captions_asked_for_are_refused_before_any_work(self, bare, run, tmp_path):
        refused = run("make", "no_such_clip.mp4", "--captions", "pop", "--json")
        assert refused.returncode == 1
        assert "captions need a speech model" in json.loads(refused.stdout)["error"]
        assert "aiditor models fetch whisper-small" in json.loads(refused.stdout)["remedy"]

    def test_choices_that_are_none_are_named(self, bare, run):
        for option, value, says in (("--censor", "mild", "slurs"), ("--captions", "x", "karaoke"),
                                    ("--censor-method", "beep", "bleep")):  # fmt: skip
            wrong = run("make", "x.mp4", option, value)
            assert wrong.returncode == 2
            assert says in wrong.stderr

    @pytest.mark.slow
    def test_words_are_listed_with_the_seed_and_kept_by_id(self, bare, run, play, style, tmp_path):
        found = run("words", play, "--style", style, "--seconds", 4, "--seed", 3, "--mute-word", "sniper", "--json")
        assert found.returncode == 0, found.stderr
        listed = json.loads(found.stdout)
        assert (listed["schema"], listed["seed"]) == (1, 3)
        assert (listed["speech"]["engine"], listed["speech"]["draft"]) == ("pocketsphinx", True)
        made = run("make", play, "--style", style, "--seconds", 4, "--seed", 3, "--mute-word", "sniper", "--keep-word",
                   "0123", "--aspect", "portrait", "--out", "out", "--json")  # fmt: skip
        assert made.returncode == 0, made.stderr
        assert any("0123 was to be kept" in note for note in json.loads(made.stdout)["notes"])
        again = run("render", "out/timeline.json", "--style", style, "--aspect", "portrait", "--out", "again", "--json")
        assert json.loads(again.stdout)["speech"]["engine"] == "pocketsphinx"
