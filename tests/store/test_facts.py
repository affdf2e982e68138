"""What came of jobs: every answer is a plain count, a job counts once, and many write at once."""

import statistics
import subprocess
import sys
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta, timezone

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aiditor.errors import AIditorError, BadInput
from aiditor.store import facts as module
from aiditor.store.facts import Answers, Day, Facts, Failures, Moments, StageTime, Storage, Style
from aiditor.store.job_facts import ENDS, ClipFact, EventFact, JobFact, MomentFact, fact_of
from aiditor.store.tables import Job

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def told(job_id="j1", user_id="ana", *, minutes=0.0, state="done", **more) -> JobFact:
    ended = NOON + timedelta(minutes=minutes)
    return JobFact(job_id, user_id, "make", state, ended - timedelta(minutes=3), ended, **more)


WHOLE = told(
    started_at=NOON - timedelta(minutes=2),
    project_id="p1",
    montage_s=31.5,
    style="hype",
    engine="composer",
    detector="net/2/0a1b2c3d",
    bytes=12_000_000_000,
    clips=(ClipFact("a", 'it\'s "one" 🎮.mp4', 61.25, "quake", 5_000_000_000), ClipFact("b")),
    events=(EventFact("a", "kill", 4.0, 0.75),),
    moments=(MomentFact("a", "kill", 4.0, 0.9, True), MomentFact("b", "burst", 7.5, 0.25)),
    stages={"detect": 3.5, "render": 12.25},
)


@pytest.fixture
def facts(tmp_path) -> Facts:
    return Facts(tmp_path / "it's a [lake]")


class TestJob:
    @pytest.mark.parametrize(
        ("off", "why"),
        [({"state": "running"}, "has not ended"), ({"job_id": ""}, "no id"), ({"user_id": ""}, "no id"),
         ({"montage_s": float("nan")}, "not finite"), ({"stages": {"render": float("inf")}}, "not finite"),
         ({"moments": (MomentFact("a", "kill", float("nan"), 0.5),)}, "not finite"),
         ({"started_at": datetime(2026, 5, 1)}, "no time zone")],
    )  # fmt: skip
    def test_says_what_is_off(self, off, why):
        with pytest.raises(BadInput, match=why):
            told(**off)

    def test_of_a_row(self):
        row = Job(user_id="ana", kind="make", state="failed", stage="render", error_kind="DiskFull", ended_at=NOON)
        row.timing = {"detect": 2.0}
        fact = fact_of(row, montage_s=0.0)
        assert (fact.job_id, fact.stage, fact.error_kind, fact.stages) == (row.id, "render", "DiskFull", {"detect": 2})
        row.state = "done"
        assert fact_of(row, stages={}).stage == ""


class TestKeeping:
    def test_an_empty_lake_gives_empty_answers(self, facts):
        assert facts.answers() == Answers()
        assert facts.answers().totals.success is None
        assert facts.jobs() == ()
        facts.add()
        assert facts.forget("ana") == 0
        assert not facts.table.folder.parent.exists()

    def test_every_field_comes_back_the_same(self, facts):
        bare = told("j2", minutes=1, state="failed", error_kind="DiskFull", stage="render")
        facts.add(WHOLE)
        facts.add(bare)
        assert facts.jobs() == (WHOLE, bare)

    def test_times_come_back_as_utc(self, facts):
        east = timezone(timedelta(hours=5, minutes=30))
        facts.add(JobFact("j", "ana", "make", "done", NOON.astimezone(east), NOON.astimezone(east)))
        assert facts.jobs()[0].ended_at.isoformat() == NOON.isoformat()

    def test_a_hostile_name_is_kept_as_text(self, facts):
        facts.add(told(clips=(ClipFact("a", "x\udc80'); DROP TABLE row;--" + "y" * 999),)))
        (clip,) = facts.jobs()[0].clips
        assert clip.name.startswith("x?'); DROP TABLE row;--y")
        assert len(clip.name) == 300

    def test_a_job_that_is_told_twice_counts_once_as_it_ended_last(self, facts):
        facts.add(told(minutes=5, montage_s=40.0))
        facts.add(told(minutes=1, state="failed", error_kind="DiskFull"))
        facts.add(told(minutes=5, montage_s=41.0))
        for _ in range(2):
            assert [job.montage_s for job in facts.jobs()] == [41.0]
            assert facts.answers().failures == ()
            assert facts.compact() in (3, 0)

    def test_by_user_and_by_time(self, facts):
        facts.add(told("1"), told("2", "ben", minutes=1), told("3", minutes=2))
        assert [job.job_id for job in facts.jobs("ana")] == ["1", "3"]
        span = {"since": NOON + timedelta(minutes=1), "until": NOON + timedelta(minutes=2)}
        assert [job.job_id for job in facts.jobs(**span)] == ["2"]
        assert facts.answers("ana", **span).totals.jobs == 0
        assert facts.answers("' OR TRUE --").totals.jobs == 0

    def test_any_program_may_ask_the_files(self, facts):
        facts.add(WHOLE)
        (file,) = facts.table.files()
        with duckdb.connect() as connection:
            connection.read_parquet(str(file).replace("[", "[[]")).create("job")
            asked = "SELECT m.kind, m.used FROM (SELECT unnest(moments) AS m FROM job)"
            assert connection.sql(asked).fetchall() == [("kill", True), ("burst", False)]


class TestForgetting:
    def test_nothing_of_a_user_is_left_in_any_file(self, facts):
        secret = "0f" * 16
        facts.add(told("1", secret, style="velvet"), told("2", "ben"))
        facts.add(told("3", secret, minutes=1))
        facts.add(told("4", "ben", minutes=2))
        half = facts.table.folder / f".1-{secret}.parquet.7.part"
        half.write_text(secret)
        assert facts.forget(secret) == 2
        assert [job.job_id for job in facts.jobs()] == ["2", "4"]
        assert facts.answers(secret) == Answers()
        here = [file for file in facts.table.folder.iterdir() if file != half]
        assert len(here) == 2
        assert all(secret.encode() not in file.read_bytes() for file in here)
        assert half.exists()  # it is young: somebody may be writing it
        assert facts.forget(secret) == 0

    def test_what_a_dead_process_half_wrote_and_what_is_broken_goes_too(self, facts, monkeypatch):
        facts.add(told("1"), told("2", "ben"))
        half, broken = facts.table.folder / ".x.parquet.7.part", facts.table.folder / "0.parquet"
        half.write_text("ana")
        broken.write_text("ana")
        monkeypatch.setattr("aiditor.store.parquet.STALE_S", -1.0)
        assert facts.forget("ana") == 1
        assert len(list(facts.table.folder.iterdir())) == 1

    def test_a_putting_together_at_the_same_time_brings_nothing_back(self, facts):
        facts.add(told("1"))
        facts.add(told("2", "ben"))
        with facts.table._turn(wait=True):  # as another process that takes files away would hold it
            assert facts.compact() == 0
        assert facts.forget("ana") == 1
        assert facts.compact() == 0
        assert [job.job_id for job in facts.jobs()] == ["2"]


class TestDamage:
    def test_a_broken_file_is_named_and_set_aside_and_the_rest_is_asked(self, facts, caplog):
        facts.add(told("1"))
        facts.add(told("2", minutes=1))
        whole, cut = facts.table.files()
        cut.write_bytes(cut.read_bytes()[:-40])
        assert facts.answers().totals.jobs == 1
        assert cut.name in caplog.text
        assert [file.name for file in facts.table.set_aside()] == [f"{cut.name}.broken"]
        assert facts.table.files() == [whole]

    def test_what_cannot_be_written_says_where_and_leaves_nothing(self, facts):
        facts.table.folder.parent.write_text("a file lies where the folder should")
        with pytest.raises(AIditorError, match="cannot be written") as caught:
            facts.add(told())
        assert "check the space and the rights" in caught.value.remedy

    def test_rows_of_a_later_version_are_left_where_they_are(self, facts):
        facts.add(told("1"))
        with duckdb.connect() as connection:
            connection.read_parquet(str(facts.table.files()[0]).replace("[", "[[]")).create("job")
            connection.execute("UPDATE job SET schema = 2, job_id = '1', state = 'parked'")
            connection.table("job").write_parquet(str(facts.table.folder / "later.parquet"))
        assert facts.answers().totals.jobs == 1
        assert facts.compact() == 2
        assert facts.answers().totals.jobs == 1
        with duckdb.connect() as connection:
            found = connection.read_parquet(str(facts.table.files()[0]).replace("[", "[[]"))
            assert sorted(found.select("schema").fetchall()) == [(1,), (2,)]


def test_many_processes_write_read_and_put_together_at_once(facts):
    script = (
        "import sys; from pathlib import Path; from datetime import UTC, datetime\n"
        "from aiditor.store import facts as m; from aiditor.store.job_facts import JobFact\n"
        "m.MANY_FILES = 4; facts = m.Facts(Path(sys.argv[1])); now = datetime.now(UTC)\n"
        "for n in range(12):\n"
        "    facts.add(JobFact(f'{sys.argv[2]}{n}', sys.argv[2], 'make', 'done', now, now))\n"
        "    assert facts.answers(sys.argv[2]).totals.jobs == n + 1\n"
    )
    root = str(facts.table.folder.parent)
    workers = [
        subprocess.Popen([sys.executable, "-c", script, root, name], stderr=subprocess.PIPE, text=True) for name in "ab"
    ]
    for worker in workers:
        _, errors = worker.communicate(timeout=120)
        assert worker.returncode == 0, errors
        assert "set aside" not in errors
    assert facts.answers().totals.jobs == 24
    assert len(facts.table.files()) < 12
    assert not list(facts.table.folder.glob(".*"))


def test_files_are_put_together(facts, monkeypatch):
    monkeypatch.setattr(module, "MANY_FILES", 4)
    for n in range(9):
        facts.add(told(str(n), minutes=n))
        assert len(facts.table.files()) < 4
    assert facts.answers().totals.jobs == 9


# --- every answer is a plain count

KINDS, STAGES = ("kill", "death", "burst"), ("detect", "render", "music")
seconds = st.floats(0, 9000, allow_nan=False, width=32)
sources = st.sampled_from("abc")
clips = st.builds(ClipFact, sources, st.just("x.mp4"), seconds, st.just("doom"), st.integers(0, 2**40))
moments = st.builds(
    MomentFact, sources, st.sampled_from(KINDS), st.integers(0, 3).map(float), st.just(0.5), st.booleans()
)
jobs = st.builds(
    lambda number, user, state, wait, end, **more: JobFact(
        f"{user}-{number}", user, "make", state, NOON, NOON + timedelta(hours=end),
        NOON + timedelta(seconds=wait) if wait else None, **more,
    ),
    st.integers(1, 6), st.sampled_from(("ana", "ben")), st.sampled_from(ENDS),
    st.integers(0, 50), st.integers(0, 70),
    montage_s=st.sampled_from((0.0, 12.5, 30.0)), style=st.sampled_from(("hype", "clean")),
    stage=st.sampled_from(STAGES), error_kind=st.sampled_from(("DiskFull", "BadInput")), bytes=st.integers(0, 2**40),
    clips=st.lists(clips, max_size=3).map(tuple), moments=st.lists(moments, max_size=4).map(tuple),
    stages=st.dictionaries(st.sampled_from(STAGES), seconds),
)  # fmt: skip


def once(given: list[JobFact]) -> list[JobFact]:
    """The last of each job id, as the lake counts them."""
    last: dict[str, JobFact] = {}
    for job in given:
        if job.job_id not in last or job.ended_at >= last[job.job_id].ended_at:
            last[job.job_id] = job
    return list(last.values())


def counted(every: list[JobFact]) -> Answers:
    """The answers by plain Python."""
    made = [job for job in every if job.state == "done" and job.montage_s > 0]
    read: dict[tuple[str, str], list[ClipFact]] = defaultdict(list)
    seen: dict[tuple[str, str, str, float], bool] = defaultdict(bool)
    times, styles, failed = defaultdict(list), defaultdict(list), Counter()
    for job in every:
        for clip in job.clips:
            read[job.user_id, clip.source_id].append(clip)
        for moment in job.moments:
            seen[job.user_id, moment.source_id, moment.kind, moment.t_s] |= moment.used and job.state == "done"
        for name, taken in job.stages.items() if job.state == "done" else ():
            times[name].append(taken)
        if job.state == "failed":
            failed[job.error_kind, job.stage] += 1
    for job in made:
        styles[job.style].append(job.montage_s)
    waits = [(job.started_at - job.created_at).total_seconds() for job in every if job.started_at]
    ends = Counter(job.state for job in every)
    days = sorted({job.ended_at.date() for job in every})
    users = sorted({job.user_id for job in every})
    found, used = Counter(key[2] for key in seen), Counter(key[2] for key, was in seen.items() if was)
    of_day = {day: [job for job in every if job.ended_at.date() == day] for day in days}
    totals = module.Totals(
        len(every), *(ends[state] for state in ENDS), len(made), sum(job.montage_s for job in made), len(read),
        sum(max(clip.duration_s for clip in same) for same in read.values()), statistics.median(waits or [0.0]),
    )  # fmt: skip
    storage = [
        Storage(
            user, sum(job.user_id == user for job in every),
            sum(max(clip.bytes for clip in same) for (owner, _), same in read.items() if owner == user),
            sum(job.bytes for job in every if job.user_id == user),
        )
        for user in users
    ]  # fmt: skip
    return Answers(
        totals,
        tuple(Failures(*why, n) for why, n in sorted(failed.items(), key=lambda item: (-item[1], item[0]))),
        tuple(
            StageTime(name, len(taken), statistics.median(taken), float(np.quantile(taken, 0.9)))
            for name, taken in sorted(times.items(), key=lambda item: (-statistics.median(item[1]), item[0]))
        ),
        tuple(Moments(kind, n, used[kind]) for kind, n in sorted(found.items(), key=lambda item: (-item[1], item[0]))),
        tuple(
            Day(day, *(sum(job.state == state for job in of_day[day]) for state in ENDS),
                sum(job in made for job in of_day[day]), sum(job.montage_s for job in of_day[day] if job in made))
            for day in days
        ),
        tuple(sorted(storage, key=lambda one: (-one.read - one.made, one.user_id))),
        tuple(Style(name, len(s), sum(s)) for name, s in sorted(styles.items(), key=lambda i: (-len(i[1]), i[0]))),
    )  # fmt: skip


@settings(max_examples=30, deadline=None)
@given(given=st.lists(jobs, max_size=14), user=st.sampled_from((None, "ana")), together=st.booleans())
def test_every_answer_is_a_plain_count(tmp_path_factory, given, user, together):
    facts = Facts(tmp_path_factory.mktemp("lake"))
    for job in given:
        facts.add(job)
    if together:
        facts.compact()
    mine = [job for job in given if user in (None, job.user_id)]
    expected, answers = counted(once(mine)), facts.answers(user)
    for name in ("failures", "moments", "days", "storage", "styles"):
        assert getattr(answers, name) == getattr(expected, name), name
    assert vars_of(answers.totals) == pytest.approx(vars_of(expected.totals))
    assert [one.stage for one in answers.stages] == [one.stage for one in expected.stages]
    for one, other in zip(answers.stages, expected.stages, strict=True):
        assert (one.jobs, one.median_s, one.p90_s) == pytest.approx((other.jobs, other.median_s, other.p90_s))


def vars_of(totals: module.Totals) -> dict[str, float]:
    return {name: getattr(totals, name) for name in totals.__slots__}
