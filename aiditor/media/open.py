"""The one way into a media file: local, and one of the formats that hold a picture or a sound."""

from __future__ import annotations

from os import PathLike, fspath
from pathlib import Path

import av
from av.container import InputContainer

from aiditor.errors import UnreadableMedia

__all__ = ["open_media"]

# Playlists and scripts (hls, dash, concat, image2 …) are left out on purpose: they name other files or hosts to read.
_FORMATS = (
    "mov,mp4,matroska,webm,avi,flv,live_flv,mpegts,mpeg,mpegvideo,m4v,asf,ogg,mxf,nut,gif,ivf,obu,av1,h264,hevc,vc1,"
    "dv,rm,wtv,bink,smk,apng,webp_pipe,yuv4mpegpipe,wav,w64,flac,mp3,aac,ac3,eac3,aiff,caf,amr,au,opus"
)


def open_media(path: str | PathLike[str]) -> InputContainer:
    """Open a local media file for reading; use it in a `with`.

    Raises UnreadableMedia when there is no such file, or it is not media, or it is a playlist of other files.
    """
    name = fspath(path)
    if not Path(name).is_file():
        raise UnreadableMedia(f"{Path(name).name} is not a file", remedy="check the path", file=name)
    limits = {"protocol_whitelist": "file", "format_whitelist": _FORMATS}
    try:
        return av.open(f"file:{name}", container_options=limits, metadata_errors="replace")
    except av.error.FFmpegError as error:
        raise UnreadableMedia(
            f"{Path(name).name} cannot be read as media ({error.strerror or type(error).__name__})",
            remedy="play it to see whether it is whole, then export or download it again",
            file=name,
        ) from error
