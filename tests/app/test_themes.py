"""Our own themes: what they promise, and that every mode can be shown in them."""

from collections.abc import Callable

import pytest
from rich.color import Color as RichColor
from textual.color import Color

from numrec_tui.modes.registry import MODES
from numrec_tui.modes.runs.run_table import RunTable
from numrec_tui.modes.train.knob_list import KnobList
from numrec_tui.widgets.signed_colors import colored
from numrec_tui.widgets.themes import COLORBLIND_SAFE, HIGH_CONTRAST, THEMES
from tests.screens.fixtures import Opened

ROLES = ("primary", "secondary", "accent", "warning", "error", "success", "foreground")


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2."""

    def luminance(color: str) -> float:
        shares = [part / 255 for part in Color.parse(color).rgb]
        linear = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("role", ROLES)
def test_high_contrast_is_seven_to_one_in_every_role(role: str) -> None:
    assert contrast(getattr(HIGH_CONTRAST, role), str(HIGH_CONTRAST.background)) >= 7


def test_colorblind_safe_tells_right_from_wrong_by_blue() -> None:
    right = Color.parse(str(COLORBLIND_SAFE.success))
    wrong = Color.parse(str(COLORBLIND_SAFE.error))
    assert right.b - wrong.b > 100  # no common color blindness takes the blue


@pytest.mark.parametrize("theme", [theme.name for theme in THEMES])
@pytest.mark.short("colorblind-safe")
async def test_every_mode_is_shown_in_our_themes(theme: str, opened: Callable[..., Opened]) -> None:
    lab = opened()
    async with lab.app.run_test(size=(80, 24)) as pilot:
        lab.app.theme = theme
        for key, mode in enumerate(MODES.values(), 1):
            await pilot.press(str(key))
            await pilot.pause()
            assert lab.app.current_mode == mode.name
            ground = Color.parse(str(lab.app.current_theme.background))
            assert lab.app.screen.background_colors[1] == ground


@pytest.mark.parametrize("theme", ["textual-dark", "textual-light", *(t.name for t in THEMES)])
@pytest.mark.parametrize(("key", "kind"), [("1", KnobList), ("5", RunTable)])
@pytest.mark.short("1-KnobList-textual-light", "5-RunTable-high-contrast")
async def test_the_text_of_knobs_and_runs_stands_out_in_light_and_in_dark(
    key: str, kind: type[KnobList | RunTable], theme: str, opened: Callable[..., Opened]
) -> None:
    lab = opened()
    async with lab.app.run_test(size=(120, 34)) as pilot:
        lab.app.theme = theme
        await pilot.press(key)
        await pilot.pause()
        panel = lab.app.screen.query_one(kind)
        ground = panel.background_colors[1].hex
        for y in range(panel.size.height):
            for segment in panel.render_line(y):
                style = segment.style
                if segment.text.strip(" ●") and style is not None and style.color is not None:
                    behind = style.bgcolor.get_truecolor().hex if style.bgcolor else ground
                    assert contrast(style.color.get_truecolor().hex, behind) > 3, segment.text


def test_nothing_is_drawn_in_the_color_of_the_terminals_ground() -> None:
    ground, ink = RichColor.default(), RichColor.from_rgb(255, 0, 0)
    assert colored(ground, ground, 1).text == " "
    half = colored(ground, ink, 1)
    assert half.style is not None
    assert (half.text, half.style.color) == ("▄", ink)
