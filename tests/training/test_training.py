"""Training: what moves and what stays, going on where a run stopped, and promoting only what is better."""

from __future__ import annotations

from pathlib import Path

import lightning
import numpy as np
import pytest
import torch

from aiditor.detect.net.infer import Listener
from aiditor.detect.net.model import KINDS, MEL_RATE, HighlightNet, NetConfig
from aiditor.detect.net.views import DETAIL_SIZE, DETAILS, WHOLE_SIZE
from aiditor.detect.net.weights import Card, Model, champion_path, load_model, save_model
from aiditor.errors import BadConfig, BadInput, NothingToKeep
from aiditor.store.labels import Label
from training import data as data_module
from training.data import DataConfig, FilmData, Windows, targets
from training.features import Features
from training.finetune import Clip, FinetuneConfig, adapt
from training.module import HighlightModule
from training.promote import decide, install
from training.train import read_config

TINY = NetConfig(audio_width=8, picture_width=4, embedding=16, head=16, dilations=(1, 2), dropout=0.1)
DATA = DataConfig(window_steps=16, windows=8, batch=4, picture_steps=6)


def film(seed: int, steps: int = 48) -> Features:
    random = np.random.default_rng(seed)
    kills = [{"t": 3.1, "type": "kill", "headshot": True}, {"t": 8.0, "type": "kill"}, {"t": 9.0, "type": "death"}]
    return Features(
        name=f"film{seed}",
        duration_s=steps / 4,
        mel=random.normal(-40, 10, (steps * MEL_RATE, 64)).astype(np.float16),
        whole=random.integers(0, 255, (steps, 3, *WHOLE_SIZE[::-1]), np.uint8),
        details=random.integers(0, 255, (steps, len(DETAILS), 3, *DETAIL_SIZE[::-1]), np.uint8),
        truth={"events": kills},
    )


@pytest.fixture(autouse=True)
def _films(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data_module, "films", lambda cfg, split: [film(1 if split == "train" else 2)])


def trainer(folder: Path, epochs: int) -> lightning.Trainer:
    return lightning.Trainer(
        max_epochs=epochs, accelerator="cpu", logger=False, enable_checkpointing=False,
        enable_progress_bar=False, enable_model_summary=False, reload_dataloaders_every_n_epochs=1,
        default_root_dir=folder, num_sanity_val_steps=0,
    )  # fmt: skip


def module(seed: int = 0, *, frozen: bool = False) -> HighlightModule:
    lightning.seed_everything(seed, verbose=False)
    return HighlightModule(TINY, frozen=frozen)


# --- data -------------------------------------------------------------------------------------------


def test_targets_mark_the_step_that_holds_the_event() -> None:
    marked = targets(film(1))
    kill, headshot, death = (marked[:, KINDS.index(kind)] for kind in ("kill", "headshot", "death"))
    assert set(np.flatnonzero(kill == 1.0)) == {12, 32}
    assert set(np.flatnonzero(headshot == 1.0)) == {12}
    assert set(np.flatnonzero(death == 1.0)) == {36}
    assert marked[12, -1] > 0.7
    assert marked[0, -1] < 0.05


def test_windows_are_the_same_for_the_same_seed_and_epoch_and_differ_by_epoch() -> None:
    one, other = (Windows([film(1)], DATA, count=8, augment=True) for _ in range(2))
    for name, value in one[3].items():
        assert torch.equal(value, other[3][name])
    other.epoch = 1
    assert not all(torch.equal(one[index]["mel"], other[index]["mel"]) for index in range(8))


def test_no_films_is_said_plainly() -> None:
    with pytest.raises(BadConfig, match=r"training\.record corpus"):
        Windows([], DATA, count=1, augment=False)


# --- training ---------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:.*does not have many workers.*")
@pytest.mark.filterwarnings("ignore:.*LeafSpec.*:FutureWarning")
def test_going_on_is_bit_equal_to_never_stopping(tmp_path: Path) -> None:
    through = module()
    trainer(tmp_path, 2).fit(through, FilmData(DATA))

    class StopAfterOne(lightning.Callback):
        def on_train_epoch_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
            trainer.should_stop = True

    first, half = module(), trainer(tmp_path, 2)
    half.callbacks.append(StopAfterOne())  # type: ignore[attr-defined]
    half.fit(first, FilmData(DATA))
    assert half.current_epoch == 1
    half.save_checkpoint(tmp_path / "half.ckpt")
    random = torch.get_rng_state()
    second = module(seed=99)
    torch.set_rng_state(random)  # dropout goes on where it was
    trainer(tmp_path, 2).fit(second, FilmData(DATA), ckpt_path=str(tmp_path / "half.ckpt"), weights_only=False)
    for name, value in through.state_dict().items():
        assert torch.equal(value, second.state_dict()[name]), name


@pytest.mark.filterwarnings("ignore:.*does not have many workers.*")
@pytest.mark.filterwarnings("ignore:.*LeafSpec.*:FutureWarning")
@pytest.mark.filterwarnings("ignore:.*in eval mode at the start of training.*")
def test_frozen_eyes_stay_and_the_head_moves(tmp_path: Path) -> None:
    trained = module(frozen=True)
    before = {name: value.clone() for name, value in trained.net.state_dict().items()}
    trainer(tmp_path, 1).fit(trained, FilmData(DATA))
    after = trained.net.state_dict()
    for name, value in before.items():
        if name.startswith(("audio.", "picture.")):
            assert torch.equal(value, after[name]), name
    heads = [name for name in before if name.startswith(("join.", "layers.", "out."))]
    assert any(not torch.equal(before[name], after[name]) for name in heads)


def test_a_config_takes_changes_and_names_what_is_wrong(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("name: mine\ndata: {windows: 10}\n")
    cfg = read_config(file, ["data.windows=20", "net.head=64"])
    assert (cfg.name, cfg.data.windows, cfg.net.head) == ("mine", 20, 64)
    with pytest.raises(BadConfig, match=r"data\.windows is wrong"):
        read_config(file, ["data.windows=-3"])
    with pytest.raises(BadConfig, match="colour"):
        read_config(file, ["colour=red"])
    with pytest.raises(BadConfig, match="write it like"):
        read_config(file, ["windows"])


# --- promoting --------------------------------------------------------------------------------------


def kept(folder: Path, name: str, seed: int) -> Path:
    torch.manual_seed(seed)
    save_model(folder / name, HighlightNet(TINY), Card(version=name))
    return folder / name


def test_a_worse_model_is_not_promoted(tmp_path: Path) -> None:
    good, bad = kept(tmp_path, "good.safetensors", 1), kept(tmp_path, "bad.safetensors", 2)
    scores = {good: 0.8, bad: 0.6}
    assert not decide(bad, good, scores.__getitem__).better
    assert not decide(good, good, scores.__getitem__).better
    assert decide(good, bad, scores.__getitem__).better
    assert decide(bad, None, scores.__getitem__).better


def test_damaged_weights_are_never_judged(tmp_path: Path) -> None:
    bad = tmp_path / "bad.safetensors"
    bad.write_bytes(b"nothing")
    with pytest.raises(BadInput, match="damaged"):
        decide(bad, None, lambda path: 1.0)


def test_what_is_installed_is_what_the_app_loads_next(tmp_path: Path) -> None:
    first, second = kept(tmp_path, "a.safetensors", 1), kept(tmp_path, "b.safetensors", 2)
    folder = tmp_path / "models"
    install(first, folder)
    assert load_model(champion_path(folder)).card.version == "a.safetensors"
    install(second, folder)
    assert load_model(champion_path(folder)).card.version == "b.safetensors"
    assert not list(folder.glob(".*.part"))


# --- learning from labels ---------------------------------------------------------------------------


def label(t_s: float, says: str) -> Label:
    return Label(source_id="clip", source="clip.mp4", t_s=t_s, start_s=t_s, end_s=t_s, says=says)


def clip(model: Model, labels: list[Label]) -> Clip:
    """Sound in which every kill is a high tone and everything else is low."""
    steps = 480
    mel = np.full((steps * MEL_RATE, 64), -80.0, np.float16)
    for one in labels:
        band = slice(44, 52) if one.says == "kill" else slice(8, 16)
        start = int(one.t_s * 4) * MEL_RATE
        mel[start : start + MEL_RATE, band] = -15
    heard, looked = Listener(model, mel, steps).vectors()
    return Clip(heard, looked, torch.zeros(steps, dtype=torch.bool), tuple(labels))


def test_labels_teach_the_head_and_are_judged_on_those_held_back() -> None:
    torch.manual_seed(5)
    model = Model(HighlightNet(TINY).eval().requires_grad_(False), Card(net=TINY), "")
    labels = [label(4.0 + 3 * number, "kill" if number % 2 else "nothing") for number in range(36)]
    adapted, outcome = adapt(model, [clip(model, labels)], FinetuneConfig(epochs=150, learning_rate=3e-3, stay=0.5))
    assert outcome.taught + outcome.judged == 36
    assert outcome.better

    assert outcome.after[1] > outcome.before[1]
    for name, value in model.net.state_dict().items():
        if name.startswith(("audio.", "picture.")):
            assert torch.equal(value, adapted.net.state_dict()[name])
    assert adapted.card.version.startswith("untrained+")


def test_a_few_labels_teach_nothing() -> None:
    model = Model(HighlightNet(TINY).eval().requires_grad_(False), Card(net=TINY), "")
    with pytest.raises(NothingToKeep, match="Moments tab"):
        adapt(model, [clip(model, [label(4.0, "kill")])], FinetuneConfig())
