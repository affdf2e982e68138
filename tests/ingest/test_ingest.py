"""Files, folders, patterns and ZIPs become clips; what cannot be used says why, and stops nothing."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import pytest
from media_factory import cut_off, make_clip

from aiditor.errors import Cancelled
from aiditor.ingest import IngestConfig, ingest
from aiditor.ingest.identity import CHUNK_BYTES, WHOLE_BYTES, content_id
from aiditor.timeline import Ingested, from_json, to_json


@pytest.fixture(scope="module")
def clips(media_dir: Path) -> list[Path]:
    """Three short clips that differ."""
    folder = media_dir / "three"
    folder.mkdir(exist_ok=True)
    return [make_clip(folder / f"{n}.mp4", seed=n, size=(160, 90)) for n in (1, 2, 3)]


def pack(path: Path, entries: dict[str, Path | bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name, content if isinstance(content, bytes) else content.read_bytes())
    return path


def take(*given: str | Path, workdir: Path, **config: object) -> Ingested:
    return ingest(given, IngestConfig(find_overlaps=False, **config), workdir=workdir)


def names(found: Ingested) -> list[str]:
    return [source.name for source in found.sources]


def test_files_keep_the_order_they_were_given_in(clips: list[Path], tmp_path: Path) -> None:
    found = take(clips[2], clips[0], clips[1], workdir=tmp_path)
    assert names(found) == ["3.mp4", "1.mp4", "2.mp4"]
    assert all(Path(source.path).is_absolute() and len(source.id) == 16 for source in found.sources)
    assert from_json(Ingested, to_json(found)) == found


def test_a_folder_gives_all_below_it_sorted_and_passes_over_the_rest(clips: list[Path], tmp_path: Path) -> None:
    folder = tmp_path / "my clips"
    (folder / "b" / ".cache").mkdir(parents=True)
    for source, name in (
        (clips[0], "b/z.mp4"),
        (clips[1], "a.MP4"),
        (clips[2], "no ending"),
        (clips[2], ".hidden.mp4"),
    ):
        shutil.copy(source, folder / name)
    shutil.copy(clips[0], folder / "b" / ".cache" / "thumb.mp4")
    (folder / "notes.txt").write_text("hello")
    (folder / "strange.bin").write_bytes(b"\1\2\3" * 100)
    notes: list[str] = []
    found = ingest(
        [folder],
        IngestConfig(find_overlaps=False),
        workdir=tmp_path / "work",
        progress=lambda fraction, note: notes.append(note),
    )
    assert names(found) == ["a.MP4", "no ending", "z.mp4"]
    assert found.rejected == ()
    passed_over = [note for note in notes if "passed over" in note]
    assert {note.split()[0] for note in passed_over} == {"notes.txt", "strange.bin", ".hidden.mp4"}


def test_a_broken_clip_in_a_folder_is_refused_aloud(clips: list[Path], tmp_path: Path) -> None:
    folder = tmp_path / "clips"
    folder.mkdir()
    shutil.copy(clips[0], folder / "good.mp4")
    cut_off(Path(shutil.copy(clips[1], folder / "half.mp4")), 0.5)
    found = take(folder, workdir=tmp_path)
    assert names(found) == ["good.mp4"]
    assert found.rejected[0].file == str(folder / "half.mp4")


def test_patterns_are_expanded(clips: list[Path], tmp_path: Path) -> None:
    assert names(take(str(clips[0].parent / "[12].mp4"), workdir=tmp_path)) == ["1.mp4", "2.mp4"]
    assert names(take(str(clips[0].parent.parent / "**" / "3.mp4"), workdir=tmp_path)) == ["3.mp4"]


def test_a_file_whose_name_looks_like_a_pattern_is_taken_as_it_is(clips: list[Path], tmp_path: Path) -> None:
    odd = Path(shutil.copy(clips[0], tmp_path / "clip [1].mp4"))
    assert names(take(odd, workdir=tmp_path)) == ["clip [1].mp4"]


def test_the_same_file_given_twice_is_used_once(clips: list[Path], tmp_path: Path) -> None:
    found = take(clips[0], clips[0].parent, clips[0], workdir=tmp_path)
    assert names(found) == ["1.mp4", "2.mp4", "3.mp4"]
    assert found.rejected == ()


def test_a_copy_under_another_name_is_refused(clips: list[Path], tmp_path: Path) -> None:
    copy = shutil.copy(clips[0], tmp_path / "copy.mp4")
    found = take(clips[0], copy, workdir=tmp_path)
    assert names(found) == ["1.mp4"]
    assert found.rejected[0].why == "copy.mp4 is the same file as 1.mp4"


def test_clips_in_a_zip_go_by_their_name_in_it(clips: list[Path], tmp_path: Path) -> None:
    raid = pack(
        tmp_path / "raid.zip", {"day 1/ünï 🎮.mp4": clips[0], "b.mp4": clips[1], "readme.txt": b"hi", "bad.mp4": b"x"}
    )
    found = take(raid, workdir=tmp_path / "work")
    assert names(found) == ["raid.zip/day 1/ünï 🎮.mp4", "raid.zip/b.mp4"]
    assert all(Path(source.path).is_relative_to(tmp_path / "work") for source in found.sources)
    assert [source.id for source in found.sources] == [content_id(clips[0]), content_id(clips[1])]
    assert [(r.file, r.why.split()[0]) for r in found.rejected] == [("raid.zip/bad.mp4", "raid.zip/bad.mp4")]


def test_a_zip64_archive_is_unpacked(clips: list[Path], tmp_path: Path) -> None:
    path = tmp_path / "big.zip"
    with zipfile.ZipFile(path, "w") as archive, archive.open("1.mp4", "w", force_zip64=True) as entry:
        entry.write(clips[0].read_bytes())
    assert names(take(path, workdir=tmp_path / "work")) == ["big.zip/1.mp4"]


def test_a_zip_is_unpacked_once(clips: list[Path], tmp_path: Path) -> None:
    raid = pack(tmp_path / "raid.zip", {"a.mp4": clips[0]})
    first = Path(take(raid, workdir=tmp_path / "work").sources[0].path)
    written = first.stat().st_mtime_ns
    assert Path(take(raid, workdir=tmp_path / "work").sources[0].path) == first
    assert first.stat().st_mtime_ns == written


def test_long_names_in_a_zip_are_shortened_on_disk(clips: list[Path], tmp_path: Path) -> None:
    raid = pack(tmp_path / "raid.zip", {"x" * 400 + ".mp4": clips[0], "what? a <clip>: 1*.mp4": clips[1]})
    found = take(raid, workdir=tmp_path / "work")
    assert len(found.sources) == 2
    assert all(len(Path(source.path).name) < 80 for source in found.sources)


def test_a_nested_zip_is_refused_and_its_neighbours_are_taken(clips: list[Path], tmp_path: Path) -> None:
    inner = pack(tmp_path / "inner.zip", {"a.mp4": clips[0]})
    found = take(pack(tmp_path / "outer.zip", {"inner.zip": inner, "b.mp4": clips[1]}), workdir=tmp_path / "work")
    assert names(found) == ["outer.zip/b.mp4"]
    assert "archive in an archive" in found.rejected[0].why


def test_the_caps_hold(clips: list[Path], tmp_path: Path) -> None:
    raid = pack(tmp_path / "raid.zip", {f"{n}.mp4": clip for n, clip in enumerate(clips)})
    assert "over the cap of 2" in take(raid, workdir=tmp_path / "a", zip_max_files=2).rejected[0].why
    small = take(raid, workdir=tmp_path / "b", zip_max_unpacked_gb=1e-6)
    assert small.sources == ()
    assert "over the cap" in small.rejected[0].why
    few = take(*clips, workdir=tmp_path / "c", max_clips=2)
    assert names(few) == ["1.mp4", "2.mp4"]
    assert "3.mp4" in few.rejected[0].why
    assert "lasts only 1.0" in take(clips[0], workdir=tmp_path, min_clip_s=2).rejected[0].why


def test_cancelling_while_unpacking_leaves_nothing_half_written(clips: list[Path], tmp_path: Path) -> None:
    raid = pack(tmp_path / "raid.zip", {"a.mp4": clips[0]})

    def stop(fraction: float, note: str) -> None:
        if "unpacking" in note:
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        ingest([raid], IngestConfig(), workdir=tmp_path / "work", progress=stop)
    assert [path for path in (tmp_path / "work").rglob("*") if path.is_file()] == []


def test_progress_goes_up_to_one(clips: list[Path], tmp_path: Path) -> None:
    fractions: list[float] = []
    ingest(clips, IngestConfig(), workdir=tmp_path, progress=lambda fraction, note: fractions.append(fraction))
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0


def test_nothing_given_gives_nothing(tmp_path: Path) -> None:
    assert take(workdir=tmp_path) == Ingested((), ())
    assert "not a file name" in take("", workdir=tmp_path).rejected[0].why


def test_large_files_are_told_apart_by_size_and_samples(tmp_path: Path) -> None:
    data = bytearray(WHOLE_BYTES + 5 * CHUNK_BYTES)
    path = tmp_path / "large.mkv"
    path.write_bytes(data)
    first = content_id(path)
    assert content_id(path) == first
    path.write_bytes(data + b"\0")
    assert content_id(path) != first
    data[-1] = 1
    path.write_bytes(data)
    assert content_id(path) != first
