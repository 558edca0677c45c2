"""The network of the worked example as lines: numbers that are not known yet are question marks."""

from collections.abc import Sequence

from textual.content import Content

from numrec_tui.lessons.steps import hidden_unit, number
from numrec_tui.lessons.worked_example import SIZES, Example, Parameter
from numrec_tui.modes.learn.picks import Pick

NARROW, CELLS = 6, 7
"""Cells of a number, where there is little room and where there is enough."""

ENOUGH = 72
"""Columns of a figure with enough room."""

KNOWN_FROM = {"z1": 1, "a1": 2, "z2": 3, "a2": 3, "delta2": 5, "delta1": 5}
"""The step, from 0, that asks for a number; once that is answered it is known."""


class Figure:
    """The network with the weights of one hidden unit, and all numbers known by now.

    followed: the parameter whose hidden unit is shown. picked: what is marked. step: the first one,
    from 0, whose numbers are not known. columns: the room there is.
    """

    def __init__(
        self, example: Example, followed: Parameter, picked: Pick, step: int, columns: int
    ) -> None:
        self._example, self._picked, self._step = example, picked, step
        self._unit = hidden_unit(followed)
        self._roomy = columns >= ENOUGH
        self._cells = CELLS if self._roomy else NARROW

    def draw(self) -> Content:
        """Six lines: a heading, a line for each input and output, the biases, the errors."""
        rows = [self._row(index) for index in range(SIZES[0])]
        lines = [self._heading(), *rows, self._biases(), self._errors()]
        return Content("\n").join(lines)

    def _heading(self) -> Content:
        gaps = ROOMY[0] if self._roomy else TIGHT[0]
        unit = self._unit + 1
        names = ("x", f"W1 →{unit}", "z1", "a1", f"W2 {unit}→", "z2", "a2")
        text = "".join(
            name.rjust(self._cells) + " " * len(gap)
            for name, gap in zip(names, (*gaps, ""), strict=True)
        )
        return Content.styled(text, "$text-muted")

    def _row(self, index: int) -> Content:
        """An input, its weight to the unit, a hidden unit, a weight from it, an output."""
        example, result, unit = self._example, self._example.result, self._unit
        gaps = ROOMY[index] if self._roomy else TIGHT[index]
        hidden = {0: 0, 2: 1}.get(index)  # of three lines the first and last have one
        if hidden is None:
            sums = [Content(" " * self._cells)] * 2
        else:
            sums = [
                self._known("z1", float(result.z1[hidden])),
                self._known("a1", float(result.a1[hidden])),
            ]
        before, after = Parameter(0, index, unit), Parameter(1, unit, index)
        numbers = [
            self._given(f"x[{index + 1}]", example.x[index]),
            self._given(before.name, example.value(before)),
            *sums,
            self._given(after.name, example.value(after)),
            self._known("z2", float(result.z2[index])),
            self._known("a2", float(result.a2[index])),
        ]
        parts: list[Content] = []
        for at, (each, gap) in enumerate(zip(numbers, (*gaps, ""), strict=True)):
            sends = at == 3 and hidden == unit
            parts += [each, Content(gap.replace(" ", "▶", 1) if sends else gap)]
        return Content("").join(parts)

    def _biases(self) -> Content:
        own = Parameter(0, None, self._unit)
        parts = [Content.styled(f"b1[{self._unit + 1}]", "$text-muted"), self._given_bias(own)]
        parts.append(Content.styled("  b2", "$text-muted"))
        parts += [self._given_bias(Parameter(1, None, k)) for k in range(SIZES[2])]
        return Content("").join(parts)

    def _given_bias(self, bias: Parameter) -> Content:
        return Content(" ") + self._given(bias.name, self._example.value(bias))

    def _errors(self) -> Content:
        result = self._example.result
        parts: list[Content] = []
        for name, values in (("delta1", result.delta1), ("delta2", result.delta2)):
            parts.append(Content.styled(f"{'  ' if parts else ''}{name}", "$text-muted"))
            parts += [Content(" ") + self._known(name, float(value)) for value in values]
        return Content("").join(parts)

    def _given(self, name: str, value: float) -> Content:
        """A number that can be picked."""
        text = rounded(value, self._cells)
        return Content.styled(text, "reverse" if name == self._picked.name else "$text-accent")

    def _known(self, name: str, value: float) -> Content:
        """A number that is calculated."""
        if self._step <= KNOWN_FROM[name]:
            return Content.styled("?".rjust(self._cells), "$text-warning")
        return Content.styled(rounded(value, self._cells), "bold")


TIGHT: Sequence[Sequence[str]] = (
    ("─", "╮ ", " ", " ╭", "▶", " "),
    ("─", "┼▶", " ", " ┼", "▶", " "),
    ("─", "╯ ", " ", " ╰", "▶", " "),
)
"""What stands between the numbers of each line, where there is little room."""

ROOMY: Sequence[Sequence[str]] = (
    (" ─ ", " ─╮ ", " ", "  ╭─ ", " ▶", " "),
    (" ─ ", " ─┼▶", " ", "  ┼─ ", " ▶", " "),
    (" ─ ", " ─╯ ", " ", "  ╰─ ", " ▶", " "),
)
"""The same where there is enough."""


def rounded(value: float, cells: int) -> str:
    """A number in the cells of a column: rounded, never cut."""
    text = number(value)
    for decimals in range(5, -1, -1):
        if len(text) <= cells:
            break
        text = number(round(value, decimals)) if abs(value) >= 1e-4 else f"{value:.0e}"
    return text.rjust(cells)
