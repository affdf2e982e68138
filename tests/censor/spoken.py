"""Sentences made up of profane words, innocent look-alikes and plain ones, as transcripts with sound like speech."""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy import signal

from aiditor.transcript import Segment, Transcript, Word

RATE_HZ = 8_000
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


@dataclass(frozen=True)
class Sentence:
    """What was said, what of it is profane, and how it sounds."""

    transcript: Transcript
    profane: tuple[tuple[float, float], ...]
    """(start, end) of each profane word or phrase, in seconds."""
    sound: np.ndarray
    """float32 [2, N] at 8 kHz: speech under noise."""
    snr_db: float

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.transcript.words)


@cache
def _bank() -> tuple[np.ndarray, np.ndarray]:
    """Half a minute each of speech-band noise that swells in syllables, and of a game's low rumble; RMS 1."""
    rng = np.random.default_rng(1)
    count = 30 * RATE_HZ
    band = signal.sosfilt(signal.butter(4, (200, 3400), "bandpass", fs=RATE_HZ, output="sos"), rng.normal(size=count))
    syllables = 0.6 + 0.4 * np.sin(2 * np.pi * 4.5 * np.arange(count) / RATE_HZ)
    rumble = signal.sosfilt(signal.butter(1, 600, fs=RATE_HZ, output="sos"), rng.normal(size=count))
    speech = band * syllables
    return speech / np.std(speech), rumble / np.std(rumble)


def sentence(number: int) -> Sentence:
    """The sentence of that number: always the same. Every one holds a profane phrase and innocent look-alikes."""
    rng = random.Random(number)
    said: list[tuple[list[str], bool]] = [
        (PROFANE[number % len(PROFANE)], True),
        (INNOCENT[number % len(INNOCENT)], False),
        (rng.choice(INNOCENT), False),
    ]
    if rng.random() < 0.3:
        said.append((rng.choice(PROFANE), True))
    rng.shuffle(said)
    words: list[Word] = []
    profane: list[tuple[float, float]] = []
    at = 0.05 + rng.random() * 0.3
    for phrase, bad in said:
        first = len(words) + 1
        for text in [rng.choice(PLAIN), *phrase, rng.choice(PLAIN)]:
            length = rng.uniform(0.16, 0.45)
            words.append(Word(text, at, at + length, rng.uniform(0.5, 1)))
            at += length + rng.choice([0.0, 0.02, 0.1, 0.3])
        if bad:
            profane.append((words[first].start_s, words[first + len(phrase) - 1].end_s))
    duration_s = at + rng.random() * 0.3
    snr_db = rng.uniform(0, 20)
    transcript = Transcript(f"s{number}", duration_s, "en", "given", (Segment(tuple(words)),))
    return Sentence(transcript, tuple(profane), _sound(words, duration_s, snr_db, rng), snr_db)


def _sound(words: list[Word], duration_s: float, snr_db: float, rng: random.Random) -> np.ndarray:
    speech, rumble = _bank()
    count = int(duration_s * RATE_HZ)
    noise = np.roll(rumble, rng.randrange(rumble.size))[:count] * 10 ** (-snr_db / 20)
    voice = np.zeros(count)
    for word in words:
        low, high = int(word.start_s * RATE_HZ), int(word.end_s * RATE_HZ)
        begin = rng.randrange(speech.size - (high - low))
        voice[low:high] = speech[begin : begin + high - low] * np.hanning(high - low) ** 0.25
    return (0.1 * np.stack([voice + noise, voice + noise[::-1]])).astype(np.float32)
