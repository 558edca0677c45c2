"""Everything that changes while a network is trained; between two events it is consistent."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from engine.errors import SettingsError
from engine.models.model import Model
from engine.nn.activations import ACTIVATIONS
from engine.nn.arrays import Array
from engine.nn.initializers import INITIALIZERS
from engine.nn.losses import LOSSES
from engine.nn.network import Network, count_parameters
from engine.nn.optimizers import OPTIMIZERS, Optimizer
from engine.plural import counted
from engine.training.changes import CORRECTION, FIRST_LAYER, FORK, OF_UPDATES, Change
from engine.training.events import EpochDone, Reason
from engine.training.health import chance_of, loss_of_guessing
from engine.training.hyperparameters import Hyperparameters, knobs
from engine.training.metrics import check_fits
from engine.training.parallel.buffers import StepResult


@dataclass(slots=True)
class EpochSums:
    """What has been added up since the epoch began."""

    images: int = 0
    loss: float = 0.0
    correct: int = 0
    seconds: float = 0.0


@dataclass(slots=True)
class Snapshot:
    """Where a run stood at the end of an epoch, to go back to."""

    epoch: int
    step: int
    theta: Array
    optimizer_state: Array
    validation_accuracy: float
    settings: Hyperparameters
    """Those that the epoch began with: it was learned with them, or at least its first batches."""

    def __repr__(self) -> str:
        return f"Snapshot(epoch {self.epoch}, validation accuracy {self.validation_accuracy:.2%})"

    def without_memory(self, empty: Array, settings: Hyperparameters) -> "Snapshot":
        """The same place for an optimizer that has seen nothing yet; its empty memory."""
        return replace(self, step=0, optimizer_state=empty.copy(), settings=settings)


NOTICED = 0.01
"""An accuracy lower by so much is lower for anybody who looks."""


@dataclass(slots=True)
class Run:
    """One training run: its settings, its network, and how far it has come."""

    hyperparameters: Hyperparameters
    network: Network
    optimizer_state: Array
    """(vectors, p): the optimizer's memory, laid out as the parameters."""
    epoch: int = 0
    """Epochs finished."""
    batch: int = 0
    """Batches finished of the epoch under way."""
    step: int = 0
    """Updates made, by this optimizer."""
    batches: int = 1
    """Batches in an epoch."""
    seconds: float = 0.0
    """Spent training and scoring."""
    sums: EpochSums = field(default_factory=EpochSums)
    history: list[EpochDone] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    newest: Snapshot | None = None
    """The end of the last epoch."""
    last: Snapshot | None = None
    """The end of the last healthy epoch; the start, as long as none was."""
    best: Snapshot | None = None
    """The end of the epoch with the best validation accuracy."""
    stopped: Reason | None = None
    interrupt: bool = False
    """Set to make training stop after the batch under way."""
    pace: float = 0.0
    """Seconds of learning between two events; at 0 each batch is reported."""
    hurry: bool = False
    """Set to get the next event after the batch under way, whatever the pace."""

    def __repr__(self) -> str:
        return f"Run({self.network!r}, epoch {self.epoch})"

    @property
    def optimizer(self) -> Optimizer:
        """The update rule."""
        return OPTIMIZERS[self.hyperparameters.optimizer]

    @property
    def position(self) -> float:
        """Epochs done, as a fraction."""
        return self.epoch + self.batch / self.batches

    @property
    def validation_accuracy(self) -> float | None:
        """The score of the parameters as they were at the last epoch's end, or are restored to."""
        if self.stopped == "patience" and self.best is not None:
            return self.best.validation_accuracy
        return self.history[-1].validation_accuracy if self.history else None

    @property
    def is_ruined(self) -> bool:
        """Whether the last epoch was unhealthy and reads fewer digits right than the last healthy.

        So a loss that rises because of overfitting is not ruin. Where no epoch was healthy, all are
        ruined. In the middle of an epoch, whether its loss so far is worse by that of guessing.
        """
        if self.last is None or not self.history or self.stopped == "patience":
            return False  # after patience it is the best epoch that the run holds
        if self.last.epoch < self.epoch:
            lost = self.last.validation_accuracy - self.history[-1].validation_accuracy
            by_chance = chance_of(self.history[self.last.epoch - 1]) if self.last.epoch else 0.0
            return self.last.epoch == 0 or lost > max(NOTICED, by_chance)
        bearable = self.history[-1].train_loss + loss_of_guessing(self.network)
        return bool(self.sums.images) and not self.sums.loss / self.sums.images <= bearable

    def add(self, learned: StepResult, seconds: float) -> None:
        """Take in a stretch of batches, and the time it took."""
        self.batch += learned.batches
        self.step += learned.batches
        self.sums.images += learned.images
        self.sums.loss = learned.loss_total
        self.sums.correct += learned.correct
        self.add_seconds(seconds)

    def add_seconds(self, seconds: float) -> None:
        """Take in time that was spent on the epoch under way."""
        self.sums.seconds += seconds
        self.seconds += seconds

    def change(self, name: str, value: object) -> Hyperparameters:
        """Change a setting on the way and note it; returns the settings that hold from now on.

        Raises:
            SettingsError: the setting may not change while training, or the value is wrong.
        """
        knob = knobs().get(name)
        if knob is not None and not knob.live:
            raise SettingsError({name: "cannot change while the network learns"})
        before = self.hyperparameters
        self.hyperparameters = before.changed(**{name: value})
        was, now = getattr(before, name), getattr(self.hyperparameters, name)
        if was != now:
            self.changes.append(Change(self.position, name, was, now))
        return self.hyperparameters

    def correct(self, theta: Array, read_as: str, label: str) -> Change:
        """Take over parameters that a drawing was corrected by, and note it.

        The optimizer's memory stays, so that who keeps the parameters of before can go back.
        """
        self.network.theta[:] = theta
        change = Change(self.position, CORRECTION, read_as, label)
        self.changes.append(change)
        return change

    def used(self) -> tuple[Hyperparameters, tuple[Change, ...]]:
        """The settings of the last update and the changes up to it.

        What was turned since has acted on nothing yet; but an update that diverged was tried.
        """
        if self.stopped == "diverged":
            return self.hyperparameters, tuple(self.changes)
        since = [c for c in self.changes if c.epoch >= self.position and c.name in OF_UPDATES]
        before = {change.name: change.before for change in reversed(since)}
        kept = tuple(change for change in self.changes if change not in since)
        return self.hyperparameters.changed(**before), kept

    def take_back_unused(self) -> None:
        """Forget what was turned since the last update; for a run that is over, or is left."""
        self.hyperparameters, kept = self.used()
        self.changes = list(kept)

    def fork(self, settings: Hyperparameters, images: int) -> "Run":
        """A run of its own that stands where this one stands and has other settings from here on.

        Each setting that differs is noted as a change. With the same settings it learns the very
        same bits. Another optimizer begins with an empty memory, and counts its steps from 0.
        images: how many there are to learn from.

        Raises:
            SettingsError: the settings ask for another architecture.
        """
        _check_architecture(self.network, settings)
        before = self.hyperparameters
        fork = empty_run(settings, self.network.sizes)
        fork.network.theta[:] = self.network.theta
        fork.epoch, fork.seconds = self.epoch, self.seconds
        fork.sums, fork.history = replace(self.sums), list(self.history)
        fork.changes = list(self.changes)
        fork._take_over(self, images)
        if settings.optimizer == before.optimizer:
            fork.optimizer_state[:] = self.optimizer_state
            fork.step = self.step
            fork.newest, fork.last, fork.best = self.newest, self.last, self.best
        else:
            empty = fork.optimizer_state
            kept = {id(s): s for s in (self.newest, self.last, self.best) if s is not None}
            without = {key: s.without_memory(empty, settings) for key, s in kept.items()}
            fork.newest, fork.last, fork.best = (
                without.get(id(s)) for s in (self.newest, self.last, self.best)
            )
        if self.stopped == "patience" and fork.best is not None:
            fork.go_back(fork.best)  # this run's parameters are those already
        fork.changes += [
            Change(fork.position, FORK + name, getattr(before, name), getattr(settings, name))
            for name in Hyperparameters.model_fields
            if getattr(before, name) != getattr(settings, name)
        ]
        return fork

    def as_it_stood(self, at: Snapshot, images: int) -> "Run":
        """A run of its own as this one was at the end of an earlier epoch, with its settings then.

        What was learned and changed since is not in it. images: how many there are to learn from.
        """
        settings = self.hyperparameters
        for change in reversed(self.changes):
            name = change.name.removeprefix(FORK)
            if change.epoch >= at.epoch and name in Hyperparameters.model_fields:
                settings = settings.changed(**{name: change.before})
        then = empty_run(settings, self.network.sizes)
        if at.optimizer_state.shape != then.optimizer_state.shape:
            at = at.without_memory(then.optimizer_state, settings)
        then.network.theta[:] = at.theta
        then.optimizer_state[:] = at.optimizer_state
        then.epoch, then.step = at.epoch, at.step
        then.batches = math.ceil(images / min(settings.batch_size, images))
        then.history = self.history[: at.epoch]
        then.seconds = sum(done.seconds for done in then.history)
        then.changes = [
            change
            for change in self.changes
            if change.epoch < at.epoch or change.name == FIRST_LAYER
        ]
        then.newest = then.last = at
        then.best = self.best if self.best is not None and self.best.epoch <= at.epoch else None
        return then

    def _take_over(self, of: "Run", images: int) -> None:
        """Stand as far in the epoch as another run, whose batches may be larger or smaller."""
        self.batch, self.batches = of.batch, of.batches
        size = self.hyperparameters.batch_size
        if size != of.hyperparameters.batch_size:
            size = min(size, images)
            done = min(of.batch * min(of.hyperparameters.batch_size, images), images)
            self.batches = math.ceil(images / size)
            self.batch = self.batches if done == images else done // size

    def lose_a_process(self, left: int) -> None:
        """Go on with fewer processes than before. left: how many."""
        before = self.hyperparameters.processes
        self.hyperparameters = self.hyperparameters.model_copy(update={"processes": left})
        self.changes.append(Change(self.position, "processes", before, left))

    def snapshot(self, validation_accuracy: float) -> Snapshot:
        """A copy of where the run stands, to be taken at the end of an epoch."""
        return Snapshot(
            self.epoch,
            self.step,
            self.network.theta.copy(),
            self.optimizer_state.copy(),
            validation_accuracy,
            self.settings_after(self.epoch - 1),
        )

    def settings_after(self, epoch: float) -> Hyperparameters:
        """The settings that held at an earlier place, with what was changed just there."""
        settings = Hyperparameters.model_fields
        later = [c for c in self.changes if c.epoch > epoch and c.name in settings]
        before = {change.name: change.before for change in reversed(later)}
        return self.hyperparameters.changed(**before) if before else self.hyperparameters

    def go_back(self, to: Snapshot) -> None:
        """Return to the end of an earlier epoch; what was learned since is forgotten.

        The settings stay as they are now, so later changes are noted at that epoch.
        """
        self.network.theta[:] = to.theta
        self.optimizer_state[:] = to.optimizer_state
        self.epoch, self.batch, self.step = to.epoch, 0, to.step
        self.sums = EpochSums()
        self.newest = to
        del self.history[to.epoch :]
        self.changes = [
            replace(done, epoch=min(done.epoch, to.epoch))
            for done in self.changes
            if done.name != CORRECTION or done.epoch < to.epoch  # else it is lost by now
        ]
        if self.best is not None and self.best.epoch > to.epoch:
            self.best = None
        if self.last is None or self.last.epoch > to.epoch:
            self.last = to

    def adopt(self, settings: Hyperparameters) -> None:
        """Go on with other settings, whether they may change while training or not; note each."""
        before, self.hyperparameters = self.hyperparameters, settings
        for name in Hyperparameters.model_fields:
            was, now = getattr(before, name), getattr(settings, name)
            if was != now:
                self.changes.append(Change(self.position, name, was, now))


MOST_PARAMETERS = 100_000_000
"""The largest network: 400 MB of weights, and training needs several times that."""


WEIGHTS = 0x3E1
"""Keeps the draw of the first weights apart from every other draw of the same seed."""


def new_run(
    hyperparameters: Hyperparameters, pixels: int, classes: int, model: Model | None = None
) -> Run:
    """A run before its first batch: with a model's weights, or else with some drawn from the seed.

    Raises:
        SettingsError: the network would be too large, or the model is of another architecture.
        DataError: the model is made for other digits.
    """
    settings = hyperparameters
    run = empty_run(settings, (pixels, *settings.hidden, classes))
    if model is None:
        generator = np.random.default_rng((settings.seed, 0, WEIGHTS))
        run.network.initialize(INITIALIZERS[settings.initializer], generator)
    else:
        check_fits(model.network.sizes, pixels, classes, "The model")
        _check_architecture(model.network, settings)
        run.network.theta[:] = model.network.theta
    run.newest = run.last = run.snapshot(validation_accuracy=0.0)
    return run


def empty_run(settings: Hyperparameters, sizes: Sequence[int]) -> Run:
    """A run without a snapshot, all of its parameters 0.

    Raises:
        SettingsError: the network would be too large.
    """
    if count_parameters(sizes) > MOST_PARAMETERS:
        many = counted(count_parameters(sizes), "parameter")
        many += f"; at most {MOST_PARAMETERS:,} are possible"
        raise SettingsError({"hidden": f"these widths make a network of {many}"})
    activation = ACTIVATIONS[settings.activation](settings.leak)
    network = Network(sizes, activation, LOSSES[settings.loss])
    vectors = OPTIMIZERS[settings.optimizer].vectors
    return Run(settings, network, np.zeros((vectors, network.theta.size), np.float32))


def architecture(network: Network) -> dict[str, object]:
    """The settings that a network has settled by being there."""
    settled: dict[str, object] = {
        "hidden": network.sizes[1:-1],
        "activation": network.activation.name,
        "loss": network.loss.name,
    }
    if network.activation.takes_leak:
        settled["leak"] = network.activation.leak
    return settled


def _check_architecture(given: Network, settings: Hyperparameters) -> None:
    problems = {
        name: f"the model has {value}, which cannot be changed to {getattr(settings, name)}"
        for name, value in architecture(given).items()
        if value != getattr(settings, name)
    }
    if problems:
        raise SettingsError(problems)
