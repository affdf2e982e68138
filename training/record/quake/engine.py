"""Runs OpenArena's engine unseen: on a screen of its own, in a home of its own, by a clock that only it moves."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from shutil import which
from time import monotonic, sleep

from aiditor.errors import MissingPart, RenderFailed
from training.record.quake.patch import without_follow_flag

__all__ = ["Engine", "missing_parts", "open_engine"]

_BINARY = Path("/usr/lib/ioquake3/ioquake3")
_BASE = Path("/usr/lib/openarena")
_GAME_LIBRARY = Path("baseoa/pak6-patch088/qagamex86_64.so")
_INSTALL = "apt-get install --no-install-recommends openarena xvfb libgl1-mesa-dri libfaketime"
_SILENCE_S = 600.0
"""An engine that logs nothing for so long hangs. Loading a map takes seconds, on a crowded machine minutes."""
_SETTINGS = {
    "com_basegame": "baseoa",
    "com_homepath": "oa",
    "com_legacyprotocol": "71",
    "com_protocol": "71",
    "net_enabled": "0",
    "cl_motd": "0",
    "sv_pure": "0",
    "com_introplayed": "1",
    "ttycon": "0",
    "com_ansiColor": "0",
    "cl_renderer": "opengl1",
    "r_mode": "-1",
    "r_fullscreen": "0",
    "com_maxfps": "1000",
    "com_busyWait": "1",
}
"""Standing settings; the protocol numbers are OpenArena's."""


def _clock() -> Path | None:
    return next(iter(sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))), None)


def missing_parts() -> str:
    """What is not installed, in words; "" when the game can be recorded."""
    parts = {
        "OpenArena": _BINARY.is_file() and (_BASE / _GAME_LIBRARY).is_file(),
        "Xvfb": which("Xvfb") is not None,
        "setpriv (util-linux)": which("setpriv") is not None,
        "libfaketime": _clock() is not None,
    }
    return ", ".join(name for name, there in parts.items() if not there)


class Engine:
    """An engine's home folder and screen; `run` starts it there and waits for its end."""

    def __init__(self, home: Path, display: str) -> None:
        self.folder = home / _SETTINGS["com_homepath"] / "baseoa"
        self._home, self._display = home, display

    def run(
        self, name: str, script: str, settings: Mapping[str, str], *, until: Callable[[str], bool] | None = None
    ) -> Path:
        """Run `script` (console commands) and return the log's path.

        The engine ends by itself, or is ended when `until`, which is given each new part of the log, says so.
        Raises RenderFailed when the engine hangs or fails.
        """
        (self.folder / f"{name}.cfg").write_text(script)
        log = self._home / f"{name}.log"
        # A command line holds no more than 31 commands, and forgets the others without a word.
        (self.folder / "autoexec.cfg").write_text("".join(f"set {key} {value}\n" for key, value in settings.items()))
        standing = {**_SETTINGS, "fs_basepath": str(_BASE)}
        words = [word for key, value in standing.items() for word in ("+set", key, value)]
        with (
            log.open("wb") as output,
            _process([str(_BINARY), *words, "+exec", f"{name}.cfg"], env=self._environment(), output=output) as engine,
        ):
            stopped = self._wait(engine, log, until)
        if not stopped and engine.returncode != 0:
            raise RenderFailed(
                f"the game ended with code {engine.returncode} ({_last_line(log)})", remedy="try another map or seed"
            )
        return log

    def _wait(self, engine: subprocess.Popen[bytes], log: Path, until: Callable[[str], bool] | None) -> bool:
        """Whether `until` said to stop, before the engine ended."""
        heard = monotonic()
        with log.open(errors="replace") as text:
            while engine.poll() is None:
                sleep(0.25)
                news = text.read()
                if news:
                    heard = monotonic()
                    if until is not None and until(news):
                        return True
                elif monotonic() - heard > _SILENCE_S:
                    raise RenderFailed(
                        f"the game hangs ({_last_line(log)})", remedy="try another map or seed, on an idle machine"
                    )
        return False

    def _environment(self) -> dict[str, str]:
        """The clock moves 1 ms whenever it is read, and only then, so that the same commands play the same game."""
        return {
            "PATH": os.environ.get("PATH", ""),
            "HOME": str(self._home),
            "DISPLAY": self._display,
            "LC_ALL": "C",
            "SDL_AUDIODRIVER": "dummy",
            "LIBGL_ALWAYS_SOFTWARE": "1",
            "MESA_SHADER_CACHE_DISABLE": "true",
            "LD_PRELOAD": str(_clock()),
            "FAKETIME": "@2020-01-01 00:00:00 i0.001",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }


@contextmanager
def open_engine(width: int, height: int) -> Iterator[Engine]:
    """An engine on a screen of its own, at least that big in pixels; nothing of it stays. Raises MissingPart."""
    missing = missing_parts()
    if missing:
        raise MissingPart(f"the game cannot be recorded without {missing}", remedy=_INSTALL)
    with tempfile.TemporaryDirectory(prefix="quake-") as folder, _screen(width, height) as display:
        engine = Engine(Path(folder), display)
        library = engine.folder.joinpath(*_GAME_LIBRARY.parts[1:])
        library.parent.mkdir(parents=True)
        library.write_bytes(without_follow_flag((_BASE / _GAME_LIBRARY).read_bytes()))
        yield engine


@contextmanager
def _screen(width: int, height: int) -> Iterator[str]:
    """The name of an X display that is drawn in memory."""
    end, start = os.pipe()
    words = ["Xvfb", "-displayfd", str(start), "-screen", "0", f"{width}x{height}x24", "-nolisten", "tcp"]
    try:
        with _process(words, keep=(start,)):
            ready, _, _ = select.select([end], [], [], 30)
            number = os.read(end, 16).decode().strip() if ready else ""
            if not number:
                raise RenderFailed("the screen in memory did not start", remedy="check that Xvfb runs on this machine")
            yield f":{number}"
    finally:
        os.close(end)
        os.close(start)


@contextmanager
def _process(
    words: list[str],
    *,
    env: Mapping[str, str] | None = None,
    output: int | object = subprocess.DEVNULL,
    keep: tuple[int, ...] = (),
) -> Iterator[subprocess.Popen[bytes]]:
    """A process in a group of its own; when left, the whole group ends, and so it does when Python is killed."""
    process = subprocess.Popen(
        ["setpriv", "--pdeathsig", "KILL", "--", *words],
        stdin=subprocess.DEVNULL,
        stdout=output,  # type: ignore[arg-type]
        stderr=subprocess.STDOUT,
        env=env,
        start_new_session=True,
        pass_fds=keep,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(3)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else "it said nothing"
