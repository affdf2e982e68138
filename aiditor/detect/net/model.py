"""The highlight net: one eye for sound, one for pictures, and a head that sees tens of seconds.

Everything runs on steps of 0.25 s. The audio eye turns 16 log-mel spectra a step into one vector; the picture
eye does the same for the views of one picture a step (`views.py`) and for what changed since the step before. The
head, a stack of dilated convolutions after WaveNet (van den Oord et al. 2016) and TCN (Bai et al. 2018), reaches 16 s
to either side. Where no picture was decoded its vector is zero and a flag says so: the same net ranks all seconds
by sound alone, and then judges the few that were looked at.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from aiditor.detect.net.layers import ChannelAttention, ConvNormSilu
from aiditor.detect.net.spec import KINDS, MEL_RATE, OUTPUTS, STEP_S, NetConfig
from aiditor.detect.net.views import DETAILS, WHOLE_SIZE
from aiditor.detect.sound import MEL_BANDS

__all__ = ["KINDS", "MEL_RATE", "OUTPUTS", "STEP_S", "HighlightNet", "NetConfig"]


class _Block(nn.Module):
    """Halves both sides: a strided convolution, then a residual one with channel attention.

    `by_row` attends to each row of its own, as sound must be: what is heard now must not depend on how long the
    recording is.
    """

    def __init__(self, inner: int, outer: int, *, by_row: bool = False) -> None:
        super().__init__()
        self.down = ConvNormSilu(inner, outer, 2)
        attention = ChannelAttention(outer, max(outer // 4, 4), by_row=by_row)
        self.more = nn.Sequential(ConvNormSilu(outer, outer, groups=4), attention)

    def forward(self, x: Tensor) -> Tensor:
        x = self.down(x)
        return x + self.more(x)


class AudioEye(nn.Module):
    """Log-mel [B, T * 16, 64] to [B, T, E]."""

    def __init__(self, cfg: NetConfig) -> None:
        super().__init__()
        width = cfg.audio_width
        self.body = nn.Sequential(
            ConvNormSilu(1, width, 2),
            _Block(width, width, by_row=True),
            _Block(width, 2 * width, by_row=True),
            _Block(2 * width, 3 * width, by_row=True),
        )
        self.out = nn.Sequential(nn.Linear(3 * width * MEL_BANDS // 16, cfg.embedding), nn.LayerNorm(cfg.embedding))

    def forward(self, mel: Tensor) -> Tensor:
        x = self.body(mel.unsqueeze(1))  # [B, C, T, 4]
        return self.out(x.permute(0, 2, 1, 3).flatten(2))


class PictureEye(nn.Module):
    """Whole pictures and details of each step, uint8-scaled floats in [0, 1], to [B, T, E]."""

    def __init__(self, cfg: NetConfig) -> None:
        super().__init__()
        width = cfg.picture_width
        self.whole = nn.Sequential(
            ConvNormSilu(4, width, 2), _Block(width, width), _Block(width, 2 * width), _Block(2 * width, 3 * width)
        )
        self.detail = nn.Sequential(ConvNormSilu(4, width, 2), _Block(width, 2 * width), _Block(2 * width, 3 * width))
        rows, columns = WHOLE_SIZE[1] // 16, WHOLE_SIZE[0] // 16
        self.whole_out = nn.Linear(3 * width * 2 * 3, cfg.embedding)
        self.pool = nn.AdaptiveAvgPool2d((min(2, rows), min(3, columns)))
        self.detail_out = nn.Linear(2 * 3 * width, 32)
        self.out = nn.Sequential(
            nn.Linear(cfg.embedding + 32 * len(DETAILS), cfg.embedding), nn.LayerNorm(cfg.embedding)
        )

    def forward(self, whole: Tensor, details: Tensor, seen: Tensor) -> Tensor:
        """`whole` [B, T, 3, 64, 112], `details` [B, T, D, 3, 40, 72], `seen` bool [B, T]; zero where not seen."""
        out = whole.new_zeros(*seen.shape, self.out[0].out_features)
        if not bool(seen.any()):
            return out
        both = seen & torch.roll(seen, 1, 1)
        both[:, 0] = False
        earlier, earlier_details = (torch.cat([each[:, :1], each[:, :-1]], 1) for each in (whole, details))
        out[seen] = self._vectors(whole[seen], details[seen], earlier[seen], earlier_details[seen], both[seen])
        return out

    def latest(self, whole: Tensor, details: Tensor, known: Tensor) -> Tensor:
        """Of pairs of pictures [N, 2, …] the later one's vector [N, E]; `known` bool [N, 2] says whether both are."""
        return self._vectors(whole[:, 1], details[:, 1], whole[:, 0], details[:, 0], known[:, 0])

    def _vectors(
        self, whole: Tensor, details: Tensor, earlier: Tensor, earlier_details: Tensor, both: Tensor
    ) -> Tensor:
        """[N, E] from pictures [N, …], those a step before, and whether these are known."""
        scene = self.whole_out(self.pool(self.whole(_with_change(whole, earlier, both))).flatten(1))
        count = details.shape[1]
        small = _with_change(details.flatten(0, 1), earlier_details.flatten(0, 1), both.repeat_interleave(count))
        found = self.detail(small)
        found = self.detail_out(torch.cat([found.mean((2, 3)), found.amax((2, 3))], 1))
        return self.out(torch.cat([scene, found.reshape(len(scene), -1)], 1))


def _with_change(pictures: Tensor, before: Tensor, both: Tensor) -> Tensor:
    """[N, 4, H, W]: the colours about their middle, and how the brightness changed where the step before is known."""
    change = (pictures - before).mean(1, keepdim=True) * both[:, None, None, None]
    return torch.cat([pictures - 0.45, change], 1) * 2


class _StepNorm(nn.LayerNorm):
    """Layer norm over the channels of each step [B, C, T] by itself."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.transpose(1, 2)).transpose(1, 2)


class _Layer(nn.Module):
    def __init__(self, width: int, dilation: int, dropout: float) -> None:
        super().__init__()
        self.mix = nn.Sequential(
            _StepNorm(width),
            nn.Conv1d(width, width, 3, padding=dilation, dilation=dilation),
            nn.SiLU(),
            nn.Dropout(dropout),
            nn.Conv1d(width, width, 1),
        )

    def forward(self, x: Tensor) -> Tensor:
        return x + self.mix(x)


class HighlightNet(nn.Module):
    """Logits [B, T, 8] of what happens in each step: KINDS, then how much of a highlight it is."""

    def __init__(self, cfg: NetConfig | None = None) -> None:
        super().__init__()
        self.cfg = cfg = NetConfig() if cfg is None else cfg
        self.audio = AudioEye(cfg)
        self.picture = PictureEye(cfg)
        self.join = nn.Conv1d(2 * cfg.embedding + 1, cfg.head, 3, padding=1)
        self.layers = nn.Sequential(*(_Layer(cfg.head, dilation, cfg.dropout) for dilation in cfg.dilations))
        self.out = nn.Sequential(_StepNorm(cfg.head), nn.SiLU(), nn.Conv1d(cfg.head, OUTPUTS, 1))
        nn.init.constant_(self.out[2].bias, -3.0)

    @property
    def eyes(self) -> tuple[nn.Module, ...]:
        """What stays frozen when only the head is adapted."""
        return self.audio, self.picture

    def judge(self, heard: Tensor, looked: Tensor, seen: Tensor) -> Tensor:
        """The head alone: vectors [B, T, E] of both eyes and bool [B, T] to logits [B, T, 8]."""
        x = torch.cat([heard, looked, seen[..., None].to(heard.dtype)], 2).transpose(1, 2)
        return self.out(self.layers(self.join(x))).transpose(1, 2)

    def forward(self, mel: Tensor, whole: Tensor, details: Tensor, seen: Tensor) -> Tensor:
        """Sound [B, T * 16, 64] from `sound.normal_mel`, pictures as `PictureEye` takes them."""
        return self.judge(self.audio(mel), self.picture(whole, details, seen), seen)
