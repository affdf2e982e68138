"""Styles: every preset loads, and a bad one says which field."""

import pytest

from aiditor.errors import BadConfig
from aiditor.styles import load, names, presets


def test_the_six_presets():
    assert set(names()) >= {"hype", "cinematic", "chill", "esports", "meme", "minimal"}


@pytest.mark.parametrize("style", presets(), ids=lambda s: s.name)
def test_every_preset_is_its_own(style):
    assert style.title
    assert style.description
    others = [s for s in presets() if s.name != style.name]
    assert all((s.select, s.render, s.music) != (style.select, style.render, style.music) for s in others)


def test_a_style_of_your_own_names_only_what_differs(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("title: Mine\ndescription: quick\nselect: {target_s: 12}\n")
    style = load(path)
    assert style.name == "mine"
    assert style.select.target_s == 12
    assert style.render == load("minimal").render.model_copy(update={"look": "none"})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("title: X\ndescription: y\nselect: {target_s: -1}\n", "select.target_s"),
        ("title: X\ndescription: y\nsparkle: 1\n", "sparkle"),
        ("title: [", "cannot be read as YAML"),
        ("", "holds no fields"),
    ],
)
def test_a_bad_style_names_the_file_and_the_field(tmp_path, text, says):
    path = tmp_path / "bad.yaml"
    path.write_text(text)
    with pytest.raises(BadConfig, match=r"bad\.yaml") as caught:
        load(path)
    assert says in str(caught.value)


def test_an_unknown_style():
    with pytest.raises(BadConfig, match="choose one of"):
        load("nope")
