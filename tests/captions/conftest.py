"""Fonts made on the fly for what the package brings none for: two Chinese letters, and an emoji in colour."""

from __future__ import annotations

from pathlib import Path

import pytest
from fontTools.colorLib.builder import buildCOLR, buildCPAL
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen


def _square(low: int, high: int) -> object:
    pen = TTGlyphPen(None)
    pen.moveTo((low, low))
    for point in ((low, high), (high, high), (high, low)):
        pen.lineTo(point)
    pen.closePath()
    return pen.glyph()


def _font(path: Path, squares: dict[str, tuple[int, int]], letters: dict[int, str], *, coloured: bool = False) -> None:
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", *squares])
    builder.setupCharacterMap(letters)
    builder.setupGlyf({".notdef": _square(100, 200), **{name: _square(*span) for name, span in squares.items()}})
    builder.setupHorizontalMetrics(dict.fromkeys([".notdef", *squares], (1000, 0)))
    builder.setupHorizontalHeader(ascent=900, descent=-100)
    builder.setupNameTable({"familyName": path.stem, "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    if coloured:
        name = next(iter(squares))
        builder.font["COLR"] = buildCOLR({name: [(name, 0)]}, version=0)
        builder.font["CPAL"] = buildCPAL([[(1.0, 0.0, 0.0, 1.0)]])
    builder.save(path)


@pytest.fixture(scope="session")
def made_fonts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of two fonts: one with a few letters of CJK as squares, one with a red square for U+1F525."""
    folder = tmp_path_factory.mktemp("fonts")
    letters = "你好今日本当試合すごい。"
    squares = {f"g{at}": (60 + 5 * at, 860 - 5 * at) for at in range(len(letters))}
    _font(folder / "MadeSansBold.ttf", squares, {ord(letter): f"g{at}" for at, letter in enumerate(letters)})
    _font(folder / "NotoColorEmoji-made.ttf", {"fire": (0, 800)}, {0x1F525: "fire"}, coloured=True)
    return folder
