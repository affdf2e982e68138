"""A file over HTTP: whole or a part, with what lets players seek and browsers resume (RFC 9110, 13 and 14)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from urllib.parse import quote

from starlette.responses import Response, StreamingResponse

from aiditor.store.files import Files, Stored

__all__ = ["disposition", "file_response"]

_RANGE = re.compile(r"bytes=\s*(\d*)\s*-\s*(\d*)\s*", re.IGNORECASE)
_SHOWN = re.compile(r"^(video|audio|image/(?!svg))")
"""What a browser may show in the page; anything else it keeps as a file."""


def file_response(
    files: Files, stored: Stored, *, name: str, media_type: str, sent: Mapping[str, str], head: bool, inline: bool
) -> Response:
    """The answer to a GET, or HEAD, of a file: 200, 206, 304 or 416. `sent` are the request's headers.

    One range is given as asked; of several, the whole file, as RFC 9110 allows. Nothing is held in memory.
    """
    etag = f'"{stored.sha256}"'
    changed = stored.modified_at.astimezone(UTC).replace(microsecond=0)
    headers = {
        "ETag": etag,
        "Last-Modified": format_datetime(changed, usegmt=True),
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-cache",
        "Content-Disposition": disposition(name, inline=inline and bool(_SHOWN.match(media_type))),
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; media-src 'self'; img-src 'self'; style-src 'unsafe-inline'",
    }
    if _known(sent, etag, changed):
        return Response(status_code=304, headers=headers)
    span = _span(sent.get("range", ""), stored.bytes) if _current(sent, etag, changed) else None
    if span == "unsatisfiable":
        return Response(status_code=416, headers={**headers, "Content-Range": f"bytes */{stored.bytes}"})
    start, end = span if isinstance(span, tuple) else (0, stored.bytes)
    headers["Content-Length"] = str(end - start)
    if span is not None:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{stored.bytes}"
    status = 200 if span is None else 206
    if head:
        return Response(status_code=status, headers=headers, media_type=media_type)
    pieces: Iterator[bytes] = files.read(stored.key, start=start, end=end)
    return StreamingResponse(pieces, status_code=status, headers=headers, media_type=media_type)


def disposition(name: str, *, inline: bool = False) -> str:
    """A Content-Disposition with the name in ASCII and, as RFC 8187 writes it, in full."""
    plain = re.sub(r'[^ !#-\[\]-~]|[%"\\]', "_", name)
    return f"{'inline' if inline else 'attachment'}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _known(sent: Mapping[str, str], etag: str, changed: datetime) -> bool:
    """Whether the client has this very file already."""
    tags = sent.get("if-none-match")
    if tags is not None:
        return tags.strip() == "*" or etag in {tag.strip().removeprefix("W/") for tag in tags.split(",")}
    since = _date(sent.get("if-modified-since", ""))
    return since is not None and changed <= since


def _current(sent: Mapping[str, str], etag: str, changed: datetime) -> bool:
    """Whether a part that is asked for continues what the client has."""
    held = sent.get("if-range", "").strip()
    if not held:
        return True
    return held == etag if held.startswith(('"', "W/")) else _date(held) == changed


def _date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _span(asked: str, size: int) -> tuple[int, int] | str | None:
    """The first byte and the one after the last; None for no range that is understood, which is then ignored."""
    found = _RANGE.fullmatch(asked.strip())
    if found is None or not any(found.groups()) or max(map(len, found.groups())) > 18:
        return None
    first, last = found.groups()
    if not first:
        start, end = max(0, size - int(last)), size
        return (start, end) if int(last) and size else "unsatisfiable"
    start, end = int(first), min(int(last) + 1 if last else size, size)
    if last and int(last) < start:
        return None
    return (start, end) if start < size else "unsatisfiable"
