"""What stands in a chart's borders: the legend above, notes or values at the cursor below."""

import math
from collections.abc import Iterable
from typing import TypeAlias

from textual.content import Content

from numrec_tui.charts.picture import SECOND_DOT, Curve, Picture
from numrec_tui.insight.accuracy import spread
from numrec_tui.text.cut import cut

COLORS = ("$text-primary", "$text-warning", "$text-success", "$text-error")
"""The colors of the curves; they are used again after the fourth."""

FAINT = "$text-disabled"
"""The color of the curves that others are compared with."""

EMPTY = Content("")

Entry: TypeAlias = tuple[Content, str, Content]
"""The sign of a curve, its label, its value."""

SHAPES = ((True, 40, 3), (True, 5, 2), (True, 0, 1), (False, 0, 1))
"""From the longest line to the shortest: with a title? letters of a label, gap."""


UNTITLED = (False, 5, 1)
"""Where the name of a second set says more than the title."""


def heading(picture: Picture, width: int) -> Content:
    """Title and legend: of each curve its sign, label, latest value, as room allows."""
    own, _ = _parted(picture)
    own_entries = [_entry(picture, curve, color, curve.latest()) for curve, color in own]
    sure = [
        (sign, label, value + _spread(curve))
        for (sign, label, value), (curve, _) in zip(own_entries, own, strict=True)
    ]
    lines = [
        _line(Content(picture.title), entries, shape)
        for entries, shape in (
            (sure, SHAPES[0]),
            (sure, SHAPES[1]),
            *((own_entries, s) for s in SHAPES[:2]),
            *(
                [(own_entries, UNTITLED)]
                if any(curve.dot == SECOND_DOT for curve, _ in own)
                else []
            ),
            *((own_entries, s) for s in SHAPES[2:]),
        )
    ]
    signs = [(sign, "", EMPTY) for sign, _, _ in own_entries]
    lines += [_line(EMPTY, signs, (False, 0, gap)) for gap in (1, 0)]
    return _first_fitting([*lines, EMPTY], width)


def footing(picture: Picture, width: int) -> Content:
    """The legend of the curves to compare with, and the picture's note, as room allows."""
    _, faint = _parted(picture)
    own_entries = [_entry(picture, curve, color, curve.latest()) for curve, color in faint]
    named = [(sign, label, EMPTY) for sign, label, _ in own_entries]
    note = [Content(picture.note)] if picture.note else []
    lines = (
        Content(gap).join([*(_join(*one, 40) for one in entries), *note])
        for entries, gap in ((own_entries, "  "), (named, "  "), (named, " "), ([], ""))
    )
    return _first_fitting(lines, width)


def reading(picture: Picture, x: float, width: int) -> Content:
    """The values of all curves at `x`, and what was changed there, as room allows."""
    where = Content.styled(f"{picture.x_label} {round(x, 2):g}", "b")
    own, faint = _parted(picture)
    own_entries = [_entry(picture, curve, color, curve.value_at(x)) for curve, color in own]
    known = [(curve, color) for curve, color in faint if math.isfinite(curve.value_at(x))]
    compared = [_entry(picture, curve, color, curve.value_at(x)) for curve, color in known]
    bare = [(sign, "", value) for sign, _, value in own_entries]
    shapes = (
        (own_entries + compared, 40, 3),
        (own_entries + compared, 5, 2),
        (bare + compared, 5, 1),
        (own_entries + compared, 0, 1),
        (own_entries, 0, 1),
    )
    texts = picture.marks_at(x)
    short = [text.rpartition(" ")[2] for text in texts]
    lines = (
        _line(where, entries, (True, longest, gap))
        + EMPTY.join(Content("  ") + Content.styled(text, "$text-secondary") for text in changed)
        for changed in ((texts, short, []) if texts else ([],))
        for entries, longest, gap in shapes
    )
    return _first_fitting([*lines, where, Content("…"), EMPTY], width)


def _parted(picture: Picture) -> tuple[list[tuple[Curve, str]], list[tuple[Curve, str]]]:
    """The curves and their colors, those that are faint apart."""
    pairs = list(zip(picture.curves, color_indices(picture), strict=True))
    own = [(curve, COLORS[index]) for curve, index in pairs if index is not None]
    return own, [(curve, FAINT) for curve, index in pairs if index is None]


def _spread(curve: Curve) -> Content:
    """The interval and count of the latest value, where few images were scored."""
    value = curve.latest()
    more = spread(value, curve.images) if math.isfinite(value) else ""
    return Content(" ") + Content.styled(f"({more})", "$text-muted") if more else EMPTY


def _entry(picture: Picture, curve: Curve, color: str, value: float) -> Entry:
    """The sign of a curve, its label, its value."""
    sign = Content.styled(curve.sign, color)
    return sign, curve.label, Content.styled(picture.in_words(value), "$text")


def _line(title: Content, own_entries: list[Entry], shape: tuple[bool, int, int]) -> Content:
    titled, longest, gap = shape
    entries = (_join(*one, longest) for one in own_entries)
    return Content(" " * gap).join([*([title] if titled and title else []), *entries])


def _join(sign: Content, label: str, value: Content, longest: int) -> Content:
    return Content(" ").join(filter(None, (sign, Content(_short(label, longest)), value)))


def _short(label: str, longest: int) -> str:
    """As much of a label as there is room for; whole words, if it has several."""
    if len(label) <= longest:
        return label
    words = label[: longest + 1].rpartition(" ")[0]
    return words or cut(label, longest, dots="")


def _first_fitting(lines: Iterable[Content], width: int) -> Content:
    """The first line that is no longer than `width`, else the last."""
    line = EMPTY
    for line in lines:
        if line.cell_length <= width:
            break
    return line


def color_indices(picture: Picture) -> list[int | None]:
    """Of each curve which color it has; those that are faint have none of their own."""
    found: list[int | None] = []
    for curve in picture.curves:
        count = len([index for index in found if index is not None])
        found.append(None if curve.faint else count % len(COLORS))
    return found
