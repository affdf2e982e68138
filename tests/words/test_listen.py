"""Listening: only what is shown, only once, and one bad clip does not lose the batch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from given_words import Reader, with_weights
from media_factory import Sound, make_clip, noise

from aiditor.censor import CensorConfig
from aiditor.errors import BadConfig, BadInput, Cancelled
from aiditor.media.probe import probe
from aiditor.settings import Settings
from aiditor.speech import engine as engines
from aiditor.styles import load
from aiditor.timeline import Cut, Scores, Source, Timeline, Transition, from_json, to_json
from aiditor.words import Words, WordWish, kept, listen, preflight, reviewed, word_list
from aiditor.words.listen import shown_spans

TEXT = "oh well what now shit a shot he never saw it coming damn"


@pytest.fixture(scope="module")
def sources(media_dir: Path) -> tuple[Source, Source]:
    paths = [
        make_clip(media_dir / f"said{k}.mp4", seconds=12, size=(64, 36), sounds=[Sound(wave=noise(seed=k))])
        for k in range(2)
    ]
    return tuple(Source(id=path.stem, path=str(path), info=probe(path)) for path in paths)  # type: ignore[return-value]


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> Reader:
    one = Reader(TEXT)
    monkeypatch.setitem(engines._OPENERS, "faster-whisper", one.opened)
    return one


@pytest.fixture
def able(tmp_path: Path) -> Settings:
    return with_weights(Settings(aiditor_home=tmp_path / "home"), tmp_path / "reader")


@pytest.fixture
def hear(able: Settings, reader: Reader) -> Callable[..., Words]:
    def run(timeline: Timeline, **asked: object) -> Words:
        wish = WordWish(**{"captions": "pop", "censor": "strong", **asked})  # type: ignore[arg-type]
        hearing = preflight(wish.over(load("minimal")), able, insist=wish.insist)
        return listen(timeline, hearing, able)

    return run


def cut_of(source: Source, start_s: float, end_s: float, at_s: float = 0.0, **more: object) -> Cut:
    return Cut(source.id, start_s, end_s, at_s, start_s, **more)  # type: ignore[arg-type]


def test_only_what_is_shown_is_listened_to_with_a_margin(sources, reader, hear):
    a, b = sources
    words = hear(Timeline((a, b), (cut_of(a, 4, 6), cut_of(b, 8, 11.5, 2))))
    assert reader.asked_s == [pytest.approx(5, abs=0.2), pytest.approx(5.5, abs=0.2)]
    assert dict(words.heard_s)["said0"] == ((pytest.approx(2.5), pytest.approx(7.5)),)
    assert {one.source_id for one in words.transcripts} == {"said0", "said1"}
    assert all(2.5 <= word.start_s <= 7.6 for word in words.transcripts[0].words)


def test_what_sounds_on_under_a_transition_is_listened_to():
    source = Source("a", "/a.mp4", None)  # type: ignore[arg-type]
    object.__setattr__(source, "info", type("Info", (), {"duration_s": 60.0})())
    cuts = (cut_of(source, 10, 12), cut_of(source, 30, 32, 2, transition=Transition("crossfade", 0.6)))
    assert shown_spans(Timeline((source,), cuts), 1.0)["a"] == [(9.0, 13.6), (29.0, 33.0)]
    near = (cut_of(source, 10, 12), cut_of(source, 14.5, 16, 2))
    assert shown_spans(Timeline((source,), near), 1.0)["a"] == [(9.0, 17.0)]


def test_nothing_is_listened_to_twice(sources, reader, hear):
    a, _ = sources
    timeline = Timeline((a,), (cut_of(a, 2, 3), cut_of(a, 8, 9, 1)))
    first = hear(timeline)
    assert hear(timeline) == first
    assert len(reader.asked_s) == 2
    moved = Timeline((a,), (cut_of(a, 2.001, 2.999), cut_of(a, 6, 9, 1)))
    hear(moved)
    assert len(reader.asked_s) == 3, "the cut that moved by a millisecond is known, the longer one is not"
    hear(timeline, language="de")
    assert len(reader.asked_s) == 5, "another language is another hearing"


def test_a_damaged_entry_is_heard_anew(sources, reader, hear, able):
    a, _ = sources
    timeline = Timeline((a,), (cut_of(a, 2, 3),))
    first = hear(timeline)
    for path in (able.cache_dir / "words").glob("*.json"):
        path.write_text("{")
    assert hear(timeline) == first


def test_words_are_found_masked_and_kept_by_hand(sources, hear):
    a, _ = sources
    timeline = Timeline((a,), (cut_of(a, 3, 6),))
    words = hear(timeline)
    rows = word_list(words, timeline)
    assert [row["word"] for row in rows] == ["s**t"]
    assert rows[0]["muted"]
    left = words.with_keep(rows[0]["id"], True)
    assert not word_list(left, timeline)[0]["muted"]
    assert from_json(Words, to_json(left)) == left
    with pytest.raises(BadInput, match="there is no word"):
        words.with_keep("nope", True)
    noted = kept(words, (rows[0]["id"], "nope"))
    assert not word_list(noted, timeline)[0]["muted"]
    assert "nope was to be kept" in noted.notes[-1]
    assert hear(timeline).carried(left).reviews == left.reviews


def test_another_level_looks_again_and_listens_no_more(sources, reader, hear):
    a, _ = sources
    timeline = Timeline((a,), (cut_of(a, 2, 9),))
    words = hear(timeline)
    strong = [hit.text for _, hit in words.hits()]
    words = words.with_keep(next(words.hits())[1].id, True)
    strict = reviewed(words, CensorConfig(level="strict"), timeline)
    assert sorted(hit.text for _, hit in strict.hits()) == sorted([*strong, "damn"])
    assert [hit.text for _, hit in strict.hits() if hit.keep] == strong[:1]
    assert len(reader.asked_s) == 1


def test_a_clip_that_fails_is_named_and_its_voice_goes(sources, reader, hear):
    a, b = sources
    reader.fails = BadInput("the engine choked", remedy="try again")
    words = hear(Timeline((a, b), (cut_of(a, 4, 6), cut_of(b, 8, 10, 2))))
    assert [one.source_id for one in words.unheard] == ["said0"]
    assert [one.source_id for one in words.transcripts] == ["said1"]
    assert "said0.mp4 could not be looked through for words, so all of its voice is muted" in words.notes[-1]


def test_where_nothing_could_be_heard_who_insisted_is_told(sources, reader, hear, able):
    a, _ = sources
    timeline = Timeline((a,), (cut_of(a, 4, 6),))
    reader.fails = BadInput("the engine choked", remedy="try again")
    with pytest.raises(BadInput, match="choked"):
        hear(timeline)
    reader.fails = BadInput("the engine choked", remedy="try again")
    words = listen(timeline, preflight(load("meme"), able), able)
    assert "said0.mp4 could not be listened to, so it has no captions" in words.notes[0]


def test_a_language_without_a_list_is_said(sources, reader, hear):
    a, _ = sources
    reader.language = "ja"
    with pytest.raises(BadConfig, match="no word list for the language"):
        hear(Timeline((a,), (cut_of(a, 4, 6),)))


def test_stopping_is_heard_of_and_leaves_nothing_half_written(sources, reader, able):
    def stop(fraction: float, note: str) -> None:
        raise Cancelled("stopped")

    a, _ = sources
    hearing = preflight(load("meme"), able)
    with pytest.raises(Cancelled):
        listen(Timeline((a,), (cut_of(a, 4, 6),)), hearing, able, progress=stop)
    assert not list(able.cache_dir.rglob("*.part*"))


def test_the_offline_engine_listens_only_where_somebody_speaks(sources, tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    spotter = Reader("shit")
    spotter.draft = True
    monkeypatch.setitem(engines._OPENERS, "pocketsphinx", spotter.opened)
    a, _ = sources
    bare = Settings(aiditor_home=tmp_path / "bare")
    hearing = preflight(WordWish(censor="strong").over(load("minimal")), bare)
    timeline = Timeline((a,), (cut_of(a, 4, 6),))
    voice = np.zeros(48, np.float32)
    scores = Scores(a.id, 12.0, 0.25, voice, voice, voice)
    assert not listen(timeline, hearing, bare, scores=[scores]).transcripts[0].segments
    assert spotter.asked_s == []
    voice = np.where(np.arange(48) // 4 == 5, 1, 0).astype(np.float32)
    words = listen(timeline, hearing, bare, scores=[replace(scores, voice=voice)])
    assert spotter.asked_s == [pytest.approx(1.8, abs=0.1)]
    assert words.draft
    assert all(row["draft"] for row in word_list(words, timeline))
