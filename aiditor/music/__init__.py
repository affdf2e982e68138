"""Music under the montage: composed for it, generated, or the user's own track, with an exact beat grid.

engine(cfg) ─► .grid(cfg, up_to_s) ─► BeatGrid      before a note is played, for cuts to land on
            └► .make(cfg, duration_s=…, out=…) ─► Music
"""

from __future__ import annotations

from aiditor.music.config import EngineName, MusicConfig
from aiditor.music.engine import Engine, engine, engines, preflight
from aiditor.music.licence import refuse_unlicensed

__all__ = ["Engine", "EngineName", "MusicConfig", "engine", "engines", "preflight", "refuse_unlicensed"]
