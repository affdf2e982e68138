"""Two gigabytes on their way in, and what the server's process takes meanwhile."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from api.served import CLIP, server

SIZE = 2 * 1024**3
MOST_MIB = 300
BLOCK = b"\x5a" * 1024**2


def resident_mib(pid: int) -> float:
    """The most that the process ever held."""
    said = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(re.search(r"VmHWM:\s+(\d+) kB", said)[1]) / 1024


def body(size: int) -> Iterator[bytes]:
    yield CLIP
    left = size - len(CLIP)
    while left:
        yield BLOCK[:left]
        left -= min(left, len(BLOCK))


def by_form(client: httpx.Client) -> dict:
    head = b'--xXx\r\nContent-Disposition: form-data; name="clips"; filename="long.mp4"\r\n\r\n'

    def sent() -> Iterator[bytes]:
        yield head
        yield from body(SIZE)
        yield b"\r\n--xXx--\r\n"

    headers = {"Content-Type": "multipart/form-data; boundary=xXx"}
    answer = client.post("/v2/uploads/file", content=sent(), headers=headers)
    assert answer.status_code == 201, answer.text
    return answer.json()[0]


def by_tus(client: httpx.Client) -> dict:
    begun = client.post("/v2/uploads", headers={"Tus-Resumable": "1.0.0", "Upload-Length": str(SIZE)})
    headers = {"Tus-Resumable": "1.0.0", "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    there = begun.headers["location"]
    assert client.patch(there, content=body(SIZE), headers=headers).status_code == 204
    return client.get(there).json()


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("send", [by_tus, by_form])
def test_two_gigabytes_arrive_in_little_memory(send, tmp_path: Path) -> None:
    home = tmp_path / "home"
    try:
        with server(home) as (client, pid):
            before = resident_mib(pid)
            begun = time.monotonic()
            upload = send(client)
            seconds = time.monotonic() - begun
            assert (upload["done"], upload["bytes"]) == (True, SIZE)
            after = resident_mib(pid)
            print(f"{send.__name__}: {before:.0f} MiB before, {after:.0f} MiB at most, {seconds:.0f} s")
            assert after < MOST_MIB
            (kept,) = [path for path in (home / "uploads").rglob("*") if path.is_file()]
            assert kept.stat().st_size == SIZE
            assert client.delete(f"/v2/uploads/{upload['id']}").status_code == 204
            assert not kept.exists()
    finally:
        shutil.rmtree(home, ignore_errors=True)
