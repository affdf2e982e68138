"""Whatever cannot be used is refused by name, with a way out, and the rest of the batch goes on."""

from __future__ import annotations

import os
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from contracts.kinds import BAD
from media_factory import make_clip

from aiditor.errors import UnreadableMedia
from aiditor.ingest import IngestConfig, ingest
from aiditor.media.open import open_media

LISTS = ("playlist_renamed", "concat_list_renamed", "dash_manifest_renamed", "session_description")


def test_there_are_enough_kinds() -> None:
    assert len(BAD) >= 20


@pytest.mark.parametrize("kind", BAD)
def test_it_is_refused_and_the_batch_goes_on(kind: str, tmp_path: Path, clip: Path) -> None:
    (tmp_path / "in").mkdir()
    given = BAD[kind](tmp_path / "in")
    before = set(tmp_path.rglob("*"))
    found = ingest([given, clip], IngestConfig(), workdir=tmp_path / "work")
    assert [source.path for source in found.sources] == [str(clip)]
    assert found.rejected
    for rejection in found.rejected:
        assert given.name in rejection.file
        assert given.name in rejection.why or rejection.file in rejection.why
        assert len(rejection.remedy) > 10
        assert not any(word in rejection.why for word in ("Error", "Errno", "Traceback", "None"))
    written = set(tmp_path.rglob("*")) - before
    assert all(path.is_relative_to(tmp_path / "work") for path in written), (
        "something was written outside the work folder"
    )
    assert not [path for path in written if path.suffix == ".part"]
    assert not list(tmp_path.parent.glob("escaped*"))


@pytest.mark.parametrize("kind", LISTS)
def test_a_list_is_never_followed(kind: str, tmp_path: Path) -> None:
    """Not even by the opener alone, without the look at the first bytes that words the refusal."""
    with pytest.raises(UnreadableMedia):
        open_media(BAD[kind](tmp_path))


@pytest.mark.parametrize("name", ["list.mp4", "list.m3u8", "list.mkv", "clip.ts"])
def test_nobody_is_called(name: str, tmp_path: Path) -> None:
    calls: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.3)

        def listen() -> None:
            try:
                calls.append(server.accept())
            except TimeoutError:
                return

        ear = threading.Thread(target=listen)
        ear.start()
        address = f"http://127.0.0.1:{server.getsockname()[1]}/x.ts"
        (tmp_path / name).write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{address}\n#EXT-X-ENDLIST\n")
        found = ingest([tmp_path / name, address], IngestConfig(), workdir=tmp_path / "work")
        ear.join()
    assert len(found.rejected) == 2
    assert calls == []


@contextmanager
def without_privileges() -> Iterator[None]:
    """Root may read everything, so that a test of a refusal must stop being root for a while."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65_534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_file_without_permission_is_refused() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        locked, good = make_clip(folder / "locked.mp4"), make_clip(folder / "good.mp4", seed=1)
        closed = folder / "closed"
        closed.mkdir(mode=0o000)
        locked.chmod(0o000)
        good.chmod(0o644)
        with without_privileges():
            found = ingest([locked, closed, good], IngestConfig(), workdir=folder / "work")
        closed.chmod(0o700)
    assert [source.name for source in found.sources] == ["good.mp4"]
    assert [Path(rejection.file).name for rejection in found.rejected] == ["closed", "locked.mp4"]
    assert all("may not be read" in rejection.why and rejection.remedy for rejection in found.rejected)


def test_all_of_them_at_once(tmp_path: Path, clip: Path) -> None:
    given = []
    for kind, make in BAD.items():
        (tmp_path / kind).mkdir()
        given.append(make(tmp_path / kind))
    found = ingest([*given, clip], IngestConfig(), workdir=tmp_path / "work")
    assert [source.path for source in found.sources] == [str(clip)]
    assert len(found.rejected) >= len(BAD)
