"""What detection loads, and when: torch comes in beside the listening, and its errors come out."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from media_factory import make_clip

from aiditor.detect import DetectConfig, detect
from aiditor.detect.net import weights
from aiditor.detect.net.model import HighlightNet
from aiditor.detect.net.package import SHIPPED, Card, checksum, read_package
from aiditor.detect.net.spec import NetConfig
from aiditor.detect.net.weights import load_model, save_model
from aiditor.errors import BadInput, MissingPart
from aiditor.media.probe import probe
from aiditor.timeline import Source

TINY = NetConfig(audio_width=8, picture_width=4, embedding=16, head=16, dilations=(1, 2))


def clip(folder: Path) -> Source:
    path = make_clip(folder / "clip.mp4", seconds=2)
    return Source(id="0" * 16, path=str(path), info=probe(path))


def test_weights_are_checked_without_torch() -> None:
    code = (
        "import sys; from aiditor.pipeline import analysis_config; from aiditor.settings import Settings; "
        "import aiditor.detect.net.session; told = analysis_config(Settings(use_highlight_model=True)); "
        "print(len(told.detect.model_version), [name for name in ('torch', 'torchvision') if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "32 []"


def test_the_file_and_the_net_agree_on_what_it_is() -> None:
    package, model = read_package(), load_model()
    assert package.path == SHIPPED
    assert (package.checksum, package.card) == (model.checksum, model.card)
    assert checksum(package.tensors, package.card.model_dump_json()) != checksum({}, package.card.model_dump_json())


def test_weights_of_another_size_are_refused_when_they_are_needed(tmp_path: Path) -> None:
    """The file is whole, so that only building the net, beside the listening, finds out."""
    path = tmp_path / "net.safetensors"
    larger = HighlightNet(TINY)
    larger.cfg = TINY.model_copy(update={"head": 24})
    save_model(path, larger, Card())
    with pytest.raises(BadInput, match=r"net\.safetensors is damaged.*promote"):
        detect(clip(tmp_path), DetectConfig(detectors=("net",), model=str(path), read_text=False))


def test_an_error_of_loading_is_the_error_of_detection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> None:
        raise MissingPart("there is no torch", remedy="pip install -r requirements.txt")

    monkeypatch.setattr(weights, "build", fail)
    with pytest.raises(MissingPart, match="no torch"):
        detect(clip(tmp_path), DetectConfig(detectors=("net",)))


def test_a_clip_is_detected_with_weights_made_just_now(tmp_path: Path) -> None:
    torch.manual_seed(0)
    path = tmp_path / "net.safetensors"
    save_model(path, HighlightNet(TINY), Card(version="new"))
    signals = detect(clip(tmp_path), DetectConfig(detectors=("net",), model=str(path)))
    assert signals.values["kill"].min() >= 0
