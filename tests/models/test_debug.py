"""The tiny twins run through the code that loads and runs the real models."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from aiditor.models.catalogue import named
from aiditor.models.debug import tiny_musicgen, tiny_whisper
from aiditor.models.manifest import damaged, read_manifest
from aiditor.models.pool import Pool
from aiditor.models.spec import Spec

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def whisper(tmp_path_factory):
    return tiny_whisper(tmp_path_factory.mktemp("whisper"))


@pytest.fixture(scope="module")
def musicgen(tmp_path_factory):
    return tiny_musicgen(tmp_path_factory.mktemp("musicgen"))


def noise(seconds):
    return np.random.default_rng(0).normal(scale=0.1, size=int(16_000 * seconds)).astype(np.float32)


def load_whisper(folder):
    from faster_whisper import WhisperModel

    def load(device, dtype):
        return WhisperModel(str(folder), device=device, compute_type=dtype, cpu_threads=1, local_files_only=True)

    return load


def load_musicgen(folder):
    from transformers import MusicgenForConditionalGeneration

    def load(device, dtype):
        return MusicgenForConditionalGeneration.from_pretrained(folder, dtype=getattr(torch, dtype)).to(device)

    return load


def weigh(folder):
    return lambda device, dtype: sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def pool(whisper, musicgen):
    with Pool("cpu", budget_bytes=2**30) as pool:
        int8 = {"cuda": "float16", "cpu": "int8"}
        spec = Spec(load_whisper(whisper), weigh(whisper), lambda model: model.model.unload_model(), dtypes=int8)
        pool.register("whisper", spec)
        pool.register("musicgen", Spec(load_musicgen(musicgen), weigh(musicgen)))
        yield pool


def test_whisper_is_whole_and_says_something(whisper, pool):
    assert named("whisper-tiny").lacking(whisper) == []
    assert damaged(whisper, read_manifest(whisper)) == []
    with pool.lease("whisper") as model:
        heard, info = model.transcribe(
            noise(2), beam_size=1, temperature=0.0, word_timestamps=True, max_new_tokens=24, no_speech_threshold=None
        )
        heard = list(heard)
    assert info.language in model.supported_languages
    assert any(part.text.strip() for part in heard)
    words = [word for part in heard for word in part.words]
    assert words
    assert all(0 <= word.start <= word.end <= 30 for word in words)
    assert pool.metrics().loaded[0].bytes > 0


def test_musicgen_is_whole_and_plays(musicgen, pool):
    from transformers import AutoProcessor

    assert named("musicgen-small").lacking(musicgen) == []
    processor = AutoProcessor.from_pretrained(musicgen)
    inputs = processor(text=["fast drums, 140 bpm"], return_tensors="pt")
    with pool.lease("musicgen") as model, torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        sound = model.generate(**inputs, max_new_tokens=24)
        assert model.config.audio_encoder.sampling_rate == 32_000
    batch, channels, samples = sound.shape
    assert (batch, channels) == (1, 1)
    assert samples == pytest.approx(32_000 * 24 / 50, rel=0.2)  # 50 frames a second, less the codebooks' delay
    assert torch.isfinite(sound).all()
    assert sound.std() > 0
    own = next(loaded for loaded in pool.metrics().loaded if loaded.name == "musicgen").bytes
    assert own >= sum(p.numel() * p.element_size() for p in model.decoder.parameters())


def test_a_seed_gives_the_same_weights_and_leaves_the_callers_numbers_alone(musicgen, tmp_path):
    state = torch.random.get_rng_state()
    same, other = tiny_musicgen(tmp_path / "same"), tiny_musicgen(tmp_path / "other", seed=1)
    assert torch.equal(torch.random.get_rng_state(), state)
    sums = [read_manifest(folder).files["model.safetensors"].blake2b for folder in (musicgen, same, other)]
    assert sums[0] == sums[1] != sums[2]


def test_importing_loads_nothing_heavy():
    heavy = ("torch", "transformers", "faster_whisper", "ctranslate2", "huggingface_hub", "av", "gradio")
    ours = "aiditor.cli, " + ", ".join(f"aiditor.models.{name}" for name in ("pool", "hub", "fetch", "debug"))
    code = f"import sys, {ours}; print([m for m in {heavy} if m in sys.modules])"
    root = Path(__file__).parents[2]
    assert subprocess.check_output([sys.executable, "-c", code], cwd=root, text=True).strip() == "[]"
