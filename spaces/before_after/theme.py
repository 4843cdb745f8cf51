"""Fonts and colours of the page; the rest of how it looks is in style.css."""

import gradio as gr


def theme() -> gr.themes.Base:
    """Return a theme of the reader's own fonts: nothing is loaded from other hosts."""
    fonts = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "sans-serif"]
    return gr.themes.Base(
        primary_hue="teal",
        secondary_hue="teal",
        neutral_hue="stone",
        font=fonts,
        font_mono=["ui-monospace", "SF Mono", "Consolas", "monospace"],
    ).set(
        # Of the hue's shades, those that can be read on white and on black.
        body_text_color_subdued="*neutral_600",
        body_text_color_subdued_dark="*neutral_400",
        block_label_text_color="*neutral_700",
        input_placeholder_color="*neutral_500",
        input_placeholder_color_dark="*neutral_400",
        button_primary_background_fill="*primary_700",
        button_primary_background_fill_hover="*primary_800",
        button_primary_background_fill_dark="*primary_700",
        button_primary_background_fill_hover_dark="*primary_800",
        button_primary_text_color="white",
        # One frame around a text, not two.
        block_background_fill="transparent",
        block_background_fill_dark="transparent",
        block_border_width="0px",
        block_border_width_dark="0px",
        block_padding="0px",
        input_border_width="1px",
        input_border_color_focus="*primary_700",
        input_border_color_focus_dark="*primary_400",
        input_background_fill="white",
        input_background_fill_dark="*neutral_900",
        checkbox_background_color_selected="*primary_700",
        checkbox_border_color_selected="*primary_700",
    )
