"""What is said in a montage: heard, looked through, taken out of the sound and written on the picture.

    preflight(style) ─► Hearing ─► listen(timeline) ─► Words ─► applied ─► Timeline with its mutes, and Captions

`preflight` says before any work what can be done here. `Words` is what a person looks through: it saves to JSON by
`timeline.to_json`, and rendering takes it back, so that nothing is listened to twice.
"""

from aiditor.words.apply import Applied, applied
from aiditor.words.listen import listen, reviewed
from aiditor.words.preflight import Hearing, WordWish, lacking, preflight
from aiditor.words.record import document, record, word_list
from aiditor.words.screen import blurred
from aiditor.words.value import Unheard, Words, kept

__all__ = [
    "Applied",
    "Hearing",
    "Unheard",
    "WordWish",
    "Words",
    "applied",
    "blurred",
    "document",
    "kept",
    "lacking",
    "listen",
    "preflight",
    "record",
    "reviewed",
    "word_list",
]
