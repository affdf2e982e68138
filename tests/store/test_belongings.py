"""Clips go when their time is over, and files when no row knows them; on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from aiditor.settings import Settings
from aiditor.store.belongings import expire
from aiditor.store.files import open_files
from aiditor.store.tables import Clip, Project, User, new_id, now


@pytest.fixture
def files(tmp_path):
    return open_files(Settings(aiditor_home=tmp_path / "home"))


@pytest.fixture
def put(files, tmp_path):
    def kept(key: str) -> str:
        path = tmp_path / "some.bin"
        path.write_bytes(key.encode())
        files.put(key, path)
        return key

    return kept


@pytest.fixture
def clip(database, put):
    """A clip of a project, kept for a day."""
    user = User(name="Ada")
    project = Project(user_id=user.id)
    made = Clip(user_id=user.id, project_id=project.id, name="a.mp4", expires_at=now() + timedelta(days=1))
    made.file_key = put(f"users/{user.id}/clips/{made.id}/a.mp4")
    for row in (user, project, made):
        with database.write() as session:
            session.add(row)
    return made


def row(database, clip):
    with database.read() as session:
        return session.get(Clip, clip.id)


def test_a_clip_stays_until_its_time_is_over(database, files, clip):
    assert expire(database, files, now()).clips == 0
    assert row(database, clip).file_key == clip.file_key
    assert expire(database, files, now() + timedelta(days=2)).clips == 1
    after = row(database, clip)
    assert (after.state, after.file_key) == ("expired", "")
    assert after.remedy
    assert files.stat(clip.file_key) is None
    assert expire(database, files, now() + timedelta(days=2)).clips == 0


def test_a_clip_without_a_time_stays_for_good(database, files, clip):
    with database.write() as session:
        session.get(Clip, clip.id).expires_at = None
    assert expire(database, files, now() + timedelta(days=9999)).clips == 0
    assert files.stat(clip.file_key) is not None


def test_what_no_row_knows_goes_after_a_day(database, files, clip, put):
    user = clip.user_id
    orphans = [
        put(f"users/{user}/clips/{new_id()}/b.mp4"), put(f"users/{user}/renders/{new_id()}/portrait.mp4"),
        put(f"users/{user}/projects/{new_id()}/x/analysis.zip"), put(f"users/{new_id()}/styles/mine.yaml"),
    ]  # fmt: skip
    kept = [put(f"users/{user}/styles/mine.yaml"), put(f"users/{user}/projects/{clip.project_id}/x/analysis.zip")]
    assert expire(database, files, now()).files == 0, "they may be on their way into a row"
    later = now() + timedelta(hours=25)
    with database.write() as session:
        session.get(Clip, clip.id).expires_at = None
    assert expire(database, files, later).files == len(orphans)
    assert all(files.stat(key) is None for key in orphans)
    assert all(files.stat(key) is not None for key in (*kept, clip.file_key))
