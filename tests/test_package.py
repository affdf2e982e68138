"""What holds for the package as a whole."""

import inspect
import json
import pickle
import re
import subprocess
import sys
from pathlib import Path

import pytest

from aiditor import errors
from aiditor.settings import Settings

ROOT = Path(__file__).parents[1]
NAMED = ("gradio", "torch", "torchvision", "lightning", "decord", "transformers", "faster-whisper", "av", "mlflow")
NAMED += ("duckdb", "stripe", "vizdoom")


@pytest.mark.parametrize("module", ["aiditor", "aiditor.cli", "aiditor.timeline"])
def test_importing_loads_nothing_heavy(module):
    code = f"import sys, {module}; print([m for m in ('torch', 'av', 'gradio', 'librosa', 'cv2') if m in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True).strip() == "[]"


def test_every_error_is_public_and_drawn_in_the_tree():
    classes = {
        name for name, item in vars(errors).items() if inspect.isclass(item) and item.__module__ == errors.__name__
    }
    assert classes == set(errors.__all__)
    drawn = set(re.findall(r"^[ │├└─]*([A-Z]\w+)", errors.__doc__ or "", flags=re.MULTILINE))
    assert classes <= drawn
    assert all(issubclass(getattr(errors, name), errors.AIditorError) for name in classes)


def test_errors_survive_a_process_boundary():
    error = errors.UnreadableMedia("clip.mov has no picture", remedy="export it again", file="clip.mov")
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert (again.why, again.remedy, again.file) == (error.why, error.remedy, error.file)
    assert str(again) == "clip.mov has no picture: export it again"


def test_every_setting_is_in_the_readme_with_its_default():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for name, field in Settings.model_fields.items():
        shown = f"`{field.default}` |" if str(field.default) else "|"  # a secret has none
        assert f"| `{name.upper()}` | {shown}" in readme, name


def test_settings_come_from_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("AIDITOR_HOME", str(tmp_path))
    monkeypatch.setenv("WATERMARK_TEXT", "mine")
    settings = Settings()
    assert settings.aiditor_home == tmp_path
    assert settings.watermark_text == "mine"
    assert settings.cache_dir == tmp_path / "cache"


def test_the_requirements_pin_every_package_the_project_names():
    pins = (ROOT / "requirements.txt").read_text()
    for name in NAMED:
        assert re.search(rf"^{name}==\S+$", pins, flags=re.MULTILINE), name
    assert re.search(r"^audiocraft==\S+$", (ROOT / "requirements-audiocraft.txt").read_text(), flags=re.MULTILINE)


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda p: p.stem)
def test_notebooks_carry_no_outputs(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    assert cells[0]["source"][0].startswith("# ")
    assert not [c for c in cells if c.get("outputs") or c.get("execution_count")]
