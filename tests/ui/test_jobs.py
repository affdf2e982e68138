import threading
import time

import pytest

from aiditor.errors import BadInput, UnreadableMedia
from aiditor.pipeline import Report
from aiditor.ui.jobs import Job, Jobs


@pytest.fixture
def jobs():
    with Jobs(at_once=1) as registry:
        yield registry


def report(total: float = 0.5) -> Report:
    return Report("render", total, total, "frame 1", 1.0, 2.0)


def endless(on_report):
    while True:
        on_report(report())
        time.sleep(0.02)


def test_a_job_gives_what_its_work_returned(jobs):
    job = jobs.start("make", "one", lambda on_report: 42)
    assert job.wait(5)
    assert (job.state, job.result, job.error) == ("done", 42, None)


def test_cancelling_stops_it_within_two_seconds(jobs):
    job = jobs.start("make", "one", endless)
    next(job.follow())
    began = time.perf_counter()
    job.cancel()
    assert job.wait(2)
    assert time.perf_counter() - began < 2
    assert job.state == "cancelled"


def test_a_job_cancelled_while_it_waits_never_starts(jobs):
    first = jobs.start("make", "one", endless)
    ran = []
    second = jobs.start("make", "two", ran.append)
    second.cancel()
    assert second.state == "cancelled"
    first.cancel()
    assert first.wait(2)
    assert jobs.start("make", "three", lambda on_report: None).wait(2)
    assert not ran


def test_an_error_is_kept_with_its_remedy(jobs):
    def work(on_report):
        raise UnreadableMedia("a.mp4 has no picture", remedy="export it again", file="a.mp4")

    job = jobs.start("make", "one", work)
    assert job.wait(5)
    assert (job.state, job.error.remedy, job.error.file) == ("failed", "export it again", "a.mp4")


def test_our_own_bug_is_told_and_logged(jobs, caplog):
    job = jobs.start("make", "one", lambda on_report: 1 / 0)
    assert job.wait(5)
    assert job.state == "failed"
    assert "ZeroDivisionError" in job.error.why
    assert "Traceback" in caplog.text


def test_followers_see_it_move_and_end(jobs):
    go = threading.Event()

    def work(on_report):
        for step in range(5):
            on_report(report(step / 5))
            time.sleep(0.1)
        go.wait(5)

    job = jobs.start("make", "one", work)
    seen = []
    for now in job.follow():
        seen.append((now.state, now.report.total if now.report else None))
        go.set()
    assert seen[-1][0] == "done"
    assert len(seen) >= 3
    assert [state for state, _ in job_states(job)] == ["done"], "one who comes late sees the end at once"


def job_states(job: Job):
    return [(now.state, now.id) for now in job.follow()]


def test_an_unknown_job_is_named(jobs):
    with pytest.raises(BadInput, match="no job 'nope'"):
        jobs.get("nope")


def test_the_newest_comes_first(jobs):
    one, two = (jobs.start("make", name, lambda on_report: None) for name in ("one", "two"))
    assert [job.id for job in jobs.all()] == [two.id, one.id]
