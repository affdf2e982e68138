"""What a file that is no clip really is, told by its first bytes, so that the refusal can say it."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from pathlib import Path

__all__ = ["OtherFile", "not_a_clip"]

HEAD_BYTES = 4096
_PICTURE = "give a clip instead; pictures are not cut into a montage"
_LIST = "give the clips themselves: a list is never followed"

_MAGIC: tuple[tuple[bytes, str, str], ...] = (
    (b"\x89PNG\r\n", "is a PNG picture, not a clip", _PICTURE),
    (b"\xff\xd8\xff", "is a JPEG picture, not a clip", _PICTURE),
    (b"GIF8", "is a GIF, not a clip", "export the recording as mp4"),
    (b"BM", "is a BMP picture, not a clip", _PICTURE),
    (b"II*\0", "is a TIFF picture, not a clip", _PICTURE),
    (b"%PDF", "is a PDF document, not a clip", "give the clip itself"),
    (b"PK\x03\x04", "is a ZIP archive or an office document", "give it its .zip name, or unpack it first"),
    (b"Rar!", "is a RAR archive", "unpack it, or pack the clips as ZIP"),
    (b"7z\xbc\xaf", "is a 7-Zip archive", "unpack it, or pack the clips as ZIP"),
    (b"\x1f\x8b", "is a gzip archive", "unpack it, or pack the clips as ZIP"),
    (b"MZ", "is a Windows program, not a clip", "do not open it; give the clip itself"),
    (b"\x7fELF", "is a program, not a clip", "do not open it; give the clip itself"),
    (b"SQLite format 3", "is a database, not a clip", "give the clip itself"),
)

_TEXT: tuple[tuple[bytes, str, str], ...] = (
    (b"#extm3u", "is a playlist that points at other files", _LIST),
    (b"ffconcat", "is a list that points at other files", _LIST),
    (b"file '", "is a list that points at other files", _LIST),
    (b"<?xml", "is an XML document, not a clip", "give the clip itself"),
    (b"<mpd", "is a streaming manifest that points at other files", _LIST),
    (b"v=0", "is an SDP session description that points at a network stream", _LIST),
    (b"[playlist]", "is a playlist that points at other files", _LIST),
    (b"<!doctype html", "is a web page, not a clip", "open the page and download the video itself"),
    (b"<html", "is a web page, not a clip", "open the page and download the video itself"),
    (b"webvtt", "is a subtitle file, not a clip", "give the clip itself"),
    (b"[script info]", "is a subtitle file, not a clip", "give the clip itself"),
    (b"version https://git-lfs", "is a Git LFS pointer, not the clip", "run `git lfs pull` and try again"),
)

_MP4_BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")


@dataclass(frozen=True, slots=True)
class OtherFile:
    """What the file is, put so that it follows the file's name, and what to do."""

    why: str
    remedy: str


def not_a_clip(path: str | PathLike[str]) -> OtherFile | None:
    """What `path` is instead of a clip, or None when its first bytes say nothing. Raises OSError."""
    file = Path(path)
    size = file.stat().st_size
    with file.open("rb") as handle:
        head = handle.read(HEAD_BYTES)
    if head[4:8] in _MP4_BOXES:
        return _broken_mp4(file, size)
    for magic, why, remedy in _MAGIC:
        if head.startswith(magic):
            return OtherFile(why, remedy)
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return OtherFile("is a WebP picture, not a clip", _PICTURE)
    return _text(head)


def _text(head: bytes) -> OtherFile | None:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    for magic, why, remedy in _TEXT:
        if text.startswith(magic):
            return OtherFile(why, remedy)
    if b"-->" in text[:200]:
        return OtherFile("is a subtitle file, not a clip", "give the clip itself")
    if not any(head.strip(b"\0")):
        return OtherFile("holds nothing but zeros", "the copy or download failed: fetch it again")
    if b"\0" not in head and sum(byte < 9 or 13 < byte < 32 for byte in head) == 0:
        return OtherFile("is a text file, not a clip", "give the clip itself")
    return None


def _broken_mp4(file: Path, size: int) -> OtherFile:
    """An MP4 or MOV that did not open: nearly always a recording that was cut off before its index was written."""
    if size < 1024:
        return OtherFile("holds the start of a header and nothing else", "copy or download it again")
    if _has_box(file, size, b"moov"):
        return OtherFile("has a damaged index (moov)", "export it again, or repair it with a tool such as untrunc")
    return OtherFile(
        "was cut off before its index (moov) was written, so nothing in it can be found",
        "copy it again; if the recorder crashed, repair it with a tool such as untrunc, and record to MKV next time",
    )


def _has_box(file: Path, size: int, name: bytes) -> bool:
    """Whether a top-level box called `name` starts in the file (ISO/IEC 14496-12, 4.2)."""
    at = 0
    with file.open("rb") as handle:
        for _ in range(1000):
            handle.seek(at)
            head = handle.read(16)
            if len(head) < 8:
                return False
            if head[4:8] == name:
                return True
            length = int.from_bytes(head[:4], "big")
            if length == 1 and len(head) == 16:
                length = int.from_bytes(head[8:16], "big")
            if length < 8 or at + length > size:
                return False
            at += length
    return False
