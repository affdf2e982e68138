"""Measuring a command as a whole process."""

from __future__ import annotations

import sys

import pytest

from bench.timing import Command, CommandFailed, Run, measure, median, paired, ratios


def python(program: str, **options: object) -> Command:
    return Command([sys.executable, "-S", "-c", program], **options)


def test_a_run_has_its_time_memory_and_output():
    run = measure(python("import time; block = bytearray(80 << 20); time.sleep(0.2); print('done')"))
    assert 0.2 <= run.wall_s < 10
    assert 0 < run.cpu_s < run.wall_s
    assert run.peak_mib > 80
    assert run.output == "done\n"


def test_memory_of_started_processes_counts_together():
    child = "import time; block = bytearray(60 << 20); time.sleep(0.6)"
    program = f"import subprocess, sys; p = [subprocess.Popen([sys.executable, '-S', '-c', {child!r}]) for _ in 'ab'];"
    assert measure(python(program + "[each.wait() for each in p]")).peak_mib > 120


def test_processor_time_of_started_processes_counts():
    child = "sum(range(6_000_000))"
    program = f"import subprocess, sys; subprocess.run([sys.executable, '-S', '-c', {child!r}])"
    alone, through = measure(python(child)).cpu_s, measure(python(program)).cpu_s
    assert through > alone / 2


def test_a_failure_shows_what_the_command_printed():
    with pytest.raises(CommandFailed, match="no such clip"):
        measure(python("import sys; sys.exit('no such clip')"))


def test_a_program_that_is_not_there():
    with pytest.raises(CommandFailed, match="cannot be run"):
        measure(Command(["a-program-that-is-not-there"]))


def test_a_command_that_prints_a_lot_does_not_hang():
    assert len(measure(python("print('x' * 1_000_000)")).output) == 1_000_001


def test_environment_and_preparation(tmp_path):
    ready = tmp_path / "ready"
    program = "import os; print(os.environ['CLIP'], os.path.exists('ready'))"
    run = measure(python(program, env={"CLIP": "one"}, cwd=tmp_path, before=ready.touch))
    assert run.output == "one True\n"


def test_pairs_take_turns(tmp_path):
    log = tmp_path / "log"
    jobs = {name: python(f"open({str(log)!r}, 'a').write({name!r})") for name in "AB"}
    runs = paired(jobs, rounds=3)
    assert log.read_text() == "ABABAB"
    assert [len(runs[name]) for name in "AB"] == [3, 3]


def _runs(*walls_s: float) -> list[Run]:
    return [Run(wall_s=wall_s, cpu_s=2 * wall_s, peak_mib=10) for wall_s in walls_s]


def test_ratios_are_taken_round_by_round():
    assert ratios(_runs(2, 6), _runs(4, 3)) == [0.5, 2.0]
    assert ratios(_runs(2, 6), _runs(4, 3), _runs(4, 1)) == [0.25, 1.5]


def test_median_of_any_figure():
    assert median(_runs(9, 1, 2)) == 2
    assert median(_runs(9, 1, 2), "cpu_s") == 4
