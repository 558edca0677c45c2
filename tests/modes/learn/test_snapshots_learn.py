"""Pictures of the Learn screen at four sizes and without color."""

import pytest

from tests.screens.settled import rested

SIZES = pytest.mark.parametrize(
    "size",
    [(60, 20), (80, 24), (120, 34), (200, 50)],
    ids=["60x20", "80x24", "120x34", "200x50"],
)


@pytest.fixture(autouse=True)
def true_colors(monkeypatch):
    monkeypatch.setattr("textual.constants.COLOR_SYSTEM", "truecolor")


@pytest.fixture
def story(snap_compare, opened_fixed):
    """Open the mode, press keys, compare the picture."""

    def compare(size, *keys):
        lab = opened_fixed()

        async def tell(pilot):
            await lab.until(pilot, lambda report: report.state == "ready")
            await pilot.press("6", *keys)
            await rested(pilot)
            lab.app.clear_notifications()
            await rested(pilot)

        assert snap_compare(lab.app, terminal_size=size, run_before=tell)

    return compare


@SIZES
@pytest.mark.short("80x24")
def test_the_question_about_an_activation(story, size):
    story(size, "right", "c", "right")


@SIZES
@pytest.mark.short("60x20")
def test_a_gradient_that_was_answered_and_checked(story, size):
    story(size, *["right"] * 6, "b", "k")


def test_without_color(story, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    story((80, 24), *["right"] * 5, "b")
