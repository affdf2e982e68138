"""The door for files that people hand in: `open_clip` opens a recording, or says what the file is instead.

`open_media` keeps to local files and real containers; here the refusal is told apart, so that the owner knows
whether to copy the file again, unpack it, export it, or give something else.
"""

from __future__ import annotations

import os
import stat
from os import PathLike
from pathlib import Path

from av.container import InputContainer

from aiditor.errors import BadInput, UnreadableMedia
from aiditor.media.open import open_media
from aiditor.media.sniff import not_a_clip

__all__ = ["open_clip"]

_STILLS = frozenset({"gif", "webp_pipe", "apng"})
_BARE = frozenset({"h264", "hevc", "av1", "obu", "vc1", "m4v", "mpegvideo", "yuv4mpegpipe"})
"""Streams without a container carry no times: nothing in them can be sought or cut exactly."""


def open_clip(path: str | PathLike[str]) -> InputContainer:
    """Open the recording at `path`, which has at least one picture stream; use as a context manager.

    Raises BadInput when the file cannot be reached (missing, a folder, a pipe, no permission), UnreadableMedia
    when it is no recording or damaged beyond use.
    """
    file = Path(os.path.abspath(path))
    _check_reachable(file)
    try:
        container = open_media(file)
    except (UnreadableMedia, UnicodeError) as error:
        raise _refusal(file) from error
    refusal = _not_a_recording(file, container)
    if refusal is not None:
        container.close()
        raise refusal
    return container


def _check_reachable(file: Path) -> None:
    try:
        status = file.stat()
        if stat.S_ISDIR(status.st_mode):
            raise BadInput(f"{file.name} is a folder, not a clip", remedy="give the files inside it", file=file)
        # A pipe or a device would block for ever, or never end.
        if not stat.S_ISREG(status.st_mode):
            raise BadInput(f"{file.name} is not a regular file", remedy="copy the clip to disk first", file=file)
        if status.st_size == 0:
            raise UnreadableMedia(f"{file.name} is empty (0 bytes)", remedy="copy or download it again", file=file)
        with file.open("rb"):
            pass
    except FileNotFoundError as error:
        raise BadInput(f"{file.name} does not exist", remedy="check the path and its spelling", file=file) from error
    except PermissionError as error:
        remedy = "give yourself the right to read the file, or copy it elsewhere"
        raise BadInput(f"{file.name} may not be read", remedy=remedy, file=file) from error
    except OSError as error:
        remedy = "check the path and the disk, or copy the file elsewhere"
        raise BadInput(f"{file.name} cannot be reached ({error.strerror})", remedy=remedy, file=file) from error


def _refusal(file: Path) -> UnreadableMedia:
    other = not_a_clip(file)
    if other is not None:
        return UnreadableMedia(f"{file.name} {other.why}", remedy=other.remedy, file=file)
    return UnreadableMedia(
        f"{file.name} is not a video file, or is damaged beyond use",
        remedy="play it in a media player; if that fails too, copy it again or export it as mp4",
        file=file,
    )


def _not_a_recording(file: Path, container: InputContainer) -> UnreadableMedia | None:
    name, form = file.name, container.format.name
    if form in _STILLS:
        return UnreadableMedia(f"{name} is an animated picture", remedy="export the recording as mp4", file=file)
    if form in _BARE:
        remedy = f'put it into a container: ffmpeg -i "{name}" -c copy clip.mkv'
        return UnreadableMedia(f"{name} is a bare {form} stream without times", remedy=remedy, file=file)
    if container.streams.video:
        return None
    kinds = {stream.type for stream in container.streams}
    if "audio" in kinds:
        remedy = "give it as music, or export the clip again with video"
        return UnreadableMedia(f"{name} holds sound but no picture", remedy=remedy, file=file)
    if "subtitle" in kinds:
        return UnreadableMedia(f"{name} holds only subtitles", remedy="give the clip itself", file=file)
    return UnreadableMedia(f"{name} holds no picture", remedy="export the clip again with video", file=file)
