"""Advice for a run without a screen: the same that the app's health line gives, each once."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from engine.data.dataset import Split
from engine.nn.network import Network
from engine.training.events import EpochDone, Event, Progress, Started, Stopped
from engine.training.run import Run
from numrec_tui.insight.class_hints import class_hint
from numrec_tui.insight.health import Health, SoFar, advice, class_counts, examine
from numrec_tui.insight.units import updates

EACH, LOOKS = 4, 20
"""The first epochs are all looked at; later ones so many times in the planned epochs."""


@dataclass(frozen=True, slots=True)
class Advised:
    """Something is off that had not been told before; epoch: the one that just ended."""

    epoch: int
    advice: str


class Adviser:
    """Looks at a run when an epoch ends, and at its data in the end."""

    def __init__(self, run: Run, split: Split) -> None:
        self._run, self._train, self._validation = run, split.train, split.validation
        self._counts = class_counts(split.validation)
        self._said: set[str] = set()
        self._before: tuple[int, Network] | None = None
        """Updates made, and the network then."""
        self._moved: tuple[float, ...] | None = None
        """How far the layers moved in the batch after that."""

    def take_in(self, event: Event) -> Iterator[Advised]:
        """Advice that is due after an event, if there is any."""
        run = self._run
        match event:
            case Started():
                run.hurry = True  # the next event comes after one batch, whatever the pace
            case Progress() if run.hurry:
                self._watch_a_batch()
            case EpochDone() if _is_time(event.epoch, run):
                said = advice(self._look(), self._so_far(event))
                if said and said not in self._said:
                    self._said.add(said)
                    yield Advised(event.epoch, said)
                run.hurry = True

    def at_the_end(self, event: Event) -> Iterator[Advised]:
        """What the set lacks, told before the end of a run that came to one of its own."""
        if isinstance(event, Stopped) and event.reason not in ("interrupted", "diverged"):
            hint = class_hint(self._run.network, self._train, self._validation)
            if hint is not None:
                yield Advised(event.epoch, hint.removesuffix("."))

    def _watch_a_batch(self) -> None:
        """Measure how far a batch moves the layers, from the parameters before and after it."""
        run = self._run
        if self._before is None:
            like = run.network
            theta = like.theta.copy()
            copy = Network(like.sizes, like.activation, like.loss, theta=theta)
            self._before = run.step, copy
        else:
            step, before = self._before
            with np.errstate(all="ignore"):
                self._moved = updates(before, run.network, run.step - step)
            self._before, run.hurry = None, False

    def _look(self) -> Health:
        return replace(examine(self._run.network, self._validation), moved=self._moved)

    def _so_far(self, done: EpochDone) -> SoFar:
        run = self._run
        return SoFar(
            run.hyperparameters,
            run.position,
            run.step,
            [each.validation_loss for each in run.history],
            [each.validation_accuracy for each in run.history],
            done.train_accuracy,
            self._counts,
        )


def _is_time(epoch: int, run: Run) -> bool:
    return epoch <= EACH or epoch % max(run.hyperparameters.epochs // LOOKS, 1) == 0
