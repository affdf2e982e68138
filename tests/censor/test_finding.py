"""What is a profane word, however it is written, and what only looks like one."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aiditor.censor import CensorConfig, languages, mask
from aiditor.censor.finder import MASKED, finder
from aiditor.censor.spelling import agrees, fold
from aiditor.censor.wordlists import LISTS_DIR, load, read
from aiditor.errors import BadConfig

STRICT = CensorConfig(level="strict")


def found(text: str, cfg: CensorConfig = STRICT, language: str = "en") -> list[str]:
    return [text[match.start : match.stop] for match in finder(cfg, language).find(text)]


def names(text: str, cfg: CensorConfig = STRICT, language: str = "en") -> list[str]:
    return [match.entry.name for match in finder(cfg, language).find(text)]


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("Fucking", "fuck"), ("shits!", "shit"), ("a$$", "ass"), ("@ss", "ass"), ("sh1t", "shit"), ("f*ck", "fuck"),
        ("fuuuck", "fuck"), ("s h i t", "shit"), ("s.h.i.t.", "shit"), ("sons of bitches", "sons of bitches"),
        ("bitch’s", "bitch"), ("fück", "fuck"), ("ѕһіt", "shit"), ("𝓯𝓾𝓬𝓴", "fuck"), ("sh\u200bit", "shit"),
        ("f--k", "fuck"),
        ("motherf***er", "mother fuck"), ("bitch69", "bitch"), ("****", MASKED), ("[ __ ]", MASKED), ("@#$%!", MASKED),
    ],
)  # fmt: skip
def test_words_are_found_however_they_are_written(text, entry):
    assert names(f"well {text} then") == [entry]


@pytest.mark.parametrize("text", ["he'll", "Scunthorpe", "shiitake", "Shi'ite", "the pen is here",
                                  "sh, it works", "woops", "***k", "he ll", "as s",
                                  "a55", "$100", "!!!", "?!?!", "AT&T", "who're", "assess"])  # fmt: skip
def test_what_only_looks_like_it_is_left_alone(text):
    assert names(text) == []


def test_the_longest_phrase_counts():
    assert found("you mother fucker, you son of a bitch!") == ["mother fucker", "son of a bitch!"]


def test_a_phrase_does_not_reach_into_the_next_sentence():
    assert names("he is a jack. Off we go", CensorConfig(level="strong")) == []


def test_a_masked_word_is_taken_for_the_likeliest():
    assert names("f***") == ["fuck"]
    assert names("f***", CensorConfig(level="slurs")) == []
    assert names("n*****", CensorConfig(level="slurs")) == ["nigger"]


def test_levels_take_more_and_more():
    text = "damn this shit, faggot"
    taken = [len(names(text, CensorConfig(level=level))) for level in ("off", "slurs", "strong", "strict")]
    assert taken == [0, 1, 2, 3]


def test_words_of_ones_own_are_taken_on_every_level():
    cfg = CensorConfig(level="slurs", own_words=("noob*", "big fish"))
    assert found("noobs and n00b, big-fish snoob damn", cfg) == ["noobs", "n00b", "big-fish"]
    assert found("ノーブ noob", CensorConfig(level="slurs", languages=("own",), own_words=("noob",)), "ja") == ["noob"]


def test_exceptions_are_left_alone():
    cfg = CensorConfig(level="strict", exceptions=("damn", "fucking", "dick smith"))
    assert found("damned goddamn fucking fuck Dick Smith", cfg) == ["goddamn", "fuck"]


def test_slurs_are_no_exception_on_the_strict_level():
    with pytest.raises(BadConfig, match="cannot be an exception on the strict level"):
        finder(CensorConfig(level="strict", exceptions=("retards",)), "en")
    assert names("retards", CensorConfig(level="strong", exceptions=("retards",))) == []


@pytest.mark.parametrize(
    ("cfg", "language", "says"),
    [
        (STRICT, "ja", "no word list for the language “ja”.*de, en, es, fr, pt"),
        (STRICT, "", "the language spoken is not known"),
        (CensorConfig(level="strong", languages=("own",)), "en", "no words of your own"),
        (CensorConfig(level="strong", own_words=("**",)), "en", "no word to look for"),
    ],
)
def test_what_cannot_be_found_is_said(cfg, language, says):
    with pytest.raises(BadConfig, match=says):
        finder(cfg, language)


@pytest.mark.parametrize(
    ("language", "text", "hits"),
    [
        (
            "de",
            "So ein Scheißspiel, verfickte SCHEISSE! Das dicke Ass im Ärmel, der moose",
            ["Scheißspiel", "verfickte", "SCHEISSE!"],
        ),
        ("es", "¡Hijo de puta! El cono y el año, coño, cabron", ["¡Hijo de puta!", "coño", "cabron"]),
        ("fr", "Qu'enculé, putain de pique-nique, espèce d'enculé", ["Qu'enculé", "putain", "d'enculé"]),
        ("pt", "vai tomar no cu, caralho! O cágado come", ["vai tomar no cu", "caralho!"]),
        ("de-AT", "what the fuck", ["fuck"]),
    ],
)  # fmt: skip
def test_other_languages_have_words_of_their_own(language, text, hits):
    assert found(text, STRICT, language) == hits


@pytest.mark.parametrize("language", languages())
def test_lists_are_whole(language):
    words, entries = load(language)
    assert words.language == language
    assert words.licence == "Apache-2.0"
    assert {entry.severity for entry in entries} == {"mild", "strong", "slur"}
    assert len(entries) >= 60
    for entry in entries:
        for form in entry.forms:
            assert "".join(fold(word, words.letters) for word in form).isalpha(), form
            assert names(" ".join(form), STRICT, language) != [], form
    for phrase in words.innocent:
        assert names(phrase, STRICT, language) == [], phrase


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("words: [", "cannot be read"),
        ("language: xx\nlicence: Apache-2.0\nwords: {rude: {}}", "words.rude"),
        ("language: xx\nlicence: Apache-2.0\nwords: {mild: {'*': }}", "is no word"),
        ("licence: Apache-2.0\nwords: {}", "language: field required"),
    ],
)
def test_a_broken_list_names_its_fault(tmp_path, text, says):
    path = tmp_path / "xx.yaml"
    path.write_text(text)
    with pytest.raises(BadConfig, match=f"xx.yaml.*{says}|{says}"):
        read(path)


def test_every_list_says_whose_it_is():
    for path in LISTS_DIR.glob("*.yaml"):
        assert "Licence: Apache-2.0" in path.read_text(encoding="utf-8")[:400]


def test_masking_keeps_the_ends_and_the_length():
    assert mask("Fuck this s h i t, you faggot!", STRICT) == "F**k this s * * t, you f*****!"
    assert mask("hello class", STRICT) == "hello class"
    assert mask("fuck", CensorConfig()) == "fuck"


WORDS = st.sampled_from(
    ["fuck", "s h i t", "f**k", "son of a bitch", "@ss", "hello", "-", "’", "****", "Scheiße", "a", " "]
)


@settings(max_examples=60, deadline=None)
@given(st.one_of(st.text(max_size=30), st.lists(WORDS, max_size=8).map(" ".join)))
def test_masking_never_changes_the_length_nor_what_is_not_found(text):
    hidden = mask(text, STRICT)
    assert len(hidden) == len(text)
    inside = {place for match in finder(STRICT, "en").find(text) for place in range(match.start, match.stop)}
    assert all(a == b for place, (a, b) in enumerate(zip(text, hidden, strict=True)) if place not in inside)
    assert all(a in (b, "*") for a, b in zip(hidden, text, strict=True))


@given(st.lists(st.integers(1, 4), min_size=4, max_size=4))
def test_stretching_a_word_never_hides_it(counts):
    stretched = "".join(letter * count for letter, count in zip("shit", counts, strict=True))
    assert agrees(stretched, "shit") == (max(counts) >= 3 or all(n == 1 for n in (counts[0], counts[1], counts[3])))
