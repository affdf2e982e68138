"""Runs commands and measures each as a whole process: wall time, processor time and peak memory."""

from __future__ import annotations

import os
import statistics
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["Command", "CommandFailed", "Run", "machine_load", "measure", "median", "paired", "ratios"]

_SAMPLE_S = 0.05
"""How often the memory of a process and of those it started is added up."""
_LOG_TAIL = 2000
"""Characters of a failed command's output to show."""


class CommandFailed(RuntimeError):
    """A measured command ended with an error; the text holds the end of what it printed."""


@dataclass(frozen=True)
class Command:
    """What to run. `before` runs unmeasured first (to empty a cache); `env` is added to the environment."""

    argv: Sequence[str]
    cwd: Path | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    before: Callable[[], None] | None = None


@dataclass(frozen=True)
class Run:
    """One finished command, start-up included."""

    wall_s: float
    cpu_s: float
    """User and system time of the process and of all it started and waited for."""
    peak_mib: float
    """Largest resident memory: of one process as the kernel kept it, or of the family together as sampled."""
    output: str = ""


def measure(command: Command) -> Run:
    """Run `command` to its end. Raises CommandFailed when it cannot start or ends with another status than 0."""
    if command.before is not None:
        command.before()
    log = _LogPipe()
    started = time.perf_counter()
    try:
        process = subprocess.Popen(
            list(command.argv),
            cwd=command.cwd,
            env={**os.environ, **command.env},
            stdin=subprocess.DEVNULL,
            stdout=log.write_end,
            stderr=log.write_end,
        )
    except OSError as error:
        log.close()
        raise CommandFailed(f"{command.argv[0]} cannot be run: {error}") from error
    with _FamilyMemory(process.pid) as family:
        _, status, usage = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)  # it has been waited for: Popen must not do it again
    output = log.close()
    if process.returncode != 0:
        raise CommandFailed(f"{' '.join(command.argv)}\nended with {process.returncode}:\n{output[-_LOG_TAIL:]}")
    return Run(
        wall_s=wall_s,
        cpu_s=usage.ru_utime + usage.ru_stime,
        peak_mib=max(usage.ru_maxrss / 1024, family.peak_mib),
        output=output,
    )


def paired(
    jobs: Mapping[str, Command],
    *,
    rounds: int,
    say: Callable[[str], None] = lambda _: None,
) -> dict[str, list[Run]]:
    """Run the jobs in turn, A B C A B C …, so that what disturbs the machine for a while meets all of them."""
    runs: dict[str, list[Run]] = {name: [] for name in jobs}
    for number in range(rounds):
        for name, command in jobs.items():
            run = measure(command)
            runs[name].append(run)
            say(f"round {number + 1}/{rounds} {name}: {run.wall_s:.2f} s, {run.peak_mib:.0f} MiB")
    return runs


def ratios(ours: Sequence[Run], *theirs: Sequence[Run]) -> list[float]:
    """Per round: our wall time over theirs (over their sum, where several runs do the same job)."""
    return [run.wall_s / sum(other.wall_s for other in others) for run, *others in zip(ours, *theirs, strict=True)]


def median(runs: Sequence[Run], what: str = "wall_s") -> float:
    """Median of one figure ("wall_s", "cpu_s", "peak_mib") over the rounds."""
    return statistics.median(getattr(run, what) for run in runs)


def machine_load() -> str:
    """How busy the machine is right now with other work: the 1-minute load average."""
    return f"{os.getloadavg()[0]:.2f}"


class _LogPipe:
    """Gathers what a command prints, so that a full pipe never stops it."""

    def __init__(self) -> None:
        self._read_end, self.write_end = os.pipe()
        self._parts: list[bytes] = []
        self._reader = threading.Thread(target=self._drain, daemon=True)
        self._reader.start()

    def _drain(self) -> None:
        while block := os.read(self._read_end, 65536):
            self._parts.append(block)

    def close(self) -> str:
        os.close(self.write_end)
        self._reader.join(timeout=10)
        if not self._reader.is_alive():
            os.close(self._read_end)
        return b"".join(self._parts).decode(errors="replace")


class _FamilyMemory:
    """Adds up the resident memory of a process and its descendants while it runs."""

    def __init__(self, pid: int) -> None:
        self.peak_mib = 0.0
        self._pid = pid
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> _FamilyMemory:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(_SAMPLE_S):
            self.peak_mib = max(self.peak_mib, sum(_resident_mib(pid) for pid in _family(self._pid)))


def _family(pid: int) -> list[int]:
    found = [pid]
    for parent in found:  # grows while it is walked
        try:
            tasks = list(Path(f"/proc/{parent}/task").iterdir())
            found += [int(child) for task in tasks for child in (task / "children").read_text().split()]
        except OSError:
            continue  # it ended meanwhile
    return found


def _resident_mib(pid: int) -> float:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0.0  # it ended meanwhile
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
