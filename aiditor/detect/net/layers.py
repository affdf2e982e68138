"""The two building blocks of the eyes, with torchvision's parameter names.

torchvision has both, and importing it takes as long as importing torch, which every analysis would pay for.
"""

from __future__ import annotations

from torch import Tensor, nn

__all__ = ["ChannelAttention", "ConvNormSilu"]


class ConvNormSilu(nn.Sequential):
    """A 3 x 3 convolution that keeps the size (but for its stride), batch norm, SiLU: [B, C, H, W] to [B, D, H', W'].

    Parameters, their names and values are those of torchvision's `Conv2dNormActivation`.
    """

    def __init__(self, inner: int, outer: int, stride: int = 1, groups: int = 1) -> None:
        super().__init__(
            nn.Conv2d(inner, outer, 3, stride, padding=1, groups=groups, bias=False),
            nn.BatchNorm2d(outer),
            nn.SiLU(inplace=True),
        )


class ChannelAttention(nn.Module):
    """Squeeze and excitation (Hu et al. 2018): channels [B, C, H, W] weighted by what all of the picture holds of them.

    With `by_row` each row is weighted by itself. Parameters are those of torchvision's `SqueezeExcitation`.
    """

    def __init__(self, channels: int, squeezed: int, *, by_row: bool = False) -> None:
        super().__init__()
        self.avgpool = nn.AdaptiveAvgPool2d((None, 1) if by_row else 1)
        self.fc1 = nn.Conv2d(channels, squeezed, 1)
        self.fc2 = nn.Conv2d(squeezed, channels, 1)
        self.activation = nn.ReLU()
        self.scale_activation = nn.Sigmoid()

    def forward(self, x: Tensor) -> Tensor:
        return self.scale_activation(self.fc2(self.activation(self.fc1(self.avgpool(x))))) * x
