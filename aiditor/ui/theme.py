"""How the studio looks: dark whatever the system says, one loud colour, fonts that ship with Gradio."""

from __future__ import annotations

from pathlib import Path

from gradio.themes.base import Base
from gradio.themes.utils import colors, fonts, sizes

__all__ = ["CSS", "StudioTheme"]

CSS = "".join((Path(__file__).parent / name).read_text(encoding="utf-8") for name in ("studio.css", "dashboard.css"))

LIME = colors.Color(
    name="lime", c50="#f9ffe8", c100="#f0ffc7", c200="#e3ff95", c300="#d3fb62", c400="#c3f53c", c500="#b4ec1e",
    c600="#94c70f", c700="#6f960d", c800="#567411", c900="#485f14", c950="#263606",
)  # fmt: skip
INK = colors.Color(
    name="ink", c50="#f5f7fb", c100="#e6eaf2", c200="#c9d0de", c300="#a3adc2", c400="#8290a9", c500="#5f6b85",
    c600="#414b62", c700="#2a3144", c800="#1a1f2d", c900="#121622", c950="#0a0d15",
)  # fmt: skip

# Gradio 6.31 ships its SemiBold files without Latin letters, so nothing asks for weight 600.
TEXT = fonts.LocalFont("IBM Plex Sans", weights=(400, 700))
HEADINGS = fonts.LocalFont("Montserrat", weights=(700,))
MONO = fonts.LocalFont("IBM Plex Mono", weights=(400, 700))


class StudioTheme(Base):
    """No font or file is asked from the network: both faces come with the Gradio package."""

    def __init__(self) -> None:
        super().__init__(
            primary_hue=LIME, secondary_hue=LIME, neutral_hue=INK, radius_size=sizes.radius_md,
            font=(TEXT, HEADINGS, "system-ui", "sans-serif"),
            font_mono=(MONO, "ui-monospace", "monospace"),
        )  # fmt: skip
        self.name = "aiditor"
        self.set(
            body_background_fill_dark="*neutral_950",
            body_text_color_dark="*neutral_100",
            body_text_color_subdued_dark="*neutral_300",
            background_fill_primary_dark="*neutral_900",
            background_fill_secondary_dark="*neutral_950",
            block_background_fill_dark="*neutral_900",
            block_border_color_dark="*neutral_700",
            block_label_background_fill_dark="*neutral_900",
            block_label_text_color_dark="*neutral_300",
            block_title_text_color_dark="*neutral_100",
            block_title_text_weight="600",
            block_info_text_color_dark="*neutral_300",
            border_color_primary_dark="*neutral_700",
            border_color_accent_dark="*primary_500",
            color_accent_soft_dark="#2b3512",
            input_background_fill_dark="*neutral_800",
            input_border_color_dark="*neutral_700",
            input_border_color_focus_dark="*primary_500",
            input_placeholder_color_dark="*neutral_400",
            button_primary_background_fill_dark="*primary_400",
            button_primary_background_fill_hover_dark="*primary_300",
            button_primary_text_color_dark="#10150a",
            button_primary_border_color_dark="*primary_400",
            button_secondary_background_fill_dark="*neutral_800",
            button_secondary_background_fill_hover_dark="*neutral_700",
            button_secondary_text_color_dark="*neutral_100",
            button_secondary_border_color_dark="*neutral_700",
            checkbox_background_color_selected_dark="*primary_500",
            checkbox_border_color_selected_dark="*primary_500",
            checkbox_label_background_fill_dark="*neutral_800",
            checkbox_label_background_fill_hover_dark="*neutral_700",
            checkbox_label_background_fill_selected_dark="#232b12",
            checkbox_label_border_color_selected_dark="*primary_500",
            checkbox_label_text_color_selected_dark="*neutral_50",
            slider_color_dark="*primary_400",
            link_text_color_dark="*primary_400",
            shadow_drop="none",
            block_shadow_dark="none",
        )
        for name, value in list(vars(self).items()):
            if name.endswith("_dark") and value is not None:
                setattr(self, name.removesuffix("_dark"), value)
