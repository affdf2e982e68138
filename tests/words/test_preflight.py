"""What is asked of words, and what of it can be had: refused at once, or left out where all can see it."""

from __future__ import annotations

from pathlib import Path

import pytest
from given_words import with_weights
from pydantic import ValidationError

from aiditor.captions import CaptionConfig
from aiditor.censor import CensorConfig
from aiditor.errors import BadConfig, BadInput, MissingPart
from aiditor.settings import Settings
from aiditor.styles import Style, load
from aiditor.words import WordWish, lacking, preflight

PLAIN = load("minimal")


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A computer without any weights."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    return Settings(aiditor_home=tmp_path / "home")


@pytest.fixture
def able(bare: Settings, tmp_path: Path) -> Settings:
    return with_weights(bare, tmp_path / "my-whisper")


def styled(**asked: object) -> Style:
    return WordWish(**asked).over(PLAIN)  # type: ignore[arg-type]


class TestWish:
    def test_says_nothing_by_itself(self):
        assert WordWish().over(PLAIN) == PLAIN
        assert WordWish().over(load("meme")).captions == CaptionConfig(preset="pop")
        assert not WordWish().insist

    def test_changes_the_style(self):
        style = styled(captions="pop", censor="strong", method="bleep", mute_words=("noob*",), language="de")
        assert style.captions == CaptionConfig(preset="pop")
        assert (style.censor.level, style.censor.method, style.censor.own_words) == ("strong", "bleep", ("noob*",))
        assert style.speech.language == "de"
        assert WordWish(captions="none").over(load("meme")).captions is None

    def test_what_is_on_the_screen_goes_only_where_it_is_asked_for(self):
        assert not styled().censor.on_screen
        words, names = styled(blur_words=True).censor, styled(blur_names=True).censor
        assert (words.blur_words, words.blur_names, words.level) == (True, False, "off")
        assert (names.blur_words, names.blur_names, names.on_screen) == (False, True, True)
        assert CensorConfig(names=("Zorvex",)).on_screen

    def test_words_of_your_own_alone_turn_censoring_on(self):
        assert styled(mute_words=("noob",)).censor.level == "slurs"
        assert WordWish(mute_words=("noob",)).insist == {"censor"}
        assert not WordWish(mute_words=("noob",), censor="off").insist
        assert WordWish(captions="pop", censor="strict").insist == {"captions", "censor"}
        assert not WordWish(captions="none", censor="off").insist

    def test_refuses_what_is_no_choice(self):
        for wrong in ({"captions": "loud"}, {"censor": "mild"}, {"method": "beep"}, {"mute_words": ("x",)}):
            with pytest.raises(ValidationError):
                WordWish(**wrong)


class TestPreflight:
    def test_nothing_wanted_needs_nothing(self, bare):
        assert preflight(PLAIN, bare).speech is None
        assert preflight(PLAIN, bare).notes == ()

    def test_with_a_model_all_of_it_is_had(self, able):
        hearing = preflight(styled(captions="pop", censor="strict"), able, insist=("captions", "censor"))
        assert hearing.speech is not None
        assert hearing.speech.engine == "faster-whisper"
        assert (hearing.model, hearing.notes) == ("my-whisper", ())
        assert hearing.revision, "weights of one's own are known by their size and time"
        assert lacking(able) == ""

    def test_captions_asked_for_are_refused_with_what_to_run(self, bare):
        with pytest.raises(MissingPart, match="run `aiditor models fetch whisper-small`"):
            preflight(styled(captions="pop"), bare, insist=("captions",))
        assert "aiditor models fetch whisper-small" in lacking(bare)

    def test_captions_that_only_the_style_asks_for_are_left_out_and_noted(self, bare):
        hearing = preflight(load("meme"), bare)
        assert (hearing.captions, hearing.speech) == (None, None)
        assert "the Meme style asks for captions, and there are none" in hearing.notes[0]

    def test_censoring_without_a_model_is_a_draft_and_says_so(self, bare):
        hearing = preflight(styled(censor="strong", mute_words=("sniper",)), bare, insist=("censor",))
        assert hearing.speech is not None
        assert hearing.speech.engine == "pocketsphinx"
        assert {"sniper", "fucking"} <= set(hearing.speech.words)
        assert "draft" in hearing.notes[0]
        assert "aiditor models fetch whisper-small" in hearing.notes[0]

    @pytest.mark.parametrize(
        ("asked", "says"),
        [
            ({"censor": "strict"}, "too little for the strict level"),
            ({"censor": "strong", "language": "de"}, "English"),
        ],
    )
    def test_censoring_that_no_draft_can_serve_is_refused_or_shouted(self, bare, asked, says):
        with pytest.raises(BadInput, match=says) as refused:
            preflight(styled(**asked), bare, insist=("censor",))
        assert "aiditor models fetch" in refused.value.remedy
        hearing = preflight(styled(**asked), bare)
        assert hearing.censor.level == "off"
        assert any(note.startswith("NOTHING IS CENSORED") for note in hearing.notes)

    def test_words_that_cannot_be_looked_for_are_named_before_any_work(self, able):
        style = PLAIN.model_copy(update={"censor": CensorConfig(level="strict", exceptions=("faggot",))})
        with pytest.raises(BadConfig, match="cannot be an exception"):
            preflight(style, able)

    def test_a_setting_that_names_no_speech_model(self, bare, tmp_path):
        style = styled(captions="pop")
        with pytest.raises(BadConfig, match="musicgen-small is no speech model"):
            preflight(style, bare.model_copy(update={"whisper_model": "musicgen-small"}))
        with pytest.raises(BadInput, match="no model is called"):
            preflight(style, bare.model_copy(update={"whisper_model": "nope"}))
        (tmp_path / "empty").mkdir()
        with pytest.raises(MissingPart, match=r"model\.bin"):
            preflight(style, bare.model_copy(update={"whisper_model": str(tmp_path / "empty")}), insist=("captions",))
