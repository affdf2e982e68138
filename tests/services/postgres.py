"""A PostgreSQL of our own on loopback: made in a temporary folder, gone with the run.

PostgreSQL refuses to run as root, so under root it is started as its own user. `setpriv` makes it end with us even
when we are killed.
"""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

USER = "aiditor"
START_S = 60
QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=16MB", "max_connections=60")
"""Nothing here must outlive a crash of the machine."""


def binaries() -> Path | None:
    """The folder with `initdb` and `postgres`; None where PostgreSQL is not installed."""
    found = shutil.which("initdb")
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return Path(found).parent if found else debian[-1].parent if debian else None


@contextmanager
def running() -> Iterator[str]:
    """The URL of an empty database on a server that runs as long as the block."""
    found = binaries()
    if found is None:
        raise FileNotFoundError("PostgreSQL is not installed: apt-get install postgresql")
    home = Path(tempfile.mkdtemp(prefix="postgres-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(home, "postgres", "postgres")
        password, port = secrets.token_hex(16), _free_port()
        _make(found, home, password)
        with _serving(found, home, port):
            url = f"postgresql://{USER}:{password}@127.0.0.1:{port}/postgres"
            _wait(url, home)
            yield url
    finally:
        shutil.rmtree(home)


@contextmanager
def fresh(server_url: str, *, like: str = "template0") -> Iterator[str]:
    """The URL of a database of its own on that server, a copy of the database `like`; dropped at the end."""
    name = f"test_{secrets.token_hex(6)}"
    _run(server_url, f'CREATE DATABASE "{name}" TEMPLATE "{like}"')
    try:
        yield f"{server_url.rpartition('/')[0]}/{name}"
    finally:
        _run(server_url, f'DROP DATABASE "{name}" WITH (FORCE)')


def _run(server_url: str, statement: str) -> None:
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(statement.encode())


def _as_owner(*command: str | Path) -> list[str]:
    """The command as PostgreSQL's user, ended by a fast shutdown when this process ends."""
    root = ("--reuid=postgres", "--regid=postgres", "--init-groups") if os.geteuid() == 0 else ()
    return ["setpriv", *root, "--pdeathsig=INT", *map(str, command)]


def _make(binaries: Path, home: Path, password: str) -> None:
    secret = home / "password"
    secret.write_text(password)
    if os.geteuid() == 0:
        shutil.chown(secret, "postgres", "postgres")
    options = ("--auth=scram-sha-256", f"--pwfile={secret}", f"--username={USER}", "--encoding=UTF8", "--no-locale")
    command = _as_owner(binaries / "initdb", "--no-sync", *options, home / "data")
    made = subprocess.run(command, cwd=home, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr


@contextmanager
def _serving(binaries: Path, home: Path, port: int) -> Iterator[None]:
    options = ("listen_addresses=127.0.0.1", f"unix_socket_directories={home}", *QUICK)
    arguments = [part for option in options for part in ("-c", option)]
    command = _as_owner(binaries / "postgres", "-D", home / "data", "-p", str(port), *arguments)
    with (home / "log").open("wb") as log:
        server = subprocess.Popen(command, cwd=home, stdout=log, stderr=log)
    try:
        yield
    finally:
        server.send_signal(2)  # SIGINT: fast shutdown, whoever is still connected
        try:
            server.wait(timeout=20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _wait(url: str, home: Path) -> None:
    until = time.monotonic() + START_S
    while True:
        try:
            psycopg.connect(url, connect_timeout=2).close()
            return
        except psycopg.OperationalError:
            if time.monotonic() > until:
                raise AssertionError((home / "log").read_text()) from None
            time.sleep(0.1)


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
