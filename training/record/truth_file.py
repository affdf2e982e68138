"""The file beside a film that says what happens in it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from training.record.game import TIC_HZ, RecordConfig
from training.record.skins import announces, prints_kills

__all__ = ["write_truth"]


def write_truth(
    path: Path,
    video: Path,
    cfg: RecordConfig,
    map_name: str,
    duration_s: float,
    events: list[dict[str, Any]],
    player: str,
) -> None:
    """Write the truth of the film `video` to `path`, whole or not at all. `player` is the name on its HUD."""
    text = {
        "schema": 1,
        "video": video.name,
        "game": cfg.game,
        "map": map_name,
        "mode": cfg.mode,
        "seed": cfg.seed,
        "mod": cfg.mod,
        "skin": cfg.skin,
        "scene": cfg.scene,
        "player": player,
        "prints_kills": prints_kills(cfg.skin),
        "announces": list(announces(cfg.skin)),
        "width": cfg.width,
        "height": cfg.height,
        "fps": TIC_HZ,
        "duration_s": round(duration_s, 4),
        "config": cfg.model_dump(mode="json"),
        "events": events,
    }
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        partial.write_text(json.dumps(text, indent=1) + "\n")
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
