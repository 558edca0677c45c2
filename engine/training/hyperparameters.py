"""Every setting of a run, declared once: its default, help, range, choices, and when it may change.

The command line's flags, the app's panel, the TOML file and the checks all come from this one
declaration.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.config import JsonDict
from pydantic.fields import FieldInfo
from pydantic.types import JsonValue
from pydantic_core import PydanticCustomError

from engine.errors import SettingsError, did_you_mean
from engine.nn.activations import ACTIVATIONS
from engine.nn.initializers import INITIALIZERS
from engine.nn.losses import LOSSES
from engine.nn.optimizers import OPTIMIZERS
from engine.nn.schedules import SCHEDULES, SchedulePoint
from engine.registry import Registry

Scale = Literal["linear", "logarithmic", "doubling"]
"""How a knob turns: by equal steps, through 1-2-5 of each power of ten, or by factors of 2."""


@dataclass(frozen=True, slots=True)
class Knob:
    """How a setting is shown and turned."""

    name: str
    help: str
    group: str
    """What it belongs to: network, optimizer, data or run."""
    warning: str
    """What too much of it looks like, or a wrong choice."""
    live: bool
    """Whether it may change while the network learns."""
    choices: tuple[str, ...] = ()
    scale: Scale = "linear"
    step: float = 1.0
    low: float | None = None
    high: float | None = None
    low_open: bool = False
    """Whether `low` itself is out of range; the same for `high_open`."""
    high_open: bool = False
    below: str = ""
    """A word that is possible, too, and stands one notch below `low`."""

    @property
    def label(self) -> str:
        """The name as a person reads it."""
        return self.name.replace("_", " ")

    @property
    def flag(self) -> str:
        """The name on the command line."""
        return "--" + self.name.replace("_", "-")


def _option(
    default: Any,
    help: str,
    group: str,
    warning: str,
    *,
    live: bool = False,
    scale: Scale = "linear",
    step: float = 1.0,
    ge: float | None = None,
    gt: float | None = None,
    le: float | None = None,
    lt: float | None = None,
    **more: JsonValue,
) -> Any:
    """A field with its default, its help, how its knob turns, and its range.

    more: fields of its `Knob` that the range does not tell.
    """
    knob: JsonDict = {
        "group": group,
        "warning": warning,
        "live": live,
        "scale": scale,
        "step": step,
        **more,
    }
    return Field(default, description=help, json_schema_extra=knob, ge=ge, gt=gt, le=le, lt=lt)


def _widths(value: object) -> object:
    """Layer widths from text: "512,256", "512 256" or "512-256"; "none" is no hidden layer."""
    if isinstance(value, int):
        return (value,)
    if not isinstance(value, str):
        return value
    words = re.split(r"[,\s]+|(?<=\d)-(?=\d)", value.strip())
    return () if words == ["none"] else tuple(words)


NOT_REGISTERED = "not_registered"
"""The type of the error about a name that no registry holds, which pydantic tells."""


class OneOf:
    """Checks that a value is a name in a registry, and says else which names there are."""

    def __init__(self, registry: Registry[Any]) -> None:
        self.registry = registry

    def __call__(self, value: object) -> object:
        """The value itself.

        Raises:
            PydanticCustomError: it is no name in the registry.
        """
        if isinstance(value, str) and value in self.registry:
            return value
        *most, last = map(repr, self.registry)
        expected = f"{', '.join(most)} or {last}"
        raise PydanticCustomError(
            NOT_REGISTERED, "Input should be {expected}", {"expected": expected}
        )


def _one_of(registry: Registry[Any]) -> BeforeValidator:
    """The names that a registry holds, with those of plug-ins."""
    return BeforeValidator(OneOf(registry))


MOST_PROCESSES = 64
Processes = Annotated[int, Field(ge=1, le=MOST_PROCESSES)] | Literal["auto"]

Width = Annotated[int, Field(ge=1, le=65536)]


class Hyperparameters(BaseModel):
    """The settings of one run."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    hidden: Annotated[tuple[Width, ...], BeforeValidator(_widths), Field(max_length=16)] = _option(
        (256,), "units in each hidden layer, as 256 or 512,256; none for no hidden layer",
        "network", "too many: slow, and it learns by heart",
    )  # fmt: skip
    activation: Annotated[str, _one_of(ACTIVATIONS)] = _option(
        "leaky_relu", "what a hidden unit does to its sum",
        "network", "sigmoid in many layers: the first hardly learn",
    )  # fmt: skip
    leak: float = _option(
        0.01, "slope of leaky_relu below zero",
        "network", "near 1: the layers collapse into one", step=0.01, ge=0, le=1,
    )  # fmt: skip
    loss: Annotated[str, _one_of(LOSSES)] = _option(
        "cross_entropy", "what training makes small; it decides the output: softmax or sigmoid",
        "network", "quadratic: slow where it is surely wrong",
    )  # fmt: skip
    initializer: Annotated[str, _one_of(INITIALIZERS)] = _option(
        "he", "how the first weights are drawn",
        "network", "uniform: far too large, a wild start",
    )  # fmt: skip
    dropout: float = _option(
        0.0, "share of hidden outputs switched off in each step",
        "network", "too much: train stays below validation", step=0.05, ge=0, lt=1,
    )  # fmt: skip
    optimizer: Annotated[str, _one_of(OPTIMIZERS)] = _option(
        "momentum", "the rule that turns gradients into steps",
        "optimizer", "adam, adamw: explode at the rates of sgd",
    )  # fmt: skip
    learning_rate: float = _option(
        0.05, "size of a step", "optimizer", "too much: the loss jumps or explodes",
        live=True, scale="logarithmic", gt=0, le=1000,
    )  # fmt: skip
    momentum: float = _option(
        0.9, "share of the last step kept, for momentum and nesterov",
        "optimizer", "too much: the curve swings", live=True, step=0.05, ge=0, lt=1,
    )  # fmt: skip
    batch_size: int = _option(
        64, "images in each step", "optimizer", "too many: few steps, slow to learn",
        scale="doubling", ge=1, le=1_000_000,
    )  # fmt: skip
    schedule: Annotated[str, _one_of(SCHEDULES)] = _option(
        "cosine", "how the learning rate changes over the epochs",
        "optimizer", "cosine, one_cycle: a run that is cut short",
    )  # fmt: skip
    decay: float = _option(
        0.5, "what step and exponential schedules multiply the rate by",
        "optimizer", "too small: the rate is gone too early", step=0.05, gt=0, le=1,
    )  # fmt: skip
    decay_epochs: int = _option(
        5, "epochs after which they have done so once",
        "optimizer", "too many: the rate hardly falls", ge=1, le=100_000,
    )  # fmt: skip
    weight_decay: float = _option(
        0.0, "pull of the weights towards zero (l2)",
        "optimizer", "too much: both curves stay low",
        live=True, scale="logarithmic", ge=0, le=10,
    )  # fmt: skip
    validation: Literal["held-out", "test"] = _option(
        "held-out", "what decides when to stop: a part of the training images, or the test images",
        "data", "test: nothing unseen is left to judge by",
    )  # fmt: skip
    validation_fraction: float = _option(
        0.1, "share of the training images held out",
        "data", "too much: little is left to learn from", step=0.05, gt=0, lt=1,
    )  # fmt: skip
    shuffle: bool = _option(
        True, "a new order of the images in each epoch",
        "data", "off, and sorted by class: it forgets",
    )  # fmt: skip
    augment: Literal["auto", "on", "off"] = _option(
        "auto", "a little change to each training image in each epoch; auto: if drawn, packed, few",
        "data", "on for a short run: slower, hardly better",
    )  # fmt: skip
    rotation: float = _option(
        8.0, "augmentation: turned by up to ± degrees",
        "data", "too much: 6 and 9 are one", step=2, ge=0, le=90,
    )  # fmt: skip
    scaling: float = _option(
        0.08, "augmentation: larger or smaller by up to this share",
        "data", "too much: ink leaves the picture", step=0.02, ge=0, lt=1,
    )  # fmt: skip
    shear: float = _option(
        0.1, "augmentation: leaning by up to this many pixels a pixel of height",
        "data", "too much: 1 and 7 are one", step=0.05, ge=0, le=2,
    )  # fmt: skip
    shift: float = _option(
        1.0, "augmentation: moved by up to this many pixels each way",
        "data", "too much: ink leaves the picture", step=0.5, ge=0, le=14,
    )  # fmt: skip
    elastic: float = _option(
        0.7, "augmentation: each place moved by about this many pixels",
        "data", "too much: lines fall apart", step=0.1, ge=0, le=5,
    )  # fmt: skip
    epochs: int = _option(
        30, "passes over the training images at most",
        "run", "too many: train rises, validation does not", live=True, ge=1, le=100_000,
    )  # fmt: skip
    target_accuracy: float = _option(
        1.0, "stop when this share of the validation images is read right; 1 never does",
        "run", "too high: it is never reached", live=True, step=0.01, gt=0, le=1,
    )  # fmt: skip
    patience: int = _option(
        0, "stop after this many epochs without a better validation accuracy; 0 never does",
        "run", "too few: one setback ends it", ge=0, le=100_000,
    )  # fmt: skip
    processes: Processes = _option(
        1, "processes that share each batch, each on a core; auto measures what is quickest",
        "run", "more than cores: they wait for each other",
        low=1, high=MOST_PROCESSES, below="auto",
    )  # fmt: skip
    seed: int = _option(
        0, "where every draw of chance starts",
        "run", "a better one is luck, not skill", ge=0, le=2**32 - 1,
    )  # fmt: skip

    if not TYPE_CHECKING:  # a type checker sees the fields as arguments

        def __init__(self, **values: object) -> None:
            """The settings by name.

            Raises:
                SettingsError: it names every field that is wrong.
            """
            try:
                super().__init__(**values)
            except ValidationError as error:
                raise _settings_error(error) from None

        __init__.__pydantic_base_init__ = True  # validation of a mapping goes on without it

    def __repr_args__(self) -> Iterator[tuple[str, object]]:
        """Only what is not as it is by default, so that a run's settings are read at a glance."""
        for name, field in type(self).model_fields.items():
            if getattr(self, name) != field.default:
                yield name, getattr(self, name)

    def schedule_factor(self, epoch: float) -> float:
        """What the schedule multiplies the learning rate by; epoch: from 0, fractional."""
        moment = SchedulePoint(epoch, self.epochs, self.decay, self.decay_epochs)
        return SCHEDULES[self.schedule](moment)

    def rate_at(self, epoch: float) -> float:
        """The learning rate in force: learning_rate · schedule_factor."""
        return self.learning_rate * self.schedule_factor(epoch)

    def changed(self, **values: object) -> "Hyperparameters":
        """The same settings with some replaced.

        Raises:
            SettingsError: a name is unknown or a value is out of its range.
        """
        return settings_from({**self.model_dump(), **values})


def settings_from(values: Mapping[str, object], where: str = "") -> Hyperparameters:
    """Check raw values, text included.

    Raises:
        SettingsError: it names every field that is wrong; `where` says whose they are.
    """
    try:
        return Hyperparameters.model_validate(dict(values))
    except ValidationError as error:
        raise _settings_error(error, where) from None


def _settings_error(error: ValidationError, where: str = "") -> SettingsError:
    """What pydantic found, by the names of the fields."""
    problems: dict[str, str] = {}
    for fault in error.errors(include_url=False):
        name = str(fault["loc"][0])
        problems.setdefault(name, _problem(name, fault["type"], fault["msg"], fault["input"]))
    return SettingsError(problems, where)


def knobs() -> dict[str, Knob]:
    """How each setting is shown and turned, in the order of the panel."""
    found = {}
    for name, field in Hyperparameters.model_fields.items():
        extra = field.json_schema_extra
        assert isinstance(extra, dict)  # _option made it
        limits = {
            bound: getattr(item, bound)
            for item in field.metadata
            for bound in ("ge", "gt", "le", "lt")
            if getattr(item, bound, None) is not None
        }
        choices = _choices(field) if isinstance(field.default, str) else ()
        limited = {
            "low": limits.get("ge", limits.get("gt")),
            "high": limits.get("le", limits.get("lt")),
            "low_open": "gt" in limits,
            "high_open": "lt" in limits,
        }
        found[name] = Knob(
            name,
            field.description or "",
            choices=choices,
            **(limited | extra),  # type: ignore[arg-type]
        )
    return found


def _choices(field: FieldInfo) -> tuple[str, ...]:
    for item in field.metadata:
        if isinstance(item, BeforeValidator) and isinstance(item.func, OneOf):
            return tuple(item.func.registry)
    return get_args(field.annotation)


def _problem(name: str, kind: str, message: str, given: object) -> str:
    if kind == "extra_forbidden":
        return f"there is no such setting{did_you_mean(name, Hyperparameters.model_fields)}"
    below = knobs()[name].below if name in knobs() else ""
    if kind == NOT_REGISTERED and isinstance(given, str):
        known = dict.fromkeys(knobs()[name].choices)
        return f"{_lower(message)}, not {given!r}{did_you_mean(given, known)}"
    if isinstance(given, str | int | float | bool):
        return f"{_lower(message)}{f' or {below!r}' if below else ''}, not {given!r}"
    return _lower(message)


def _lower(message: str) -> str:
    text = message.replace("Input should", "must").split(", unable to parse")[0]
    return text[0].lower() + text[1:]
