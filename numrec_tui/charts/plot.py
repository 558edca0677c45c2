"""The lines of a chart, drawn by plotext: the one file that touches it.

plotext paints with numbers in place of colors (the roles of a grid); the theme's colors come last.
"""

from functools import cache, cached_property
from typing import Any

from numrec_tui.charts.axes import clip, thin
from numrec_tui.charts.grid import AXIS, CURVES, EARLIER, LABEL, TEXT, Columns, Grid, write_arrows
from numrec_tui.charts.legend import color_indices
from numrec_tui.charts.mark_names import write_marks
from numrec_tui.charts.picture import Curve, Picture
from numrec_tui.charts.scale import Scale, scale_of

FRAME = "│┤┬─└┴"


class Plot:
    """A plotext figure of our own."""

    @cached_property
    def _figure(self) -> Any:
        """Made, and plotext imported, when there is something to draw."""
        from plotext._figure import _figure_class as Figure  # its own functions share one figure

        figure = Figure()
        figure._limit_size(False, False)  # else it is no larger than the terminal
        figure.theme("clear")
        figure.ticks_color(AXIS)
        figure.xaxes(True, False)
        figure.yaxes(True, False)
        return figure

    def draw(self, picture: Picture, grid: Grid) -> bool:
        """Fill the grid with axes, curves and marks; False if there is nothing to draw."""
        scale = scale_of(picture)
        if scale is None or grid.width < 15 or grid.height < 4:
            return scale is not None
        start = self._set_axes(picture, grid, scale)
        colors = [EARLIER if index is None else CURVES[index] for index in color_indices(picture)]
        pairs = sorted(
            zip(picture.curves, colors, strict=True), key=lambda pair: not pair[0].faint
        )  # these lie behind
        for curve, color in pairs:
            self._add(curve, scale, color, grid.width - start)
        self._figure.monitor.build_plot()  # build() would go on to make a string of it
        matrix = self._figure.monitor.matrix
        rows = zip(reversed(matrix.marker), reversed(matrix.fullground), strict=True)
        grid.cells = [list(map(to_cell, *row)) for row in rows]
        grid.columns = Columns(start, grid.width, scale.left, scale.right)
        grid.write(grid.height - 1, start - 1 - len(picture.x_label), picture.x_label, LABEL)
        for curve, color in reversed(pairs):
            write_arrows(scale.arrows(curve), color, grid)
        write_marks(picture.marks, grid)
        return True

    def _add(self, curve: Curve, scale: Scale, color: int, columns: int) -> None:
        """Hand plotext as much of a curve as can be seen."""
        x, y = thin(*scale.points(curve), scale.right, columns, scale.left)
        if curve.joined:
            x, y = clip(x, y, scale.low, scale.high)
            self._figure.plot(x.tolist(), y.tolist(), marker="braille", color=color)
        else:
            self._figure.scatter(x.tolist(), y.tolist(), marker=curve.dot, color=color)

    def _set_axes(self, picture: Picture, grid: Grid, scale: Scale) -> int:
        """Give plotext its size, limits and ticks; returns the column where the lines begin."""
        x_ticks = scale.x_ticks(grid.width // 9 + 1)
        rows = grid.height - 2
        y_ticks = scale.y_ticks(max(rows // 4 + 1, 2 + (rows >= 5)))
        gutter = max(map(len, [*(name for _, name in y_ticks), picture.x_label]))
        figure = self._figure
        figure.clear_data()
        figure.plot_size(grid.width, grid.height)
        figure.xlim(scale.left, scale.right)
        figure.ylim(scale.low, scale.high)
        figure.xticks([x for x, _ in x_ticks], [name for _, name in x_ticks])
        figure.yticks([y for y, _ in y_ticks], [name.rjust(gutter) for _, name in y_ticks])
        return gutter + 1


@cache
def to_cell(character: str, color: int | str) -> tuple[str, int]:
    """A cell of plotext's as one of ours: a rounder corner, tick labels apart from the axes."""
    if color == AXIS and character not in FRAME:
        return character, LABEL
    role = color if isinstance(color, int) else TEXT
    return "╰" if (character, role) == ("└", AXIS) else character, role
