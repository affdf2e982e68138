"""The words part of the studio: heard before a render, looked through, and kept by that render."""

import pytest
from given_words import Reader, with_weights
from working_studio import working

from aiditor.errors import BadConfig, BadInput, MissingPart
from aiditor.speech import engine as engines
from aiditor.studio.wish import Wish
from aiditor.styles import load
from aiditor.timeline import Timeline
from aiditor.ui.tab_style import read_wish
from aiditor.ui.views_words import word_label, words_view
from aiditor.words import Words, WordWish, word_list

SPOKEN = WordWish(captions="pop", censor="strong")
DRAFT = Wish(style="minimal", seconds=3, music="none", quality="draft", aspects=("portrait",), words=SPOKEN)


@pytest.fixture
def reader(monkeypatch):
    one = Reader("well holy shit <b>what</b> a shot")
    monkeypatch.setitem(engines._OPENERS, "faster-whisper", one.opened)
    return one


@pytest.fixture
def hearing(settings, reader, tmp_path):
    """A studio that has a speech model."""
    with working(with_weights(settings, tmp_path / "reader")) as made:
        yield made


@pytest.fixture
def me(hearing):
    return hearing.local_user()


@pytest.fixture
def project(hearing, me, action_clip):
    made = hearing.new_project(me)
    ended(hearing, hearing.add_clips(me, made.id, [action_clip]))
    return made.id


def ended(studio, job):
    last = studio.queue.wait(job.id, timeout_s=120)
    assert last.state == "done", last.why
    return last


def test_the_wish_is_read_from_the_page():
    wish = read_wish(
        "hype",
        20,
        ["landscape"],
        captions="pop",
        censor="strict",
        method="bleep",
        mute_words=" noob*, ggez\n",
        language="DE",
    )
    assert wish.words == WordWish(
        captions="pop", censor="strict", method="bleep", mute_words=("noob*", "ggez"), language="de"
    )
    for field, wrong in (("captions", "loud"), ("censor", "mild"), ("mute_words", "x"), ("language", "german")):
        with pytest.raises(BadConfig, match=field):
            read_wish("hype", 20, ["landscape"], **{field: wrong})


def test_what_is_ticked_goes_from_the_picture():
    words = read_wish("hype", 20, ["landscape"], blur=["names"]).words
    assert (words.blur_words, words.blur_names) == (False, True)
    assert not read_wish("hype", 20, ["landscape"]).words.over(load("hype")).censor.on_screen


def rows_of(hearing, me, project):
    here = hearing.project(me, project)
    return word_list(here.words, here.heard)


def test_words_are_listened_to_looked_through_and_rendered_without_listening_again(project, hearing, me, reader):
    ended(hearing, hearing.listen(me, project, DRAFT))
    rows, heard = rows_of(hearing, me, project), hearing.project(me, project).heard
    assert rows
    assert {row["word"] for row in rows} == {"s**t"}
    assert hearing.take_out(me, project, []) == ""
    assert not any(row["muted"] for row in rows_of(hearing, me, project))
    hearing.keep_word(me, project, rows[0]["id"], False)
    listened = len(reader.asked_s)
    made = ended(hearing, hearing.make(me, project, DRAFT))
    assert len(reader.asked_s) == listened
    timeline = hearing.timeline(me, made.id)
    assert [mute.hits for mute in timeline.mutes] == [(rows[0]["id"],)]
    assert timeline.cuts == heard.cuts
    assert {"srt", "vtt", "words"} <= set(hearing.renders(me, made.id))


def test_what_was_decided_is_kept_when_the_choice_of_moments_changes(project, hearing, me):
    ended(hearing, hearing.listen(me, project, DRAFT))
    hearing.take_out(me, project, [])
    longer = DRAFT.model_copy(update={"seconds": 4.0})
    ended(hearing, hearing.listen(me, project, longer))
    assert any(hit.keep for _, hit in hearing.project(me, project).words.hits())


def test_a_slur_on_the_strict_level_stays_out_and_says_so(project, hearing, me, reader):
    reader.words = ["faggot", "well"]
    strict = DRAFT.model_copy(update={"words": WordWish(censor="strict")})
    ended(hearing, hearing.listen(me, project, strict))
    assert "cannot be kept on the strict level" in hearing.take_out(me, project, [])
    assert all(row["muted"] and row["fixed"] for row in rows_of(hearing, me, project))


def test_a_style_that_wants_no_words_may_be_listened_to(project, hearing, me):
    silent = DRAFT.model_copy(update={"words": WordWish()})
    ended(hearing, hearing.listen(me, project, silent))
    words = hearing.project(me, project).words
    assert words.transcripts
    assert words.reviews == ()


def test_without_a_model_it_is_refused_at_once(studio, action_clip, tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    me = studio.local_user()
    made = studio.new_project(me)
    ended(studio, studio.add_clips(me, made.id, [action_clip]))
    for ask in (studio.listen, studio.make):
        with pytest.raises(MissingPart, match="aiditor models fetch whisper-small"):
            ask(me, made.id, DRAFT)
    with pytest.raises(MissingPart, match="aiditor models fetch"):
        studio.create(me, [action_clip], DRAFT)
    assert len(studio.rows.all(me)) == 1, "no empty project is left"
    with pytest.raises(BadInput, match="nothing was listened to yet"):
        studio.keep_word(me, made.id, "x", True)
    assert "aiditor models fetch whisper-small" in studio.hears()


def test_what_the_page_shows(project, hearing, me):
    assert "Not listened to yet" in words_view(None, None, "no model: fetch one")
    assert "No model: fetch one." in words_view(None, None, "no model: fetch one")
    assert "Nobody speaks here" in words_view(Words(), Timeline((), ()), "")
    ended(hearing, hearing.listen(me, project, DRAFT))
    here = hearing.project(me, project)
    page = words_view(here.words, here.heard, "")
    assert "<del>shit</del>" in page
    assert "&lt;b&gt;what&lt;/b&gt;" in page
    assert "raid night.mp4" in page
    label = word_label(word_list(here.words, here.heard)[0])
    assert label.startswith("s**t  ·  strong  ·  heard 90 %\nraid night.mp4 at ")
