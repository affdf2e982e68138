"""Styles: one YAML file each in configs/styles/, naming only what differs from the typed defaults.

Adding a style is adding a file. `load` takes a preset's name or the path of a YAML file of your own.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from pydantic import Field, ValidationError, field_validator

from aiditor.captions import CaptionConfig
from aiditor.censor import CensorConfig
from aiditor.config import Config
from aiditor.errors import BadConfig
from aiditor.music import MusicConfig
from aiditor.render import RenderConfig
from aiditor.select import SelectConfig
from aiditor.speech import SpeechConfig

__all__ = ["STYLES_DIR", "Style", "load", "names", "presets"]

STYLES_DIR = Path(__file__).resolve().parents[2] / "configs" / "styles"


class Style(Config):
    """A way of cutting, sounding and looking."""

    name: str = Field(min_length=1, max_length=40, description="Short name, as typed on the command line.")
    title: str = Field(min_length=1, max_length=60, description="Name as shown.")
    description: str = Field(max_length=300, description="One sentence on what it feels like.")
    captions: CaptionConfig | None = Field(
        None, description="What is said, on the picture: a preset's name or its fields; true for the usual ones."
    )
    censor: CensorConfig = Field(CensorConfig(), description="Which words are taken out of the sound, and how.")
    speech: SpeechConfig = Field(SpeechConfig(), description="How words are listened for, where any are wanted.")
    select: SelectConfig = SelectConfig()
    music: MusicConfig = MusicConfig()
    render: RenderConfig = RenderConfig()

    @field_validator("captions", mode="before")
    @classmethod
    def _spelled_out(cls, given: Any) -> Any:
        """`captions: true` and `captions: pop` are short for the fields."""
        if isinstance(given, bool):
            return CaptionConfig() if given else None
        return {"preset": given} if isinstance(given, str) else given


def names() -> list[str]:
    """The presets there are, in alphabetical order."""
    return sorted(path.stem for path in STYLES_DIR.glob("*.yaml"))


def presets() -> list[Style]:
    """Every preset, loaded."""
    return [load(name) for name in names()]


def load(name: str | Path) -> Style:
    """The preset of that name, or the style in that YAML file.

    Raises BadConfig naming the file and the field when it is unknown or says what it must not.
    """
    path = Path(name)
    if path.suffix not in (".yaml", ".yml"):
        path = STYLES_DIR / f"{name}.yaml"
    if not path.is_file():
        raise BadConfig(f"there is no style “{name}”", remedy=f"choose one of {', '.join(names())}, or a .yaml file")
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadConfig(f"{path.name} cannot be read as YAML ({error})", remedy="mend the file", file=path) from error
    if not isinstance(data, dict):
        raise BadConfig(f"{path.name} holds no fields", remedy="see configs/styles/hype.yaml for an example", file=path)
    return _style({"name": path.stem, **data}, path)


def _style(data: dict[str, Any], path: Path) -> Style:
    try:
        return Style.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadConfig(f"{path.name}: {where}: {first['msg'].lower()}", remedy="mend that field", file=path) from error
