"""Learning-rate schedules: what the chosen rate is multiplied by at each moment of a run."""

from collections.abc import Callable
from dataclasses import dataclass
from math import cos, pi

from engine.registry import Registry


@dataclass(frozen=True, slots=True)
class SchedulePoint:
    """Where a run stands: `epoch` counts from 0 and is fractional, `epochs` is the planned end."""

    epoch: float
    epochs: int
    decay: float
    decay_epochs: int

    @property
    def progress(self) -> float:
        """The share of the planned epochs that is over, 0 to 1."""
        return min(self.epoch / self.epochs, 1.0)


Schedule = Callable[[SchedulePoint], float]

SCHEDULES: Registry[Schedule] = Registry("schedule")
"""Every schedule by name."""

schedule = SCHEDULES.register
"""A decorator that registers the function below it by a name."""


@schedule("constant")
def constant(_at: SchedulePoint) -> float:
    """1, always."""
    return 1.0


@schedule("step")
def step(at: SchedulePoint) -> float:
    """decay^⌊epoch / decay_epochs⌋: a staircase down."""
    return float(at.decay ** (at.epoch // at.decay_epochs))


@schedule("exponential")
def exponential(at: SchedulePoint) -> float:
    """decay^(epoch / decay_epochs): the same way down without the stairs."""
    return float(at.decay ** (at.epoch / at.decay_epochs))


@schedule("cosine")
def cosine(at: SchedulePoint) -> float:
    """½(1 + cos π·progress): from 1 to 0 along half a wave.

    Source: Loshchilov and Hutter, 2017, SGDR.
    """
    return 0.5 * (1 + cos(pi * at.progress))


WARM_UP = 0.3
"""The share of a one-cycle run in which the rate rises."""


@schedule("one_cycle")
def one_cycle(at: SchedulePoint) -> float:
    """Up in a line from 1/25 to 1 over the first 30 %, then down to 0 along half a wave.

    Source: Smith and Topin, 2018, Super-Convergence.
    """
    if at.progress < WARM_UP:
        return 0.04 + 0.96 * at.progress / WARM_UP
    return 0.5 * (1 + cos(pi * (at.progress - WARM_UP) / (1 - WARM_UP)))


RANGE = 1e-4
"""What a range test begins with, as a share of the rate it ends with."""


@schedule("range_test")
def range_test(at: SchedulePoint) -> float:
    """RANGE^(1 - progress): up by equal factors from 1/10,000 to 1; the loss tells which rate fits.

    Source: Smith, 2017, Cyclical Learning Rates.
    """
    return float(RANGE ** (1 - at.progress))
