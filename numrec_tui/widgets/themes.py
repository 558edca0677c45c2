"""Themes of our own, beside Textual's: one of high contrast, one for people who are color-blind."""

from textual.theme import Theme

HIGH_CONTRAST = Theme(
    name="high-contrast",
    primary="#ffff00",
    secondary="#00ffff",
    accent="#ff80ff",
    warning="#ffb000",
    error="#ff6060",
    success="#40ff40",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#303030",
    text_alpha=1.0,
)

COLORBLIND_SAFE = Theme(
    name="colorblind-safe",
    primary="#56b4e9",
    secondary="#cc79a7",
    accent="#f0e442",
    warning="#e69f00",
    error="#d55e00",
    success="#009e73",
    foreground="#e8e8e8",
    background="#101418",
    surface="#181d22",
    panel="#262d34",
)
"""The eight colors that people with any kind of color vision can tell apart.

Source: Okabe and Ito, 2008, Color Universal Design.
"""

THEMES = (HIGH_CONTRAST, COLORBLIND_SAFE)
