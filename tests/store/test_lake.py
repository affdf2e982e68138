"""Labels come back, the last word counts, and many write and read at once."""

import os
import random
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import duckdb
import pytest

from aiditor.errors import AIditorError, BadInput
from aiditor.store import lake as lakes
from aiditor.store.labels import SAYS, TAKEN_BACK, Label, parse_clock
from aiditor.store.lake import Lake

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def label(says="kill", t_s=4.0, *, minutes=0, source="a", **more) -> Label:
    at = NOON + timedelta(minutes=minutes)
    return Label(source, f"/clips/{source}.mp4", t_s, max(t_s - 1, 0), t_s + 1, says, labelled_at=at, **more)


@pytest.fixture
def lake(tmp_path) -> Lake:
    return Lake(tmp_path / "it's a [lake]")


class TestLabel:
    @pytest.mark.parametrize(
        ("off", "why"),
        [({"says": "maybe"}, "'maybe' is no label"), ({"t_s": float("nan")}, "no time"), ({"t_s": -1.0}, "no time"),
         ({"confidence": 1.5}, "confidence"), ({"source": ""}, "names no clip")],
    )  # fmt: skip
    def test_says_what_is_off(self, off, why):
        with pytest.raises(BadInput, match=why):
            label(**off)

    def test_time_needs_a_zone_and_is_kept_as_utc(self):
        with pytest.raises(BadInput, match="time zone"):
            Label("a", "a.mp4", 1, 0, 2, "kill", labelled_at=datetime(2026, 1, 1))
        east = datetime.fromisoformat("2026-05-01T14:00:00+02:00")
        assert Label("a", "a.mp4", 1, 0, 2, "kill", labelled_at=east).labelled_at.isoformat().endswith("12:00:00+00:00")

    def test_a_moment_is_named_to_the_hundredth(self):
        assert label(t_s=0.1 + 0.2).moment == ("a", 0.3)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1:02.4", 62.4), ("0:00", 0), ("12.3", 12.3), (" 1:01:02 ", 3662), ("1:02,5", 62.5), ("75", 75), (9.5, 9.5)],
)
def test_clock_is_read(text, seconds):
    assert parse_clock(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "soon", "1:99", "1.5:02", "-3", "1:-2", "inf", "nan", "1:2:3:4", "1:"])
def test_what_is_no_clock_is_refused(text):
    with pytest.raises(BadInput, match="is no time"):
        parse_clock(text)


class TestAnswers:
    def test_an_empty_lake_has_none(self, lake):
        assert lake.labels() == ()
        assert lake.add_labels([]) == 0
        assert not lake.root.exists()

    def test_every_field_comes_back_the_same(self, lake):
        given = label("other_kill", 12.34, source="b", detected="kill", confidence=0.71, detector="bursts/1",
                      project="p1", labelled_by="ana")  # fmt: skip
        assert lake.add_labels([given]) == 1
        assert Lake(lake.root).labels() == (given,)

    def test_every_word_may_be_said(self, lake):
        lake.add_labels(label(says, float(n), minutes=n) for n, says in enumerate(SAYS))
        assert tuple(found.says for found in lake.labels()) == SAYS

    def test_the_last_word_counts_whichever_file_it_is_in(self, lake):
        lake.add_labels([label("death", minutes=2)])
        lake.add_labels([label("keep", minutes=1), label("score", 9.0, minutes=1)])
        assert [(found.t_s, found.says) for found in lake.labels()] == [(9.0, "score"), (4.0, "death")]
        assert len(lake.labels(history=True)) == 3

    def test_the_last_in_one_write_counts(self, lake):
        lake.add_labels([label("death"), label("kill")])
        assert [found.says for found in lake.labels()] == ["kill"]

    def test_what_is_taken_back_is_gone_until_said_again(self, lake):
        lake.add_labels([label("kill"), label(TAKEN_BACK, minutes=1)])
        assert lake.labels() == ()
        assert len(lake.labels(history=True)) == 2
        lake.add_labels([label("death", minutes=2)])
        assert [found.says for found in lake.labels()] == ["death"]

    def test_by_time_source_and_project(self, lake):
        lake.add_labels([label(), label(minutes=5, source="b", project="p"), label("death", minutes=1, source="c")])
        since = NOON + timedelta(minutes=1)
        assert [found.source_id for found in lake.labels(since=since)] == ["c", "b"]
        assert [found.source_id for found in lake.labels(since=since.replace(tzinfo=None))] == ["c", "b"]
        assert [found.source_id for found in lake.labels(source="b")] == ["b"]
        assert [found.source_id for found in lake.labels(source={"a", "c"})] == ["a", "c"]
        assert [found.source_id for found in lake.labels(project="p")] == ["b"]
        assert lake.labels(source=[]) == ()

    def test_any_program_may_ask_the_files(self, lake):
        lake.add_labels([label("kill"), label("death", 9.0)])
        (file,) = lake.files()
        with duckdb.connect() as connection:
            connection.read_parquet(str(file).replace("[", "[[]")).create("label")
            assert connection.sql("SELECT says, labelled_at FROM label ORDER BY t_s").fetchall() == [
                ("kill", NOON.replace(tzinfo=None)), ("death", NOON.replace(tzinfo=None)),
            ]  # fmt: skip


class TestDamage:
    def test_broken_files_are_named_and_set_aside_and_the_rest_is_read(self, lake, caplog):
        lake.add_labels([label("kill")])
        lake.add_labels([label("death", 9.0, minutes=1)])
        whole, cut = lake.files()
        cut.write_bytes(cut.read_bytes()[:-40])
        (lake.table.folder / "0.parquet").write_bytes(b"")
        with duckdb.connect() as connection:
            connection.sql("SELECT 1 AS other").write_parquet(str(lake.table.folder / "9.parquet"))
        assert [found.says for found in lake.labels()] == ["kill"]
        assert lake.files() == [whole]
        assert {path.name for path in lake.set_aside()} == {
            "0.parquet.broken",
            f"{cut.name}.broken",
            "9.parquet.broken",
        }
        assert all(name in caplog.text for name in ("0.parquet", cut.name, "9.parquet"))
        caplog.clear()
        assert len(lake.labels()) == 1
        assert not caplog.text

    def test_a_damaged_page_is_found(self, lake):
        lake.add_labels(label("kill", float(n)) for n in range(500))
        (file,) = lake.files()
        data = bytearray(file.read_bytes())
        rng = random.Random(1)
        data[8:900] = bytes(rng.randrange(256) for _ in range(892))
        file.write_bytes(data)
        lake.add_labels([label("death", 900.0)])
        assert [found.says for found in lake.labels()] == ["death"]
        assert len(lake.set_aside()) == 1

    def test_words_of_a_later_version_are_left_where_they_are(self, lake, caplog):
        lake.add_labels([label("kill")])
        with duckdb.connect() as connection:
            connection.read_parquet(str(lake.files()[0]).replace("[", "[[]")).create("label")
            connection.execute("UPDATE label SET says = 'assist', t_s = 7")
            connection.execute("INSERT INTO label SELECT * REPLACE (2 AS schema, 8 AS t_s) FROM label")
            connection.execute("ALTER TABLE label ADD COLUMN mood VARCHAR DEFAULT 'glad'")
            connection.table("label").write_parquet(str(lake.table.folder / "later.parquet"))
        assert [found.says for found in lake.labels()] == ["kill"]
        assert "'assist' is no label" in caplog.text
        assert lake.compact() == 2
        assert [found.says for found in lake.labels()] == ["kill"]
        with duckdb.connect() as connection:
            rows = connection.read_parquet(str(lake.files()[0]).replace("[", "[[]")).order("t_s").fetchall()
        assert [row[-1] for row in rows] == [None, "glad", "glad"]

    def test_what_cannot_be_written_says_where_and_leaves_nothing(self, lake):
        lake.root.parent.mkdir(exist_ok=True)
        lake.root.write_text("a file lies where the folder should")
        with pytest.raises(AIditorError, match="cannot be written") as caught:
            lake.add_labels([label()])
        assert "check the space and the rights" in caught.value.remedy
        assert [path.name for path in lake.root.parent.iterdir()] == [lake.root.name]

    @pytest.mark.skipif(os.getuid() == 0, reason="root may read everything")
    def test_a_file_without_rights_is_not_called_broken(self, lake):
        lake.add_labels([label()])
        (file,) = lake.files()
        file.chmod(0)
        with pytest.raises(AIditorError, match="cannot be read"):
            lake.labels()
        assert lake.files() == [file]


class TestManyFiles:
    def test_they_are_put_together_and_say_the_same(self, lake, monkeypatch):
        monkeypatch.setattr(lakes, "MANY_FILES", 5)
        for n in range(12):
            lake.add_labels([label("kill" if n % 2 else "death", float(n % 4), minutes=n)])
            assert len(lake.files()) < 5
        assert [(found.t_s, found.says) for found in lake.labels()] == [
            (0, "death"), (1, "kill"), (2, "death"), (3, "kill"),
        ]  # fmt: skip
        assert len(lake.labels(history=True)) == 12
        assert not list(lake.table.folder.glob(".*"))

    def test_rows_in_two_files_change_no_answer(self, lake):
        for n in range(3):
            lake.add_labels([label("kill", float(n), minutes=n)])
        before, kept = lake.labels(), [(file, file.read_bytes()) for file in lake.files()]
        lake.compact()
        for file, data in kept:  # as if the process had died before it took them away
            file.write_bytes(data)
        assert lake.labels() == before
        lake.compact()
        assert lake.labels(history=True) == before

    def test_many_processes_write_read_and_put_together_at_once(self, lake):
        script = (
            "import sys; from pathlib import Path; from aiditor.store import lake as m\n"
            "from aiditor.store.labels import Label\n"
            "m.MANY_FILES = 4; lake = m.Lake(Path(sys.argv[1]))\n"
            "for n in range(10):\n"
            "    lake.add_labels([Label(sys.argv[2], 'x.mp4', n, n, n + 1, 'kill')])\n"
            "    assert len(lake.labels(source=sys.argv[2])) == n + 1\n"
        )  # fmt: skip
        workers = [
            subprocess.Popen([sys.executable, "-c", script, str(lake.root), name], stderr=subprocess.PIPE, text=True)
            for name in "ab"
        ]
        for worker in workers:
            _, errors = worker.communicate(timeout=120)
            assert worker.returncode == 0, errors
            assert "set aside" not in errors
        assert len(lake.labels()) == 20
        assert len(lake.labels(history=True)) >= 20
        assert not lake.set_aside()
        assert not list(lake.table.folder.glob(".*"))


class TestExport:
    @pytest.mark.parametrize("ending", [".parquet", ".csv", ".json"])
    def test_for_other_programs(self, lake, tmp_path, ending):
        lake.add_labels([label("kill"), label("death", 9.0, minutes=1)])
        path = lake.export(lake.labels(), tmp_path / f"it's{ending}")
        with duckdb.connect() as connection:
            reader = {".parquet": "read_parquet", ".csv": "read_csv", ".json": "read_json"}[ending]
            rows = connection.execute(f"SELECT says, t_s FROM {reader}(?) ORDER BY t_s", [str(path)]).fetchall()
        assert rows == [("kill", 4.0), ("death", 9.0)]
        assert sorted(file.name for file in tmp_path.iterdir() if file.is_file()) == [path.name]

    def test_another_ending_is_refused(self, lake, tmp_path):
        with pytest.raises(BadInput, match=r"cannot be written as x\.xlsx"):
            lake.export([], tmp_path / "x.xlsx")
