"""A monkey at the app does not end it, and does not disturb what it only looks at."""

import traceback
from pathlib import Path

import numpy as np
import pytest

from engine.models.files import load
from engine.training.loop import train
from engine.training.run import new_run
from numrec_tui.app import NumrecApp
from tests import scripted
from tests.reliability.budget import count
from tests.reliability.monkey import Ended, Monkey, act, play, session, shortest

SEEDS, EVENTS = count("monkey seeds"), count("monkey events")

pytestmark = pytest.mark.reliability


async def plays(monkey: Monkey, home: Path, count: int) -> None:
    try:
        await play(home, monkey.next, count)
    except Ended as ended:
        short = await shortest(ended.done, home / "shorter")
        why = "".join(traceback.format_exception(ended.__cause__)[-12:])
        pytest.fail(f"seed {monkey.seed}, ended by: {', '.join(short)}\n{why}", pytrace=False)


@pytest.mark.timeout(0)  # as many words as were asked for
@pytest.mark.parametrize("seed", range(1, SEEDS + 1))
async def test_a_monkey_does_not_end_the_app(
    seed: int, home: Path, monkeypatch, record_property
) -> None:
    monkeypatch.chdir(home)
    monkey = Monkey(seed)
    await plays(monkey, home, EVENTS)
    print(f"seed {seed}: {EVENTS} events; {monkey.coverage}")  # noqa: T201
    record_property("events", EVENTS)
    record_property("seeds", str(seed))
    record_property("most bound keys pressed", len(monkey.coverage.pressed & monkey.coverage.bound))


LOOKING = ["1", "2", "3", "4", "5", "question_mark", "escape", "tab", "pageup", "pagedown", "home",
           "end", "c", "S", "ctrl+p"]  # fmt: skip
"""Keys that change nothing about the run."""


@pytest.mark.parametrize("epochs", [8, 40])
@pytest.mark.short("8")
async def test_a_run_that_is_only_looked_at_learns_the_bits_of_one_left_alone(
    home: Path, epochs: int
) -> None:
    settings = scripted.settings(epochs=epochs)
    alone = new_run(settings, 784, 10)
    for _ in train(alone, drawn_split(settings)):
        pass
    with session(home, settings) as opened:
        app = NumrecApp(opened)
        async with app.run_test(size=(80, 24)):
            opened.start()
            monkey = Monkey(1, LOOKING)
            while not is_finished(app):
                await act(app, monkey.next(app))
    model = next((home / "models").glob("*.safetensors"))
    assert np.array_equal(load(model).network.theta, alone.network.theta)


def is_finished(app: NumrecApp) -> bool:
    report = app.mode.report if app.mode else None
    return report is not None and report.state == "finished"


def drawn_split(settings):
    return scripted.drawn_set().split(
        settings.validation, settings.validation_fraction, settings.seed
    )
