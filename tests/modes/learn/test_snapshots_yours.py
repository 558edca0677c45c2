"""Pictures of "Now yours", of a run that has not begun, at four sizes and without color."""

import pytest

from tests.screens.settled import rested

SIZES = pytest.mark.parametrize(
    "size",
    [(60, 20), (80, 24), (120, 34), (200, 60)],
    ids=["60x20", "80x24", "120x34", "200x60"],
)


@pytest.fixture(autouse=True)
def true_colors(monkeypatch):
    monkeypatch.setattr("textual.constants.COLOR_SYSTEM", "truecolor")


@pytest.fixture
def first_mode():
    """The pictures are of somebody who comes from another mode."""
    return "train"


@pytest.fixture
def story(snap_compare, opened_fixed):
    """Open it, press keys, compare the picture."""

    def compare(size, *keys, **settings):
        lab = opened_fixed(**{"hidden": (48,), "optimizer": "momentum", **settings})

        async def tell(pilot):
            await lab.until(pilot, lambda report: report.state == "ready")
            await pilot.press("6", "y")
            for key in keys:
                await rested(pilot)
                await pilot.press(key)
            await rested(pilot)
            lab.app.clear_notifications()
            await rested(pilot)

        assert snap_compare(lab.app, terminal_size=size, run_before=tell)

    return compare


@SIZES
@pytest.mark.short("80x24")
def test_the_sum_of_the_loudest_unit(story, size):
    story(size, "right")


@SIZES
@pytest.mark.short("60x20")
def test_the_update_of_a_weight(story, size):
    story(size, *["right"] * 7, "tab", "tab")


def test_a_weight_between_two_hidden_layers_is_typed(story):
    story((80, 24), *["right"] * 6, "tab", "down", "tab", "tab", "e", "7", hidden=(30, 12))


@pytest.mark.long
def test_without_color(story, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    story((80, 24), *["right"] * 3)


@pytest.mark.long  # in 16 colors; without any is its short twin
def test_in_sixteen_colors(story, monkeypatch):
    monkeypatch.setattr("textual.constants.COLOR_SYSTEM", "standard")
    story((80, 24), *["right"] * 3)
