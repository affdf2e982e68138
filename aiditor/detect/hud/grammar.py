"""What one line of on-screen text says: who killed whom, that the player died, that this is a killcam, or nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

from aiditor.detect.hud.lines import GAP
from aiditor.detect.hud.rules import GameRules
from aiditor.detect.hud.words import Vocabulary, fold, skeleton

__all__ = ["SPANS", "Grammar", "Said"]

Kind = Literal[
    *("row", "kill", "weak_kill", "points", "headshot", "multi_kill", "assist", "death"),
    *("spectate", "killcam", "dead", "menu", "scoreboard"),
]
SPANS: tuple[Kind, ...] = ("spectate", "killcam", "dead", "menu", "scoreboard")
YOU = "you"

_NAME = r"[^\s\t]+(?:[ \t][^\s\t]+){0,2}?"
_NUMBER = r"\d{1,6}"
_CHAT = re.compile(r"^[\s\t]*(?:[\[(<{][^\])>}]{1,14}[\])>}][\s\t]*)*[^:\t]{2,24}?[\s\t]?[:：](?!\d).*\S")
_TAIL = re.compile(
    r"[\s\t]+(?:(?:with|using|via)\b.*|from \d+ ?m\b.*|[\[(]?(?:headshot|hs)[\])]?|[\[(][^\])]{0,24}[\])]"
    r"|\(?\d{1,3} ?m\)?|x ?\d)[.!]*$",
    re.IGNORECASE,
)
_POINTS = re.compile(
    r"(?:^|(?<=[ \t]))\+\d{1,5}(?:[ \t]?(?:xp|pts|points|score|coins|cash|gold))?(?=[ \t]|$)", re.IGNORECASE
)
_WEAPON = re.compile(r"(?<=[^\s\t])[ \t]*[\[(][^\])\t]{1,22}(?:[\])]|(?=\t))[ \t]*")
_PLAIN = str.maketrans("’！【】「」｛｝〔〕", "'![][][][]")
_PAST = r"(?-i:(?:[a-z]+[ \t])?[a-z]{2,}ed(?:[ \t](?:down|up|out|off|apart))?)"
_SMALL = r"(?-i:[a-z]{2,}(?:[ \t][a-z]{2,}){0,2})"
_OWNED = re.compile(r"(?<=\w)['’`]s(?:[\s\t].*)?$")
"""What is said of a killer's weapon: "by Zed's cannon"."""
_CODE = re.compile(r"^[A-Z]{1,4}-\d{1,3}[A-Z]?$")
"""What makers call weapons: AK-47, TR-9."""
_JOINTS = {"by", "was", "has", "got", "is", "been", "were", "are", "have"}
_HEADSHOT = re.compile(r"\b(?:headshot|hs)\b", re.IGNORECASE)
_MEASURE = re.compile(r"^\d+(?:m|s|st|nd|rd|th|x|k|hp|xp|%)?$", re.IGNORECASE)
_BRACKETED = re.compile(r"^[\[({<].{0,18}[\])}>]$|^[^\w+&]+$|^[a-z]?[→»>]+[a-z]?$")


@dataclass(frozen=True, slots=True)
class Said:
    """What a line says. Names are as they were read; "you" is the player."""

    kind: Kind
    killer: str = ""
    victim: str = ""
    phrase: str = ""
    """The pattern that matched, or "icon" for two names side by side."""
    helped: str = ""
    """Who assisted, in a row."""
    points: bool = False
    """Whether points stand beside the words."""
    headshot: bool = False
    """Whether a row says that it was one."""


class Grammar:
    """The patterns of some rules, ready to be matched."""

    def __init__(self, rules: GameRules) -> None:
        self._rules = rules
        verbs = sorted({*rules.verbs, *rules.downs}, key=len, reverse=True)
        self._verbs = "|".join(re.escape(verb) for verb in verbs)
        nouns = "|".join(sorted(map(re.escape, rules.weapons), key=len, reverse=True)) or "(?!)"
        kinds_of = "|".join(sorted(map(re.escape, rules.weapon_kinds), key=len, reverse=True)) or "(?!)"
        self._arms = rf"(?:(?:{kinds_of})[ \t]?)*(?:{nouns})"
        self._weapon = re.compile(
            rf"(?<=[^\s\t])[ \t]+[\[(1Il|]{{0,2}}(?:(?:{kinds_of})[ \t]?)*(?:{nouns})"
            r"(?:[\])1|]{1,2}(?=[A-Z0-9])|[\])1Il|]{0,2}(?=[ \t]|$))",
            re.IGNORECASE,
        )
        kinds: list[tuple[Kind, tuple[str, ...]]] = [
            *(("spectate", rules.spectate), ("killcam", rules.killcam), ("death", rules.deaths)),
            *(("dead", rules.dead), ("assist", rules.assists), ("headshot", rules.headshot)),
            *(("multi_kill", rules.multi_kill), ("points", rules.points)),
            *(("kill", rules.own), ("row", rules.rows), ("weak_kill", rules.own_weak), ("menu", rules.menu)),
        ]
        self._plain: dict[str, tuple[Kind, str]] = {}
        self._alike: dict[str, tuple[Kind, str]] = {}
        self._slotted: list[tuple[Kind, str, re.Pattern[str]]] = []
        words: set[str] = {word for verb in verbs for word in verb.split()}
        for kind, patterns in kinds:
            for pattern in patterns:
                words.update(word for word in re.sub(r"\{\w+\}|['+]", " ", pattern).split() if len(word) > 1)
                if "{" in pattern:
                    self._slotted.append((kind, pattern, self._compile(pattern)))
                else:
                    self._plain.setdefault(fold(pattern), (kind, pattern))
                    if len(fold(pattern)) >= 6:
                        self._alike.setdefault(skeleton(pattern), (kind, pattern))
        self._words = {fold(word) for word in words}
        self._not_names = {fold(word) for word in rules.not_names}
        self._not_verbs = {fold(word) for word in rules.not_verbs}
        self._you = {fold(word) for word in rules.you}
        self._board = {fold(word) for word in rules.scoreboard}
        self._vocabulary = Vocabulary(
            words | set(rules.you), {v for v in rules.verbs if " " not in v} | {"knocked out", "eliminated"}
        )

    def says(self, text: str) -> Said | None:
        """What the line `text` (with GAP where more than a space was) says; None where it is none of our business."""
        text = _tidy(text)
        if not any(c.isalnum() for c in text) or len(text) > 90:
            return None
        if self.chat(text):
            return None
        spelled = self._spell(text)
        bare = _POINTS.sub("", spelled).strip(" :")
        points = bare != spelled
        shorter = self._weapon_end(_TAIL.sub("", bare))
        tails = (shorter, _TAIL.sub("", shorter), bare) if shorter else (bare,)
        for candidate in dict.fromkeys(tails) if bare else (spelled,):
            said = self._match(candidate)
            if said is not None:
                strong = said.kind == "weak_kill" and points
                headshot = candidate != bare and _HEADSHOT.search(bare) is not None
                return replace(said, kind="kill" if strong else said.kind, points=points, headshot=headshot)
        return self._icon_row(text) if self._rules.icon_rows and not points else None

    def chat(self, text: str) -> bool:
        """Whether the line is somebody talking: a name, a colon, words."""
        found = _CHAT.match(text)
        if found is None:
            return False
        before = re.split(r"[:：]", text, maxsplit=1)[0]
        return not any(fold(word) in self._words for word in before.split())

    def phrase(self, text: str) -> tuple[int, int]:
        """Where in `text` the words stand that are always the same: from, to; equal where none are."""
        best, run = (0, 0), None
        for found in re.finditer(r"[^\s\t]+", text):
            word = fold(found[0])
            if word in self._words or word in self._you:
                run = (found.start() if run is None else run[0], found.end())
                best = max(best, run, key=lambda span: span[1] - span[0])
            else:
                run = None
        return best if best[1] - best[0] >= 3 else (0, 0)

    def board_words(self, text: str) -> int:
        """How many titles of a score board's columns the line holds."""
        return sum(fold(word) in self._board for word in text.split())

    def is_you(self, name: str) -> bool:
        return fold(name) in self._you

    def is_down(self, phrase: str) -> bool:
        """Whether the words that matched tell of the blow before the kill."""
        return any(phrase == verb for verb in self._rules.downs)

    def _match(self, text: str) -> Said | None:
        plain = self._plain.get(fold(text)) or self._alike.get(skeleton(text))
        order: list[Said] = []
        if plain is not None:
            order = [Said(plain[0], YOU if plain[0] in ("kill", "weak_kill") else "", "", plain[1])]
            if plain[0] != "weak_kill":
                return order[0]
        for kind, pattern, regex in self._slotted:
            found = regex.match(text)
            if found is None:
                continue
            slots = found.groupdict()
            killer, victim = _trim(_OWNED.sub("", slots.get("killer") or "")), _trim(slots.get("victim") or "")
            if self._not_verbs.intersection(f"{slots.get('past') or ''} {slots.get('words') or ''}".split()):
                continue
            if not all(self._name(name) or self.is_you(name) for name in (killer, victim) if name):
                continue
            said = self._sense(kind, pattern, killer, victim, slots.get("verb") or "")
            if said is not None:
                order.append(said)
                break
        return order[-1] if order else None

    def _sense(self, kind: Kind, pattern: str, killer: str, victim: str, verb: str) -> Said | None:
        phrase = verb if verb in self._rules.downs else pattern
        if kind == "row":
            if self.is_you(killer):
                return None if self.is_you(victim) else Said("kill", YOU, victim, phrase)
            if self.is_you(victim):
                return Said("death", killer, YOU, phrase)
        if kind in ("kill", "weak_kill"):
            if self.is_you(victim):
                return None
            killer = YOU
        if kind == "death":
            victim = YOU
        return Said(kind, killer, victim, phrase)

    def _weapon_end(self, text: str) -> str:
        """Without the weapon that a line ends with."""
        last = next((found for found in self._weapon.finditer(text) if found.end() == len(text)), None)
        return text if last is None else text[: last.start()]

    def _icon_row(self, text: str) -> Said | None:
        """Two names with an icon, an arrow, a bracketed weapon or a gap between."""
        bare = _WEAPON.sub(GAP, text)
        names = _sides(self._weapon.sub(GAP, bare)) or _sides(bare)
        if names is None:
            return None
        killer, plus, helped = re.sub(r"[ ]?&[ ]?|[ ]\+[ ]?|\+[ ]", "+", names[0]).partition("+")
        killer, helped, victim = _trim(killer), _trim(helped) if plus else "", _trim(names[1])
        if not (self._name(killer) or self.is_you(killer)) or not (self._name(victim) or self.is_you(victim)):
            return None
        if self.is_you(killer):
            return Said("kill", YOU, victim, "icon", helped)
        if self.is_you(victim):
            return Said("death", killer, YOU, "icon", helped)
        return Said("row", killer, victim, "icon", helped)

    def _name(self, text: str) -> bool:
        words = text.split()
        if not 1 <= len(words) <= 3 or not 2 <= len(fold(text)) <= 22 or not any(c.isalpha() for c in text):
            return False
        if sum(c.isalnum() or c in "_-." for c in text.replace(" ", "")) < 0.8 * len(text.replace(" ", "")):
            return False
        plain = [fold(word) for word in words]
        if any(word.startswith("assist") for word in plain):
            return False
        if _MEASURE.match(text) or {plain[0], plain[-1]} & _JOINTS or self._not_names.intersection(plain):
            return False
        return not all(word in self._words or word.isdigit() for word in plain)

    def _spell(self, text: str) -> str:
        parts = []
        for chunk in text.split(GAP):
            parts.append(" ".join(word for token in chunk.split() for word in self._vocabulary.spell(token)))
        return " ".join(part for part in parts if part)

    def _compile(self, pattern: str) -> re.Pattern[str]:
        out = []
        for part in re.split(r"(\{\w+\})", pattern):
            slot = part[1:-1] if part.startswith("{") else ""
            if slot in ("killer", "victim"):
                out.append(f"(?P<{slot}>{_NAME})")
            elif slot == "verb":
                out.append(f"(?P<verb>{self._verbs})" if "(?P<verb>" not in "".join(out) else f"(?:{self._verbs})")
            elif slot == "number":
                out.append(f"(?:{_NUMBER})")
            elif slot in ("past", "words"):
                out.append(f"(?P<{slot}>{_PAST if slot == 'past' else _SMALL})")
            elif slot == "weapon":
                out.append(self._arms)
            else:
                out.append(re.escape(part).replace(r"\ ", r"[ \t]").replace("'s", "'?s"))
        return re.compile(f"^{''.join(out)}$", re.IGNORECASE)


def _sides(text: str) -> tuple[str, str] | None:
    """What stands left and right of the gaps in a row; None where it is not two names."""
    parts: list[list[str]] = [[]]
    for chunk in text.split(GAP):
        parts.append([])
        for word in chunk.split():
            if _BRACKETED.match(word) or (len(word) == 1 and (word in "1Il|" or not word.isascii())):
                parts.append([])
            else:
                parts[-1].append(word)
    names = [" ".join(part) for part in parts if part]
    if len(names) > 2 and names[1].startswith(("+", "&")):
        names = [f"{names[0]} {names[1]}", *names[2:]]
    # What stays of an icon is a letter or two, before, between or after the names; a weapon may be named between.
    names = [name for name in names if not _MEASURE.match(name) and not _CODE.match(name)]
    while len(names) > 2 and len(fold(names[0])) <= 1:
        names.pop(0)
    while len(names) > 2 and len(fold(names[-1])) <= 1:
        names.pop()
    if not 2 <= len(names) <= 3 or any(len(name.split()) > 3 for name in names[1:]):
        return None
    return names[0], names[-1]


def _tidy(text: str) -> str:
    """Without ornaments at the ends, and with signs that the reader sets apart put together."""
    text = re.sub(r"[ ]{2,}", " ", text.translate(_PLAIN))
    text = re.sub(r"\+[\s\t]+(?=\d)", "+", text)
    text = re.sub(r"(?<=\+\d)[oO]|(?<=\+\d\d)[oO]", "0", text)
    words = re.split(r"([ \t])", text)
    while words and not any(c.isalnum() or c in "+]" for c in words[0]):
        words.pop(0)
    while words and not any(c.isalnum() or c in "])" for c in words[-1]):
        words.pop()
    return "".join(words).strip(" \t.,;!~-_*•·")


def _scrap(word: str) -> bool:
    return len(fold(word)) <= 1 or word.endswith("%")


def _trim(name: str) -> str:
    """A name without what stands around it: signs, and the letter that is left of an icon."""
    words = name.replace(GAP, " ").split()
    while len(words) > 1 and _scrap(words[0]):
        words.pop(0)
    while len(words) > 1 and _scrap(words[-1]):
        words.pop()
    return " ".join(words).strip(" .,;:!-*'\"[](){}<>|")
