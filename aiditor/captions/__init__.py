"""Captions: what is said, word by word on the picture, clear of the platforms' buttons.

    captions = caption_pages(transcripts, timeline, cfg, mask=mask)
    drawn = track.CaptionTrack(captions.pages, cfg, width, height, fps)
    drawn.at(index)   # a Patch to lay over output frame `index`, or None

`caption_segments(captions.pages)` are the same words for subtitles beside the film. Drawing needs Pillow: import
`CaptionTrack` from `aiditor.captions.track`.
"""

from aiditor.captions.config import PRESETS, CaptionConfig
from aiditor.captions.pages import Captions, CaptionWord, Page, caption_pages, caption_segments

__all__ = ["PRESETS", "CaptionConfig", "CaptionWord", "Captions", "Page", "caption_pages", "caption_segments"]
