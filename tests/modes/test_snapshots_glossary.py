"""Pictures of the glossary at four sizes, and without color."""

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
def story(snap_compare, opened_fixed, never_look):
    """Open the app, press keys, compare the picture."""

    def compare(size, *keys):
        lab = opened_fixed()

        async def tell(pilot):
            await lab.until(pilot, lambda report: report.state == "ready")
            await pilot.press(*keys)
            await rested(pilot)

        assert snap_compare(lab.app, terminal_size=size, run_before=tell)

    return compare


@SIZES
@pytest.mark.short("60x20", "80x24")
def test_the_chosen_knob(story, size):
    story(size, "f1")


def test_a_search_without_color(story, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    story((80, 24), "f1", *"overfi")
