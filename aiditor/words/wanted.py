"""What of the text on the screen is to go, and whether it can be found here."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from difflib import SequenceMatcher

from aiditor.censor.config import CensorConfig
from aiditor.censor.finder import Finder, finder
from aiditor.censor.on_screen import Line
from aiditor.settings import Settings

__all__ = ["namer", "names_wanted", "same_player", "screen_possible", "seeker"]

_SURE_ROW = 0.72
"""Two words with nothing but a gap between are a killer and a victim from this confidence."""
_TAGS = re.compile(r"^\s*(?:[\[(<{][^\])>}]{1,24}[\])>}]\s*)*")
"""What stands before a name in chat: [12:41], (team)."""


def screen_possible(cfg: CensorConfig) -> None:
    """Say at once whether what `cfg` wants off the screen can be found here.

    Raises MissingPart where the text reader is not installed, BadConfig for words that cannot be looked for.
    """
    if cfg.on_screen:
        from aiditor.detect.hud.ocr import shared_ocr

        shared_ocr()
        seeker(cfg)


def seeker(cfg: CensorConfig) -> Finder | None:
    """What finds words: those of the level, or strong ones where nothing is taken out of the sound."""
    if not cfg.blur_words:
        return None
    level = "strong" if cfg.level == "off" else cfg.level
    return finder(cfg.model_copy(update={"level": level}), "en")


def names_wanted(lines: Sequence[Line], cfg: CensorConfig, settings: Settings) -> tuple[str, ...]:
    """The names to look for: those that were given, and those of all players that feeds and chat name."""
    found = dict.fromkeys(cfg.names)
    if cfg.blur_names:
        named = namer(settings.game)
        found |= dict.fromkeys(name for line in lines for name in named(line))
    own = settings.player_name.strip()
    return tuple(name for name in found if not (own and same_player(name, own)))


def namer(game: str) -> Callable[[Line], Iterator[str]]:
    """Finds the players that a line of a feed or a chat names."""
    from aiditor.detect.hud.grammar import Grammar
    from aiditor.detect.hud.rules import load_rules

    grammar = Grammar(load_rules(game or "generic"))

    def named(line: Line) -> Iterator[str]:
        tags = _TAGS.match(line.text)
        bare = line.text[tags.end() :] if tags else line.text
        tagged = bare.lstrip().startswith((":", "："))  # <name>: words
        if tagged or grammar.chat(bare):
            before = re.split(r"[\[(<{]", line.text[: len(line.text) - len(bare)])[-1] if tagged else bare
            name = re.split("[:：]", before, maxsplit=1)[0].strip(" \t])}>")
            if len(name) >= 2 and len(name.split()) <= 3 and any(letter.isalpha() for letter in name):
                yield name
            return
        said = grammar.says(line.text)
        if said is None or (said.phrase == "icon" and line.confidence < _SURE_ROW):
            return
        names = (said.killer, said.victim, said.helped)
        yield from (name for name in names if len(name) >= 2 and not grammar.is_you(name))

    return named


def same_player(read: str, name: str) -> bool:
    """Whether that was read where the name stands: a letter in six may be another."""
    from aiditor.detect.hud.words import fold, skeleton

    one, other = fold(read), fold(name)
    if not one or not other or one == other:
        return bool(one) and one == other
    if min(len(one), len(other)) < 5:
        return False
    return skeleton(read) == skeleton(name) or SequenceMatcher(None, one, other, autojunk=False).ratio() >= 0.84
