"""What stands in a chart's borders: the legend above, notes or values at the cursor below."""

import math
from collections.abc import Iterable

from textual.content import Content
from textual.markup import escape

from numrec_tui.accuracy import spread
from numrec_tui.cut import cut
from numrec_tui.widgets.picture import Curve, Picture

COLORS = ("$text-primary", "$text-warning", "$text-success", "$text-error")
"""The colors of the curves; they are used again after the fourth."""

FAINT = "$text-disabled"
"""The color of the curves that others are compared with."""

SHAPES = ((True, 40, 3), (True, 5, 2), (True, 0, 1), (False, 0, 1))
"""From the longest line to the shortest: with a title? letters of a label, gap."""


def heading(picture: Picture, width: int) -> str:
    """Title and legend as markup: of each curve its sign, label, latest value, as room allows."""
    own, _ = _parted(picture)
    told = [_told(picture, curve, color, curve.latest()) for curve, color in own]
    sure = [
        (sign, label, f"{value}{_spread(curve)}")
        for (sign, label, value), (curve, _) in zip(told, own, strict=True)
    ]
    lines = [
        _line(escape(picture.title), entries, shape)
        for entries, shape in ((sure, SHAPES[0]), (sure, SHAPES[1]), *((told, s) for s in SHAPES))
    ]
    signs = [(sign, "", "") for sign, _, _ in told]
    lines += [_line("", signs, (False, 0, gap)) for gap in (1, 0)]
    return _first_fitting([*lines, ""], width)


def footing(picture: Picture, width: int) -> str:
    """The legend of the curves to compare with, and the picture's note, as room allows."""
    _, faint = _parted(picture)
    told = [_told(picture, curve, color, curve.latest()) for curve, color in faint]
    named = [(sign, label, "") for sign, label, _ in told]
    note = [escape(picture.note)] if picture.note else []
    lines = (
        gap.join([*(_join(*one, 40) for one in entries), *note])
        for entries, gap in ((told, "  "), (named, "  "), (named, " "), ([], ""))
    )
    return _first_fitting(lines, width)


def reading(picture: Picture, x: float, width: int) -> str:
    """As markup, the values of all curves at `x`, and what was changed there, as room allows."""
    where = f"[b]{escape(picture.x_label)} {round(x, 2):g}[/]"
    own, faint = _parted(picture)
    told = [_told(picture, curve, color, curve.value_at(x)) for curve, color in own]
    known = [(curve, color) for curve, color in faint if math.isfinite(curve.value_at(x))]
    compared = [_told(picture, curve, color, curve.value_at(x)) for curve, color in known]
    bare = [(sign, "", value) for sign, _, value in told]
    shapes = (
        (told + compared, 40, 3),
        (told + compared, 5, 2),
        (bare + compared, 5, 1),
        (told + compared, 0, 1),
        (told, 0, 1),
    )
    texts = picture.marks_at(x)
    short = [text.rpartition(" ")[2] for text in texts]
    lines = (
        _line(where, entries, (True, longest, gap))
        + "".join(f"  [$text-secondary]{escape(text)}[/]" for text in changed)
        for changed in ((texts, short, []) if texts else ([],))
        for entries, longest, gap in shapes
    )
    return _first_fitting([*lines, where, "…", ""], width)


def _parted(picture: Picture) -> tuple[list[tuple[Curve, str]], list[tuple[Curve, str]]]:
    """The curves and their colors, those that are faint apart."""
    pairs = list(zip(picture.curves, places(picture), strict=True))
    own = [(curve, COLORS[place]) for curve, place in pairs if place is not None]
    return own, [(curve, FAINT) for curve, place in pairs if place is None]


def _spread(curve: Curve) -> str:
    """The interval and count of the latest value, where few images were scored."""
    value = curve.latest()
    more = spread(value, curve.images) if math.isfinite(value) else ""
    return f" [$text-muted]({more})[/]" if more else ""


def _told(picture: Picture, curve: Curve, color: str, value: float) -> tuple[str, str, str]:
    """The sign of a curve as markup, its label, its value as markup."""
    sign = f"[{color}]{escape(curve.sign)}[/]"
    return sign, curve.label, f"[$text]{picture.in_words(value)}[/]"


def _line(title: str, told: list[tuple[str, str, str]], shape: tuple[bool, int, int]) -> str:
    titled, longest, gap = shape
    entries = (_join(*one, longest) for one in told)
    return (" " * gap).join([*([title] if titled and title else []), *entries])


def _join(sign: str, label: str, value: str, longest: int) -> str:
    return " ".join(filter(None, (sign, escape(_short(label, longest)), value)))


def _short(label: str, longest: int) -> str:
    """As much of a label as there is room for; whole words, if it has several."""
    if len(label) <= longest:
        return label
    words = label[: longest + 1].rpartition(" ")[0]
    return words or cut(label, longest, dots="")


def _first_fitting(lines: Iterable[str], width: int) -> str:
    """The first line that is no longer than `width`, else the last."""
    line = ""
    for line in lines:
        if Content.from_markup(line).cell_length <= width:
            break
    return line


def places(picture: Picture) -> list[int | None]:
    """Of each curve which color it has; those that are faint have none of their own."""
    found: list[int | None] = []
    for curve in picture.curves:
        count = len([place for place in found if place is not None])
        found.append(None if curve.faint else count % len(COLORS))
    return found
