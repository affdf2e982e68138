"""One contract over every place for files: whole or absent, read as it was put, and no key leads elsewhere."""

import hashlib
import threading
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiditor.errors import AIditorError, BadInput, NotFound
from aiditor.store import files as places
from aiditor.store.files import PIECE, open_files
from aiditor.store.files_names import checked_key, safe_name

KEY = "users/u1/clips/c1/clip.mp4"
BAD_KEYS = ["", "/", "/etc/passwd", "..", "../x", "a/../b", "a/..", "./a", "a//b", "a/", "a\\b", "a\0b", "a\nb", 
            "a\x7f", "\udc80", "x" * 501, "y" * 256, "é" * 128]  # fmt: skip


@pytest.fixture
def clip_file(tmp_path) -> Path:
    return written(tmp_path / "given" / "clip.mp4", b"0123456789" * 10)


def written(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def big(path: Path, megabytes: int) -> Path:
    """Bytes that differ everywhere, a megabyte at a time."""
    with path.open("wb") as file:
        for n in range(megabytes):
            file.write(hashlib.shake_128(bytes([n])).digest(1024**2 - 1) + bytes([n]))
    return path


def content(files, key: str, **span) -> bytes:
    return b"".join(files.read(key, **span))


def lying(home: Path) -> list[Path]:
    """What lies below the data folder, but for notes."""
    return [path for path in home.rglob("*") if path.is_file() and "about" not in path.parts]


class TestPut:
    def test_is_told_and_found_again(self, files, clip_file):
        before = datetime.now(UTC) - timedelta(seconds=2)
        stored = files.put(KEY, clip_file)
        assert (stored.key, stored.bytes, stored.media_type) == (KEY, 100, "video/mp4")
        assert stored.sha256 == hashlib.sha256(clip_file.read_bytes()).hexdigest()
        assert before <= stored.modified_at <= datetime.now(UTC) + timedelta(seconds=2)
        assert files.stat(KEY) == stored
        assert content(files, KEY) == clip_file.read_bytes()

    def test_takes_the_type_that_is_given(self, files, clip_file):
        files.put(KEY, clip_file, media_type="video/x-matroska")
        assert files.stat(KEY).media_type == "video/x-matroska"
        assert files.put("a/unknown.ending7", clip_file).media_type == "application/octet-stream"

    def test_leaves_the_file_unless_it_is_to_be_moved(self, files, clip_file):
        files.put("a", clip_file)
        assert clip_file.exists()
        files.put("b", clip_file, move=True)
        assert not clip_file.exists()
        assert content(files, "b") == b"0123456789" * 10

    def test_moves_what_a_link_leads_to_as_a_copy(self, files, clip_file, tmp_path):
        (tmp_path / "link").symlink_to(clip_file)
        files.put("a", tmp_path / "link", move=True)
        assert not (tmp_path / "link").is_symlink()
        assert clip_file.exists()
        clip_file.write_bytes(b"changed")
        assert content(files, "a") == b"0123456789" * 10

    def test_replaces_what_was_there(self, files, clip_file, tmp_path):
        files.put(KEY, clip_file)
        files.put(KEY, written(tmp_path / "new", b"new"), media_type="text/plain")
        assert content(files, KEY) == b"new"
        stored = files.stat(KEY)
        assert (stored.bytes, stored.media_type) == (3, "text/plain")
        assert stored.sha256 == hashlib.sha256(b"new").hexdigest()

    def test_takes_nothing_at_all(self, files, tmp_path):
        assert files.put("empty", written(tmp_path / "empty", b"")).bytes == 0
        assert content(files, "empty") == b""
        with files.local("empty") as path:
            assert path.read_bytes() == b""

    def test_streams_what_is_large(self, files, tmp_path):
        path = big(tmp_path / "big", 40)
        stored = files.put("big", path)
        assert stored.bytes == 40 * 1024**2
        pieces = list(files.read("big"))
        assert max(map(len, pieces)) <= PIECE
        assert hashlib.sha256(b"".join(pieces)).hexdigest() == stored.sha256

    @pytest.mark.parametrize("what", ["nothing", "a folder"])
    def test_of_no_file_is_refused(self, files, tmp_path, what):
        if what == "a folder":
            (tmp_path / "given").mkdir()
        with pytest.raises(BadInput, match="given"):
            files.put(KEY, tmp_path / "given", move=True)
        assert list(files.keys()) == []

    def test_of_a_file_that_changes_meanwhile_keeps_nothing(self, files, tmp_path, file_settings, monkeypatch):
        path = big(tmp_path / "growing", 3)
        real = hashlib.sha256

        def growing(*args):  # the first hashing is when the put has begun to read
            with path.open("ab") as file:
                file.write(b"more")
            return real(*args)

        monkeypatch.setattr(hashlib, "sha256", growing)
        monkeypatch.setattr("aiditor.store.files_s3.sha256_of", lambda path: growing(path.read_bytes()).hexdigest())
        with pytest.raises(BadInput, match="changed while it was read"):
            files.put(KEY, path)
        monkeypatch.undo()
        assert list(files.keys()) == []
        assert path.exists()
        assert lying(file_settings.aiditor_home) == []

    def test_at_once_keeps_one_of_them_whole(self, files, tmp_path):
        given = [written(tmp_path / f"{n}", bytes([n]) * 300_000) for n in range(6)]
        trouble: list[Exception] = []

        def put(path):
            try:
                files.put(KEY, path)
            except AIditorError as error:
                trouble.append(error)

        threads = [threading.Thread(target=put, args=(path,)) for path in given]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert trouble == []
        kept = content(files, KEY)
        assert kept in [path.read_bytes() for path in given]
        assert files.stat(KEY).sha256 == hashlib.sha256(kept).hexdigest()

    def test_while_others_delete_the_folder(self, files, clip_file):
        stop = threading.Event()

        def delete():
            while not stop.is_set():
                files.delete("users/u1/other")
                files.delete_all("users/u1/renders")

        deleting = threading.Thread(target=delete)
        deleting.start()
        try:
            for n in range(20):
                files.put(f"users/u1/clips/{n}/clip.mp4", clip_file)
                files.delete(f"users/u1/clips/{n}/clip.mp4")
        finally:
            stop.set()
            deleting.join()
        assert list(files.keys()) == []


class TestRead:
    @pytest.mark.parametrize(
        ("start", "end"), [(0, None), (0, 10), (3, 7), (99, 100), (95, 1000), (100, None), (50, 50), (0, 0)]
    )
    def test_gives_the_span(self, files, clip_file, start, end):
        files.put(KEY, clip_file)
        assert content(files, KEY, start=start, end=end) == (b"0123456789" * 10)[start:end]

    @pytest.mark.parametrize("span", [{"start": -1}, {"start": 101}, {"start": 5, "end": 4}, {"start": 0, "end": -1}])
    def test_refuses_what_is_no_span_at_once(self, files, clip_file, span):
        files.put(KEY, clip_file)
        with pytest.raises(BadInput, match="100 bytes"):
            files.read(KEY, **span)

    def test_of_what_is_not_there_is_refused_at_once(self, files):
        with pytest.raises(NotFound):
            files.read(KEY)

    def test_may_be_left_early(self, files, tmp_path):
        files.put("big", big(tmp_path / "big", 3))
        reading = files.read("big")
        next(reading)
        reading.close()
        assert len(next(files.read("big", start=5, end=9))) == 4


class TestLocal:
    def test_is_the_content(self, files, clip_file):
        files.put(KEY, clip_file)
        for _ in range(2):
            with files.local(KEY) as path:
                assert path.read_bytes() == clip_file.read_bytes()

    def test_follows_what_is_put_anew(self, files, clip_file, tmp_path):
        files.put(KEY, clip_file)
        with files.local(KEY):
            pass
        files.put(KEY, written(tmp_path / "new", b"new"))
        with files.local(KEY) as path:
            assert path.read_bytes() == b"new"

    def test_is_there_after_a_move(self, files, clip_file):
        files.put(KEY, clip_file, move=True)
        with files.local(KEY) as path:
            assert path.read_bytes() == b"0123456789" * 10

    def test_of_what_is_not_there_is_refused(self, files):
        with pytest.raises(NotFound, match=r"clip\.mp4 is not there"), files.local(KEY):
            pass


class TestUrl:
    def test_downloads_under_the_name_or_there_is_none(self, files, clip_file):
        files.put(KEY, clip_file)
        url = files.url(KEY, expires_s=60, name='Zoë "best"\r\n.mp4')
        if url is None:
            return
        with urllib.request.urlopen(url) as answer:
            assert answer.read() == clip_file.read_bytes()
            assert answer.headers["Content-Type"] == "video/mp4"
            disposition = answer.headers["Content-Disposition"]
        assert disposition == "attachment; filename=\"Zo_ _best_.mp4\"; filename*=UTF-8''Zo%C3%AB%20_best_.mp4"

    def test_of_what_is_not_there_is_refused(self, files):
        with pytest.raises(NotFound):
            files.url(KEY, expires_s=60, name="clip.mp4")


class TestKeys:
    def test_are_in_order_and_of_whole_folders(self, files, clip_file):
        keys = ["a.mp4", "a/b", "users/u1/x", "users/u1/y/z", "users/u10/x", "users/u1.x", "zoë/🎮.mp4"]
        for key in keys:
            files.put(key, clip_file)
        assert list(files.keys()) == sorted(keys)
        assert list(files.keys("users/u1")) == list(files.keys("users/u1/")) == ["users/u1/x", "users/u1/y/z"]
        assert list(files.keys("users/u")) == list(files.keys("nobody")) == []

    def test_delete_takes_one_and_twice_is_no_error(self, files, clip_file):
        files.put("a/1", clip_file)
        files.put("a/2", clip_file)
        files.delete("a/1")
        files.delete("a/1")
        assert files.stat("a/1") is None
        assert list(files.keys()) == ["a/2"]

    def test_delete_all_takes_a_folder_and_nothing_beside_it(self, files, clip_file):
        for key in ("users/u1/a", "users/u1/b/c", "users/u10/a"):
            files.put(key, clip_file)
        assert files.delete_all("users/u1") == 2
        assert files.delete_all("users/u1/") == 0
        assert list(files.keys()) == ["users/u10/a"]
        with pytest.raises(BadInput, match="never deleted"):
            files.delete_all("")

    def test_deleting_leaves_nothing_on_the_disk(self, files, clip_file, file_settings):
        files.put(KEY, clip_file)
        files.delete_all("users")
        assert lying(file_settings.aiditor_home) == []
        assert not list(file_settings.aiditor_home.rglob("*.json"))


class TestKeyNames:
    @pytest.mark.parametrize("key", BAD_KEYS)
    def test_that_lead_elsewhere_are_refused_everywhere(self, files, clip_file, key):
        calls = [lambda: files.put(key, clip_file), lambda: files.stat(key), lambda: files.read(key),
                 lambda: files.local(key).__enter__(), lambda: files.url(key, expires_s=1, name="x"),
                 lambda: files.delete(key), lambda: files.delete_all(f"{key}/" if key else "")]  # fmt: skip
        for call in calls:
            with pytest.raises(BadInput):
                call()
        assert list(files.keys()) == []

    @given(st.text(max_size=60) | st.lists(st.sampled_from(["..", ".", "", "a", "\\", "b\0", "c"])).map("/".join))
    def test_that_are_taken_stay_below(self, key):
        root = Path("/somewhere/files")
        try:
            path = root / checked_key(key)
        except BadInput:
            return
        assert root in path.parents
        assert path.as_posix() == f"{root}/{key}"
        assert not {"..", ".", ""} & set(key.split("/"))


class TestSafeNames:
    @pytest.mark.parametrize(
        ("given", "safe"),
        [("clip.mp4", "clip.mp4"), ("My best  clip.MP4", "My best clip.MP4"), ("../../etc/passwd", "passwd"),
         ("C:\\Users\\me\\clip.mov", "clip.mov"),
         ("CON.mp4", "_CON.mp4"), ("nul", "_nul"), ("com1.tar.gz", "_com1.tar.gz"),
         ("a\0b\n.mp4", "ab.mp4"), ("<img src=x onerror=alert(1)>.mp4", "_img src=x onerror=alert(1)_.mp4"),
         ("", "clip"), ("...", "clip"), (".mp4", "clip.mp4"), ("‮4pm.exe", "4pm.exe"), ("Zoë 🎮.mkv", "Zoë 🎮.mkv"),
         ("e\u0301.mp4", "é.mp4"), ("trailing. ", "trailing"), ("x.mp4 .", "x.mp4"), ("\udcff.mp4", "clip.mp4")],
    )  # fmt: skip
    def test_keep_what_can_be_kept(self, given, safe):
        assert safe_name(given) == safe

    @given(st.text(max_size=400))
    def test_can_be_written_everywhere(self, tmp_path_factory, name):
        safe = safe_name(name)
        assert checked_key(safe) == safe
        assert "/" not in safe
        assert 0 < len(safe.encode()) <= 120
        assert not set('<>:"|?*\\') & set(safe)
        assert safe == safe.strip(". ")
        assert safe_name(safe) == safe
        (tmp_path_factory.getbasetemp() / safe).touch()

    def test_long_ones_keep_their_ending(self):
        safe = safe_name("é" * 300 + ".mp4")
        assert safe.endswith("é.mp4")
        assert len(safe.encode()) <= 120


class TestTrouble:
    def test_ping_is_quiet_when_all_is_well(self, files):
        files.ping()

    def test_sweep_takes_what_was_broken_off(self, files, clip_file):
        files.put(KEY, clip_file)
        later = datetime.now(UTC) + timedelta(hours=1)
        assert files.sweep(later) == 0
        if (client := getattr(files, "_s3", None)) is not None:
            begun = client.create_multipart_upload(Bucket=files.bucket, Key="users/u1/half")
            part = {"Bucket": files.bucket, "Key": "users/u1/half", "UploadId": begun["UploadId"]}
            client.upload_part(**part, PartNumber=1, Body=b"half")
            written(files.fetched.root / "abc.part", b"half")
            halves = 2
        else:
            written(files.parts / "abc", b"half")
            halves = 1
        assert files.sweep(datetime(2000, 1, 1, tzinfo=UTC)) == 0, "moto says that uploads began in 2010"
        assert files.sweep(later) == halves
        assert files.sweep(later) == 0
        assert list(files.keys()) == [KEY]

    def test_the_place_is_the_settings(self, file_settings, clip_file):
        open_files(file_settings).put(KEY, clip_file)
        assert content(open_files(file_settings), KEY) == clip_file.read_bytes()
        assert places.media_type_of("a.webm") == "video/webm"
