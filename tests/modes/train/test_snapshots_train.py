"""Pictures of the Train screen, as stories, at two sizes; a script plays the training."""

from dataclasses import replace

import pytest

from engine.data.dataset import SecondSet
from engine.training.events import EpochDone
from numrec_tui.session.report import Point
from tests import fixed, scripted
from tests.screens.settled import rested

SIZES = pytest.mark.parametrize("size", [(80, 24), (120, 34)], ids=["80x24", "120x34"])
ALL_SIZES = pytest.mark.parametrize(
    "size",
    [(60, 20), (80, 24), (120, 34), (200, 50)],
    ids=["60x20", "80x24", "120x34", "200x50"],
)

MIDDLE = [*scripted.epochs(4), *(scripted.progress(5, batch) for batch in range(1, 7))]


@pytest.fixture
def story(snap_compare, opened_fixed, never_look):
    """Open the app, do what the story says, compare the picture."""

    def compare(size, script, steps, **settings):
        lab = opened_fixed(script, **settings)

        async def tell(pilot):
            await lab.until(pilot, lambda report: report.state == "ready")
            await steps(lab, pilot)
            lab.app.clear_notifications()
            await rested(pilot)

        assert snap_compare(lab.app, terminal_size=size, run_before=tell)

    return compare


@SIZES
@pytest.mark.short("80x24")
def test_before_a_run(story, size):
    async def nothing(_lab, _pilot):
        pass

    story(size, MIDDLE, nothing)


@ALL_SIZES
@pytest.mark.short("80x24")
def test_in_the_middle_of_a_run(story, size):
    async def train(lab, pilot):
        await pilot.press("space")
        await lab.until(pilot, lambda report: (report.epoch, report.batch) == (4, 6))

    story(size, MIDDLE, train)


@SIZES
@pytest.mark.short("80x24")
def test_paused_after_the_rate_was_raised(story, size):
    async def pause(lab, pilot):
        await pilot.press("space")
        await lab.until(pilot, lambda report: (report.epoch, report.batch) == (4, 6))
        await pilot.press("right")
        await lab.until(pilot, lambda report: report.changes != ())
        await pilot.press("space")
        await lab.until(pilot, lambda report: report.state == "paused")

    story(size, MIDDLE, pause)


@SIZES
@pytest.mark.short("120x34")
def test_diverged(story, size):
    async def diverge(lab, pilot):
        await pilot.press("space")
        await lab.until(pilot, lambda report: report.state == "diverged")

    script = [*scripted.epochs(2), scripted.progress(3, 1), scripted.stopped("diverged", 2)]
    story(size, script, diverge, learning_rate=0.8)


@SIZES
@pytest.mark.short("80x24")
def test_a_refused_value(story, size):
    async def type_nonsense(_lab, pilot):
        await pilot.press("enter", *"fast", "enter")

    story(size, MIDDLE, type_nonsense)


@ALL_SIZES
@pytest.mark.short("80x24", "120x34")
def test_finished(story, size):
    async def finish(lab, pilot):
        await pilot.press("space")
        await lab.until(pilot, lambda report: report.state == "finished")

    story(size, [*scripted.epochs(6), scripted.stopped("epochs", 6)], finish, epochs=6)


@ALL_SIZES
@pytest.mark.short("60x20", "80x24")
def test_paused_where_it_memorizes(story, size):
    """With as many validation images as a real set has; the curves are read in words."""

    async def pause(lab, pilot):
        await pilot.press("space")
        await lab.until(pilot, lambda report: (report.epoch, report.batch) == (4, 6))
        await pilot.press("space")
        report = await lab.until(pilot, lambda report: report.state == "paused")
        many = fixed.black_and_white(scripted.drawn_digits(2000))
        done = EpochDone(4, 0.01, 1.0, 0.5, 0.965, 1.25, 8000.0, True, 2000)
        train = [point for point in report.train if point.epoch < 4]
        lab.screen.show(
            replace(
                report,
                batch=0,
                train=(*train, Point(4.0, 0.01, 1.0)),
                validated=(*report.validated[:-1], Point(4.0, 0.5, 0.965)),
                history=(done,),
                validation=many,
            )
        )

    story(size, MIDDLE, pause)


def test_the_help_page(story):
    async def ask(_lab, pilot):
        await pilot.press("question_mark")

    story((80, 24), MIDDLE, ask)


async def until_the_middle(lab, pilot):
    await pilot.press("space")
    await lab.until(pilot, lambda report: (report.epoch, report.batch) == (4, 6))


def test_in_sixteen_colors(story, monkeypatch):
    monkeypatch.setattr("textual.constants.COLOR_SYSTEM", "standard")
    story((120, 34), MIDDLE, until_the_middle)


def test_without_color(story, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    story((120, 34), MIDDLE, until_the_middle)


@ALL_SIZES
@pytest.mark.short("80x24")
def test_a_second_set_has_a_curve_of_its_own(story, size, monkeypatch):
    beside = SecondSet("mnist", scripted.drawn_digits(20), "mnist")
    known = fixed.drawn_set()
    monkeypatch.setattr(fixed, "drawn_set", lambda: replace(known, second=beside))
    scored = [
        replace(event, second_loss=0.6 / event.epoch, second_accuracy=event.epoch / 6)
        if isinstance(event, EpochDone)
        else event
        for event in MIDDLE
    ]

    async def train(lab, pilot):
        await pilot.press("space")
        await lab.until(pilot, lambda report: (report.epoch, report.batch) == (4, 6))

    story(size, scored, train)
