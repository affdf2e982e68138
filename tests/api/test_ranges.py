"""Files over HTTP: parts, resuming and names, on the responses themselves."""

from __future__ import annotations

import asyncio
from email.message import Message
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiditor.api.ranges import disposition, file_response
from aiditor.store.files import Stored
from aiditor.store.files_folder import FolderFiles

DATA = bytes(range(256)) * 10


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[FolderFiles, Stored]:
    files = FolderFiles(tmp_path_factory.mktemp("files"))
    path = tmp_path_factory.mktemp("given") / "a.mp4"
    path.write_bytes(DATA)
    return files, files.put("users/a/clip.mp4", path)


def asked(kept: tuple[FolderFiles, Stored], head: bool = False, **sent: str) -> tuple[int, dict[str, str], bytes]:
    headers = {name.replace("_", "-"): value for name, value in sent.items()}
    response = file_response(
        *kept, name="clip.mp4", media_type="video/mp4", sent=headers, head=head, inline=False
    )  # fmt: skip
    messages: list = []

    async def send(message) -> None:
        messages.append(message)

    async def receive():
        await asyncio.sleep(60)

    asyncio.run(response({"type": "http", "method": "GET", "asgi": {"spec_version": "2.4"}}, receive, send))
    body = b"".join(message.get("body", b"") for message in messages[1:])
    return response.status_code, dict(response.headers), body


def test_the_whole_file_says_what_it_is(kept) -> None:
    status, headers, body = asked(kept)
    assert (status, body) == (200, DATA)
    assert headers["content-length"] == "2560"
    assert headers["content-type"] == "video/mp4"
    assert headers["accept-ranges"] == "bytes"
    assert headers["etag"] == f'"{kept[1].sha256}"'


def test_head_is_get_without_the_body(kept) -> None:
    status, headers, body = asked(kept, head=True)
    assert (status, body, headers["content-length"]) == (200, b"", "2560")
    status, headers, body = asked(kept, head=True, range="bytes=0-9")
    assert (status, body, headers["content-length"]) == (206, b"", "10")


@given(first=st.integers(0, 4000) | st.none(), last=st.integers(0, 4000) | st.none())
def test_any_one_range_is_that_slice(kept, first: int | None, last: int | None) -> None:
    spelled = f"bytes={'' if first is None else first}-{'' if last is None else last}"
    status, headers, body = asked(kept, range=spelled)
    if (first is None and last is None) or (first is not None and last is not None and last < first):
        assert (status, body) == (200, DATA)  # no range at all: ignored
        return
    meant = DATA[-last:] if first is None and last else DATA[first : None if last is None else last + 1]
    if first is None and not last:
        meant = b""
    if not meant:
        assert (status, body, headers["content-range"]) == (416, b"", "bytes */2560")
        return
    assert (status, body) == (206, meant)
    start = DATA.find(meant, (first if first is not None else len(DATA) - len(meant)))
    assert headers["content-range"] == f"bytes {start}-{start + len(meant) - 1}/2560"
    assert headers["content-length"] == str(len(meant))


@pytest.mark.parametrize("spelled", ["bytes=0-1,5-6", "bytes", "items=0-4", "bytes=a-b", "bytes=-", "bytes=1" * 40])
def test_what_is_no_single_range_gives_the_whole(kept, spelled: str) -> None:
    assert asked(kept, range=spelled)[0::2] == (200, DATA)


def test_what_the_client_has_is_not_sent_again(kept) -> None:
    _, headers, _ = asked(kept)
    assert asked(kept, if_none_match=headers["etag"])[0::2] == (304, b"")
    assert asked(kept, if_none_match=f'"other", W/{headers["etag"]}')[0] == 304
    assert asked(kept, if_none_match="*")[0] == 304
    assert asked(kept, if_none_match='"other"')[0] == 200
    assert asked(kept, if_modified_since=headers["last-modified"])[0] == 304
    assert asked(kept, if_modified_since="Thu, 01 Jan 1998 00:00:00 GMT")[0] == 200
    assert asked(kept, if_modified_since="nonsense")[0] == 200


def test_a_part_is_given_only_of_the_file_that_was_begun(kept) -> None:
    _, headers, _ = asked(kept)
    for same in (headers["etag"], headers["last-modified"]):
        assert asked(kept, range="bytes=10-", if_range=same)[0] == 206
    for other in ('"other"', f"W/{headers['etag']}", "Thu, 01 Jan 1998 00:00:00 GMT", "nonsense"):
        assert asked(kept, range="bytes=10-", if_range=other)[0::2] == (200, DATA)


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=80))
def test_a_name_cannot_leave_its_header_and_comes_back_whole(name: str) -> None:
    header = disposition(name)
    header.encode("ascii")
    assert "\r" not in header
    assert "\n" not in header
    assert unquote(header.partition("filename*=UTF-8''")[2]) == name
    read = Message()
    read["Content-Disposition"] = header
    assert read.get_content_disposition() == "attachment"


def test_only_films_sounds_and_pictures_are_shown_in_the_page(tmp_path: Path, kept) -> None:
    def shown(media_type: str) -> str:
        response = file_response(*kept, name="x", media_type=media_type, sent={}, head=True, inline=True)
        return response.headers["content-disposition"].partition(";")[0]

    assert [shown(kind) for kind in ("video/mp4", "audio/wav", "image/jpeg")] == ["inline"] * 3
    assert [shown(kind) for kind in ("text/html", "image/svg+xml", "application/pdf")] == ["attachment"] * 3
