"""The gallery in its frame, with a scrollbar beside it."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.events import MouseScrollDown, MouseScrollUp
from textual.scrollbar import ScrollBar, ScrollDown, ScrollTo, ScrollUp

from numrec_tui.modes.digits.gallery import Gallery

STEPS = 8
"""How many places there are in a cell where the scrollbar's thumb can begin."""


class GalleryFrame(Horizontal):
    """The gallery and, as its neighbor, its scrollbar.

    For one of the gallery's own, Textual would cut every line of pictures in two, which takes about
    as long as to draw them.
    """

    ALLOW_MAXIMIZE: ClassVar[bool | None] = True
    DEFAULT_CSS = """
    GalleryFrame ScrollBar { width: 1; height: 1fr; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.gallery, self._bar = Gallery(), ScrollBar()

    def compose(self) -> ComposeResult:
        """Both, side by side."""
        yield self.gallery
        yield self._bar

    def on_mount(self) -> None:
        """Follow the gallery."""
        for what in ("scroll_y", "virtual_size"):
            self.watch(self.gallery, what, self._follow)

    def on_resize(self) -> None:
        """A higher window shows a larger part."""
        self.call_after_refresh(self._follow)

    def on_mouse_down(self) -> None:
        """A press on the border is for the gallery."""
        self.gallery.focus(scroll_visible=False)

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """So is the wheel over the border or the scrollbar."""
        event.stop()
        self.gallery.scroll_relative(y=self.app.scroll_sensitivity_y, animate=False)

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """The same, upward."""
        event.stop()
        self.gallery.scroll_relative(y=-self.app.scroll_sensitivity_y, animate=False)

    def _follow(self) -> None:
        lines, window = self.gallery.virtual_size.height, self.gallery.size.height
        self._bar.window_virtual_size, self._bar.window_size = lines, window
        step = max(lines / max(window * STEPS, 1), 1)  # less would be drawn, but not be seen
        at = self.gallery.scroll_y
        self._bar.position = at if at >= self.gallery.max_scroll_y else round(at / step) * step

    @on(ScrollTo)
    def _go_to(self, message: ScrollTo) -> None:
        message.stop()
        self.gallery.scroll_to(y=message.y, animate=False)

    @on(ScrollUp)
    def _page_up(self, message: ScrollUp) -> None:
        message.stop()
        self.gallery.scroll_page_up(animate=False)

    @on(ScrollDown)
    def _page_down(self, message: ScrollDown) -> None:
        message.stop()
        self.gallery.scroll_page_down(animate=False)
