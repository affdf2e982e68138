"""What a plan gives is what is given, whoever asks and on whichever face."""

import pytest

from aiditor.errors import LimitReached
from aiditor.render import RenderConfig
from aiditor.studio import Wish
from aiditor.studio.limits import check_room, fitted
from aiditor.users.plans import plans

DRAFT = Wish(style="minimal", seconds=3, music="none", quality="draft", aspects=("portrait",))


@pytest.fixture
def limited(studio, monkeypatch):
    """Everybody's plan, with changes."""

    def change(**changes):
        plan = plans(studio.settings)["free"].model_copy(update=changes)
        monkeypatch.setattr("aiditor.studio.studio.plan_of", lambda *_: plan)
        return plan

    return change


@pytest.fixture
def idle(studio, monkeypatch):
    """Nobody works: what is put in line stays there."""
    monkeypatch.setattr("aiditor.store.leases.Leases.ready", lambda _: False)


def test_no_more_than_fits_is_taken(studio, me, limited, clip, action_clip):
    limited(storage_bytes=clip.stat().st_size + 10)
    project = studio.new_project(me).id
    studio.add_clips(me, project, [clip])
    with pytest.raises(LimitReached, match="GB would come on top: remove projects"):
        studio.add_clips(me, project, [action_clip])
    assert [one.name for one in studio.project(me, project).clips] == ["clip.mp4"]
    with pytest.raises(LimitReached):
        studio.create(me, [action_clip], DRAFT)
    assert len(studio.rows.all(me)) == 1, "no empty project is left"


def test_a_file_that_is_too_large_is_refused(studio, me, limited, clip):
    plan = limited(upload_bytes=100)
    with pytest.raises(LimitReached, match="may be uploaded: cut it"):
        check_room(studio.db, me, plan, [clip])


def test_so_many_jobs_at_once(studio, me, limited, clip, idle):
    limited(jobs_at_once=1)
    first, second = studio.new_project(me).id, studio.new_project(me).id
    studio.add_clips(me, first, [clip])
    with pytest.raises(LimitReached, match="wait for one to end"):
        studio.add_clips(me, second, [clip])
    job = studio.add_clips(me, first, [clip])  # of the same project: the new one takes the place of the old
    assert [one.id for one in studio.jobs(me, states=("queued", "running"))] == [job.id]


def test_so_many_montages_a_month(studio, me, limited, clip, idle):
    limited(montages_a_month=1)
    job = studio.create(me, [clip], DRAFT)
    with pytest.raises(LimitReached, match="1 montages in 30 days"):
        studio.create(me, [clip], DRAFT)
    studio.cancel(me, job.id)
    assert studio.create(me, [clip], DRAFT).state == "queued", "a cancelled one does not count"


def test_pictures_are_no_taller_than_the_plan():
    render = RenderConfig()
    assert fitted(render, 2160) is render
    small = fitted(render, 720)
    assert (small.landscape, small.portrait) == ((1280, 720), (720, 1280))
    odd = fitted(render.model_copy(update={"landscape": (1000, 1000)}), 333)
    assert odd.landscape == (332, 332)
