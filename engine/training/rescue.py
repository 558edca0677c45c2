"""Recovery from a divergence: back to the last healthy epoch, at a rate at which it learns on.

The rate is half of what it was then. A short trial on a part of the images shows whether that is
enough; if not, a quarter of it is tried, and so on. So a run that was broken from the start begins
again with its first weights and a rate that learns; where none does, with weights that suit.
"""

from dataclasses import dataclass, replace
from math import isfinite

import numpy as np

from engine.data.dataset import Digits, Split
from engine.nn.schedules import SCHEDULES, SchedulePoint
from engine.training.changes import steering
from engine.training.events import Progress
from engine.training.health import MORE_DEAD, WORSE, dead_share, loss_of_guessing, sample_of
from engine.training.hyperparameters import Hyperparameters
from engine.training.loop import train
from engine.training.metrics import Evaluator
from engine.training.run import Run, Snapshot, empty_run, new_run

IMAGES, LARGEST_BATCH = 20_000, 1024
"""Seen in a trial, about; and at most in one of its batches."""

FEWEST_BATCHES, MOST_BATCHES = 20, 100
"""Batches of a trial."""

TRIALS = 15
"""Each with a quarter of the rate before: from the largest rate there is to a millionth."""

TRIAL = 0x7121
"""Keeps the choice of a trial's images apart from every other draw of the same seed."""


def rescue(run: Run, split: Split) -> Hyperparameters | None:
    """Go back to the last healthy epoch with its settings and half its rate, or less if need be.

    What was learned since is forgotten, the optimizer's memory too. Returns the settings that hold
    from now on; None if there is nothing to go back to.
    """
    to = run.last
    if to is None:
        return None
    settings = run.hyperparameters.changed(**steering(to.settings))
    settings = settings.changed(learning_rate=settings.learning_rate / 2)
    found, tried = _reduced_until_it_learns(run, to, settings, split)
    if not found and to.epoch == 0 and settings.initializer == "uniform":
        suiting = settings.changed(initializer=run.network.activation.initializer)
        start = new_run(suiting, run.network.sizes[0], run.network.sizes[-1]).last
        assert start is not None  # noqa: S101 - every new run has one
        found, again = _reduced_until_it_learns(run, start, suiting, split)
        to, tried = (start, again) if found else (to, tried)
    run.go_back(to)
    run.adopt(tried)
    run.newest = run.last = replace(to, settings=tried)  # once more goes further down
    if run.best is not None and run.best.epoch == to.epoch:
        run.best = run.last
    return tried


@dataclass(frozen=True, slots=True)
class _Look:
    """What is seen of a network: its mean loss and its share of dead units."""

    loss: float
    dead: float


def _reduced_until_it_learns(
    run: Run, to: Snapshot, settings: Hyperparameters, split: Split
) -> tuple[bool, Hyperparameters]:
    """The settings, or else with a quarter of the rate and so on: the first that a trial bears.

    If none does, False and those that got furthest.
    """
    tried: list[tuple[float, Hyperparameters]] = []
    for _ in range(TRIALS):
        before, after = _try(run, to, settings, _part(split, settings))
        if _is_enough(before, after, loss_of_guessing(run.network), fresh=to.epoch == 0):
            return True, settings
        tried.append((after.loss if isfinite(after.loss) else np.inf, settings))
        settings = settings.changed(learning_rate=settings.learning_rate / 4)
    return False, min(tried, key=lambda each: each[0])[1]


def _is_enough(before: _Look, after: _Look, guessing: float, fresh: bool) -> bool:
    """Whether a trial shows that the network learns, or goes on as well as it did.

    guessing: the loss of guessing. fresh: whether nothing had been learned before.
    """
    dying = DYING if fresh else MORE_DEAD
    if not isfinite(after.loss) or after.dead > before.dead + dying:
        return False
    if fresh and before.loss > CLEARLY * guessing:
        return after.loss < CLEARLY * guessing
    return after.loss <= max(WORSE * before.loss, SMALL * guessing)


DYING = 0.3
"""Units more that are dead when a network has begun to learn; some die in the best of starts."""

CLEARLY, SMALL = 0.95, 0.1
"""Losses as shares of that of guessing: clearly better, and so good that more does not matter."""


def _try(run: Run, to: Snapshot, settings: Hyperparameters, part: Split) -> tuple[_Look, _Look]:
    """What is seen of a network before and after it has learned a little at a constant rate."""
    trial = empty_run(_for_a_trial(settings, to.epoch), run.network.sizes)
    trial.network.theta[:], trial.optimizer_state[:] = to.theta, to.optimizer_state
    trial.step = to.step
    before = _look(trial, part.validation)
    batches, seen, hopeless = _batches(trial.hyperparameters), 0, False
    for event in train(trial, part):
        seen += isinstance(event, Progress)
        if seen == FEWEST_BATCHES and isinstance(event, Progress):
            hopeless = (dead_share(trial.network, part.validation) or 0.0) > HOPELESS
        if hopeless or seen == batches:
            break
    if hopeless or trial.stopped == "diverged":
        return before, _Look(np.inf, 1.0)
    return before, _look(trial, part.validation)


HOPELESS = 0.9
"""The share of dead units from which no trial recovers."""


def _look(run: Run, digits: Digits) -> _Look:
    loss = Evaluator(run.network, digits).evaluate().loss
    return _Look(loss, dead_share(run.network, digits) or 0.0)


def _for_a_trial(settings: Hyperparameters, epoch: int) -> Hyperparameters:
    """The same way to learn, at the highest rate that the schedule has in store."""
    positions = np.linspace(min(epoch, settings.epochs), settings.epochs, 50)
    schedule = SCHEDULES[settings.schedule]
    decay = settings.decay, settings.decay_epochs
    factor = max(
        schedule(SchedulePoint(float(position), settings.epochs, *decay)) for position in positions
    )
    return settings.changed(
        learning_rate=settings.learning_rate * max(factor, 1e-6),
        schedule="constant",
        batch_size=min(settings.batch_size, LARGEST_BATCH),
        epochs=FOREVER,
        target_accuracy=1.0,
        patience=0,
        processes=1,
        augment="off",
    )


FOREVER = 100_000


def _batches(settings: Hyperparameters) -> int:
    return min(max(IMAGES // settings.batch_size, FEWEST_BATCHES), MOST_BATCHES)


def _part(split: Split, settings: Hyperparameters) -> Split:
    """As many of the training images as a trial can see, and some to look at the network with."""
    wanted = _batches(settings) * min(settings.batch_size, LARGEST_BATCH)
    order = np.random.default_rng((settings.seed, 0, TRIAL)).permutation(len(split.train))
    seen = sample_of(split)
    return Split(split.name, split.train.take(order[:wanted]), seen, seen)
