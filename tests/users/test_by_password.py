"""Accounts with a password: no guessing, no finding out who has one, no way back in for a thief."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from argon2 import PasswordHasher

from aiditor.errors import BadInput, NotAllowed
from aiditor.users.by_password import TRIES, email_of
from aiditor.users.passwords import LONGEST, SHORTEST, Passwords

ADA, SECRET = "ada@example.com", "a long walk at dusk"


def refused(users, email, password):
    with pytest.raises(NotAllowed) as caught:
        users.by_password.sign_in(email, password)
    return str(caught.value)


def test_an_account_is_made_and_signed_in_to(users):
    made = users.by_password.register(" Ada@Example.COM ", SECRET, name="Ada\x00\n")
    assert made.name == "Ada"
    assert made.role == "user"
    assert users.by_password.sign_in(ADA, SECRET).id == made.id
    assert users.account(made.id).email == ADA
    assert users.account(made.id).confirmed is False


def test_an_e_mail_has_one_account_whatever_its_case(users):
    users.by_password.register(ADA, SECRET)
    assert users.by_password.register(ADA.upper(), "something else entirely") is None
    assert users.by_password.sign_in(ADA, SECRET).name == "ada"


def test_wrong_password_and_unknown_e_mail_are_answered_the_same(users):
    users.by_password.register(ADA, SECRET)
    passwords = users.by_password._passwords
    said, compared = set(), []
    for email in (ADA, "nobody@example.com", "no e-mail at all", ""):
        before = passwords.compared
        said.add(refused(users, email, "wrong password"))
        compared.append(passwords.compared - before)
    assert len(said) == 1
    assert compared == [1, 1, 1, 1]  # each pays for one hash, so that time tells nothing


def test_a_locked_account_looks_like_a_wrong_password(users, clock):
    users.by_password.register(ADA, SECRET)
    passwords, said, compared = users.by_password._passwords, set(), set()
    for password in ["wrong password"] * TRIES + [SECRET, "wrong password"]:
        before = passwords.compared
        said.add(refused(users, ADA, password))
        compared.add(passwords.compared - before)
    said.add(refused(users, "nobody@example.com", SECRET))
    assert len(said) == 1
    assert compared == {1}


def test_pauses_grow_and_end_at_an_hour(users, clock):
    users.by_password.register(ADA, SECRET)
    for _ in range(TRIES):
        refused(users, ADA, "wrong password")
    for pause_s in (60, 120, 240, 480, 960, 1920, 3600, 3600):
        clock.ahead(seconds=pause_s - 1)
        refused(users, ADA, SECRET)  # still paused, and a try in a pause is not counted
        clock.ahead(seconds=2)
        refused(users, ADA, "wrong password")
    clock.ahead(hours=2)
    assert users.by_password.sign_in(ADA, SECRET)
    refused(users, ADA, "wrong password")
    assert users.by_password.sign_in(ADA, SECRET)  # the count began anew


def test_many_tries_at_once_are_no_way_around_the_pause(users):
    users.by_password.register(ADA, SECRET)
    passwords = users.by_password._passwords
    looked_at = []
    right = passwords.right
    passwords.right = lambda kept, password: looked_at.append(bool(kept)) or right(kept, password)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: refused(users, ADA, f"wrong password {n}"), range(24)))
    assert sum(looked_at) == TRIES


def test_a_password_can_be_changed_by_who_knows_it(users):
    ada = users.by_password.register(ADA, SECRET)
    with pytest.raises(NotAllowed):
        users.by_password.change(ada.id, "wrong password", "another good one")
    users.by_password.change(ada.id, SECRET, "another good one")
    refused(users, ADA, SECRET)
    assert users.by_password.sign_in(ADA, "another good one")


def test_a_mailed_link_sets_a_new_password_once(users, letters, clock):
    users.by_password.register(ADA, SECRET)
    for _ in range(TRIES):
        refused(users, ADA, "wrong password")
    users.by_password.ask_reset(ADA)
    token = letters.token("reset")
    with pytest.raises(BadInput):
        users.by_password.reset(token, "short")
    user = users.by_password.reset(token, "another good one")
    assert users.account(user.id).confirmed
    assert users.by_password.sign_in(ADA, "another good one")  # unlocked too
    with pytest.raises(NotAllowed):
        users.by_password.reset(token, "a third good one")


def test_links_go_out_of_date_and_only_the_last_counts(users, letters, clock):
    users.by_password.register(ADA, SECRET)
    users.by_password.ask_reset(ADA)
    first = letters.token("reset")
    users.by_password.ask_reset(ADA)
    for token in (first, "", "made up"):
        with pytest.raises(NotAllowed):
            users.by_password.reset(token, "another good one")
    clock.ahead(minutes=61)
    with pytest.raises(NotAllowed):
        users.by_password.reset(letters.token("reset"), "another good one")


def test_a_changed_password_ends_the_mailed_link(users, letters):
    ada = users.by_password.register(ADA, SECRET)
    users.by_password.ask_reset(ADA)
    users.by_password.change(ada.id, SECRET, "another good one")
    with pytest.raises(NotAllowed):
        users.by_password.reset(letters.token("reset"), "a third good one")


def test_nobody_is_mailed_about_an_account_that_is_not(users, letters):
    for email in ("nobody@example.com", "nonsense", "", "a@b\r\nBcc: c@d"):
        users.by_password.ask_reset(email)
        users.by_password.welcome(email)
    assert letters.letters == []


def test_with_confirmation_only_link_and_password_together_let_in(users_of, letters):
    users = users_of(registration="confirmed", smtp_host="mail.example.com", smtp_from="studio@example.com")
    assert users.by_password.register(ADA, SECRET)
    users.by_password.welcome(ADA)
    assert "not confirmed" in refused(users, ADA, SECRET)
    assert "not confirmed" not in refused(users, ADA, "wrong password")
    token = letters.token("confirm")
    with pytest.raises(NotAllowed):  # who got the mail and made no account cannot enter somebody else's
        users.by_password.confirm(token, "wrong password")
    users.by_password.confirm(token, SECRET)
    assert users.by_password.sign_in(ADA, SECRET)
    assert users.by_password.register(ADA, SECRET) is None
    users.by_password.welcome(ADA)
    assert letters.letters[-1][1] == "You have an account"


def test_an_admin_is_who_confirmed_the_address_not_who_typed_it(users_of, letters):
    users = users_of(admin_emails=f"{ADA}, bob@example.com")
    made = users.by_password.register(ADA, SECRET)
    assert made.role == "user"
    assert users.by_password.sign_in(ADA, SECRET).role == "user"
    users.by_password.welcome(ADA)
    assert users.by_password.confirm(letters.token("confirm"), SECRET).role == "admin"
    assert users.account(made.id).user.role == "admin"
    users.by_password.register("bob@example.com", SECRET)
    users.by_password.ask_reset("bob@example.com")
    assert users.by_password.reset(letters.token("reset"), "another good one").role == "admin"


def test_links_without_mail_are_logged_for_the_admin_only_where_needed(users_of, letters):
    users, letters.configured = users_of(admin_emails="root@example.com"), False
    for email in (ADA, "root@example.com"):
        users.by_password.register(email, SECRET)
        users.by_password.welcome(email)
    assert [to for to, _, _ in letters.letters] == ["root@example.com"]


def test_where_registration_is_closed_an_admin_makes_accounts(users_of):
    users = users_of(registration="closed")
    with pytest.raises(NotAllowed):
        users.by_password.register(ADA, SECRET)
    users.by_password.make(ADA, SECRET)
    assert users.by_password.sign_in(ADA, SECRET)


@pytest.mark.parametrize(
    "password",
    ["", "short", "x" * (SHORTEST - 1), "x" * 40, "ababababab", "Password123", ADA, ADA.upper(), "y" * (LONGEST + 1)],
)
def test_passwords_that_are_refused(users, password):
    with pytest.raises(BadInput):
        users.by_password.register(ADA, password)


@pytest.mark.parametrize("password", ["correct horse", "пароль из слов", "🎮🎬🎧🕹️👾🎯🔥💥⚡🏆", "x" * 195 + "abcde"])
def test_passwords_that_are_taken(users, password):
    users.by_password.register(ADA, password)
    assert users.by_password.sign_in(ADA, password)
    refused(users, ADA, password[:-1])


def test_a_password_is_the_same_however_its_letters_are_composed(users):
    users.by_password.register(ADA, "u\u0308ber alle Berge")
    assert users.by_password.sign_in(ADA, "\u00fcber alle Berge")


def test_old_hashes_are_made_anew_on_signing_in(users):
    users.by_password.register(ADA, SECRET)
    old = users.by_password._auth_of(users.by_password.sign_in(ADA, SECRET).id).secret
    users.by_password._passwords._hasher = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)
    user = users.by_password.sign_in(ADA, SECRET)
    new = users.by_password._auth_of(user.id).secret
    assert "m=8,t=1" in old
    assert "m=16,t=2" in new
    assert users.by_password.sign_in(ADA, SECRET)


def test_hashes_are_argon2id_with_the_parameters_of_rfc_9106():
    kept = Passwords().hash(SECRET)
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_a_hash_that_is_none_is_never_right(users):
    passwords = users.by_password._passwords
    for kept in ("", "plain", "$argon2id$broken"):
        assert not passwords.right(kept, "nobody has this password")
    assert not passwords.right(passwords.hash("x"), "x" * 1_000_000)


@pytest.mark.parametrize(
    "email", ["", "ada", "@b.c", "a@", "a b@c.d", "a@b\n.c", "a@b, c@d", "<a@b.c>", "a@.b", "x" * 250 + "@b.cd"]
)
def test_what_is_no_e_mail(email):
    with pytest.raises(BadInput):
        email_of(email)


@pytest.mark.parametrize("email", ["a@b.c", "ada+clips@example.co.uk", "jürgen@bücher.example", "o'brien@example.com"])
def test_what_is_an_e_mail(email):
    assert email_of(f" {email.upper()}\n") == email
