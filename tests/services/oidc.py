"""An OpenID provider on loopback: discovery, authorisation with PKCE, tokens signed with RSA, keys.

It speaks OpenID Connect Core 1.0 and RFC 7636 as Hugging Face does, and refuses what the standards say it must. Tests
set `lies` to have it answer wrongly.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

CLIENT_ID, CLIENT_SECRET = "studio", "between us"


@dataclass
class Provider:
    """Vouches for whoever `person` is. `lies` changes the claims of an ID token before it is signed."""

    url: str
    person: dict[str, Any] = field(default_factory=lambda: {"sub": "42", "preferred_username": "ada"})
    lies: Callable[[dict[str, Any]], dict[str, Any] | None] = lambda claims: claims
    foreign_key: bool = False
    refuses: bool = False
    broken: bool = False
    asked: list[dict[str, str]] = field(default_factory=list)
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)
    _key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}))
    _other_key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}))

    def about(self) -> dict[str, Any]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/oauth/authorize",
            "token_endpoint": f"{self.url}/oauth/token",
            "jwks_uri": f"{self.url}/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
        }

    def keys(self) -> dict[str, Any]:
        return KeySet([self._key]).as_dict(private=False)

    def authorize(self, asked: dict[str, str]) -> str:
        """Where the browser goes next; the person says yes at once."""
        self.asked.append(asked)
        back = {"state": asked.get("state", "")}
        right = asked.get("client_id") == CLIENT_ID and asked.get("response_type") == "code"
        if self.refuses or not right or asked.get("code_challenge_method") != "S256" or "openid" not in asked["scope"]:
            return f"{asked['redirect_uri']}?{urlencode({**back, 'error': 'access_denied'})}"
        code = secrets.token_urlsafe(16)
        self._codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({**back, 'code': code})}"

    def token(self, given: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        basic = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        asked = self._codes.pop(given.get("code", ""), None)
        verifier = hashlib.sha256(given.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(verifier).rstrip(b"=").decode()
        if authorization not in (f"Basic {basic}", f"Basic {basic}".replace("between us", "between+us")):
            return 401, {"error": "invalid_client"}
        if asked is None or challenge != asked["code_challenge"] or given.get("redirect_uri") != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        at = int(time.time())
        claims = {"iss": self.url, "aud": CLIENT_ID, "iat": at, "exp": at + 600, "nonce": asked["nonce"], **self.person}
        told = self.lies(claims)
        answer = {"access_token": secrets.token_urlsafe(16), "token_type": "Bearer", "expires_in": 600}
        if told is not None:
            key = self._other_key if self.foreign_key else self._key
            answer["id_token"] = jwt.encode({"alg": "RS256", "kid": "one"}, told, key)
        return 200, answer


class _Handler(BaseHTTPRequestHandler):
    provider: Provider

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if self.provider.broken:
            self._answer(503, {"error": "temporarily_unavailable"})
        elif parts.path == "/.well-known/openid-configuration":
            self._answer(200, self.provider.about())
        elif parts.path == "/keys":
            self._answer(200, self.provider.keys())
        elif parts.path == "/oauth/authorize":
            self.send_response(302)
            self.send_header("location", self.provider.authorize(asked))
            self.send_header("content-length", "0")
            self.end_headers()
        else:
            self._answer(404, {})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        given = {name: values[0] for name, values in parse_qs(body).items()}
        self._answer(*self.provider.token(given, self.headers.get("authorization", "")))

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        raw = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, format: str, *args: Any) -> None:
        """Tests are quiet."""


@contextmanager
def running() -> Iterator[Provider]:
    """The provider, as long as the block lasts."""
    handler = type("Handler", (_Handler,), {})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        handler.provider = Provider(f"http://127.0.0.1:{server.server_address[1]}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield handler.provider
        finally:
            server.shutdown()
            thread.join()
