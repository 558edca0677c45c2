"""A chart as an SVG picture: the same curves, scales and marks as on the screen, one under another.

The colors are those of Okabe and Ito, which the color-blind tell apart; each kind of point has a
shape of its own besides.
"""

from collections.abc import Sequence
from html import escape

from numrec_tui.charts.axes import clip, thin
from numrec_tui.charts.mark_names import shortened
from numrec_tui.charts.picture import DOT, SECOND_DOT, Curve, Picture
from numrec_tui.charts.scale import Scale, scale_of

WIDTH, HEIGHT = 900, 440
"""Of one chart, in pixels, with its margins."""
LEFT, RIGHT, TOP, BOTTOM = 80, 30, 70, 50
NAME_WIDTH = 16
"""What the name of a mark, or an arrow, takes across, in pixels."""

COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")
FAINT = "#8a8a8a"

SHAPES = {
    DOT: '<circle r="3.5" fill="currentColor"/>',
    SECOND_DOT: '<path d="M0-4L4 3H-4Z" fill="none" stroke="currentColor" stroke-width="1.5"/>',
    "+": '<path d="M-4 0H4M0-4V4" stroke="currentColor" stroke-width="1.5"/>',
    "×": '<path d="M-3-3L3 3M-3 3L3-3" stroke="currentColor" stroke-width="1.5"/>',
    "∘": '<circle r="3" fill="none" stroke="currentColor" stroke-width="1.5"/>',
}
"""What a point looks like; any other character is drawn as a dot."""

STYLE = (
    "text{font:13px sans-serif;fill:#333}.title{font-size:16px;font-weight:bold}"
    ".grid{stroke:#ddd}.axis{stroke:#555;fill:none}.mark{stroke:#777;stroke-dasharray:2 4}"
    ".beyond{fill:currentColor;stroke:white}"
    ".curve{fill:none;stroke:currentColor;stroke-width:2;stroke-linejoin:round}"
)


def to_svg(pictures: Sequence[Picture], about: str) -> str:
    """The pictures as one SVG file, one under another; `about` is what a reader is told of it."""
    height = HEIGHT * len(pictures)
    shapes = (f'<g id="p{n}">{shape}</g>' for n, shape in enumerate(SHAPES.values()))
    panels = (_panel(picture, HEIGHT * n, n) for n, picture in enumerate(pictures))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        f'viewBox="0 0 {WIDTH} {height}">',
        f"<title>{escape(about)}</title>",
        f"<style>{STYLE}</style>",
        f"<defs>{''.join(shapes)}</defs>",
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
        *panels,
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


class _Axes:
    """Where the numbers of a scale are in a panel, in pixels."""

    def __init__(self, scale: Scale) -> None:
        self.scale = scale

    def x(self, x: float) -> float:
        share = (x - self.scale.left) / (self.scale.right - self.scale.left)
        return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)

    def y(self, y: float) -> float:
        share = (y - self.scale.low) / (self.scale.high - self.scale.low)
        return round(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM), 1)


def _panel(picture: Picture, down: int, number: int) -> str:
    title = " · ".join(filter(None, (picture.title, picture.note)))
    parts = [
        f'<g transform="translate(0 {down})">',
        f'<text class="title" x="{LEFT}" y="24">{escape(title)}</text>',
    ]
    scale = scale_of(picture)
    if scale is not None:
        axes = _Axes(scale)
        area = (
            f'x="{LEFT}" y="{TOP}" width="{WIDTH - LEFT - RIGHT}" height="{HEIGHT - TOP - BOTTOM}"'
        )
        faint_first = sorted(_colored(picture), key=lambda pair: not pair[0].faint)
        parts += _axes(picture, axes)
        parts += _marks(picture, axes)
        parts += _legend(picture)
        parts += [
            f'<clipPath id="c{number}"><rect {area}/></clipPath>',
            *(_curve(curve, color, axes, number) for curve, color in faint_first),
            *(_arrows(curve, color, axes) for curve, color in faint_first),
        ]
    return "\n".join([*parts, "</g>"])


def _colored(picture: Picture) -> list[tuple[Curve, str]]:
    own = [curve for curve in picture.curves if not curve.faint]
    colors = {id(curve): COLORS[n % len(COLORS)] for n, curve in enumerate(own)}
    return [(curve, colors.get(id(curve), FAINT)) for curve in picture.curves]


def _axes(picture: Picture, axes: _Axes) -> list[str]:
    floor, end = HEIGHT - BOTTOM, WIDTH - RIGHT
    parts = []
    for value, name in axes.scale.y_ticks(6):
        y = axes.y(value)
        parts.append(f'<path class="grid" d="M{LEFT} {y}H{end}"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4}" text-anchor="end">{name}</text>')
    for value, name in axes.scale.x_ticks(11):
        x = axes.x(value)
        parts.append(f'<path class="axis" d="M{x} {floor}v5"/>')
        parts.append(f'<text x="{x}" y="{floor + 20}" text-anchor="middle">{name}</text>')
    middle = (LEFT + end) / 2
    name = escape(picture.x_label)
    parts.append(f'<text x="{middle}" y="{HEIGHT - 10}" text-anchor="middle">{name}</text>')
    parts.append(f'<path class="axis" d="M{LEFT} {TOP}V{floor}H{end}"/>')
    return parts


def _marks(picture: Picture, axes: _Axes) -> list[str]:
    """Dotted lines, with their names standing upright beside them.

    Of lines too near for a name each, the newest is named, and the others are counted: "+2".
    """
    parts: list[str] = []
    names: list[tuple[float, str, int]] = []
    for mark in sorted(picture.marks, key=lambda mark: mark.x, reverse=True):
        if axes.scale.left <= mark.x <= axes.scale.right:
            x = axes.x(mark.x)
            parts.append(f'<path class="mark" d="M{x} {TOP}V{HEIGHT - BOTTOM}"/>')
            if names and names[-1][0] - x < NAME_WIDTH:
                names[-1] = (*names[-1][:2], names[-1][2] + 1)
            else:
                names.append((x, mark.text, 0))
    for x, text, others in names:
        parts.append(
            f'<text transform="translate({x - 4} {HEIGHT - BOTTOM - 6}) rotate(-90)">'
            f"{escape(shortened(text, True, others))}</text>"
        )
    return parts


def _arrows(curve: Curve, color: str, axes: _Axes) -> str:
    """Arrows at the upper and lower edge, where a curve lies beyond that."""
    arrows = ""
    last: dict[bool, float] = {}
    for at, above in axes.scale.arrows(curve):
        x = axes.x(at)
        if above in last and x - last[above] < NAME_WIDTH:
            continue
        last[above] = x
        y, shape = (TOP, "M-5 0L0-9L5 0Z") if above else (HEIGHT - BOTTOM, "M-5 0L0 9L5 0Z")
        arrows += f'<path class="beyond" transform="translate({x} {y})" d="{shape}"/>'
    return f'<g color="{color}">{arrows}</g>' if arrows else ""


def _legend(picture: Picture) -> list[str]:
    parts, x = [], LEFT
    for curve, color in _colored(picture):
        words = f"{curve.label} {picture.in_words(curve.latest())}"
        sign = (
            f'<path class="curve" d="M{x} 46h20"/>'
            if curve.joined
            else f'<use href="#{_shape(curve)}" x="{x + 10}" y="46"/>'
        )
        parts.append(f'<g color="{color}">{sign}</g>')
        parts.append(f'<text x="{x + 28}" y="50">{escape(words)}</text>')
        x += 50 + 8 * len(words)
    return parts


def _curve(curve: Curve, color: str, axes: _Axes, number: int) -> str:
    scale = axes.scale
    x, y = thin(*scale.points(curve), scale.right, WIDTH - LEFT - RIGHT, scale.left)
    if curve.joined:
        x, y = clip(x, y, scale.low, scale.high)
    points = [(axes.x(a), axes.y(b)) for a, b in zip(x.tolist(), y.tolist(), strict=True)]
    if curve.joined:
        line = " ".join(f"{a},{b}" for a, b in points)
        look = f'class="curve" color="{color}" clip-path="url(#c{number})"'
        return f'<polyline {look} points="{line}"/>'
    shape = _shape(curve)
    inside = ((a, b) for a, b in points if TOP <= b <= HEIGHT - BOTTOM)
    uses = "".join(f'<use href="#{shape}" x="{a}" y="{b}"/>' for a, b in inside)
    return f'<g color="{color}">{uses}</g>'


def _shape(curve: Curve) -> str:
    return f"p{list(SHAPES).index(curve.dot)}" if curve.dot in SHAPES else "p0"
