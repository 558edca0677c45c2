"""A pad of 28 x 28 pixels to draw a digit on, by mouse or by a pen that the keys move."""

from collections import deque
from typing import ClassVar

import numpy as np
from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from engine.data.normalize import FRAME
from engine.nn.arrays import Bytes
from numrec_tui.modes.draw.pad_strips import pad_strips, put_pen, write_hint
from numrec_tui.modes.draw.pen import Canvas, Pen, Point, as_picture, blank, canvas, stroke

WIDTHS = {"thin": 0.8, "medium": 1.3, "thick": 2.0}
"""The pen's radius in pixels. MNIST's strokes are about as wide as a medium one."""

MOST_UNDONE = 200
"""Strokes that can be undone."""

FAR = 3
"""Pixels that the pen goes with shift held."""

LARGEST = 4
"""Cells that a pixel is wide, at most."""

HINT = ("draw a digit here", "drag the mouse, or press", "enter, then the arrows")

LEFT, RIGHT = 1, 3
"""The mouse buttons: one draws, the other erases."""

_ARROWS = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}
_CORNERS = {"home": (-1, -1), "pageup": (1, -1), "end": (-1, 1), "pagedown": (1, 1)}


def scale_for(columns: int, rows: int) -> int:
    """How many cells a pixel may be wide; it is half as many cells high. At least 1."""
    return max(1, min(columns // FRAME, 2 * rows // FRAME, LARGEST))


class Pad(Widget, can_focus=True):
    """The pad; it posts `Changed` after every change.

    shades: draw with characters instead of colors; None does so where there are no colors.
    """

    ALLOW_SELECT = False

    DEFAULT_CSS = """
    Pad {
        width: auto;
        height: auto;
        & > .pad--up { color: $accent; }
        & > .pad--down { color: $success; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "pad--up",  # where the keys' pen is
        "pad--down",  # the same, while it draws
    }

    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(key, f"move({x}, {y})", "Move", show=False, key_display="arrows", id=f"pad.{key}",
                  tooltip="Move the pen; with shift by three pixels")
          for key, (x, y) in _ARROWS.items()),
        *(Binding(f"shift+{key}", f"move({FAR * x}, {FAR * y})", "Move", show=False,
                  id=f"pad.far_{key}")
          for key, (x, y) in _ARROWS.items()),
        *(Binding(key, f"move({x}, {y})", "Diagonal", show=False, id=f"pad.{key}",
                  key_display="home end pgup pgdn", tooltip="Move the pen diagonally")
          for key, (x, y) in _CORNERS.items()),
        Binding("enter", "pen", "Pen", id="pad.pen", tooltip="Lower the pen, or raise it"),
        Binding("w", "width", "Width", show=False, id="pad.width",
                tooltip="A thicker pen, or again the thin one"),
        Binding("e", "eraser", "Eraser", id="pad.eraser",
                tooltip="Erase, or draw again; the right mouse button always erases"),
        Binding("u,ctrl+z", "undo", "Undo", key_display="u", id="pad.undo",
                tooltip="Undo the last stroke"),
        Binding("c,delete", "clear", "Clear", key_display="c", id="pad.clear",
                tooltip="Clear the pad"),
    ]  # fmt: skip

    term: ClassVar[str] = "what the network sees"
    """What is made of it, in the words of the glossary."""

    class Changed(Message):
        """There is another drawing on the pad."""

        def can_replace(self, message: Message) -> bool:
            """Only the newest drawing matters."""
            return isinstance(message, Pad.Changed)

    def __init__(self, shades: bool | None = None, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.shades = shades
        self._title, self._hint = Content("Pad"), HINT
        self._asked = self.drawn_for = ""
        """What is asked for; and what was when the drawing on the pad was begun."""
        self._scale = 1
        self._sheet = blank()
        self._past: deque[Canvas] = deque(maxlen=MOST_UNDONE)
        self._pen: Point = (FRAME / 2 + 0.5, FRAME / 2 + 0.5)
        self._pen_shown, self._down = True, False
        self._width, self._erases = "medium", False
        self._drag: Pen | None = None
        self._keys_draw = False
        """Whether the pen was moved by keys last, which are ahead of what the mouse sends."""
        self._sees_parts_of_cells = False
        self._strips: list[Strip] = []

    @property
    def picture(self) -> Bytes:
        """What is drawn: (28, 28), 0 black, 255 white."""
        return as_picture(self._sheet)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is drawn."""
        return not self.picture.any()

    @property
    def scale(self) -> int:
        """How many cells a pixel is wide."""
        return self._scale

    @scale.setter
    def scale(self, scale: int) -> None:
        if scale != self._scale:
            self._scale = scale
            self._redraw(layout=True)

    @property
    def has_strokes_to_draw(self) -> bool:
        """Whether the mouse may have sent what is still to be drawn."""
        return not self._keys_draw and self.message_queue_size > 0

    def put(self, picture: Bytes) -> None:
        """Replace the drawing by a picture (28, 28); that can be undone.

        Raises:
            ValueError: the picture has another size.
        """
        if picture.shape != (FRAME, FRAME):
            raise ValueError(f"The pad takes pictures of {FRAME} x {FRAME}, not {picture.shape}.")
        self._remember()
        self._down = False
        self._sheet = canvas(picture)
        self._tell()

    def ask_for(self, title: Content, name: str) -> None:
        """Say over the pad what is to be drawn, which is no digit. name: the whole name of it."""
        self._title, self._hint = title, ("draw it here", *HINT[1:])
        self._asked = name
        self._describe()

    def on_mount(self) -> None:
        """Say how the pen is."""
        self._describe()

    # The pen that the keys move.

    def action_move(self, x: int, y: int) -> None:
        """Move the pen by pixels; while it is down, it draws."""
        self._keys_draw = True
        before = self._pen
        self._pen_shown = True
        self._pen = (_inside(before[0] + x), _inside(before[1] + y))
        if self._down:
            self._draw(before, self._pen, self._chosen_pen)
        else:
            self._redraw()

    def action_pen(self) -> None:
        """Lower the pen, which makes a dot, or raise it."""
        self._keys_draw = True
        self._down = not self._down
        self._pen_shown = True
        self._describe()
        if self._down:
            self._remember()
            self._draw(self._pen, self._pen, self._chosen_pen)
        else:
            self._redraw()

    def action_width(self) -> None:
        """Take the next width."""
        names = list(WIDTHS)
        self._width = names[(names.index(self._width) + 1) % len(names)]
        self._describe()

    def action_eraser(self) -> None:
        """Erase from now on, or draw again."""
        self._erases = not self._erases
        self._describe()

    def action_undo(self) -> None:
        """Undo the last stroke, clearing, or picture; a pen that is down is raised."""
        self._down = False
        self._describe()
        if self._past:
            self._sheet = self._past.pop()
            self._tell()
        else:
            self._redraw()

    def action_clear(self) -> None:
        """Clear the pad, and raise the pen."""
        self._down = False
        self._describe()
        if self.is_empty:
            self._redraw()
        else:
            self._remember()
            self._sheet = blank()
            self._tell()

    # The mouse.

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Begin a stroke."""
        if event.button not in (LEFT, RIGHT):
            return
        event.stop()
        self._keys_draw = False
        self.capture_mouse()
        pen = self._chosen_pen
        self._drag = Pen(pen.radius, erases=pen.erases or event.button == RIGHT)
        self._down = self._pen_shown = False
        self._describe()
        self._remember()
        self._pen = self._point(event)
        self._draw(self._pen, self._pen, self._drag)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Draw from where the mouse was, however far that is."""
        if self._drag is None:
            return
        event.stop()
        if not event.button:  # it was let go where the terminal could not tell
            self._end_stroke()
            return
        before, self._pen = self._pen, self._point(event)
        self._draw(before, self._pen, self._drag)

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """End the stroke."""
        if self._drag is not None:
            event.stop()
            self._end_stroke()

    def _end_stroke(self) -> None:
        self._drag = None
        self._pen = (_inside(self._pen[0]), _inside(self._pen[1]))  # where the keys go on
        self.release_mouse()

    def _point(self, event: events.MouseEvent) -> Point:
        """Where the mouse is, in pixels: as exact as the terminal tells, else a cell's middle."""
        x, y = event.pointer_x - self.gutter.left, event.pointer_y - self.gutter.top
        if x % 1 or y % 1:
            self._sees_parts_of_cells = True
        if not self._sees_parts_of_cells:
            x, y = x + 0.5, y + 0.5
        return x / self._scale, 2 * y / self._scale

    # What both do.

    @property
    def _chosen_pen(self) -> Pen:
        return Pen(WIDTHS[self._width], self._erases)

    def _draw(self, start: Point, end: Point, pen: Pen) -> None:
        stroke(self._sheet, start, end, pen)
        self._tell()

    def _remember(self) -> None:
        if self.is_empty:
            self.drawn_for = self._asked
        self._past.append(self._sheet.copy())

    def _tell(self) -> None:
        self._redraw()
        self.post_message(self.Changed())

    def _describe(self) -> None:
        what = "eraser" if self._erases else "pen"
        self.border_title = self._title
        self.border_subtitle = f"{self._width} {what}, {'down' if self._down else 'up'}"
        self.set_class(self._down, "-down")
        self._redraw()

    # How it looks.

    def get_content_width(self, container: Size, viewport: Size) -> int:
        """All pixels side by side."""
        return FRAME * self._scale

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Two pixels of scale 1 stand in one cell."""
        return FRAME * self._scale // 2

    def render_line(self, y: int) -> Strip:
        """One line of the drawing, the pen on it."""
        if not self._strips:
            self._strips = self._build()
        if y >= len(self._strips):
            return Strip.blank(self.size.width, self.rich_style)
        return self._strips[y].adjust_cell_length(self.size.width, self.rich_style)

    def notify_style_update(self) -> None:
        """Another theme: draw anew."""
        super().notify_style_update()
        self._strips = []

    def _redraw(self, layout: bool = False) -> None:
        self._strips = []
        self.refresh(layout=layout)

    @property
    def _in_shades(self) -> bool:
        if self.shades is not None:
            return self.shades
        return self.app.no_color and self.app.native_ansi_color

    def _build(self) -> list[Strip]:
        picture, shades = self.picture, self._in_shades
        strips = pad_strips(picture, self._scale, self.rich_style if shades else None)
        if not picture.any() and not self._down:
            write_hint(strips, self._hint, self.rich_style if shades else None)
        if self._pen_shown and self.has_focus:
            name = "pad--down" if self._down else "pad--up"
            color = self.get_component_rich_style(name, partial=True).color
            sign = "x" if self._erases else "●" if self._down else "+"
            mark = Segment(sign, self.rich_style) if shades else color
            put_pen(strips, picture, self._scale, self._pen, mark)
        return strips


def _inside(position: float) -> float:
    """The middle of the nearest pixel on the pad."""
    return min(max(int(np.floor(position)), 0), FRAME - 1) + 0.5
