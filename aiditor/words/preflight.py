"""Before any work: what a montage wants of words, and whether that can be done on this computer."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from aiditor.captions import CaptionConfig
from aiditor.captions.config import Preset
from aiditor.censor import CensorConfig, listed
from aiditor.censor.config import Level, Method, Spelled
from aiditor.censor.finder import finder
from aiditor.config import Config
from aiditor.errors import AIditorError, BadConfig, BadInput, MissingPart
from aiditor.models import hub
from aiditor.models.catalogue import CATALOGUE
from aiditor.settings import Settings
from aiditor.speech import SpeechConfig
from aiditor.styles import Style
from aiditor.words.wanted import screen_possible

__all__ = ["Hearing", "Want", "WordWish", "lacking", "preflight"]

Want = Literal["captions", "censor"]
_DRAFT = (
    "no speech model is here, so the offline engine listened for listed words alone: a draft that misses some and "
    "hears others that nobody said; look the words through, or run `aiditor models fetch {model}`"
)


class WordWish(Config):
    """What is asked of words beside the style; "style" leaves it to that."""

    captions: Literal["style", "none"] | Preset = Field("style", description="What is said, written on the picture.")
    censor: Literal["style"] | Level = Field("style", description=CensorConfig.model_fields["level"].description)
    method: Literal["style"] | Method = Field("style", description=CensorConfig.model_fields["method"].description)
    mute_words: tuple[Spelled, ...] = Field(
        (), max_length=1000, description="Words of your own to take out; noob* takes noobs too."
    )
    spare_words: tuple[Spelled, ...] = Field((), max_length=1000, description="Words that are never taken out.")
    blur_words: bool = Field(False, description=CensorConfig.model_fields["blur_words"].description)
    blur_names: bool = Field(False, description=CensorConfig.model_fields["blur_names"].description)
    language: str = Field("", pattern=r"^([a-z]{2,3})?$", description="ISO 639-1 of what is spoken; empty to find out.")

    @property
    def insist(self) -> frozenset[Want]:
        """What was asked for in so many words: refused, where it cannot be done."""
        wants: set[Want] = set()
        if self.captions not in ("style", "none"):
            wants.add("captions")
        if self.censor not in ("style", "off") or (self.mute_words and self.censor != "off"):
            wants.add("censor")
        return frozenset(wants)

    def over(self, style: Style) -> Style:
        """`style` with this in it."""
        changes: dict[str, Config | None] = {}
        if self.captions == "none":
            changes["captions"] = None
        elif self.captions != "style" and (style.captions is None or style.captions.preset != self.captions):
            changes["captions"] = CaptionConfig(preset=self.captions)
        censor: dict[str, Any] = {} if self.censor == "style" else {"level": self.censor}
        if self.mute_words:
            censor["own_words"] = tuple(dict.fromkeys((*style.censor.own_words, *self.mute_words)))
            if self.censor == "style" and style.censor.level == "off":
                censor["level"] = "slurs"  # the user's own words go on every level, and slurs with them
        if self.spare_words:
            censor["exceptions"] = tuple(dict.fromkeys((*style.censor.exceptions, *self.spare_words)))
        if self.method != "style":
            censor["method"] = self.method
        censor |= {name: True for name in ("blur_words", "blur_names") if getattr(self, name)}
        if censor:
            changes["censor"] = CensorConfig.model_validate({**style.censor.model_dump(), **censor})
        if self.language:
            changes["speech"] = style.speech.model_copy(update={"language": self.language})
        return style.model_copy(update=changes)


@dataclass(frozen=True, slots=True)
class Hearing:
    """What will be listened for and by what, and what had to be left out."""

    captions: CaptionConfig | None = None
    censor: CensorConfig = field(default_factory=CensorConfig)
    speech: SpeechConfig | None = None
    """None where nothing is listened to."""
    model: str = ""
    revision: str = ""
    insist: frozenset[Want] = frozenset()
    notes: tuple[str, ...] = ()
    """What the style asks for and is not to be had here."""


def preflight(style: Style, settings: Settings, *, insist: Collection[Want] = ()) -> Hearing:
    """What of the captions and the censoring that `style` asks for can be had on this computer.

    What is in `insist` was asked for by the maker: where that cannot be had, MissingPart says what to run (BadInput,
    where no more than a draft could be had). What only the style asks for is left out, and noted. Raises BadConfig for
    words that cannot be looked for, and for a speech model that is none. What is to go from the picture is never left
    out: MissingPart where the text reader is not installed.
    """
    captions, censor = style.captions, style.censor
    screen_possible(censor)
    if captions is None and censor.level == "off":
        return Hearing()
    if censor.level != "off":
        finder(censor, style.speech.language or "en")
    insisted = frozenset(insist)
    try:
        speech, model, revision = _whisper(style.speech, settings)
    except MissingPart as error:
        return _without(style, settings, insisted, error)
    return Hearing(captions, censor, speech, model, revision, insisted)


def lacking(settings: Settings) -> str:
    """What this computer lacks to hear every word, as a sentence; "" where nothing."""
    try:
        _whisper(SpeechConfig(), settings)
    except AIditorError as error:
        return str(error)
    return ""


def _without(style: Style, settings: Settings, insisted: frozenset[Want], lack: MissingPart) -> Hearing:
    """What can be had without Whisper: no captions, and of censoring a draft at most."""
    notes = []
    if style.captions is not None:
        if "captions" in insisted:
            raise MissingPart(f"captions need a speech model, and {lack.why}", remedy=f"{lack.remedy}, or go without")
        notes.append(f"the {style.title} style asks for captions, and there are none: {lack}")
    if style.censor.level == "off":
        return Hearing(notes=tuple(notes), insist=insisted)
    try:
        speech = _spotter(style)
    except AIditorError as error:
        if "censor" in insisted:
            why = f"censoring as it was asked for is not possible here: {lack.why}, and {error.why}"
            raise type(error)(why, remedy=f"{lack.remedy}, or {error.remedy}") from error
        notes.append(f"NOTHING IS CENSORED, though the {style.title} style asks for it: {error.why}; {lack.remedy}")
        return Hearing(notes=tuple(notes), insist=insisted)
    notes.append(
        _DRAFT.format(model=settings.whisper_model if settings.whisper_model in CATALOGUE else "whisper-small")
    )
    return Hearing(None, style.censor, speech, "", "", insisted, tuple(notes))


def _whisper(cfg: SpeechConfig, settings: Settings) -> tuple[SpeechConfig, str, str]:
    """How Whisper listens: the config with its folder, the model's name, its revision. Raises MissingPart."""
    if cfg.engine == "pocketsphinx":
        raise MissingPart("the style has the offline engine listen", remedy="let it use faster-whisper")
    name = cfg.model or settings.whisper_model
    if name in CATALOGUE and CATALOGUE[name].kind != "speech":
        names = ", ".join(weights.name for weights in CATALOGUE.values() if weights.kind == "speech")
        raise BadConfig(f"{name} is no speech model", remedy=f"set WHISPER_MODEL to one of {names}")
    if find_spec("faster_whisper") is None:
        raise MissingPart("faster-whisper is not installed", remedy="run `pip install faster-whisper`")
    found = hub.require([name], settings)[name]
    tensors = found.folder / "model.bin"
    if not tensors.is_file():
        raise MissingPart(
            f"{found.folder} holds no Whisper as CTranslate2 keeps it (model.bin)",
            remedy="set WHISPER_MODEL to a name of `aiditor models list`, and fetch that",
        )
    stamp = tensors.stat()
    revision = found.commit or f"{stamp.st_size}-{stamp.st_mtime_ns}"
    shown = name if name in CATALOGUE else Path(name).name
    return cfg.model_copy(update={"engine": "faster-whisper", "model": str(found.folder)}), shown, revision


def _spotter(style: Style) -> SpeechConfig:
    """How the offline engine listens for what is censored. Raises MissingPart, BadInput where it cannot."""
    cfg, censor = style.speech, style.censor
    if cfg.engine == "faster-whisper" or find_spec("pocketsphinx") is None:
        raise MissingPart("the offline engine is not to be had", remedy="turn censoring off")
    if censor.level == "strict":
        raise BadInput("the offline engine hears too little for the strict level", remedy="choose another level")
    if {cfg.language, *(name for name in censor.languages if name != "own")} - {"", "en"}:
        raise BadInput("the offline engine hears English only", remedy="choose English, or turn censoring off")
    words = tuple(word for word in listed(censor, "en") if " " not in word or word in censor.own_words)
    return cfg.model_copy(update={"engine": "pocketsphinx", "language": "en", "words": words})
