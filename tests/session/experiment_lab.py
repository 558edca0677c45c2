"""A session with a person's run, and an experiment over it."""

import dataclasses
import threading
from collections.abc import Iterator

import pytest

from engine.errors import DataError
from numrec_tui.lessons.lesson import Lesson
from numrec_tui.session.config import SessionConfig
from numrec_tui.session.experiment import Experiment
from numrec_tui.session.session import Session
from tests import scripted
from tests.session.watching import Watcher
from tests.waiting import wait_until

LESSON = Lesson.model_validate(
    {
        "title": "Rates",
        "about": "What a rate does.",
        "data": "other",
        "settings": {"hidden": [8], "batch_size": 16, "schedule": "constant", "epochs": 8},
        "steps": [
            {
                "title": "good",
                "do": "space",
                "run": "good",
                "settings": {"learning_rate": 0.05},
                "checks": [{"figure": "train_accuracy", "at_least": 0.6, "otherwise": "Again."}],
                "seen": "{train_accuracy}",
            },
            {
                "title": "low",
                "do": "turn it down",
                "run": "low",
                "knob": "learning_rate",
                "settings": {"learning_rate": 0.05},
                "question": "Better?",
                "choices": [
                    {"text": "yes", "when": [{"figure": "train_loss", "below": "good"}]},
                    {"text": "no", "when": [{"figure": "train_loss", "above": "good"}]},
                ],
                "checks": [
                    {"setting": "learning_rate", "at_most": 0.001, "otherwise": "Turn it down."},
                    {"figure": "train_loss", "above": "good", "otherwise": "It has learned."},
                ],
                "seen": "{learning_rate:low} and {learning_rate:good}",
            },
        ],
    }
)


LOADED = threading.Event()
"""Cleared while other data are still being loaded."""
LOADED.set()


def find(name: str):
    if name.endswith("third"):
        assert LOADED.wait(30)
    if name == "nowhere":
        raise DataError("There is no such set.")
    return dataclasses.replace(scripted.drawn_set(), name=name)


class Lab:
    """A session with a person's run of its own, and an experiment."""

    def __init__(self, tmp_path, lesson=LESSON, **settings):
        wanted = scripted.settings(**settings)
        self.folder = tmp_path
        self.session = Session(
            SessionConfig(
                find("mine"), wanted, tmp_path / "models", source="mine", find=find,
                checkpoints=tmp_path / "checkpoints", aside=tmp_path / "aside",
            )
        )  # fmt: skip
        self.seen = Watcher(self.session)
        self.rest()
        self.experiment = Experiment(self.session, lesson)

    @property
    def report(self):
        return self.seen.reports[-1]

    def rest(self) -> None:
        wait_until(lambda: not self.session.busy, "the session rests")

    def follow(self, done) -> None:
        """Let the experiment hear what is reported until something is so."""

        def met() -> bool:
            self.experiment.follow(self.report)
            return done()

        wait_until(met, "the experiment gets on")

    def train(self) -> None:
        """Train the step's run to its end."""
        self.follow(lambda: self.experiment.has_begun)
        self.session.start()
        self.follow(lambda: self.experiment.status in ("done", "missed"))

    def parameters(self):
        found = []
        self.session.look(lambda view: found.append(view.network.theta.copy()))
        self.rest()
        return found[0]


@pytest.fixture
def lab(tmp_path) -> Iterator[Lab]:
    opened = Lab(tmp_path)
    yield opened
    opened.session.close()
