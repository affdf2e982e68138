"""Records OpenArena (ioquake3, played by its own bots): a second engine, which no model is trained on.

A game is played once, fast and unseen, into the engine's demo file by a client that looks through one bot's
eyes; the demo is then rendered frame by frame, and the log of that rendering is the truth.
"""

from __future__ import annotations

from training.record.quake.config import QuakeConfig
from training.record.quake.film import record_quake
from training.record.quake.plan import plan_quake

__all__ = ["QuakeConfig", "plan_quake", "record_quake"]
