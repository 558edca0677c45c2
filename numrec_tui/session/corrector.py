"""Corrects a drawing that the active run misreads, and takes that back."""

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from engine.data.dataset import Digits
from engine.errors import EngineError
from engine.nn.arrays import Array, Bytes
from engine.nn.network import Network
from engine.plural import counted
from engine.training.changes import Change
from engine.training.correction import correct, what_changed
from engine.training.guessing import is_guessing
from engine.training.run import Run
from numrec_tui.session.active_run import ActiveRun
from numrec_tui.session.report import Corrected
from numrec_tui.session.reporter import Reporter, in_a_sentence
from numrec_tui.session.run_manager import RunManager

OTHERS = 2000
"""Validation digits by which it is seen what else has changed."""

KEPT = 10
"""Corrections that can be taken back, one after the other."""

BROKEN = "This run is broken, so nothing can be corrected; h goes back to its last healthy epoch."
GUESSES = "The network has not learned enough to be corrected yet; space lets it learn."
GONE_ON = "The network has learned since; a correction can be taken back until then."


@dataclass(frozen=True, slots=True, eq=False)
class _Done:
    """A correction that was made: in which run, the parameters before, and how it is noted."""

    run: Run
    step: int
    theta: Array
    change: Change
    outcome: Corrected


class Corrector:
    """Only the training thread may call it."""

    def __init__(self, runs: RunManager, reporter: Reporter) -> None:
        self._runs = runs
        self._reporter = reporter
        self._done: list[_Done] = []
        self._is_fresh = False
        """Whether the set has still to be told: it gets or loses the drawing."""
        reporter.corrected = lambda: self._last.outcome if self._last is not None else None

    def correct(self, picture: Bytes, label: int, is_canceled: Callable[[], bool]) -> None:
        """Change the network until it reads the picture right; a run that learns is paused.

        picture (rows, columns). label: its class. is_canceled: asked between two steps.

        Raises:
            DataError: the picture is not of the size that the network reads.
        """
        active, reporter = self._runs.active, self._reporter
        problem = self._problem(active)
        if problem is not None:
            reporter.message = problem
            reporter.report()
            return
        if active.state == "training":
            active.state = "paused"
        reporter.correcting = True
        reporter.report()
        try:
            self._change(active, picture, label, is_canceled)
        finally:
            reporter.correcting = False
        reporter.report()

    def _problem(self, active: ActiveRun) -> str | None:
        """Why nothing can be corrected now."""
        if active.state in ("diverged", "failed") or active.run.is_ruined:
            return BROKEN
        digits = _some(active.split.validation)
        right = _right(active.run.network, digits)
        guesses = is_guessing(right, np.bincount(digits.labels).tolist())
        return GUESSES if guesses else None

    def _change(
        self, active: ActiveRun, picture: Bytes, label: int, is_canceled: Callable[[], bool]
    ) -> None:
        run, began = active.run, perf_counter()
        seed = run.hyperparameters.seed + len(run.changes)
        found = correct(
            run.network, picture, label, active.split.train, seed, lambda: not is_canceled()
        )
        if found is None:
            self._reporter.message = "Canceled: the network is as it was before."
            return
        before = Network(
            run.network.sizes, run.network.activation, run.network.loss,
            theta=run.network.theta.copy(),
        )  # fmt: skip
        read_as = int(before.predict(picture.ravel()).argmax())
        active.end_loop()  # what it holds is of before
        names = active.split.class_names
        change = run.correct(found.theta, names[read_as], names[label])
        digits = _some(active.split.validation)
        changed = what_changed(before, run.network, digits)
        outcome = Corrected(
            picture, label, read_as, found.steps, found.before, found.after,
            tuple(changed.won.tolist()), tuple(changed.lost.tolist()), len(digits),
        )  # fmt: skip
        self._is_fresh = True
        self._done = [*self._done, _Done(run, run.step, before.theta, change, outcome)][-KEPT:]
        self._begin(active)
        run.seconds += perf_counter() - began
        self._write("Corrected; U takes it back.")

    def take_back(self) -> None:
        """Go back to the parameters before the last correction, bit for bit."""
        done, active = self._last, self._runs.active
        if done is None:
            was = any(each.run is active.run for each in self._done)
            self._reporter.message = GONE_ON if was else "No correction was made in this run."
            self._reporter.report()
            return
        self._done.remove(done)
        self._is_fresh = True
        active.end_loop()
        active.run.network.theta[:] = done.theta
        active.run.changes = [each for each in active.run.changes if each is not done.change]
        if active.state == "training":
            active.state = "paused"
        self._write("Taken back: the network is as it was before the correction.")
        self._reporter.report()

    def covers(self, source: str) -> bool:
        """Whether the next change of the set only follows a correction, or its being taken back.

        Then there is nothing to be learned: the network is as it was asked to be. source: the
        folder of the set. It is so once only.
        """
        fresh, self._is_fresh = self._is_fresh, False
        return fresh and self._runs.files.source == source

    @property
    def _last(self) -> _Done | None:
        """The last correction, if nothing was learned since."""
        run = self._runs.active.run
        done = self._done[-1] if self._done else None
        return done if done and done.run is run and done.step == run.step else None

    def _begin(self, active: ActiveRun) -> None:
        """A run that is corrected has begun, even if it never learned: with a model's weights."""
        if not active.begun:
            active.begun, active.state = True, "paused"

    def _write(self, message: str) -> None:
        try:
            self._runs.files.take_in_correction(self._runs.active.run)
        except EngineError as error:
            message += f" Not saved: {in_a_sentence(error)}"
        self._reporter.message = message


def in_words(done: Corrected, names: tuple[str, ...]) -> str:
    """What became of a correction, and of other digits, in two sentences."""
    said = f"Of small variations {done.after:.0%} are read as {names[done.label]}, "
    said += f"{done.before:.0%} were."
    if not done.won and not done.lost:
        return f"{said} All {counted(done.images, 'other image')} are read as before."
    return (
        f"{said} Of {counted(done.images, 'other image')} {len(done.won):,} misread before are "
        f"right now, {len(done.lost):,} right before are misread."
    )


def _some(digits: Digits) -> Digits:
    """As many as are looked at."""
    return digits if len(digits) <= OTHERS else digits.take(np.arange(OTHERS))


def _right(network: Network, digits: Digits) -> float:
    outputs = network.predict(digits.pixels)
    return float(np.mean(outputs.argmax(axis=1) == digits.labels))
