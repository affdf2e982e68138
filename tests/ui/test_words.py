"""The words part of the studio: heard before a render, looked through, and kept by that render."""

import pytest
from given_words import Reader, with_weights

from aiditor.errors import BadConfig, BadInput, MissingPart
from aiditor.speech import engine as engines
from aiditor.ui import Studio
from aiditor.ui.tab_style import read_wish
from aiditor.ui.views_words import word_label, words_view
from aiditor.ui.wish import Wish
from aiditor.words import Words, WordWish, word_list

SPOKEN = WordWish(captions="pop", censor="strong")
DRAFT = Wish(style="minimal", seconds=3, music="none", quality="draft", aspects=("portrait",), words=SPOKEN)


@pytest.fixture
def reader(monkeypatch):
    one = Reader("well holy shit <b>what</b> a shot")
    monkeypatch.setitem(engines._OPENERS, "faster-whisper", one.opened)
    return one


@pytest.fixture
def hearing(studio, reader, tmp_path):
    """A studio that has a speech model."""
    made = Studio(with_weights(studio.settings, tmp_path / "reader"))
    yield made
    made.close()


@pytest.fixture
def project(hearing, action_clip):
    made = hearing.add_clips("", [action_clip])
    assert made.job.wait(60)
    return made


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


def test_words_are_listened_to_looked_through_and_rendered_without_listening_again(project, hearing, reader):
    job = hearing.listen(project.id, DRAFT)
    assert job.wait(60)
    assert job.error is None
    rows = word_list(project.words, project.heard)
    assert rows
    assert {row["word"] for row in rows} == {"s**t"}
    assert hearing.take_out(project.id, []) == ""
    assert not any(row["muted"] for row in word_list(project.words, project.heard))
    hearing.keep_word(project.id, rows[0]["id"], False)
    listened = len(reader.asked_s)
    made = hearing.make(project.id, DRAFT)
    assert made.wait(120)
    assert made.error is None
    assert len(reader.asked_s) == listened
    assert [mute.hits for mute in made.result.timeline.mutes] == [(rows[0]["id"],)]
    assert made.result.timeline.cuts == project.heard.cuts
    assert {"srt", "vtt", "words"} <= set(made.result.files)


def test_what_was_decided_is_kept_when_the_choice_of_moments_changes(project, hearing):
    assert hearing.listen(project.id, DRAFT).wait(60)
    hearing.take_out(project.id, [])
    before = {hit.text for _, hit in project.words.hits()}
    longer = DRAFT.model_copy(update={"seconds": 4.0})
    assert hearing.listen(project.id, longer).wait(60)
    assert before
    assert any(hit.keep for _, hit in project.words.hits())


def test_a_slur_on_the_strict_level_stays_out_and_says_so(project, hearing, reader):
    reader.words = ["faggot", "well"]
    strict = DRAFT.model_copy(update={"words": WordWish(censor="strict")})
    assert hearing.listen(project.id, strict).wait(60)
    assert "cannot be kept on the strict level" in hearing.take_out(project.id, [])
    assert all(row["muted"] and row["fixed"] for row in word_list(project.words, project.heard))


def test_a_style_that_wants_no_words_may_be_listened_to(project, hearing):
    silent = DRAFT.model_copy(update={"words": WordWish()})
    assert hearing.listen(project.id, silent).wait(60)
    assert project.words.transcripts
    assert project.words.reviews == ()


def test_without_a_model_it_is_refused_at_once(studio, action_clip, tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    made = studio.add_clips("", [action_clip])
    assert made.job.wait(60)
    for ask in (studio.listen, studio.make):
        with pytest.raises(MissingPart, match="aiditor models fetch whisper-small"):
            ask(made.id, DRAFT)
    with pytest.raises(MissingPart, match="aiditor models fetch"):
        studio.create([action_clip], DRAFT)
    with pytest.raises(BadInput, match="nothing was listened to yet"):
        studio.keep_word(made.id, "x", True)
    assert "aiditor models fetch whisper-small" in studio.hears()


def test_what_the_page_shows(project, hearing):
    assert "Not listened to yet" in words_view(None, None, "no model: fetch one")
    assert "No model: fetch one." in words_view(None, None, "no model: fetch one")
    assert "Nobody speaks here" in words_view(Words(), project.heard or _empty(), "")
    assert hearing.listen(project.id, DRAFT).wait(60)
    page = words_view(project.words, project.heard, "")
    assert "<del>shit</del>" in page
    assert "&lt;b&gt;what&lt;/b&gt;" in page
    assert "raid night.mp4" in page
    label = word_label(word_list(project.words, project.heard)[0])
    assert label.startswith("s**t  ·  strong  ·  heard 90 %\nraid night.mp4 at ")


def _empty():
    from aiditor.timeline import Timeline

    return Timeline((), ())
