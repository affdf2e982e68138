"""Signed tokens, and the key that signs them."""

from __future__ import annotations

import base64
import json
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiditor.errors import AIditorError, NotAllowed
from aiditor.users.tokens import DOWNLOAD, Tokens, secret_key

KEY = b"k" * 40


@pytest.fixture
def tokens(clock):
    return Tokens(KEY, clock=clock)


def test_a_link_opens_one_file_for_ten_minutes(tokens, clock):
    token = tokens.download("ada", "users/ada/renders/1/landscape.mp4")
    assert tokens.read_download(token, "users/ada/renders/1/landscape.mp4") == "ada"
    with pytest.raises(NotAllowed):
        tokens.read_download(token, "users/ada/renders/1/portrait.mp4")
    clock.at += DOWNLOAD
    with pytest.raises(NotAllowed):
        tokens.read_download(token, "users/ada/renders/1/landscape.mp4")


def test_another_key_signs_nothing_that_counts(tokens, clock):
    token = Tokens(b"o" * 40, clock=clock).access("ada", "s")
    with pytest.raises(NotAllowed):
        tokens.read("access", token)


def test_no_token_without_signature_or_end(tokens):
    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    unsigned = f"{part({'alg': 'none', 'typ': 'JWT'})}.{part({'sub': 'ada', 'aud': 'access', 'exp': 9e9})}."
    endless = jwt.encode({"sub": "ada", "aud": "access"}, tokens._signing, algorithm="HS256")
    odd = jwt.encode({"sub": "ada", "aud": "access", "exp": "9"}, tokens._signing, algorithm="HS256")
    with pytest.warns(jwt.warnings.InsecureKeyLengthWarning):
        other = jwt.encode({"sub": "ada", "aud": "access", "exp": 2**40}, tokens._signing, algorithm="HS512")
    for token in (unsigned, endless, odd, other):
        with pytest.raises(NotAllowed):
            tokens.read("access", token)


@given(st.data())
def test_a_changed_token_is_refused(data):
    tokens = Tokens(KEY)
    token = tokens.access("ada", "s")
    at = data.draw(st.integers(0, len(token) - 2))  # the last character holds spare bits
    char = data.draw(st.sampled_from("ABCxyz019-_."))
    changed = token[:at] + char + token[at + 1 :]
    if changed != token:
        with pytest.raises(NotAllowed):
            tokens.read("access", changed)


@given(st.text(max_size=200))
def test_any_text_is_refused(text):
    with pytest.raises(NotAllowed):
        Tokens(KEY).read("access", text)


def test_the_csrf_token_belongs_to_its_session(tokens):
    assert tokens.csrf_right("one", tokens.csrf("one"))
    assert not tokens.csrf_right("two", tokens.csrf("one"))
    assert not tokens.csrf_right("one", "")
    assert not tokens.csrf_right("one", "ü")


def test_the_key_is_made_once_for_its_owner_only(settings_of):
    settings = settings_of(secret_key="")
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: secret_key(settings), range(16)))
    assert len(keys) == 1
    assert len(keys.pop()) == 64
    assert [path.name for path in settings.aiditor_home.iterdir()] == ["secret.key"]
    assert stat.S_IMODE((settings.aiditor_home / "secret.key").stat().st_mode) == 0o600


def test_a_key_of_ones_own_leaves_no_file(settings_of):
    settings = settings_of(secret_key="x" * 32)
    assert secret_key(settings) == b"x" * 32
    assert not settings.aiditor_home.exists()


def test_a_broken_key_file_is_said(settings_of):
    settings = settings_of(secret_key="")
    settings.aiditor_home.mkdir()
    (settings.aiditor_home / "secret.key").write_bytes(b"")
    with pytest.raises(AIditorError, match="holds no key"):
        secret_key(settings)


def test_a_data_folder_that_cannot_be_written_is_said(settings_of, tmp_path):
    (tmp_path / "home").write_text("a file")
    with pytest.raises(AIditorError, match="cannot be kept"):
        secret_key(settings_of(secret_key=""))


def test_settings_refuse_what_would_not_be_safe(settings_of):
    for wrong in (
        {"secret_key": "short"},
        {"public_url": "studio.example.com"},
        {"public_url": "javascript://x"},
        {"cookie_samesite": "none"},
        {"aiditor_auth": "huggingface"},
        {"registration": "confirmed"},
    ):
        with pytest.raises(ValueError, match=r"[A-Z_]{4,}"):
            settings_of(**wrong)
    assert settings_of(space_host="ada-studio.hf.space", cookie_samesite="none").https
    assert "x" * 32 not in repr(settings_of(secret_key="x" * 32))


def test_a_longer_life_is_kept_to(tokens, clock):
    token = tokens.download("ada", "f", lasts=timedelta(hours=2))
    clock.ahead(minutes=119)
    assert tokens.read_download(token, "f") == "ada"
