"""A folder as a Space has it: it starts from what the README says, and makes a montage."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from gradio_client import Client, handle_file
from serving import serving

from aiditor.ui import serve

ROOT = Path(__file__).parents[2]


def front_matter() -> dict[str, object]:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return yaml.safe_load(text.split("---\n")[1])


def test_the_readme_says_what_a_space_needs():
    said = front_matter()
    pinned = re.search(r"^gradio==(.+)$", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    assert said["sdk"] == "gradio"
    assert said["sdk_version"] == pinned.group(1)
    assert said["python_version"] == "3.11"
    assert (ROOT / str(said["app_file"])).is_file()
    assert {"title", "emoji", "license", "suggested_hardware", "hf_oauth"} <= said.keys()


class TestSettings:
    @pytest.fixture(autouse=True)
    def space(self, monkeypatch, tmp_path):
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("SPACE_HOST", "someone-aiditor.hf.space")
        monkeypatch.delenv("AIDITOR_HOME", raising=False)
        monkeypatch.setattr(serve, "SPACE_STORAGE", tmp_path / "data")

    def test_people_sign_in_where_the_space_has_oauth(self, monkeypatch):
        assert serve.settings_here().aiditor_auth == "none"
        monkeypatch.setenv("OAUTH_CLIENT_ID", "id")
        monkeypatch.setenv("OAUTH_CLIENT_SECRET", "secret")
        found = serve.settings_here()
        assert (found.aiditor_auth, found.cookie_samesite) == ("huggingface", "none")
        monkeypatch.setenv("AIDITOR_AUTH", "password")
        assert serve.settings_here().aiditor_auth == "password"

    def test_data_lies_on_persistent_storage_where_there_is_some(self, tmp_path, monkeypatch):
        assert serve.settings_here().aiditor_home == Path("data")
        (tmp_path / "data").mkdir()
        assert serve.settings_here().aiditor_home == tmp_path / "data" / "aiditor"
        monkeypatch.setenv("AIDITOR_HOME", "elsewhere")
        assert serve.settings_here().aiditor_home == Path("elsewhere")

    def test_without_oauth_it_does_not_start_for_everybody(self, monkeypatch):
        monkeypatch.setenv("GRADIO_SERVER_NAME", "0.0.0.0")
        with pytest.raises(SystemExit, match="AIDITOR_OPEN=1"):
            serve.serve(None, serve.settings_here())


@pytest.mark.slow
def test_a_space_makes_a_montage(tmp_path):
    space = tmp_path / "space"
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True).stdout
    for name in filter(None, listed.split("\0")):
        if name.split("/")[0] in ("app.py", "aiditor", "configs", "samples", "README.md", "requirements.txt"):
            (space / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, space / name)
    home = tmp_path / "home"
    home.mkdir()
    told = {"SPACE_ID": "someone/aiditor", "SPACE_HOST": "someone-aiditor.hf.space", "AIDITOR_OPEN": "1"}
    with serving(home, app=space / "app.py", GRADIO_SERVER_NAME="0.0.0.0", HOME=str(home), **told) as url:
        client = Client(url, download_files=tmp_path / "down", verbose=False, analytics_enabled=False)
        clip = handle_file(str(space / "samples" / "arena.mp4"))
        job = client.predict([clip], "minimal", 4, ["portrait"], quality="draft", api_name="/create_job")
        assert list(client.submit(job["id"], api_name="/follow_job"))[-1]["state"] == "done"
        video = Path(client.predict(job["id"], "portrait", api_name="/download"))
        assert video.stat().st_size > 50_000
        client.close()
