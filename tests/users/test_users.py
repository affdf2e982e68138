"""Users: the local one, those of Hugging Face, plans, what an admin can do, and going for good."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlmodel import select

from aiditor.errors import BadInput, NotAllowed, NotFound
from aiditor.store.tables import Entitlement, Project, Session, User, UserAuth
from aiditor.users.plans import GRACE, limits_of, plan_of

SECRET = "a long walk at dusk"
ADA = {"sub": "42", "preferred_username": "Ada", "name": "Ada L."}


def test_there_is_one_local_user_however_often_they_come(users_of):
    users = users_of(aiditor_auth="none")
    with ThreadPoolExecutor(6) as pool:
        ids = {user.id for user in pool.map(lambda _: users.local_user(), range(12))}
    assert len(ids) == 1
    assert users.local_user().role == "admin"
    assert len(users.page()) == 1
    with pytest.raises(BadInput):
        users.delete(ids.pop())


def test_hugging_face_users_are_known_by_their_number_not_their_name(users):
    first = users.from_huggingface(ADA)
    again = users.from_huggingface({**ADA, "preferred_username": "Countess"})
    other = users.from_huggingface({"sub": "43", "preferred_username": "Ada"})
    assert again.id == first.id
    assert again.name == "Countess"
    assert other.id != first.id
    for nobody in ({}, {"sub": ""}, {"preferred_username": "Ada"}):
        with pytest.raises(NotAllowed):
            users.from_huggingface(nobody)


def test_admins_of_a_space_are_named_or_have_a_verified_mail(users_of):
    users = users_of(admin_emails="ada, Bob@example.com")
    assert users.from_huggingface(ADA).role == "admin"
    unverified = {"sub": "2", "name": "Bob", "email": "bob@example.com"}
    assert users.from_huggingface(unverified).role == "user"
    assert users.from_huggingface({**unverified, "email_verified": True}).role == "admin"


def test_a_space_closed_to_new_users_lets_old_ones_in(users_of):
    old = users_of().from_huggingface(ADA)
    closed = users_of(registration="closed")
    assert closed.from_huggingface(ADA).id == old.id
    with pytest.raises(NotAllowed):
        closed.from_huggingface({"sub": "43"})


def test_admins_find_page_and_change_users(users, clock):
    made = []
    for n in range(5):
        made.append(users.by_password.register(f"user{n}@example.com", SECRET))
        clock.ahead(seconds=1)
    first = users.page(limit=3)
    assert [one.email for one in first] == ["user4@example.com", "user3@example.com", "user2@example.com"]
    rest = users.page(limit=3, before=first[-1].user.created_at)
    assert [one.email for one in rest] == ["user1@example.com", "user0@example.com"]
    assert [one.user.id for one in users.page(find="USER3@")] == [made[3].id]
    assert users.page(find="%") == []
    assert users.make_admin(made[0].id).user.role == "admin"
    assert users.make_admin(made[0].id, admin=False).user.role == "user"
    for call in (users.disable, users.enable, users.make_admin, users.delete, users.account):
        with pytest.raises(NotFound):
            call("nobody")


def test_admins_cannot_lock_themselves_out(users):
    ada = users.make_admin(users.by_password.register("ada@example.com", SECRET).id).user
    with pytest.raises(BadInput):
        users.disable(ada.id, by=ada.id)
    with pytest.raises(BadInput):
        users.make_admin(ada.id, admin=False, by=ada.id)


def test_plans_are_given_and_end(users, database, clock):
    ada = users.by_password.register("ada@example.com", SECRET)
    free = users.account(ada.id).plan
    assert (free.name, free.longest_s, free.watermark) == ("free", 60, "Aiditor Free")
    pro = users.set_plan(ada.id, "pro").plan
    assert (pro.name, pro.watermark) == ("pro", "")
    assert pro.longest_s > free.longest_s
    assert pro.priority > free.priority
    assert plan_of(database, ada.id, users.settings).name == "pro"
    users.set_plan(ada.id, "pro", until=clock.at + timedelta(days=30))
    clock.ahead(days=30)
    assert users.account(ada.id).plan.name == "pro"  # a renewal's news may be late
    clock.at += GRACE + timedelta(seconds=1)
    assert users.account(ada.id).plan.name == "free"
    assert users.set_plan(ada.id, "free").plan.name == "free"
    with pytest.raises(BadInput):
        users.set_plan(ada.id, "gold")
    with pytest.raises(NotFound):
        users.set_plan("nobody", "pro")


@pytest.mark.parametrize("status", ["active", "trialing", "past_due", "canceled", "unpaid", "incomplete", ""])
def test_only_a_paid_plan_counts(status, settings_of):
    plan = limits_of(Entitlement(user_id="x", plan="pro", status=status), settings_of())
    assert plan.name == ("pro" if status in ("active", "trialing", "past_due") else "free")


def test_plans_follow_the_settings(settings_of):
    plan = limits_of(None, settings_of(freemium_max_duration=90, watermark_text="", storage_quota_bytes=5))
    assert (plan.longest_s, plan.watermark, plan.storage_bytes) == (90, "", 5)
    local = limits_of(None, settings_of(aiditor_auth="none"))
    assert (local.name, local.jobs_at_once, local.storage_bytes, local.montages_a_month) == ("local", 0, 0, 0)
    assert limits_of(None, settings_of(retention_days_sources=0)).retention_days > 10_000


def test_a_deleted_user_leaves_nothing(users_of, database):
    wiped = []
    users = users_of(wipe=wiped.append)
    ada = users.by_password.register("ada@example.com", SECRET)
    bob = users.by_password.register("bob@example.com", SECRET)
    users.set_plan(ada.id, "pro")
    signed = users.sessions.open(ada)
    with database.write() as session:
        session.add(Project(user_id=ada.id))
    users.delete(ada.id)
    assert wiped == [ada.id]
    with pytest.raises(NotAllowed):
        users.sessions.by_access(signed.access_token)
    with database.read() as session:
        for table in (UserAuth, Session, Entitlement, Project):
            assert session.exec(select(table).where(table.user_id == ada.id)).all() == []
        assert [one.id for one in session.exec(select(User))] == [bob.id]
    assert users.by_password.register("ada@example.com", SECRET)  # the address is free again


def test_a_user_whose_files_cannot_be_wiped_stays_locked_and_can_be_deleted_again(users_of):
    def fails(user_id):
        raise OSError("the bucket does not answer")

    users = users_of(wipe=fails)
    ada = users.by_password.register("ada@example.com", SECRET)
    with pytest.raises(OSError, match="bucket"):
        users.delete(ada.id)
    assert users.account(ada.id).user.disabled_at is not None
    users_of().delete(ada.id)
    with pytest.raises(NotFound):
        users.account(ada.id)


def test_who_has_no_password_needs_none_as_proof(users):
    hugging = users.from_huggingface(ADA)
    users.by_password.proves(hugging.id, "")
    with pytest.raises(BadInput):
        users.by_password.change(hugging.id, "", "another good one")
    ada = users.by_password.register("ada@example.com", SECRET)
    users.by_password.proves(ada.id, SECRET)
    with pytest.raises(NotAllowed):
        users.by_password.proves(ada.id, "wrong password")
