"""Sign-ins: tokens that are good once, and ends that count at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from aiditor.errors import NotAllowed, NotFound
from aiditor.users.tokens import ACCESS, SESSION

SECRET = "a long walk at dusk"


@pytest.fixture
def ada(users):
    return users.by_password.register("ada@example.com", SECRET)


@pytest.fixture
def bob(users):
    return users.by_password.register("bob@example.com", SECRET)


def refused(call, *args):
    with pytest.raises(NotAllowed):
        call(*args)


def test_an_access_token_and_a_cookie_say_who_asks(users, ada):
    signed = users.sessions.open(ada, device="Firefox\n")
    for who in (users.sessions.by_access(signed.access_token), users.sessions.by_cookie(signed.cookie)):
        assert who.user.id == ada.id
        assert who.session_id == signed.session_id
    assert users.sessions.all(ada.id)[0].device == "Firefox"


def test_one_kind_of_token_is_no_other(users, ada):
    signed = users.sessions.open(ada)
    refused(users.sessions.by_access, signed.cookie)
    refused(users.sessions.by_cookie, signed.access_token)
    refused(users.sessions.refresh, signed.access_token)
    refused(users.sessions.by_access, signed.refresh_token)
    refused(users.sessions.by_access, users.tokens.download(ada.id, "users/x"))


def test_access_ends_after_a_quarter_of_an_hour_and_is_refreshed(users, ada, clock):
    signed = users.sessions.open(ada)
    clock.at += ACCESS
    refused(users.sessions.by_access, signed.access_token)
    again = users.sessions.refresh(signed.refresh_token)
    assert again.refresh_token != signed.refresh_token
    assert again.session_id == signed.session_id
    assert users.sessions.by_access(again.access_token).user.id == ada.id


def test_a_refresh_token_that_comes_again_ends_the_sign_in(users, ada):
    phone, laptop = users.sessions.open(ada), users.sessions.open(ada)
    first = phone.refresh_token
    second = users.sessions.refresh(first)
    third = users.sessions.refresh(second.refresh_token)
    refused(users.sessions.refresh, first)  # not only the one before: any that was ever used
    refused(users.sessions.refresh, third.refresh_token)
    refused(users.sessions.by_access, third.access_token)
    refused(users.sessions.by_cookie, third.cookie)
    assert users.sessions.by_access(laptop.access_token)


def test_a_refresh_token_used_twice_at_once_is_good_once_at_most(users, ada):
    signed = users.sessions.open(ada)

    def use(_):
        try:
            return users.sessions.refresh(signed.refresh_token)
        except NotAllowed:
            return None

    with ThreadPoolExecutor(6) as pool:
        got = [one for one in pool.map(use, range(6)) if one]
    assert len(got) == 1
    refused(users.sessions.by_access, got[0].access_token)


@pytest.mark.parametrize("token", ["", ".", "x", "a.b", "0" * 32 + ".x", "\x00", "ü.ü", "." * 5000])
def test_made_up_tokens_are_refused(users, ada, token):
    signed = users.sessions.open(ada)
    for read in (users.sessions.refresh, users.sessions.by_access, users.sessions.by_cookie):
        refused(read, token)
    assert users.sessions.by_access(signed.access_token)


def test_a_sign_in_that_is_not_used_ends(users, ada, clock):
    used, left = users.sessions.open(ada), users.sessions.open(ada)
    for _ in range(4):
        clock.at += SESSION / 2
        used = users.sessions.refresh(used.refresh_token)
    refused(users.sessions.refresh, left.refresh_token)
    refused(users.sessions.by_cookie, left.cookie)
    assert [one.id for one in users.sessions.all(ada.id)] == [used.session_id]


def test_signing_out_is_here_or_everywhere(users, ada, bob):
    a, b, c = (users.sessions.open(ada) for _ in range(3))
    theirs = users.sessions.open(bob)
    users.sessions.end(ada.id, a.session_id)
    refused(users.sessions.by_access, a.access_token)
    refused(users.sessions.refresh, a.refresh_token)
    users.sessions.end_all(ada.id, but=b.session_id)
    refused(users.sessions.by_cookie, c.cookie)
    assert users.sessions.by_cookie(b.cookie)
    users.sessions.end_all(ada.id)
    refused(users.sessions.by_cookie, b.cookie)
    assert users.sessions.by_cookie(theirs.cookie)


def test_nobody_ends_another_users_sign_in(users, ada, bob):
    signed = users.sessions.open(ada)
    for one in (signed.session_id, "nonsense"):
        with pytest.raises(NotFound):
            users.sessions.end(bob.id, one)
    assert users.sessions.by_access(signed.access_token)


def test_a_disabled_user_is_out_at_once_and_cannot_come_back(users, ada):
    signed = users.sessions.open(ada)
    users.disable(ada.id)
    refused(users.sessions.by_access, signed.access_token)
    refused(users.sessions.by_cookie, signed.cookie)
    refused(users.sessions.refresh, signed.refresh_token)
    refused(users.sessions.open, users.account(ada.id).user)
    users.enable(ada.id)
    assert users.sessions.open(users.account(ada.id).user)


def test_when_a_session_was_seen_is_kept_without_writing_each_time(users, ada, clock):
    signed = users.sessions.open(ada)
    opened = clock.at
    clock.ahead(minutes=4)
    users.sessions.by_cookie(signed.cookie)
    assert users.sessions.all(ada.id)[0].seen_at == opened
    clock.ahead(minutes=4)
    users.sessions.by_cookie(signed.cookie)
    assert users.sessions.all(ada.id)[0].seen_at == opened + timedelta(minutes=8)
