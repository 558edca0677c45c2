"""The Network screen and its panels, as a test of the mode sees them."""

from numrec_tui.modes.network.screen import NetworkScreen
from numrec_tui.modes.network.sheet import Sheet
from numrec_tui.modes.network.time_line import TimeLine
from numrec_tui.modes.network.weight_wall import WeightWall
from tests.screens.settled import settled, until

WIDE = (120, 34)


class Visit:
    """The screen and its panels, as a person sees them."""

    def __init__(self, lab, pilot):
        self.lab, self.pilot = lab, pilot

    @property
    def screen(self) -> NetworkScreen:
        screen = self.lab.app.mode
        assert isinstance(screen, NetworkScreen)
        return screen

    @property
    def wall(self) -> WeightWall:
        return self.screen.query_one(WeightWall)

    @property
    def sheet(self) -> str:
        return drawn(self.screen.query_one(Sheet))

    @property
    def title(self) -> str:
        return str(self.screen.query_one(Sheet).border_title)

    @property
    def line(self) -> str:
        return drawn(self.screen.query_one(TimeLine))

    @property
    def keys(self) -> set[str]:
        """Those that work now."""
        active = self.screen.active_bindings.items()
        return {key for key, binding in active if binding.enabled}

    async def until(self, condition) -> None:
        await until(self.pilot, condition, lambda: f"The sheet shows\n{self.sheet}")

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def batches(self, count: int) -> None:
        """Train some batches, each of which is seen."""
        for _ in range(count):
            before = self.screen._view.position
            await self.press("n")
            await self.until(lambda before=before: self.screen._view.position > before)

    async def studied(self) -> None:
        await settled(self.pilot)


def drawn(widget) -> str:
    return "\n".join(widget.render_line(y).text for y in range(widget.size.height))


async def visit(lab, pilot) -> Visit:
    """Open the mode and wait for the network."""
    await lab.until(pilot, lambda report: True)
    await pilot.press("4")
    here = Visit(lab, pilot)
    await here.until(lambda: isinstance(lab.app.mode, NetworkScreen) and "Weights" in str(
        here.wall.border_title))  # fmt: skip
    await here.studied()
    return here
