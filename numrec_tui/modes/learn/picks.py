"""What can be picked and changed in the worked example, in the order of the arrow keys."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from engine.errors import InputError
from numrec_tui.lessons.steps import ACTIVATION_FORMULAS, LOSS_FORMULAS, number
from numrec_tui.lessons.worked_example import PARAMETERS, SIZES, Example, Parameter, checked


@dataclass(frozen=True)
class Pick:
    """One thing that can be changed: its name, its value as text, and how a text sets it.

    parameter: the weight or bias that it is, if it is one. choices: if only words can be typed.
    """

    name: str
    show: Callable[[Example], str]
    set: Callable[[Example, str], Example]
    parameter: Parameter | None = None
    choices: tuple[str, ...] = ()

    @property
    def term(self) -> str:
        """What kind of thing it is, in the words of the glossary."""
        if self.parameter is not None:
            return "bias" if self.parameter.source is None else "weight"
        return "inputs" if self.name.startswith("x[") else self.name


def _as_number(text: str) -> float:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        raise InputError(f"{text.strip() or 'An empty text'} is no number.") from None


def _parameter(parameter: Parameter) -> Pick:
    return Pick(
        parameter.name,
        lambda example: number(example.value(parameter)),
        lambda example, text: example.with_parameter(parameter, _as_number(text)),
        parameter,
    )


def _input(index: int) -> Pick:
    return Pick(
        f"x[{index + 1}]",
        lambda example: number(example.x[index]),
        lambda example, text: example.with_input(index, _as_number(text)),
    )


def _set_label(example: Example, text: str) -> Example:
    names = tuple(str(label + 1) for label in range(SIZES[2]))
    return replace(example, label=names.index(_one_of(names, text)))


def _set_rate(example: Example, text: str) -> Example:
    rate = checked(_as_number(text))
    if rate < 0:
        raise InputError("A learning rate is not below 0: that would climb.")
    return replace(example, rate=rate)


def _set_leak(example: Example, text: str) -> Example:
    leak = _as_number(text)
    if not 0 <= leak <= 1:
        raise InputError(f"The leak is from 0 to 1, not {leak:g}.")
    return replace(example, leak=leak)


def _one_of(names: tuple[str, ...], text: str) -> str:
    word = text.strip().lower().replace(" ", "_").replace("-", "_")
    if word not in names:
        raise InputError(f"Write one of {', '.join(names)}.")
    return word


ACTIVATIONS, LOSSES = tuple(ACTIVATION_FORMULAS), tuple(LOSS_FORMULAS)

PICKS: tuple[Pick, ...] = (
    *(_input(index) for index in range(SIZES[0])),
    *(_parameter(parameter) for parameter in PARAMETERS),
    Pick("right class", lambda example: str(example.label + 1), _set_label,
         choices=tuple(str(label + 1) for label in range(SIZES[2]))),
    Pick("rate", lambda example: number(example.rate), _set_rate),
    Pick("activation", lambda example: example.activation.replace("_", " "),
         lambda example, text: replace(example, activation=_one_of(ACTIVATIONS, text)),
         choices=ACTIVATIONS),
    Pick("leak", lambda example: number(example.leak), _set_leak),
    Pick("loss", lambda example: example.loss.replace("_", " "),
         lambda example, text: replace(example, loss=_one_of(LOSSES, text)), choices=LOSSES),
)  # fmt: skip
"""Everything, with the inputs first."""

FIRST_PARAMETER = Parameter(layer=1, source=1, target=0)
"""What is picked at first: the weight that the example follows."""

FIRST = next(at for at, pick in enumerate(PICKS) if pick.parameter == FIRST_PARAMETER)
