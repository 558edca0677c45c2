"""Signed pictures: for is orange and against is blue wherever they are, and each says so."""

from functools import partial

import numpy as np
import pytest
from rich.color import Color as RichColor
from textual.app import App, ComposeResult
from textual.color import Color
from textual.content import Content
from textual.strip import Strip

from numrec_tui.insight.units import distribution
from numrec_tui.modes.network.histogram import BINS, LayerDistributions, draw_histograms
from numrec_tui.modes.network.sheet import Sheet
from numrec_tui.modes.network.weight_wall import Weights, WeightWall
from numrec_tui.widgets.signed_colors import SIGN_LIMITS, STEPS, palette_of, ramp
from numrec_tui.widgets.signed_map import SignedMap
from numrec_tui.widgets.themes import THEMES

NAMES = ["textual-dark", "textual-light", "ansi-dark", *(theme.name for theme in THEMES)]
EVERY_THEME = pytest.mark.parametrize("theme", NAMES)
COLORS = pytest.mark.parametrize("colors", ["truecolor", "standard"])

FOR = np.ones((4, 6), np.float32)
"""A picture that is all for; its negative is all against."""


class Pictures(App[None]):
    """A signed picture of each kind, of the same numbers."""

    CSS = """
    Screen { layout: horizontal; }
    WeightWall, Sheet, SignedMap { width: 40; }
    WeightWall, Sheet { border: round white; }
    """

    def __init__(self, signs: bool | None = None) -> None:
        super().__init__()
        for theme in THEMES:
            self.register_theme(theme)
        self.map, self.wall, self.sheet = SignedMap(signs), WeightWall(signs), Sheet(signs)

    def compose(self) -> ComposeResult:
        yield self.wall
        yield self.sheet
        yield self.map

    def show(self, values) -> None:
        counted = (LayerDistributions("layer", distribution(values, BINS), None, None),)
        self.map.show(values, "3")
        self.wall.show(Weights(values[None]), at_once=True)
        self.sheet.show(partial(draw_histograms, counted))


def colors_of(strip: Strip, characters: str = "▀▄▇█▁▂▃▅▆") -> set[RichColor]:
    """The colors of what is drawn in a line, without its words."""
    return {
        segment.style.color
        for segment in strip
        if segment.style is not None and set(segment.text.strip()) & set(characters)
    }


def swatches(widget) -> list[str]:
    """The colors of the swatches in a panel's border, the negative one first."""
    spans = widget._border_subtitle.spans
    return [str(span.style.foreground.hex) for span in spans if hasattr(span.style, "foreground")]


@pytest.fixture
def shown(monkeypatch):
    """An app in a theme and a number of colors: shown("dracula", "standard")."""

    def make(colors: str) -> Pictures:
        monkeypatch.setattr("textual.constants.COLOR_SYSTEM", colors)
        return Pictures()

    return make


@COLORS
@EVERY_THEME
@pytest.mark.short("textual-dark", "ansi-dark")
async def test_the_same_sign_has_the_same_colors_in_every_picture_and_legend(shown, theme, colors):
    app = shown(colors)
    async with app.run_test(size=(120, 30)) as pilot:
        app.theme = theme
        await pilot.pause()
        for sign in (1, -1):
            app.show(sign * FOR)
            await pilot.pause()
            palette = palette_of(app.map)
            full = palette.colors[STEPS + sign * STEPS]
            hue = (palette.positive if sign > 0 else palette.negative).color
            assert colors_of(app.map.render_line(0)) == {full}
            assert colors_of(app.wall.render_line(1)) == {full}
            bars = [app.sheet.render_line(y) for y in range(app.sheet.size.height)]
            assert {hue} <= set().union(*map(colors_of, bars))
        legend = [str(palette.negative.color.triplet.hex), str(palette.positive.color.triplet.hex)]
        assert [color.lower() for color in swatches(app.wall)] == legend
        assert [color.lower() for color in swatches(app.sheet)] == legend
        below = [segment for segment in app.map.render_line(2) if segment.text == "▇"]
        assert [segment.style.color.triplet.hex for segment in below] == legend


@COLORS
@EVERY_THEME
def test_for_is_warm_and_against_is_cold(theme, colors):
    ground = Color.parse(next((t.background for t in THEMES if t.name == theme), "#121212"))
    steps = ramp(ground, colors == "standard")
    for step in range(4, STEPS + 1):
        against, in_favor = (steps[STEPS + sign * step].triplet for sign in (-1, 1))
        assert against.blue > against.red
        assert in_favor.red > in_favor.blue


async def test_without_colors_the_evidence_of_a_digit_is_told_by_characters():
    app = Pictures(signs=True)
    async with app.run_test(size=(120, 30)) as pilot:
        app.show(np.hstack([FOR, -FOR]))
        await pilot.pause()
        assert app.map.render_line(0).text.strip() == "▓▓▓▓▓▓======"
        assert app.map.render_line(2).text.strip() == ".-= against  ░▒▓ for 3"
        assert len(SIGN_LIMITS) == len("░▒▓")
        assert ".-= -  ░▒▓ +" in Content.from_markup(str(app.sheet.border_subtitle)).plain


async def test_evidence_that_is_not_known_is_not_drawn():
    app = Pictures()
    async with app.run_test(size=(120, 30)) as pilot:
        app.show(FOR)
        app.map.show(np.zeros_like(FOR), None)
        await pilot.pause()
        assert colors_of(app.map.render_line(0)) == set()
        assert app.map.render_line(2).text.strip() == "not read yet"
