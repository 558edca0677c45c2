"""A chart to test: alone in an app, or drawn into a grid."""

import math

from textual.app import App
from textual.content import Content

from numrec_tui.charts.chart import Chart
from numrec_tui.charts.grid import Grid
from numrec_tui.charts.picture import Curve, Picture
from numrec_tui.charts.plot import Plot


class ChartApp(App[None]):
    """A chart alone on the screen."""

    def __init__(self, curves=(), marks=(), **options):
        super().__init__()
        self.shown = curves, marks, options

    def compose(self):
        yield Chart("press space to begin")

    def on_mount(self):
        curves, marks, options = self.shown
        self.chart.show(curves, marks, **options)

    @property
    def chart(self):
        return self.query_one(Chart)

    @property
    def lines(self):
        return [self.chart.render_line(y).text for y in range(self.chart.size.height)]

    @property
    def text(self):
        return "\n".join(self.lines)

    @property
    def border(self):
        """The upper border as it is on the screen."""
        return self.screen._compositor.render_strips()[0].text

    @property
    def legend(self):
        return Content.from_markup(self.chart.border_title).plain


def accuracies(epochs=10, per_epoch=10):
    """A training curve and a validation curve, from 10 % up to 95 % and 93 %."""
    x = tuple(step / per_epoch for step in range(1, epochs * per_epoch + 1))
    train = Curve("train", x, tuple(0.95 - 0.85 * math.exp(-2 * v) for v in x))
    x = tuple(float(epoch) for epoch in range(1, epochs + 1))
    y = tuple(0.93 - 0.85 * math.exp(-2 * v) for v in x)
    return [train, Curve("validation", x, y, joined=False)]


def drawn(*curves, size=(60, 12), marks=(), **options):
    """The rows of characters and those of roles that a fresh plot makes of the curves."""
    grid = Grid(*size)
    Plot().draw(Picture(curves, tuple(marks), "", "epoch", **options), grid)
    rows = ["".join(character for character, _ in row) for row in grid.cells]
    return rows, [[role for _, role in row] for row in grid.cells]


def names_of_axis(rows):
    """What stands left of the y axis, from the top."""
    return [row.partition("┤")[0].strip() for row in rows if "┤" in row]
