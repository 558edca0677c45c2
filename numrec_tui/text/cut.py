"""Text and numbers for few cells: text is cut, but never inside a number; a number is rounded."""

import re

from rich.cells import cell_len, set_cell_size

NUMBER = re.compile(r"[+-]?\d[\d.,:]*(?:e[+-]?\d+)?%?")


def cut(text: str, cells: int, dots: str = "…") -> str:
    """The text in at most `cells` cells; a number that does not fit whole is left out.

    dots: what stands for the rest; dots stand for all, too, where nothing else is left.
    """
    if cell_len(text) <= cells:
        return text
    if cells <= 0:
        return ""
    kept = set_cell_size(text, max(cells - len(dots), 0))
    for number in NUMBER.finditer(text):
        if number.start() < len(kept) < number.end():
            kept = kept[: number.start()]
    return f"{kept.rstrip()}{dots}" or "…"


def clip(name: str, cells: int) -> str:
    """The beginning of a name in at most `cells` cells, without dots; one cell at least."""
    return cut(name, max(cells, 1), dots="")


def rounded(value: float, cells: int) -> str:
    """A number with its sign in `cells` cells, from 6 on: +0.25, +123, +1e+24."""
    for form in ("+.2f", "+.1f", "+.0f", "+.1e"):
        text = f"{value:{form}}"
        if len(text) <= cells:
            return text
    return f"{value:+.0e}"
