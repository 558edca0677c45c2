"""Experiments in the Learn mode: chosen, predicted, carried out, left; all by keys."""

import numpy as np
import pytest
from textual.content import Content

from engine.training.events import EpochDone, Stopped
from engine.training.metrics import Evaluation
from numrec_tui.modes.learn.experiment_panel import ExperimentPanel
from numrec_tui.modes.learn.menu import ExperimentsMenu
from numrec_tui.storage.lesson_progress import read_progress
from numrec_tui.storage.paths import lessons_folder
from tests import scripted
from tests.screens.settled import rested, settled, until


def ended(accuracy: float, loss: float) -> list:
    """A run of one epoch that ends so."""
    done = EpochDone(1, loss, accuracy, loss, accuracy, 1.25, 8000.0, True)
    return [scripted.progress(1, 10), done, Stopped("epochs", 1, 1.25, accuracy, TEST)]


TEST = Evaluation(20, 18, 0.3, np.eye(10, dtype=np.int64))


@pytest.fixture
def lab(opened):
    """An app whose runs play a script: the first reads well, the second hardly at all."""
    return opened([*ended(0.9, 0.3), *ended(0.4, 1.8), *ended(0.2, 2.4)])


async def begin(lab, pilot) -> ExperimentPanel:
    """Open Learn, and take the first experiment of the menu."""
    await lab.until(pilot, lambda report: report.state == "ready")
    await pilot.press("6", "x")
    await settled(pilot)
    assert isinstance(lab.app.screen, ExperimentsMenu)
    await pilot.press("enter")
    panel = lab.app.mode.query_one(ExperimentPanel)
    await until(pilot, lambda: panel.experiment and panel.experiment.has_begun)
    return panel


def words(panel: ExperimentPanel) -> str:
    return str(panel.words.content)


async def train(pilot, panel) -> None:
    await pilot.press("space")
    await until(pilot, lambda: panel.experiment.status in ("done", "missed"))
    await settled(pilot)


async def test_an_experiment_from_the_menu_to_the_second_step(lab):
    async with lab.app.run_test(size=(80, 24)) as pilot:
        panel = await begin(lab, pilot)
        assert "space trains for three epochs at a learning rate of 0.05." in words(panel)
        await train(pilot, panel)
        assert "90.0% of the unseen digits are read right" in words(panel)
        await pilot.press("right")
        await until(pilot, lambda: panel.experiment.at == 1 and panel.experiment.has_begun)
        await pilot.press("a", "b")
        await settled(pilot)
        assert panel.experiment.predictions == {1: 1}
        await train(pilot, panel)
        assert "b) clearly fewer ✓" in words(panel)
        assert "40.0% in place of 90.0%" in words(panel)
        [kept] = read_progress(lessons_folder()).values()
        assert (kept.title, kept.steps, kept.right, kept.asked) == ("Too high, too low", 2, 1, 1)


async def test_it_goes_on_while_another_mode_is_in_front(lab):
    async with lab.app.run_test(size=(80, 24)) as pilot:
        panel = await begin(lab, pilot)
        await pilot.press("1", "space")
        await until(pilot, lambda: panel.experiment.status == "done")
        await settled(pilot)
        told = [notice.message for notice in lab.app._notifications]
        assert told[-1] == "Step 1 of the experiment is done; 6 tells what was seen."
        await pilot.press("6")
        await settled(pilot)
        assert "90.0% of the unseen digits are read right" in words(panel)


async def test_there_is_no_next_step_before_this_one_is_done(lab):
    async with lab.app.run_test(size=(80, 24)) as pilot:
        panel = await begin(lab, pilot)
        await pilot.press("right")
        await settled(pilot)
        assert panel.experiment.at == 0
        assert "→ goes on" not in words(panel)


async def test_escape_brings_back_the_persons_run_and_settings(lab):
    async with lab.app.run_test(size=(80, 24)) as pilot:
        await lab.until(pilot, lambda report: report.state == "ready")
        lab.session.change("learning_rate", 0.3)
        panel = await begin(lab, pilot)
        await train(pilot, panel)
        await pilot.press("escape")
        await until(pilot, lambda: lab.app.mode.report.settings.learning_rate == 0.3)
        await settled(pilot)
        assert not panel.display
        assert panel.experiment is None
        assert lab.app.mode.report.state == "ready"
        assert "3/9" not in lab.app.mode.query_one("#figure").border_subtitle
        await pilot.press("right")  # the worked example has its keys again
        assert lab.app.mode.query_one("#figure").border_subtitle == "2/9 weighted sum"


async def test_a_wrong_lesson_is_in_the_menu_with_its_fault(lab, home):
    (home / "lessons").mkdir()
    (home / "lessons" / "bad.toml").write_text("title = 3")
    async with lab.app.run_test(size=(120, 50)) as pilot:
        await lab.until(pilot, lambda report: report.state == "ready")
        await pilot.press("6", "x")
        await settled(pilot)
        options = lab.app.screen.query_one("Options")
        assert options.get_option_at_index(10).disabled
        assert "line 1: title" in str(options.get_option_at_index(10).prompt)


async def test_words_of_a_lesson_are_words_and_no_keys(lab, home):
    (home / "lessons").mkdir()
    title = "[@click=app.mode('runs')]a[/] [/nope]"
    text = f"""title = "{title}"
about = "{title}"
[[steps]]
title = "{title[-12:]}"
do = "{title}"
run = "one"
"""
    (home / "lessons" / "words.toml").write_text(text)
    async with lab.app.run_test(size=(80, 24)) as pilot:
        await lab.until(pilot, lambda report: report.state == "ready")
        await pilot.press("6", "x", "up", "enter")
        panel = lab.app.mode.query_one(ExperimentPanel)
        await until(pilot, lambda: panel.experiment and panel.experiment.has_begun)
        await settled(pilot)
        shown = Content.from_markup(panel.query_one("VerticalScroll").border_title)
        assert shown.plain.startswith(title)


SIZES = pytest.mark.parametrize(
    "size",
    [(60, 20), (80, 24), (120, 34), (200, 50)],
    ids=["60x20", "80x24", "120x34", "200x50"],
)


@pytest.fixture
def story(snap_compare, lab):
    """Two steps of an experiment, the second predicted wrongly; compare the picture."""

    def compare(size):
        async def tell(pilot):
            panel = await begin(lab, pilot)
            await train(pilot, panel)
            await pilot.press("right")
            await until(pilot, lambda: panel.experiment.at == 1 and panel.experiment.has_begun)
            await pilot.press("c")
            await train(pilot, panel)
            await rested(pilot)
            lab.app.clear_notifications()
            await rested(pilot)

        assert snap_compare(lab.app, terminal_size=size, run_before=tell)

    return compare


@SIZES
@pytest.mark.short("80x24")
def test_a_step_that_is_done(story, size, monkeypatch):
    monkeypatch.setattr("textual.constants.COLOR_SYSTEM", "truecolor")
    story(size)


@pytest.mark.parametrize("colors", ["none", "16"])
@pytest.mark.short("none")
def test_a_step_that_is_done_in_few_colors(story, colors, monkeypatch):
    if colors == "none":
        monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr("textual.constants.COLOR_SYSTEM", "standard")
    story((80, 24))


def test_the_menu(snap_compare, lab, monkeypatch):
    monkeypatch.setattr("textual.constants.COLOR_SYSTEM", "truecolor")

    async def tell(pilot):
        await lab.until(pilot, lambda report: report.state == "ready")
        await pilot.press("6", "x")
        await rested(pilot)

    assert snap_compare(lab.app, terminal_size=(80, 24), run_before=tell)
