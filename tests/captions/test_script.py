"""Letters, direction and line breaks."""

from __future__ import annotations

import pytest

from aiditor.captions.balance import balanced
from aiditor.captions.script import breakable, clusters, direction, is_emoji, joined, visual_order


def test_what_a_reader_takes_for_one_letter_stays_whole() -> None:
    family, flag, thumb = "👨\u200d👩\u200d👧", "🇫🇷", "👍🏽"
    assert clusters(f"e\u0301{family}{flag}{thumb}❤\ufe0f") == ["e\u0301", family, flag, thumb, "❤\ufe0f"]
    assert clusters("🇫🇷🇩🇪") == ["🇫🇷", "🇩🇪"]


def test_emoji_are_told_from_letters() -> None:
    assert all(map(is_emoji, ["😀", "❤\ufe0f", "1\ufe0f\u20e3", "⚡"]))
    assert not any(map(is_emoji, ["a", "1", "你", "!", "❤"]))


@pytest.mark.parametrize(
    ("words", "base", "seen"),
    [
        (["abc", "def"], "ltr", "abc def"),
        (["אב", "גד", "הו"], "rtl", "הו גד אב"),
        (["אב", "abc", "def", "גד"], "rtl", "גד abc def אב"),
        (["אב", "GTA", "5"], "rtl", "GTA 5 אב"),
        (["אב", "5", "abc"], "rtl", "abc 5 אב"),
        (["abc", "אב", "גד", "def"], "ltr", "abc גד אב def"),
        (["abc", "אב", "123"], "ltr", "abc 123 אב"),
        (["אב", "😀", "גד"], "rtl", "גד 😀 אב"),
    ],
)
def test_words_are_ordered_as_a_line_shows_them(words: list[str], base: str, seen: str) -> None:
    assert [words[at] for at in visual_order(words, base)] == seen.split()


def test_a_line_runs_as_its_first_word_does() -> None:
    assert direction(["5", "😀", "שלום", "abc"]) == "rtl"
    assert direction(["abc", "שלום"]) == "ltr"
    assert direction(["5"]) == "ltr"


def test_cjk_breaks_anywhere_but_before_closing_marks() -> None:
    assert breakable("你好。「今」日") == ["你", "好。", "「今」", "日"]
    assert breakable("hello") == ["hello"]
    assert breakable("hello", anywhere=True) == list("hello")
    assert breakable("GTA5最高") == ["GTA5", "最", "高"]


def test_spaces_stand_where_the_script_has_them() -> None:
    assert joined(["你好", "世界", "GTA", "now"]) == "你好世界 GTA now"


def test_rows_are_cut_into_as_few_and_as_even_pieces_as_can_be() -> None:
    def cost(start: int, end: int) -> float | None:
        return None if end - start > 4 else float((end - start) ** 2)

    assert [len(piece) for piece in balanced(6, cost) or ()] == [3, 3]
    assert balanced(0, cost) == []
    assert balanced(2, lambda start, end: None) is None
