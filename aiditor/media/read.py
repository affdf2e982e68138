"""What a file holds, streamed: its sound (`audio_blocks`, `read_audio`) and its pictures (`keyframes`, `frames`)."""

from __future__ import annotations

from aiditor.media.demux import SharedFile
from aiditor.media.read_picture import PictureLog, Shrink, frames, keyframes
from aiditor.media.read_sound import audio_blocks, read_audio

__all__ = ["PictureLog", "SharedFile", "Shrink", "audio_blocks", "frames", "keyframes", "read_audio"]
