"""The net: its weights on disk, and that judging in pieces is judging whole."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from aiditor.detect.net.fuse import Text, candidates, claims, multi_kills
from aiditor.detect.net.infer import Listener, peaks
from aiditor.detect.net.model import KINDS, MEL_RATE, HighlightNet, NetConfig
from aiditor.detect.net.views import DETAIL_SIZE, DETAILS, WHOLE_SIZE, look
from aiditor.detect.net.weights import SHIPPED, Calibration, Card, Model, champion_path, load_model, save_model
from aiditor.detect.sound import normal_mel
from aiditor.errors import BadInput, MissingPart
from aiditor.timeline import Event

TINY = NetConfig(audio_width=8, picture_width=4, embedding=16, head=16, dilations=(1, 2, 4))


@pytest.fixture
def model() -> Model:
    torch.manual_seed(3)
    return Model(HighlightNet(TINY).eval().requires_grad_(False), Card(net=TINY), "")


def logits_with(kind: str, steps: int, *tops: int) -> np.ndarray:
    logits = np.full((steps, len(KINDS) + 1), -6.0, np.float32)
    for top in tops:
        logits[top, KINDS.index(kind)] = 3.0
    return logits


# --- weights ----------------------------------------------------------------------------------------


def test_weights_come_back_as_they_were(tmp_path: Path, model: Model) -> None:
    card = Card(version="7", heard={"kill": Calibration(scale=2.0)}, metrics={"ap": 0.5})
    checksum = save_model(tmp_path / "net.safetensors", model.net, card)
    back = load_model(tmp_path / "net.safetensors")
    assert back.checksum == checksum
    assert back.card == card.model_copy(update={"net": TINY})
    for name, value in model.net.state_dict().items():
        torch.testing.assert_close(back.net.state_dict()[name].float(), value.float(), atol=2e-3, rtol=2e-3)
    assert [path.name for path in tmp_path.iterdir()] == ["net.safetensors"]


def test_damaged_weights_are_named_with_a_remedy(tmp_path: Path, model: Model) -> None:
    path = tmp_path / "net.safetensors"
    save_model(path, model.net, Card())
    whole = path.read_bytes()
    path.write_bytes(whole[:-1000])
    with pytest.raises(BadInput, match=r"net\.safetensors is damaged.*promote"):
        load_model(path)
    path.write_bytes(b"not weights at all")
    with pytest.raises(BadInput, match="damaged"):
        load_model(path)


def test_one_changed_number_is_found(tmp_path: Path, model: Model) -> None:
    path = tmp_path / "net.safetensors"
    save_model(path, model.net, Card())
    with safe_open(path, "pt") as file:
        metadata = file.metadata()
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    tensors["out.2.bias"] = tensors["out.2.bias"] + 1
    save_file(tensors, path, metadata=metadata)
    with pytest.raises(BadInput, match="damaged"):
        load_model(path)


def test_missing_weights_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(MissingPart, match="USE_HIGHLIGHT_MODEL=0"):
        load_model(tmp_path / "none.safetensors")


def test_the_champion_is_used_where_there_is_one(tmp_path: Path) -> None:
    assert champion_path(tmp_path) == SHIPPED
    (tmp_path / "champion.json").write_text('{"file": "mine.safetensors"}')
    assert champion_path(tmp_path) == tmp_path / "mine.safetensors"
    (tmp_path / "champion.json").write_text("{")
    with pytest.raises(BadInput, match=r"champion\.json"):
        champion_path(tmp_path)


def test_what_is_shipped_loads_and_knows_itself() -> None:
    shipped = load_model()
    assert shipped.card.version != "untrained"
    assert shipped.card.trained_on
    assert SHIPPED.stat().st_size < 4 * 2**20


# --- judging ----------------------------------------------------------------------------------------


def test_a_clip_no_longer_than_a_window_is_judged_as_in_training(model: Model) -> None:
    random = np.random.default_rng(0)
    steps = 48
    mel = random.normal(-40, 10, (steps * MEL_RATE, 64)).astype(np.float16)
    listener = Listener(model, mel, steps)
    pictures = random.integers(0, 255, (30, 90, 160, 3), np.uint8)
    whole = torch.zeros(1, steps, 3, *WHOLE_SIZE[::-1])
    details = torch.zeros(1, steps, len(DETAILS), 3, *DETAIL_SIZE[::-1])
    for number, picture in enumerate(pictures):
        listener.look(10 + number, picture)
        small, parts = look(picture)
        whole[0, 10 + number], details[0, 10 + number] = torch.from_numpy(small) / 255, torch.from_numpy(parts) / 255
    with torch.inference_mode():
        heard = torch.from_numpy(normal_mel(mel))[None]
        expected = model.net(heard, whole, details, torch.from_numpy(listener.seen)[None])[0].numpy()
    np.testing.assert_allclose(listener.judge(), expected, atol=1e-4)


def test_what_comes_much_later_changes_nothing(model: Model) -> None:
    mel = np.random.default_rng(1).normal(-40, 10, (400 * MEL_RATE, 64)).astype(np.float16)
    mel[:, 0] = -10.0  # the same loudest level everywhere
    short, long = (Listener(model, mel[: steps * MEL_RATE], steps).judge() for steps in (240, 400))
    np.testing.assert_allclose(short[:192], long[:192], atol=1e-4)


def test_a_silent_clip_is_judged_too(model: Model) -> None:
    judged = Listener(model, np.zeros((0, 64), np.float16), 40).judge()
    assert judged.shape == (40, len(KINDS) + 1)
    assert np.isfinite(judged).all()


def test_peaks_are_timed_between_steps() -> None:
    logits = logits_with("kill", 40, 10)
    logits[11, 0] = 2.5
    [peak] = peaks(logits, "kill")
    assert 2.625 < peak.t_s < 2.75


# --- text and net together --------------------------------------------------------------------------


def test_a_printed_kill_is_timed_by_the_net() -> None:
    seen = np.zeros(80, bool)
    text = Text("kill", 4.0, 8.0, 0.9, "feed: 'you > enemy7'")
    [one] = candidates("kill", logits_with("kill", 80, 22, 60), seen, [text])[:1]
    assert one.t_s == pytest.approx(5.625, abs=0.13)
    assert one.text == 0.9
    assert "enemy7" in one.says[0].says


def test_one_text_explains_one_peak_only() -> None:
    found = candidates("kill", logits_with("kill", 80, 22, 26), np.zeros(80, bool), [Text("kill", 4.0, 7.0, 0.9)])
    assert sorted(one.text for one in found) == [0.0, 0.9]


def test_nothing_counts_in_a_killcam() -> None:
    found = candidates("kill", logits_with("kill", 80, 22), np.zeros(80, bool), [], silent=[(5.0, 7.0)])
    assert found == []


def test_a_kill_that_was_not_printed_is_believed_less() -> None:
    card = Card(fusion={"heard.one": -1.0, "heard.logit": 1.0, "heard.missing": -3.0, "least": 0.5})
    printed = candidates("kill", logits_with("kill", 80, 22), np.zeros(80, bool), [], read=lambda _: True)
    silent = candidates("kill", logits_with("kill", 80, 22), np.zeros(80, bool), [])
    assert [event.kind for event in claims(silent, card)] == ["kill"]
    assert claims(printed, card) == []


def test_a_sure_text_is_not_overruled_by_a_net_that_never_met_the_game() -> None:
    card = Card(fusion={"heard.one": -1.7, "heard.logit": 1.0, "heard.text": 4.0, "least": 0.5})
    for confidence, claimed in ((0.9, 1), (0.55, 0)):
        texts = [Text("kill", 4.0, 5.0, confidence, "banner: 'You fragged Slate'")]
        found = candidates("kill", logits_with("kill", 80), np.zeros(80, bool), texts)
        assert len(claims(found, card)) == claimed


def test_multi_kills_follow_the_rule_of_the_truth() -> None:
    def kill(t_s: float) -> Event:
        return Event("kill", t_s, t_s, t_s, 0.9)

    assert multi_kills([kill(1.0), kill(8.0)], []) == []
    [double] = multi_kills([kill(1.0), kill(1.4)], [])
    assert (double.start_s, double.t_s) == (1.0, 1.4)
    [triple] = multi_kills([kill(1.0), kill(3.0), kill(6.5)], [])
    assert triple.t_s == 6.5
    [row] = multi_kills([kill(0.0), kill(5.0), kill(10.5), kill(16.0)], [])
    assert (row.start_s, row.t_s) == (0.0, 16.0)
