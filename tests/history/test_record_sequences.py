"""Random sequences of keys: each update's rate is the one that the record gives for it.

How many is in tests/reliability/budget.py; a few are enough for every day.
"""

import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from engine.data.dataset import Split
from engine.errors import EngineError
from engine.models.files import load
from engine.training.changes import FORK, Change
from engine.training.events import Event, Progress
from engine.training.hyperparameters import settings_from
from engine.training.loop import train
from engine.training.outcome import healthy_model
from engine.training.presets import preset
from engine.training.run import Run
from numrec_tui.history.history import History, PastRun
from numrec_tui.session.config import SessionConfig
from numrec_tui.session.trainer import Trainer
from numrec_tui.storage.checkpoints import newest_in
from tests.engine import tiny
from tests.reliability.budget import count

SEQUENCES = count("sequences of keys")
KEYS = 40
USUAL = {
    "hidden": (4,), "batch_size": 16, "epochs": 4, "schedule": "constant", "augment": "off",
    "validation": "test", "optimizer": "sgd", "learning_rate": 0.05, "target_accuracy": 1.0,
}  # fmt: skip
PRESETS = {
    "slow": {**USUAL, "learning_rate": 0.001},
    "quick": {**USUAL, "learning_rate": 0.3, "momentum": 0.5, "batch_size": 8, "epochs": 2},
}
TYPED = {
    "learning_rate": (0.001, 0.02, 0.05, 0.4, 900.0),
    "momentum": (0.0, 0.5, 0.9),
    "weight_decay": (0.0, 0.01, 9.0),
    "epochs": (1, 2, 3, 5, 8),
    "target_accuracy": (0.3, 0.9, 1.0),
    "batch_size": (8, 16),
}

Rates = dict[tuple[int, int], float]
"""The rate that was used, by epoch and batch, both from 0."""


class Desk:
    """Somebody at the keys, and what every update really used."""

    def __init__(self, home: Path, seed: int) -> None:
        self.home, self.random = home, Random(seed)  # noqa: S311
        self.history = History(home / "history.db")
        self.rates: dict[int, Rates] = {}
        """By the number of the run in the history."""
        self.saved_as_of: dict[int, int | None] = {}
        """By that number the epoch that the model stands at, where it is not the last update's."""
        self.now: tuple[Run, Rates] | None = None
        self.pressed: list[str] = []
        self.trainer = self.open()

    def open(self) -> Trainer:
        trainer = Trainer(SessionConfig(
            tiny.data_set(), settings_from(USUAL), self.home / "models", self.loop, "tiny",
            lambda _source: tiny.data_set(), self.home / "checkpoints", history=self.history,
        ))  # fmt: skip
        trainer.listen(lambda _report: None)
        return trainer

    def loop(self, run: Run, split: Split) -> Iterator[Event]:
        """The training loop, watched."""
        step = run.step
        for event in train(run, split):
            if isinstance(event, Progress):
                rates = self.rates_of(run)
                for batch in range(run.batch - (run.step - step), run.batch):
                    rates[run.epoch, batch] = event.learning_rate
            step = run.step
            yield event

    def rates_of(self, run: Run) -> Rates:
        if self.now is None or self.now[0] is not run:
            self.now = (run, {})
        return self.now[1]

    def press(self, key: str) -> None:
        trainer, random = self.trainer, self.random
        before = trainer.run
        keys: dict[str, Callable[[], None]] = {
            "turn": lambda: trainer.settings.turn(
                random.choice(list(TYPED)), random.random() < 0.5
            ),
            "type": lambda: self.type(random.choice(list(TYPED))),
            "undo": trainer.settings.undo,
            "preset": lambda: trainer.settings.use_preset(random.choice(list(PRESETS))),
            "space": trainer.toggle,
            "n": trainer.step,
            "r": trainer.renew,
            "f": trainer.fork,
            "h": trainer.rescue,
            "quit": self.quit,
            "g": self.go_on,
        }
        keys[key]()
        if key in "rf" and self.trainer.run is not before:
            after = self.trainer.run
            known = self.rates_of(before) if self.now else {}
            self.check_left(before, self.trainer.runs.earlier[0].run if known else 0)
            if key == "f":  # it stands where the other stood, and has learned the same till then
                at = (after.epoch, after.batch)
                same = after.batches == before.batches
                self.now = (after, {p: r for p, r in known.items() if p < at and same})

    def type(self, name: str) -> None:
        self.trainer.settings.change(name, self.random.choice(TYPED[name]))

    def quit(self) -> None:
        self.trainer.end()
        self.check_left(self.trainer.run, self.trainer.files.recorder.id or 0)
        self.trainer = self.open()

    def go_on(self) -> None:
        before = self.trainer.run
        self.trainer.resume()
        after = self.trainer.run
        if after is not before:  # what it had learned since its last checkpoint is learned again
            known = self.rates.get(self.number_of(self.trainer), {})
            at = (after.epoch, after.batch)
            self.now = (after, {place: rate for place, rate in known.items() if place < at})

    def number_of(self, trainer: Trainer) -> int:
        """0 for a fork that was left before it was recorded."""
        folder = str(trainer.files.kept_in)
        return next((run.id for run in self.history.runs() if run.checkpoints == folder), 0)

    def check_left(self, run: Run, number: int) -> None:
        """Remember what the run that was left has really learned with, if it was recorded.

        number: the history's; 0 if it has none.
        """
        if self.now is None or self.now[0] is not run or not self.now[1]:
            return
        at = (run.epoch, run.batch)
        known = {place: rate for place, rate in self.now[1].items() if place < at}
        if number and known:
            self.rates[number] = known
            model = healthy_model(run, tiny.data_set())
            self.saved_as_of[number] = model[1] if model else None
        self.now = None

    def check(self) -> int:
        """Every record, of runs long left too, gives the rates that were used; how many updates."""
        checked = 0
        for record in self.history.runs():
            rates = self.rates.get(record.id, {})
            changes = self.history.changes(record.id)
            began = json.loads(record.began_with)["learning_rate"]
            for (epoch, batch), rate in rates.items():
                said = rate_at(began, changes, epoch + batch / batches_of(record))
                assert said == rate, (record.id, epoch, batch, changes, self.pressed)
                checked += 1
            forked = [change.epoch for change in changes if change.name.startswith(FORK)]
            at = max(rates, default=(0, 0))
            learned = at[0] + at[1] / batches_of(record) >= max(forked, default=0)
            if rates and learned and record.reason != "diverged":
                last = rates[at]
                assert record.learning_rate == last, (
                    record.id,
                    at,
                    changes,
                    " ".join(self.pressed),
                )
                assert json.loads(record.settings)["learning_rate"] == last
                healthy = self.saved_as_of[record.id]
                saved = (
                    last if healthy is None else rates[max(p for p in rates if p < (healthy, 0))]
                )
                model = load(Path(record.model)).hyperparameters["learning_rate"]
                assert model == saved, (record.id, at, changes, " ".join(self.pressed))
            found = newest_in(Path(record.checkpoints)) if record.checkpoints else None
            if rates and found is not None:
                kept = found.checkpoint.facts.changes
                for (epoch, batch), rate in rates.items():
                    at = epoch + batch / found.checkpoint.facts.batches
                    assert rate_at(began, kept, at) == rate, (record.id, self.pressed)
        return checked


def batches_of(record: PastRun) -> int:
    return math.ceil(60 / json.loads(record.settings)["batch_size"])


def rate_at(began: float, changes: list[Change] | tuple[Change, ...], position: float) -> float:
    """The rate that a record gives for the update at `position`."""
    rate = began
    for change in changes:
        if change.name.removeprefix(FORK) == "learning_rate" and change.epoch <= position:
            rate = change.after  # type: ignore[assignment]
    return rate


WEIGHTS = {
    "turn": 8, "type": 8, "undo": 5, "preset": 2, "space": 12, "n": 4, "r": 3, "f": 3, "h": 3,
    "quit": 2, "g": 3,
}  # fmt: skip


@pytest.mark.reliability
@pytest.mark.timeout(3000)
@pytest.mark.parametrize("seed", range(SEQUENCES))
def test_each_update_used_the_rate_that_the_record_gives(seed, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(
        "numrec_tui.session.active_run.PACE", 0.0
    )  # so that a note may come after any batch
    monkeypatch.setattr(
        "numrec_tui.session.data_report.values_of", lambda name: PRESETS.get(name) or preset(name)
    )
    desk = Desk(tmp_path, seed)
    for _ in range(KEYS):
        key = desk.random.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        desk.pressed.append(key)
        try:
            desk.press(key)
        except EngineError:
            continue  # what the session would tell the person
        for _ in range(desk.random.randrange(8)):
            if desk.trainer.state == "training":
                desk.trainer.advance()
    desk.pressed.append("quit")
    desk.press("quit")
    desk.trainer.end()
    assert desk.check() or not desk.rates
