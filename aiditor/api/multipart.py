"""Forms with files, read as they arrive (RFC 7578): fields are kept, each file is handed on in pieces."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from aiditor.errors import BadInput

__all__ = ["FilePart", "Form"]

MOST_FIELDS = 100
FIELD_BYTES = 64 * 1024
"""What all fields that are no files may hold together."""
_REMEDY = "send it as multipart/form-data, as a browser or `curl -F` does"


@dataclass
class FilePart:
    """One file of a form. Its `chunks` must be read before the next file is asked for."""

    name: str
    """The name of the field."""
    filename: str
    """As the client calls it: not to be trusted."""
    media_type: str
    """As the client says: not to be trusted."""
    chunks: AsyncIterator[bytes]


class Form:
    """The body of one request. `fields` are those that have been read so far.

    Raises BadInput for what is no form, and for fields that are too many or too large.
    """

    def __init__(self, content_type: str, stream: AsyncIterator[bytes]) -> None:
        kind, options = parse_options_header(content_type)
        boundary = options.get(b"boundary")
        if kind != b"multipart/form-data" or not boundary:
            raise BadInput("this is no form with files", remedy=_REMEDY)
        self.fields: dict[str, str] = {}
        self._stream = stream
        self._events: deque[tuple[str, Any]] = deque()
        self._header: tuple[bytearray, bytearray] = (bytearray(), bytearray())
        self._headers: dict[str, str] = {}
        self._size = self._count = 0
        self._over = False
        try:
            self._parser = MultipartParser(boundary, self._callbacks())
        except FormParserError as error:
            raise BadInput(f"this is no form with files ({error})", remedy=_REMEDY) from error

    async def files(self) -> AsyncIterator[FilePart]:
        """Each file in turn."""
        while (event := await self._next()) is not None:
            if event[0] != "begin":
                continue
            name, filename, media_type = self._described(event[1])
            if filename is None:
                await self._read_field(name)
                continue
            chunks = self._data()
            yield FilePart(name, filename, media_type, chunks)
            async for _ in chunks:  # what nobody wanted
                pass

    # --- inside

    async def _next(self) -> tuple[str, Any] | None:
        while not self._events:
            chunk = await anext(self._stream, None)
            try:
                if chunk is None:
                    if not self._over:
                        raise BadInput("the form ends in the middle", remedy="send it again")
                    return None
                self._parser.write(chunk)
            except FormParserError as error:
                raise BadInput(f"this is no form with files ({error})", remedy=_REMEDY) from error
        return self._events.popleft()

    async def _data(self) -> AsyncIterator[bytes]:
        while (event := await self._next()) is not None and event[0] == "data":
            yield event[1]

    async def _read_field(self, name: str) -> None:
        value = bytearray()
        async for piece in self._data():
            value += piece
            self._size += len(piece)
            if self._size > FIELD_BYTES:
                raise BadInput("the form's fields are too long", remedy="send files as files")
        self._count += 1
        if self._count > MOST_FIELDS:
            raise BadInput("the form has too many fields", remedy="send files, and few fields")
        self.fields[name] = value.decode("utf-8", "replace")

    def _described(self, headers: dict[str, str]) -> tuple[str, str | None, str]:
        _, options = parse_options_header(headers.get("content-disposition"))
        filename = options.get(b"filename")
        name = options.get(b"name", b"").decode("utf-8", "replace")
        shown = None if filename is None else filename.decode("utf-8", "replace")
        return name, shown, headers.get("content-type", "application/octet-stream")

    def _callbacks(self) -> dict[str, Any]:
        def header_field(data: bytes, start: int, end: int) -> None:
            self._header[0].extend(data[start:end])

        def header_value(data: bytes, start: int, end: int) -> None:
            self._header[1].extend(data[start:end])

        def header_end() -> None:
            name, value = (bytes(part).decode("latin-1") for part in self._header)
            self._headers[name.lower()] = value
            self._header = (bytearray(), bytearray())

        def part_begin() -> None:
            self._headers = {}

        def over() -> None:
            self._over = True

        return {
            "on_part_begin": part_begin,
            "on_header_field": header_field,
            "on_header_value": header_value,
            "on_header_end": header_end,
            "on_headers_finished": lambda: self._events.append(("begin", self._headers)),
            "on_part_data": lambda data, start, end: self._events.append(("data", data[start:end])),
            "on_part_end": lambda: self._events.append(("end", None)),
            "on_end": over,
        }
