"""Muting: what is left of a word, and what became of everything else, beside monkeyplug on the same transcript."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import soundfile

from aiditor.censor import CensorConfig, censored, find, measured, spans
from aiditor.media.probe import probe
from aiditor.media.read import read_audio
from aiditor.transcript import Segment, Transcript, Word
from bench.peers import Peers
from bench.report import Bar, Section, judged, table
from bench.timing import Command, measure

__all__ = ["SPEECH", "Change", "changed", "given_words", "run"]

SPEECH = "AIDITOR_SPEECH"
"""Names the folder of real speech with given words, where there is one."""
RATE_HZ = 48_000
BAR = Bar(-60.0, "dB")
FLOOR_DB = -200.0
SENTENCES = 40
OWN_WORDS = ("acoustic", "corpus", "speech", "errors", "cares", "talking", "words", "intensity")


@dataclass(frozen=True)
class Change:
    """Sound after muting against before."""

    words_db: tuple[float, ...]
    """Level left of each word, over its whole span, against what it was; -200 for nothing."""
    most_db: float
    """Largest change of a sample away from all words, in dBFS; -200 for none."""
    rms_db: float
    """The same, as RMS."""
    gain_db: float
    """Level away from all words against what it was."""


def changed(
    before: np.ndarray, after: np.ndarray, words: Sequence[tuple[float, float]], rate_hz: int, margin_s: float
) -> Change:
    """Judge `after` against `before`, both float [C, N]; what is nearer than `margin_s` to a word is no "away"."""
    away = np.ones(before.shape[1], bool)
    left = []
    for start_s, end_s in words:
        inside = slice(int(start_s * rate_hz), int(np.ceil(end_s * rate_hz)))
        left.append(_db(_rms(after[:, inside]) / _rms(before[:, inside])))
        away[max(int((start_s - margin_s) * rate_hz), 0) : int((end_s + margin_s) * rate_hz)] = False
    apart = after[:, away] - before[:, away]
    return Change(
        words_db=tuple(left),
        most_db=_db(float(np.abs(apart).max())),
        rms_db=_db(_rms(apart)),
        gain_db=_db(_rms(after[:, away]) / _rms(before[:, away])),
    )


def run(work: Path, peers: Peers, *, say: Callable[[str], None]) -> Section:
    """Mute spoken sentences, mono and stereo, and, where there is some, a person's speech over a game."""
    folder = work / "mute"
    folder.mkdir(parents=True, exist_ok=True)
    rows, verdicts, data = [], [], {}
    for channels in (1, 2):
        say(f"muting {SENTENCES} sentences, {'mono' if channels == 1 else 'stereo'}")
        source, transcript, profane = _recording(folder, channels)
        jobs: dict[str, Callable[[Path], None]] = {"AIditor": partial(_ours, source, transcript)}
        if "monkeyplug" in peers.bins:
            theirs = partial(_theirs, peers, source, transcript, profane)
            jobs["monkeyplug"] = theirs
            if channels == 1:
                jobs["monkeyplug, told -c 1"] = partial(theirs, more=("-c", "1"))
        before = _read(source)
        for name, job in jobs.items():
            out = folder / f"{name.split()[0].strip(',')}-{channels}.wav"
            job(out)
            after = _read(out)
            seen = changed(np.broadcast_to(before, after.shape), after, profane, RATE_HZ, 0.3)
            what = "mono" if channels == 1 else "stereo"
            rows.append([name, what, len(after), len(profane), *_shown(seen)])
            data[f"{name}, {what}"] = vars(seen)
            if name == "AIditor":
                verdicts.append(judged(f"loudest muted word, {what}", BAR, max(seen.words_db)))
    tables = [table(["tool", "recording", "channels out", "words", *_HEAD], rows)]
    notes = [f"{name} does not run here: {why}" for name, why in peers.missing.items() if name == "monkeyplug"]
    if SPEECH in os.environ:
        tables.append(_person(Path(os.environ[SPEECH]), data))
    return Section(
        title="Mute",
        method=(
            f"{SENTENCES} sentences with one or two profane words, said by espeak-ng in many voices over recorded game "
            "sound 0 to 20 dB softer, as 16-bit WAV at 48 kHz. Both tools are given the true words and their times and "
            "write 16-bit WAV; monkeyplug takes its defaults (two channels, no padding, fades of 5 ms inside the "
            "word). Level left: the word's whole span after against before. Change elsewhere: further than 0.3 s from "
            "any muted word. −200 dB stands for nothing at all: not one bit."
            + (
                " Below, a person's commentary over a person's play, with eight harmless words to mute."
                * (len(tables) > 1)
            )
        ),
        tables=tables,
        notes=notes,
        verdicts=verdicts,
        data=data,
    )


_HEAD = [
    "left, loudest word (dB)",
    "left, median (dB)",
    "largest change elsewhere (dBFS)",
    "RMS (dBFS)",
    "level elsewhere (dB)",
]


def _shown(seen: Change) -> list[str]:
    values = (max(seen.words_db), float(np.median(seen.words_db)), seen.most_db, seen.rms_db, seen.gain_db)
    return [f"{value:.1f}" for value in values]


def _recording(folder: Path, channels: int) -> tuple[Path, Transcript, list[tuple[float, float]]]:
    """Sentences one after the other whose profane words stand alone, with their words and profane spans."""
    from tests.censor import spoken
    from tests.censor.spoken import sentence, written

    texts = [(number, written(number)) for number in range(spoken.SENTENCES)]
    alone = [(n, t) for n, t in texts if all(b - a == 1 and t.words[a].isalpha() for a, b in t.profane)]
    listed = {t.words[a].lower() for _, t in alone for a, _ in t.profane}
    numbers = [
        number
        for number, text in alone
        if sum(word.lower().strip(".,!") in listed for word in text.words) == len(text.profane)  # no "Dick Grayson"
    ]
    parts, words, profane, at_s = [], [], [], 0.0
    for each in map(sentence, numbers[:SENTENCES]):
        words += [Word(w.text, at_s + w.start_s, at_s + w.end_s) for w in each.transcript.words]
        profane += [(at_s + start_s, at_s + end_s) for start_s, end_s in each.profane]
        parts.append(each.sound if channels == 2 else each.sound.mean(axis=0, keepdims=True))
        at_s += each.sound.shape[1] / RATE_HZ
    path = folder / f"sentences-{channels}.wav"
    soundfile.write(path, np.concatenate(parts, axis=1).T, RATE_HZ, "PCM_16")
    return path, Transcript(path.stem, at_s, "en", "given", (Segment(tuple(words)),)), profane


def _ours(source: Path, transcript: Transcript, out: Path) -> None:
    sound = soundfile.read(source, dtype="float32", always_2d=True)[0].T
    after = _muted(sound, transcript, CensorConfig(level="strict"))
    soundfile.write(out, after.T, RATE_HZ, "PCM_16")


def _muted(sound: np.ndarray, transcript: Transcript, cfg: CensorConfig) -> np.ndarray:
    found = measured(spans(find(transcript, cfg), cfg), [(0.0, sound)], rate_hz=RATE_HZ)
    return censored(sound, 0, rate_hz=RATE_HZ, spans=found, cfg=cfg)


def _theirs(
    peers: Peers,
    source: Path,
    transcript: Transcript,
    profane: Sequence[tuple[float, float]],
    out: Path,
    more: Sequence[str] = (),
) -> None:
    words = [{"word": w.text, "start": w.start_s, "end": w.end_s, "conf": 1} for w in transcript.words]
    listed = {w.text.lower() for w in transcript.words if (w.start_s, w.end_s) in set(profane)}
    given, swears = source.with_suffix(".words.json"), source.with_suffix(".swears.json")
    given.write_text(json.dumps(words))
    swears.write_text(json.dumps(sorted(listed)))
    measure(
        Command(
            [
                *(f"{peers.bins['monkeyplug']}/monkeyplug", "-i", f"{source}", "-o", f"{out}", "-w", f"{swears}"),
                *("--input-transcript", f"{given}", "--whisper-model-dir", f"{source.parent}", *more),
            ]
        )
    )


def given_words(folder: Path) -> list[Word]:
    """The words of `doom_with_commentary.words.json`, as a person wrote them."""
    listed = json.loads((folder / "doom_with_commentary.words.json").read_text())["words"]
    return [Word(each["word"], each["start"], each["end"]) for each in listed]


def _person(folder: Path, data: dict[str, object]) -> str:
    words = given_words(folder)
    clip = f"{folder / 'doom_with_commentary.mp4'}"
    sound = read_audio(clip, rate_hz=RATE_HZ, channels=2, start_s=0, end_s=probe(clip).duration_s)
    transcript = Transcript("doom", sound.shape[1] / RATE_HZ, "en", "given", (Segment(tuple(words)),))
    cfg = CensorConfig(level="slurs", languages=("own",), own_words=OWN_WORDS)
    muted = [word for word in words if word.text in OWN_WORDS]
    times = [(word.start_s, word.end_s) for word in muted]
    seen = changed(sound, _muted(sound, transcript, cfg), times, RATE_HZ, cfg.pad_after_s + cfg.fade_s + 0.1)
    data["doom_with_commentary"] = vars(seen)
    each = zip(muted, seen.words_db, strict=True)
    rows = [[word.text, f"{word.start_s:.2f} to {word.end_s:.2f} s", f"{left:.1f}"] for word, left in each]
    rows.append(["all else", "largest change of a sample", f"{seen.most_db:.1f}"])
    return table(["doom_with_commentary.mp4", "when", "dB"], rows)


def _read(path: Path) -> np.ndarray:
    return soundfile.read(path, dtype="float64", always_2d=True)[0].T


def _rms(sound: np.ndarray) -> float:
    return float(np.sqrt(np.mean(sound.astype(np.float64) ** 2)))


def _db(ratio: float) -> float:
    return max(20 * np.log10(max(ratio, 1e-12)), FLOOR_DB)
