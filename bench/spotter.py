"""The offline speech engine on its own: what it hears of what was said, what it makes up, and how its times hold."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import soundfile
from scipy import signal

from aiditor.censor import CensorConfig, find
from aiditor.censor.wordlists import load
from aiditor.media.probe import probe
from aiditor.media.read import read_audio
from aiditor.speech.engine import RATE_HZ
from aiditor.speech.spotter import Spotter
from aiditor.transcript import Word
from bench.mute import SPEECH, given_words
from bench.report import Section, table

__all__ = ["Heard", "compare", "run"]

LEAST_LETTERS = 4
"""Shorter words ("a", "is") nobody would have a keyword spotter listen for."""


@dataclass(frozen=True)
class Heard:
    """What was heard against what was said."""

    said: int
    found: int
    heard: int
    right: int
    start_ms: tuple[float, ...]
    """Heard less said, of each word that is right."""
    end_ms: tuple[float, ...]


def compare(said: Sequence[Word], heard: Sequence[Word]) -> Heard:
    """A heard word is right where the same word was said at an overlapping time."""
    pairs = [(true, word) for word in heard for true in said if true.text == word.text and _together(word, true)]
    return Heard(
        said=len(said),
        found=len({id(true) for true, _ in pairs}),
        heard=len(heard),
        right=len({id(word) for _, word in pairs}),
        start_ms=tuple(1000 * (word.start_s - true.start_s) for true, word in pairs),
        end_ms=tuple(1000 * (word.end_s - true.end_s) for true, word in pairs),
    )


def run(*, say: Callable[[str], None], quick: bool) -> Section:
    """Listen to the spoken sentences, and, where there is some, to a person."""
    listed = {" ".join(form): entry.name for entry in load("en")[1] for form in entry.forms}
    spotter = Spotter(tuple(listed))
    rows = [_sentences(spotter, listed, low_db, 40 if quick else 240, say) for low_db in (0, 5, 10, 15)]
    tables = [table(_HEAD, rows)]
    notes = [f"{len(listed) - len(spotter.unknown)} of the {len(listed)} listed English forms are in its dictionary."]
    if SPEECH in os.environ:
        tables += _person(Path(os.environ[SPEECH]), spotter, say)
    return Section(
        title="Offline speech engine",
        method=(
            "pocketsphinx as keyword spotter, with nothing but the sound. First the sentences of the censor's tests, "
            "said by espeak-ng in fifteen voices over recorded games, listened through for all profane forms of the "
            "English list at once. How often anything profane is heard where something profane was said, and how "
            "often that would be if all was heard half the recording later, by chance; how often it is that very word "
            "(or a form of it); and, as false alarms, whatever is heard where nothing profane was said."
            + (
                f" Then a person's speech, alone and over a game: listened through for the words of {LEAST_LETTERS} "
                "letters and more that are said in it, with the times of what is right against the given ones; and for "
                "the profane forms, of which none is said." * (SPEECH in os.environ)
            )
        ),
        tables=tables,
        notes=notes,
        data={"sentences": rows},
    )


_HEAD = [
    *("speech over game", "minutes", "profane words said", "anything profane heard there", "the same by chance"),
    *("that word heard there", "false alarms a minute"),
]


def _sentences(
    spotter: Spotter, listed: Mapping[str, str], low_db: int, count: int, say: Callable[[str], None]
) -> list[object]:
    from tests.censor import spoken

    sound, said, at_s = [], [], 0.0
    for each in (spoken.sentence(number) for number in range(count)):
        if low_db <= each.snr_db < low_db + 5:
            mono = signal.resample_poly(each.sound.mean(axis=0), 1, spoken.RATE_HZ // RATE_HZ)
            sound.append(mono.astype(np.float32))
            hits = find(each.transcript, CensorConfig(level="strict")).hits
            said += [Word(hit.entry, at_s + hit.start_s, at_s + hit.end_s) for hit in hits]
            at_s += mono.size / RATE_HZ
    say(f"listening to {at_s:.0f} s at {low_db} to {low_db + 5} dB")
    words = [word for words in spotter.hear(np.concatenate(sound)) for word in words]
    heard = [replace(word, text=listed[word.text]) for word in words]
    late = [replace(word, start_s=word.start_s + at_s / 2, end_s=word.end_s + at_s / 2) for word in heard]
    late = [replace(w, start_s=w.start_s - at_s, end_s=w.end_s - at_s) if w.start_s >= at_s else w for w in late]
    shares = [
        sum(any(_together(word, true) for word in others) for true in said) / len(said) for others in (heard, late)
    ]
    false = sum(not any(_together(word, true) for true in said) for word in heard)
    right = compare(said, heard).found / len(said)
    figures = [f"{100 * share:.0f}%" for share in (*shares, right)]
    return [f"{low_db} to {low_db + 5} dB", f"{at_s / 60:.1f}", len(said), *figures, f"{false / at_s * 60:.1f}"]


def _together(one: Word, other: Word) -> bool:
    return one.start_s < other.end_s and other.start_s < one.end_s


def _length_s(path: str) -> float:
    return float(soundfile.info(path).duration) if path.endswith(".wav") else probe(path).duration_s


def _person(folder: Path, profane: Spotter, say: Callable[[str], None]) -> list[str]:
    """Tables of the two recordings with given words: the speech alone, and six seconds later over a game."""
    over = given_words(folder)
    alone = [Word(word.text, word.start_s - 6, word.end_s - 6) for word in over]
    files = {"acoustic_corpus.wav": alone, "doom_with_commentary.mp4": over}
    rows, false = [], []
    for name, said in files.items():
        say(f"listening to {name}")
        path = f"{folder / name}"
        sound = read_audio(path, rate_hz=RATE_HZ, channels=1, start_s=0, end_s=_length_s(path))[0]
        listed = [word for word in said if len(word.text) >= LEAST_LETTERS]
        spotter = Spotter(sorted({word.text for word in listed}))
        seen = compare(listed, [word for words in spotter.hear(sound) for word in words])
        times = [
            f"{np.quantile(np.abs(values), share):.0f} ms" if values else "none"
            for values in (seen.start_ms, seen.end_ms)
            for share in (0.5, 0.9)
        ]
        right = f"{100 * seen.right / max(seen.heard, 1):.0f}%"
        rows.append([name, seen.said, f"{100 * seen.found / seen.said:.0f}%", seen.heard, right, *times])
        made_up = len(profane.hear(sound))
        false.append([name, f"{sound.size / RATE_HZ:.0f}", made_up, f"{made_up / sound.size * RATE_HZ * 60:.1f}"])
    head = ["recording", "words said", "recall", "heard", "precision"]
    errors = ["start off by, median", "90%", "end off by, median", "90%"]
    return [
        table([*head, *errors], rows),
        table(["recording, no profanity in it", "seconds", "profane words heard", "a minute"], false),
    ]
