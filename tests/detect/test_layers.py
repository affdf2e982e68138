"""The eyes' building blocks are torchvision's, without importing it."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch
from torch import nn
from torchvision.ops import Conv2dNormActivation, SqueezeExcitation

from aiditor.detect.net import model as net_model
from aiditor.detect.net.layers import ChannelAttention, ConvNormSilu
from aiditor.detect.net.model import HighlightNet, NetConfig
from aiditor.detect.net.weights import load_model

TINY = NetConfig(audio_width=8, picture_width=4, embedding=16, head=16, dilations=(1, 2))


def theirs_conv(inner: int, outer: int, stride: int = 1, groups: int = 1) -> nn.Module:
    return Conv2dNormActivation(inner, outer, 3, stride, groups=groups, activation_layer=nn.SiLU)


def theirs_attention(channels: int, squeezed: int, *, by_row: bool = False) -> nn.Module:
    made = SqueezeExcitation(channels, squeezed)
    if by_row:
        made.avgpool = nn.AdaptiveAvgPool2d((None, 1))
    return made


def of_torchvision(patch: pytest.MonkeyPatch, cfg: NetConfig) -> HighlightNet:
    """The same net made of torchvision's parts."""
    with patch.context() as context:
        context.setattr(net_model, "ConvNormSilu", theirs_conv)
        context.setattr(net_model, "ChannelAttention", theirs_attention)
        made = HighlightNet(cfg)
    assert any(isinstance(part, Conv2dNormActivation) for part in made.modules())
    return made


def some_input(steps: int) -> tuple[torch.Tensor, ...]:
    torch.manual_seed(5)
    seen = torch.rand(2, steps) < 0.5
    return (
        *(torch.randn(2, steps * 16, 64), torch.rand(2, steps, 3, 64, 112)),
        *(torch.rand(2, steps, 7, 3, 40, 72), seen),
    )


@pytest.mark.parametrize(("stride", "groups"), [(1, 1), (2, 1), (1, 4)])
def test_a_convolution_is_torchvisions_to_the_bit(stride: int, groups: int) -> None:
    torch.manual_seed(1)
    ours = ConvNormSilu(8, 12, stride, groups)
    torch.manual_seed(1)
    theirs = theirs_conv(8, 12, stride, groups)
    x = torch.randn(2, 8, 11, 13)
    for name, value in ours.state_dict().items():
        assert torch.equal(value, theirs.state_dict()[name])
    assert torch.equal(ours(x), theirs(x))  # training: the norm by the batch
    assert torch.equal(ours.eval()(x), theirs.eval()(x))  # and by what it remembers


@pytest.mark.parametrize("by_row", [False, True])
def test_attention_is_torchvisions_to_the_bit(by_row: bool) -> None:
    torch.manual_seed(1)
    ours = ChannelAttention(12, 4, by_row=by_row)
    torch.manual_seed(1)
    theirs = theirs_attention(12, 4, by_row=by_row)
    x = torch.randn(2, 12, 7, 5)
    assert ours.state_dict().keys() == theirs.state_dict().keys()
    assert torch.equal(ours(x), theirs(x))


def test_the_shipped_weights_judge_alike_in_a_net_of_torchvisions_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = load_model().net
    theirs = of_torchvision(monkeypatch, ours.cfg).eval()
    theirs.load_state_dict(ours.state_dict(), strict=True)
    given = some_input(24)
    with torch.inference_mode():
        torch.testing.assert_close(ours(*given), theirs(*given), atol=1e-6, rtol=0)


def test_it_learns_from_the_same_start_the_same_way(monkeypatch: pytest.MonkeyPatch) -> None:
    gradients = []
    for make in (lambda: HighlightNet(TINY), lambda: of_torchvision(monkeypatch, TINY)):
        torch.manual_seed(2)
        net = make()
        torch.manual_seed(3)  # for dropout
        net(*some_input(12)).square().mean().backward()
        gradients.append({name: value.grad for name, value in net.named_parameters()})
    assert gradients[0].keys() == gradients[1].keys()
    for name, value in gradients[0].items():
        torch.testing.assert_close(value, gradients[1][name], atol=1e-6, rtol=1e-4)


def test_the_detector_does_not_import_torchvision() -> None:
    code = (
        "import sys; from aiditor.detect.net.session import NetSession; "
        "from aiditor.detect.net.weights import load_model; load_model(); "
        "print([name for name in ('torchvision', 'torch._dynamo', 'sympy', 'librosa') if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
