"""What is followed through the network at hand: a digit, a unit, a weight; and how to choose them.

Whatever nobody has chosen is found: the loudest unit of a layer, the strongest weight of a unit.
"""

from dataclasses import dataclass, replace

import numpy as np

from engine.data.dataset import Split
from engine.errors import InputError
from engine.nn.arrays import Bytes
from engine.nn.network import Network
from numrec_tui.lessons.followed import Followed, source_name, unit_name
from numrec_tui.lessons.own_step import (
    Digit,
    Pass,
    Standing,
    Weight,
    follow,
    loudest,
    products,
    strongest,
)
from numrec_tui.modes.mode import Subject
from numrec_tui.text.cut import cut
from numrec_tui.text.escaping import printable

BIAS = -1
"""The source that is no pixel and no unit."""

LONGEST = 12
"""Cells of a class name."""


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A picture that another mode shows. image (rows, columns): of the size of the data.

    label: its class; what the network takes it for, as long as that is None. drawn: whether
    nobody but the person who drew it knows its class.
    """

    image: Bytes
    name: str
    label: int | None = None
    drawn: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """What is to be followed. row: of the validation digit, unless a picture is `given`.

    unit, source: None as long as nobody has chosen them. source: a pixel or unit, or `BIAS`.
    """

    row: int = 0
    given: Picture | None = None
    layer: int = 0
    unit: int | None = None
    source: int | None = None

    @property
    def pickers(self) -> tuple[str, ...]:
        """What of it can be changed, by name."""
        drawn = self.given is not None and self.given.drawn
        return ("digit", *(("class",) if drawn else ()), "layer", "unit", "weight")


def of_subject(before: Choice, subject: Subject) -> Choice:
    """What another mode shows; of what it does not say, the digit stays as it was before."""
    given = None
    if subject.image is not None:
        given = Picture(subject.image, subject.name, subject.label, subject.label is None)
    row = before.row if subject.row is None else subject.row
    return Choice(row, given, unit=subject.unit)


def class_names(split: Split) -> tuple[str, ...]:
    """Short names of the classes, each of one line."""
    return tuple(cut(printable(name), LONGEST) for name in split.class_names)


def tell(standing: Standing, choice: Choice, held: Weight | None) -> Followed:
    """Follow what was chosen, without the next batch. held: the weight, if it is known already."""
    digit = _digit(standing, choice)
    passed = follow(standing.network, digit)
    network = standing.network
    fits = held is not None and held.fits(network.sizes)
    weight = held if fits and held is not None else _weight(network, passed, choice)
    return Followed(standing, digit, passed, weight, class_names(standing.split))


def _digit(standing: Standing, choice: Choice) -> Digit:
    given, validation = choice.given, standing.split.validation
    if given is None:
        row = choice.row % len(validation)
        return Digit(validation.images[row], int(validation.labels[row]), f"digit #{row}")
    label = given.label
    if label is None:
        label = int(np.argmax(standing.network.predict(given.image.ravel())))
    return Digit(given.image, label, given.name)


def _weight(network: Network, passed: Pass, choice: Choice) -> Weight:
    layer = min(choice.layer, len(network.weights) - 1)
    n_in, n_out = network.sizes[layer : layer + 2]
    unit, source = choice.unit, choice.source
    if unit is None or unit >= n_out:
        unit = int(loudest(passed, layer)[0])
    if source is None or source >= n_in:
        source = int(strongest(products(network, passed, layer, unit))[0])
    return Weight(layer, None if source == BIAS else source, unit)


def picked(told: Followed, picker: str) -> str:
    """What is chosen, as it is shown."""
    weight, network = told.weight, told.network
    match picker:
        case "digit":
            return f"{told.digit.name} ({told.names[told.digit.label]})"
        case "class":
            return f"right class {told.names[told.digit.label]}"
        case "layer":
            return _layer_name(network, weight.layer)
        case "unit":
            name = unit_name(network, told.names, weight.layer, weight.target)
            return name.partition(" of ")[0]
        case _:
            return f"from {source_name(told, weight.layer, weight.source)}"


def _layer_name(network: Network, layer: int) -> str:
    return "classes" if layer == len(network.weights) - 1 else f"hidden {layer + 1}"


def moved(choice: Choice, told: Followed, picker: str, by: int) -> Choice:
    """The next or the one before: units by their loudness, weights by what they add."""
    weight, network = told.weight, told.network
    match picker:
        case "digit":
            row = choice.row if choice.given is not None else choice.row + by
            return replace(choice, given=None, row=row % len(told.standing.split.validation))
        case "class":
            return _labelled(choice, (told.digit.label + by) % len(told.names))
        case "layer":
            layer = (weight.layer + by) % len(network.weights)
            return replace(choice, layer=layer, unit=None, source=None)
        case "unit":
            units: list[int] = loudest(told.passed, weight.layer).tolist()
            return replace(choice, unit=_next(units, weight.target, by))
        case _:
            terms = products(network, told.passed, weight.layer, weight.target)
            sources = [*strongest(terms).tolist(), BIAS]
            now = BIAS if weight.source is None else weight.source
            return replace(choice, unit=weight.target, source=_next(sources, now, by))


def _labelled(choice: Choice, label: int) -> Choice:
    given = choice.given
    return choice if given is None else replace(choice, given=replace(given, label=label))


def _next(order: list[int], now: int, by: int) -> int:
    return order[(order.index(now) + by) % len(order)]


def typed(choice: Choice, told: Followed, picker: str, text: str) -> Choice:
    """What a person typed.

    Raises:
        InputError: there is no such thing; it says what there is.
    """
    weight, network = told.weight, told.network
    match picker:
        case "digit":
            count = len(told.standing.split.validation)
            return replace(choice, given=None, row=_whole(text, count, "digit"))
        case "class":
            return _labelled(choice, _class(text, told))
        case "layer":
            layer = _whole(text, len(network.weights) + 1, "layer", first=1) - 1
            return replace(choice, layer=layer, unit=None, source=None)
        case "unit":
            if weight.layer == len(network.weights) - 1:
                return replace(choice, unit=_class(text, told))
            return replace(choice, unit=_whole(text, network.sizes[weight.layer + 1], "unit"))
        case _:
            return replace(choice, unit=weight.target, source=_source(text, told))


def hint(told: Followed, picker: str) -> str:
    """What can be typed."""
    weight, network = told.weight, told.network
    match picker:
        case "digit":
            return f"0 to {len(told.standing.split.validation) - 1}"
        case "layer":
            return f"1 to {len(network.weights)}"
        case "weight":
            return "row, column; or bias" if weight.layer == 0 else "a unit, or bias"
        case "unit" if weight.layer < len(network.weights) - 1:
            return f"0 to {network.sizes[weight.layer + 1] - 1}"
        case _:
            return "the name of a class"


def _source(text: str, told: Followed) -> int:
    layer = told.weight.layer
    if text.strip().lower() == "bias":
        return BIAS
    if layer:
        return _whole(text, told.network.sizes[layer], "unit")
    rows, columns = (int(size) for size in told.digit.image.shape)
    row, comma, column = text.strip(" ()").partition(",")
    if not comma:
        raise InputError(f"Write row, column, such as {rows // 2}, {columns // 2}; or bias.")
    return _whole(row, rows, "row") * columns + _whole(column, columns, "column")


def _whole(text: str, end: int, what: str, first: int = 0) -> int:
    """A whole number from `first` to below `end`."""
    try:
        number = int(text.strip().removeprefix("#"))
    except ValueError:
        number = -1
    if not first <= number < end:
        raise InputError(f"A {what} is a whole number from {first} to {end - 1}.")
    return number


def _class(text: str, told: Followed) -> int:
    """A class by its name, whole or as it is shown."""
    for names in (told.standing.split.class_names, told.names):
        if text.strip() in names:
            return names.index(text.strip())
    raise InputError(f"There is no such class; there are {', '.join(told.names)}.")
