"""What stands in a chart's border: the legend above, the values at the cursor below."""

import math
from collections.abc import Callable

from textual.content import Content
from textual.markup import escape

from numrec_tui.widgets.picture import Curve, Picture

COLORS = ("$text-primary", "$text-warning", "$text-success", "$text-error")
"""The colors of the curves; they are used again after the fourth."""

FAINT = "$text-disabled"
"""The color of the curves that others are compared with."""

SHAPES = (
    (True, 40, 3, True),
    (True, 5, 2, True),
    (True, 40, 3, False),
    (True, 5, 2, False),
    (True, 0, 1, False),
    (False, 0, 1, False),
)
"""From the longest to the shortest: with a title? letters of a label, gap, with faint curves?"""


def heading(picture: Picture, width: int) -> str:
    """Title and legend as markup: of each curve its sign, label, latest value, as room allows."""
    lines = [_line(picture, shape, escape(picture.title), Curve.latest) for shape in SHAPES]
    return _first_fitting(lines, width)


def reading(picture: Picture, x: float, width: int) -> str:
    """As markup, the values of all curves at `x`, and what was changed there, as room allows."""
    where = f"[b]{escape(picture.x_label)} {round(x, 2):g}[/]"
    texts = picture.marks_at(x)
    short = [text.rpartition(" ")[2] for text in texts]
    lines = [
        _line(picture, shape, where, lambda curve: curve.value_at(x))
        + "".join(f"  [$text-secondary]{escape(text)}[/]" for text in told)
        for told in ((texts, short, []) if texts else ([],))
        for shape in SHAPES[:-1]
    ]
    return _first_fitting(lines, width)


def _first_fitting(lines: list[str], width: int) -> str:
    """The first line that is no longer than `width`, else the last."""
    return next((line for line in lines if _length(line) <= width), lines[-1])


def _length(markup: str) -> int:
    return Content.from_markup(markup).cell_length


def _line(
    picture: Picture,
    shape: tuple[bool, int, int, bool],
    title: str,
    value: Callable[[Curve], float],
) -> str:
    titled, longest, gap, with_faint = shape
    parts = [title] if titled and title else []
    colors = places(picture)
    for curve, place in zip(picture.curves, colors, strict=True):
        if place is None and not with_faint:
            continue
        number = value(curve)
        if place is None and math.isnan(number):
            continue
        color = FAINT if place is None else COLORS[place]
        label = escape(f"{curve.label[:longest]} ".lstrip())
        told = picture.in_words(number)
        parts.append(f"[{color}]{escape(curve.sign)}[/] {label}[$text]{told}[/]")
    return (" " * gap).join(parts)


def places(picture: Picture) -> list[int | None]:
    """Of each curve which color it has; those that are faint have none of their own."""
    found: list[int | None] = []
    for curve in picture.curves:
        count = len([place for place in found if place is not None])
        found.append(None if curve.faint else count % len(COLORS))
    return found
