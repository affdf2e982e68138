"""Forms with files, however they are cut into pieces on their way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiditor.api.multipart import FIELD_BYTES, Form
from aiditor.errors import BadInput

TYPE = "multipart/form-data; boundary=xXx"


def form(*parts: tuple[str, bytes]) -> bytes:
    """A body; each part is its headers and its content."""
    return (
        b"".join(b"--xXx\r\n" + head.encode() + b"\r\n\r\n" + body + b"\r\n" for head, body in parts) + b"--xXx--\r\n"
    )


def field(name: str, value: str) -> tuple[str, bytes]:
    return f'Content-Disposition: form-data; name="{name}"', value.encode()


def file(name: str, filename: str, body: bytes) -> tuple[str, bytes]:
    described = f'Content-Disposition: form-data; name="{name}"; filename="{filename}"\r\nContent-Type: video/mp4'
    return described, body


async def stream(body: bytes, step: int) -> AsyncIterator[bytes]:
    for start in range(0, len(body), step):
        yield body[start : start + step]
    yield b""


def read(body: bytes, step: int = 7, kind: str = TYPE) -> tuple[dict[str, str], list[tuple[str, str, bytes]]]:
    async def reading() -> tuple[dict[str, str], list[tuple[str, str, bytes]]]:
        given, files = Form(kind, stream(body, step)), []
        async for part in given.files():
            files.append((part.name, part.filename, b"".join([chunk async for chunk in part.chunks])))
        return given.fields, files

    return asyncio.run(reading())


@given(
    bodies=st.lists(st.binary(max_size=200).filter(lambda body: b"--xXx" not in body), max_size=4),
    step=st.integers(1, 300),
)
def test_any_files_in_any_pieces_come_out_as_they_went_in(bodies: list[bytes], step: int) -> None:
    sent = form(field("style", "hype"), *(file("clips", f"{n}.mp4", body) for n, body in enumerate(bodies)))
    fields, files = read(sent, step)
    assert fields == {"style": "hype"}
    assert files == [("clips", f"{n}.mp4", body) for n, body in enumerate(bodies)]


def test_fields_after_a_file_count_too_and_names_are_utf8() -> None:
    fields, files = read(form(file("clip", "añb 🎮.mp4", b"x"), field("seconds", "20")))
    assert fields == {"seconds": "20"}
    assert files == [("clip", "añb 🎮.mp4", b"x")]


def test_a_file_that_nobody_reads_is_passed_over() -> None:
    async def names() -> list[str]:
        given = Form(TYPE, stream(form(file("a", "1", b"x" * 100), file("b", "2", b"y" * 100)), 9))
        return [part.name async for part in given.files()]

    assert asyncio.run(names()) == ["a", "b"]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b"{}"),
        ("multipart/form-data", b""),
        ("multipart/form-data; boundary=" + "x" * 500, b""),
        (TYPE, b""),
        (TYPE, b"no boundary here"),
        (TYPE, form(file("clip", "a.mp4", b"x" * 50))[:80]),
        (TYPE, form(field("big", "x" * (FIELD_BYTES + 1)))),
        (TYPE, form(*(field(f"f{n}", "x") for n in range(101)))),
        (TYPE, form(("X-Header: " + "x" * 100_000, b""))),
    ],
)
def test_what_is_no_form_or_too_much_of_one_is_refused(kind: str, body: bytes) -> None:
    with pytest.raises(BadInput) as refused:
        read(body, 1000, kind)
    assert refused.value.remedy
