"""A stand-in for the Hugging Face hub on loopback, with its wire format, and faults to order.

GET  /api/models/<owner>/<name>/revision/<revision>?blobs=true    what a repository holds
GET  /api/models/<owner>/<name>/tree/<revision>?recursive=true    the same as a list
HEAD, GET /<owner>/<name>/resolve/<revision>/<path>               a file; a large one redirects to the store
GET  /store/<sha256>                                              the store, with ranges
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

LARGE = 1000
"""Bytes from which a file lies in the store, as with Git LFS."""


@dataclass
class Hub:
    """Repositories by name, each `{path: bytes}`; one commit each. What was asked is kept in `asked`."""

    repos: dict[str, dict[str, bytes]] = field(default_factory=dict)
    endpoint: str = ""
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    """Each as (method, path, Range or "")."""
    break_after: int | None = None
    """The next file from the store ends after this many bytes, and the line is cut."""
    down: bool = False
    """Whether the store answers 503 to everything."""
    lies: dict[str, bytes] = field(default_factory=dict)
    """Other bytes than announced, by SHA-256."""
    ranges: bool = True

    def commit(self, repo: str) -> str:
        text = b"".join(path.encode() + content for path, content in sorted(self.repos[repo].items()))
        return hashlib.sha1(text).hexdigest()

    def stored(self, sha256: str) -> bytes | None:
        if sha256 in self.lies:
            return self.lies[sha256]
        contents = (content for files in self.repos.values() for content in files.values())
        return next((content for content in contents if hashlib.sha256(content).hexdigest() == sha256), None)

    def gets(self, word: str) -> list[str]:
        """The ranges that were asked of addresses with this word in them."""
        return [wanted for method, path, wanted in self.asked if method == "GET" and word in path]


@contextmanager
def serving(hub: Hub) -> Iterator[Hub]:
    """Serve it on a free port of 127.0.0.1."""

    class Handler(_Handler):
        pass

    Handler.hub = hub
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hub.endpoint = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    hub: Hub
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: object) -> None:
        return

    def _answer(self) -> None:
        split = urlsplit(self.path)
        path, query = unquote(split.path), parse_qs(split.query)
        self.hub.asked.append((self.command, path, self.headers.get("Range", "")))
        words = path.strip("/").split("/")
        if words[0] == "store":
            return self._store(words[1])
        if words[:2] == ["api", "models"]:
            return self._api("/".join(words[2:4]), words[4:], query)
        return self._resolve("/".join(words[:2]), words[3], "/".join(words[4:]))

    def _known(self, repo: str, revision: str) -> bool:
        if repo not in self.hub.repos:
            self._fault(401, "RepoNotFound", "Repository not found")
        elif revision not in ("main", self.hub.commit(repo)):
            self._fault(404, "RevisionNotFound", f"Invalid rev id: {revision}")
        else:
            return True
        return False

    def _api(self, repo: str, rest: list[str], query: dict[str, list[str]]) -> None:
        if not self._known(repo, rest[1] if len(rest) > 1 else "main"):
            return
        files = self.hub.repos[repo]
        if rest[:1] == ["tree"]:
            listed = [{"type": "file", "path": path, **_described(content, "oid")} for path, content in files.items()]
            self._json(listed)
            return
        blobs = query.get("blobs") == ["true"]
        siblings = [
            {"rfilename": path, **(_described(content, "blobId") if blobs else {})} for path, content in files.items()
        ]
        self._json({
            "_id": "0" * 24, "id": repo, "modelId": repo, "sha": self.hub.commit(repo), "private": False,
            "gated": False, "disabled": False, "tags": [], "downloads": 0, "likes": 0, "siblings": siblings,
        })  # fmt: skip

    def _resolve(self, repo: str, revision: str, path: str) -> None:
        if not self._known(repo, revision):
            return
        content = self.hub.repos[repo].get(path)
        if content is None:
            self._fault(404, "EntryNotFound", "Entry not found")
            return
        head = {"X-Repo-Commit": self.hub.commit(repo)}
        if len(content) < LARGE:
            self._send(content, {**head, "ETag": f'"{_blob(content)}"'})
            return
        sha256 = hashlib.sha256(content).hexdigest()
        head |= {"X-Linked-Size": str(len(content)), "X-Linked-ETag": f'"{sha256}"', "ETag": f'"{sha256}"'}
        store = self.hub.endpoint.replace("127.0.0.1", "localhost")  # another host, as the real one
        head["Location"] = f"{store}/store/{sha256}"
        self.send_response(302)
        for name, value in {**head, "Content-Length": "0"}.items():
            self.send_header(name, value)
        self.end_headers()

    def _store(self, sha256: str) -> None:
        content = self.hub.stored(sha256)
        if content is None or self.hub.down:
            self._fault(503 if self.hub.down else 404, "", "")
            return
        self._send(content, {"ETag": f'"{sha256}"', "Accept-Ranges": "bytes"})

    def _send(self, content: bytes, head: dict[str, str]) -> None:
        wanted = self.headers.get("Range", "") if self.hub.ranges else ""
        start = int(wanted.removeprefix("bytes=").split("-")[0]) if wanted else 0
        body = content[start:]
        self.send_response(206 if wanted else 200)
        if wanted:
            head = {**head, "Content-Range": f"bytes {start}-{len(content) - 1}/{len(content)}"}
        for name, value in {**head, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD":
            return
        if self.hub.break_after is not None and len(content) >= LARGE:
            body, self.hub.break_after = body[: self.hub.break_after], None
            self.close_connection = True
        self.wfile.write(body)

    def _json(self, value: object) -> None:
        self._send(json.dumps(value).encode(), {"Content-Type": "application/json"})

    def _fault(self, status: int, code: str, message: str) -> None:
        self.send_response(status)
        if code:
            self.send_header("X-Error-Code", code)
            self.send_header("X-Error-Message", message)
        self.send_header("Content-Length", "0")
        self.end_headers()


def _blob(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def _described(content: bytes, key: str) -> dict[str, object]:
    if len(content) < LARGE:
        return {"size": len(content), key: _blob(content)}
    sha256 = hashlib.sha256(content).hexdigest()
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256}\nsize {len(content)}\n".encode()
    names = {"sha256": sha256} if key == "blobId" else {"oid": sha256}
    lfs = {**names, "size": len(content), "pointerSize": len(pointer)}
    return {"size": len(content), key: _blob(pointer), "lfs": lfs}
