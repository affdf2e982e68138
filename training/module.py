"""The net as Lightning trains it: losses, steps, the learning rate's course."""

from __future__ import annotations

from typing import Any

import lightning
import torch
from pydantic import Field
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from aiditor.config import Config
from aiditor.detect.net.model import KINDS, HighlightNet, NetConfig
from training.data import Batch

__all__ = ["HighlightModule", "OptimConfig"]

_RARE = {"kill": 4.0, "headshot": 6.0, "multi_kill": 8.0, "clutch": 8.0, "death": 8.0, "other_kill": 4.0, "score": 4.0}
"""How much more a step with an event weighs than one without."""


class OptimConfig(Config):
    """AdamW with a warm-up and a cosine."""

    learning_rate: float = Field(2e-3, gt=0, le=0.1)
    weight_decay: float = Field(0.02, ge=0)
    warmup: float = Field(0.08, ge=0, lt=1, description="Share of all steps in which the rate rises.")


class HighlightModule(lightning.LightningModule):
    """Trains `HighlightNet`; with `frozen`, the eyes stay as they are and only the head moves."""

    def __init__(self, net: NetConfig | None = None, optim: OptimConfig | None = None, *, frozen: bool = False) -> None:
        super().__init__()
        self.net = HighlightNet(net)
        self.optim = OptimConfig() if optim is None else optim
        self.frozen = frozen
        self.save_hyperparameters({"net": self.net.cfg.model_dump(), "optim": self.optim.model_dump()})
        if frozen:
            for eye in self.net.eyes:
                eye.requires_grad_(False).eval()
        self.register_buffer("rare", torch.tensor([*(_RARE[kind] for kind in KINDS), 1.0]), persistent=False)

    def train(self, mode: bool = True) -> HighlightModule:
        """Frozen eyes keep their running means too."""
        super().train(mode)
        if self.frozen:
            for eye in self.net.eyes:
                eye.eval()
        return self

    def training_step(self, batch: Batch, _: int) -> Tensor:
        logits = self.net.judge(*self.vectors(batch), batch["seen"])
        loss = self.loss(logits, batch["truth"], batch["real"])
        self.log("train/loss", loss, prog_bar=True, on_step=False, on_epoch=True, batch_size=len(logits))
        return loss

    def vectors(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Both eyes' vectors [B, T, E]; pictures come only for the steps from `first` on."""
        heard = self.net.audio(batch["mel"])
        looked = torch.zeros_like(heard)
        seen = batch["seen"]
        span = batch["whole"].shape[1]
        rows = torch.arange(span, device=seen.device)[None] + batch["first"][:, None]
        inside = torch.gather(seen, 1, rows.clamp(max=seen.shape[1] - 1))
        some = inside.any(1)
        if bool(some.any()):
            whole, details = (batch[name][some].to(heard.dtype) / 255 for name in ("whole", "details"))
            found = self.net.picture(whole, details, inside[some])
            at = some.nonzero()[:, 0][:, None].expand(-1, span)
            keep = inside[some]
            looked = looked.index_put((at[keep], rows[some][keep]), found[keep].to(looked.dtype))
        return heard, looked

    def loss(self, logits: Tensor, truth: Tensor, real: Tensor) -> Tensor:
        """Binary cross-entropy, steps with events weighing more, padding not at all."""
        weight = (1 + (self.rare - 1) * truth) * real[..., None]
        each = binary_cross_entropy_with_logits(logits, truth, weight, reduction="none")
        return each.sum() / (real.sum() * logits.shape[2]).clamp(min=1) * 8

    def configure_optimizers(self) -> Any:
        moving = [parameter for parameter in self.parameters() if parameter.requires_grad]
        optimizer = torch.optim.AdamW(moving, lr=self.optim.learning_rate, weight_decay=self.optim.weight_decay)
        total = max(int(self.trainer.estimated_stepping_batches), 1)
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimizer, self.optim.learning_rate, total_steps=total, pct_start=max(self.optim.warmup, 1e-3),
            cycle_momentum=False,
        )  # fmt: skip
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}
