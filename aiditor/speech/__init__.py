"""Speech: what is said in a recording, with the time of every word.

    transcript = transcribe(source, SpeechConfig(language="en"))
    write_subtitles(cues(transcript.segments), Path("clip.srt"))

Engines stand behind one Protocol (`engine.Engine`): Whisper, where its weights are, and an offline keyword spotter.
"""

from aiditor.speech.config import SpeechConfig
from aiditor.speech.listen import spoken_track, transcribe
from aiditor.speech.subtitles import Cue, cues, write_subtitles

__all__ = ["Cue", "SpeechConfig", "cues", "spoken_track", "transcribe", "write_subtitles"]
