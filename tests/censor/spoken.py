"""Numbered sentences of profane words, innocent look-alikes and plain ones, said aloud under recorded game sound.

espeak-ng speaks them in several voices and speeds, and says when it began each word; the game is what samples/ holds.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from scipy import signal

from aiditor.media.read import read_audio
from aiditor.transcript import Segment, Transcript, Word
from tests.speech import espeak

RATE_HZ = 48_000
SENTENCES = 240
SAMPLES = Path(__file__).parents[2] / "samples"
PLAIN = tuple(
    word
    for line in (
        "we push left now they are behind the wall and my team holds high ground watch this one shot from over there",
        "reload please nice save that round was close take cover he is low behind smoke last two players rotate quick",
    )
    for word in line.split()
)
PROFANE = [
    phrase.split()
    for phrase in """
    fuck|fucking|Fucked!|fucker,|motherfucker|mother fucker|mother -fucker|unfuckingbelievable|fuuuck|FUCK|f*ck|f***ing
    shit|shitty|shits.|bullshit|bull shit|shithead|sh1t|$hit|shiiit|s h i t|s. h. i. t.|“shit”|sh-it|clusterfuck
    f-f-fuck|bitches|bitch's|bitchin'|son of a bitch|sons of bitches|b!tch|b1tch|asshole|assholes|ass-hole|ass hole
    fück|cunt|cunts|dick|dickhead|cock|cocksucker|pussy|pussies|twat|slut|slutty|whore|whores|wanker|wank|jizz|dildo
    ass|asses|@ss|a$$|badass|jackass|dumb ass|damn|damned|goddamn|god damnit|god dammit|hell|hell!|bastard|bastards
    crap|crappy|piss|pissed|tits|boobs|prick|arse|bollocks|bugger|douchebag|turd|wtf|daaamn|hellll|piece of shit
    nigger|niggas|faggot|faggots|fags|retard|retarded|tranny|kike|spic|chink|gook|coons|n*gger|faaaggot|ѕhit|ｆｕｃｋ
    """.replace("\n", "|").split("|")
    if phrase.strip()
]  # fmt: skip
INNOCENT = [
    phrase.split()
    for phrase in """
    he'll|we'll|she'll|I'll|shell|shells|hello|Hello!|helmet|Michelle|Helldivers|hell divers|shellfish|Rochelle|fell
    Scunthorpe|Penistone|Essex|Sussex|Lightwater|Clitheroe|Arsenal|arsenic|Cockburn|Hancock|Hitchcock|Titanic|title|titan
    class|classic|glass|grass|pass|bass|mass|assassin|assassins|assist|assault|assess|assets|embassy|passage|brass|compass
    cocktail|cocktails|cockpit|peacock|cockatoo|cocker|cocky|cocked|cock the gun|shuttlecock|tit for tat|constitution
    Dickens|Dickinson|Moby Dick|Moby-Dick|Dick Grayson|dictate|predict|pickle|thick|sticky|duck|ducked|truck|luck|puck
    grape|grapes|drape|scrape|skyscraper|therapist|rapid|wrapped|document|cucumber|accumulate|cum laude|circumstance
    sheet|shoot|shot|shift|shin|ship|shiitake|shitake|wish it|bit|hit|beach|beaches|pitch|batch|switch|breach|bitten
    count|counter|country|hunt|punt|can't|aunt|who're|where|horse|warhead|slot|salute|twist|wink|wonky|swan
    analysis|canal|penalty|pen is|happens|spend|prickly|pinprick|pin prick|pussycat|Octopus|pushy|bust|bastion|crapshoot
    snigger|niggling|Niger|Nigeria|vigor|Japan|Pakistan|spicy|suspicious|spic and span|chink in his armor|raccoon|cocoon
    tycoon|Maine coon|home|homogeneous|retardant|tardy|flag|flagged|fagade|dyed|kite|spice|dam|dame|amber|damp|program
    m4a1|a55|455|R&B|D-day|x-ray|e-mail|well...|as is|it was hard. On we go|this is shh it works|button|butter|assembly
    """.replace("\n", "|").split("|")
    if phrase.strip()
]  # fmt: skip
SAID = {
    "f*ck": "fuck",
    "f***ing": "fucking",
    "fuuuck": "fuck",
    "fück": "fuck",
    "ｆｕｃｋ": "fuck",
    "sh1t": "shit",
    "$hit": "shit",
    "shiiit": "shit",
    "sh-it": "shit",
    "ѕhit": "shit",
    "b!tch": "bitch",
    "b1tch": "bitch",
    "@ss": "ass",
    "a$$": "ass",
    "hellll": "hell",
    "daaamn": "damn",
    "n*gger": "nigger",
    "faaaggot": "faggot",
}
"""How those are said that are only written so."""


@dataclass(frozen=True)
class Text:
    """A sentence as it is written."""

    words: tuple[str, ...]
    profane: tuple[tuple[int, int], ...]
    """(first word, word after the last) of each profane phrase."""

    def transcript(self, times: tuple[tuple[float, float], ...] | None = None) -> Transcript:
        """As it would be heard; without times every word takes 0.3 s."""
        times = times or tuple((0.3 * at, 0.3 * (at + 1)) for at in range(len(self.words)))
        words = tuple(Word(text, *span) for text, span in zip(self.words, times, strict=True))
        return Transcript(" ".join(self.words), times[-1][1], "en", "given", (Segment(words),))


@dataclass(frozen=True)
class Sentence:
    """What was said, what of it is profane, and how it sounds."""

    transcript: Transcript
    profane: tuple[tuple[float, float], ...]
    """(start, end) of each profane word or phrase, in seconds."""
    sound: np.ndarray
    """float32 [2, N] at RATE_HZ: speech in the middle, the game around it."""
    snr_db: float
    """Speech against game, both as RMS."""

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.transcript.words)


def written(number: int) -> Text:
    """The text of that number: always the same. Every one holds a profane phrase and innocent look-alikes."""
    rng = random.Random(number)
    said: list[tuple[list[str], bool]] = [
        (PROFANE[number % len(PROFANE)], True),
        (INNOCENT[number % len(INNOCENT)], False),
        (rng.choice(INNOCENT), False),
    ]
    if rng.random() < 0.3:
        said.append((rng.choice(PROFANE), True))
    rng.shuffle(said)
    words: list[str] = []
    profane: list[tuple[int, int]] = []
    for phrase, bad in said:
        words += [rng.choice(PLAIN), *phrase, rng.choice(PLAIN)]
        if bad:
            profane.append((len(words) - 1 - len(phrase), len(words) - 1))
    return Text(tuple(words), tuple(profane))


def aloud(word: str) -> str:
    """How `word` is said, in letters that espeak-ng reads without a pause."""
    return SAID.get(word) or re.sub(r"[^A-Za-z0-9'&-]", "", word).strip("-'")


@cache
def voiced(number: int) -> espeak.Spoken:
    """The sentence of that number as it is said, alone."""
    rng = random.Random(f"voice {number}")
    return espeak.speak(
        [aloud(word) for word in written(number).words],
        espeak.VOICES[number % len(espeak.VOICES)],
        words_per_minute=rng.randrange(140, 240),
        pitch=rng.randrange(35, 66),
    )


def sentence(number: int) -> Sentence:
    """The sentence of that number over a game that is 0 to 20 dB softer than the voice."""
    rng = random.Random(f"game {number}")
    text, voice, snr_db = written(number), voiced(number), rng.uniform(0, 20)
    speech = signal.resample_poly(voice.samples, 320, 147)
    game = _game()[rng.randrange(len(_game()))]
    at = rng.randrange(game.shape[1] - speech.size)
    around = game[:, at : at + speech.size]
    gain = np.std(speech) / max(float(np.std(around)), 1e-6) * 10 ** (-snr_db / 20)
    sound = (0.7 * (speech + around * gain)).astype(np.float32)
    spans = tuple((voice.times[first][0], voice.times[stop - 1][1]) for first, stop in text.profane)
    return Sentence(text.transcript(voice.times), spans, sound, snr_db)


@cache
def _game() -> list[np.ndarray]:
    """What the samples sound like, float32 [2, N] each."""
    clips = sorted(SAMPLES.glob("*.mp4"))
    return [read_audio(str(clip), rate_hz=RATE_HZ, channels=2, start_s=0, end_s=25) for clip in clips]
