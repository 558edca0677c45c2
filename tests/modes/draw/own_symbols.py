"""A set of one's own symbols in the Draw mode, as tests make it and see it."""

import numpy as np
from PIL import Image
from textual import events
from textual.widgets import Input, Label

from engine.data.normalize import normalize
from numrec_tui.modes.draw.label_prompt import WhichScreen
from numrec_tui.modes.draw.pad import Pad
from numrec_tui.modes.draw.screen import DrawScreen
from numrec_tui.storage.own_set_files import change, create, folder_named
from tests import symbols
from tests.screens.settled import until

NAMES = tuple(symbols.SETS["signs"])
CLASSES = ", ".join(NAMES)


def drawings(each, hands, seed):
    """Drawings of three signs by several hands, as they are on the pad: {sign: [(28, 28), …]}."""
    generator = np.random.default_rng(seed)
    signs = symbols.SETS["signs"]
    writers = [symbols.hand(signs, generator) for _ in range(hands)]
    return {
        sign: [_on_the_pad(writers[k % hands].draw(sign, strokes, generator)) for k in range(each)]
        for sign, strokes in signs.items()
    }


def _on_the_pad(paper):
    return 255 - np.asarray(paper.resize((28, 28), Image.Resampling.BOX))


async def draw_mode(lab, pilot):
    await until(pilot, lambda: lab.app.mode is not None and lab.app.mode.report is not None)
    await pilot.press("3")
    await until(pilot, lambda: isinstance(lab.app.mode, DrawScreen) and lab.app.mode._view)


def status(lab):
    return str(lab.app.mode.query_one("#status", Label).content)


def counts(lab):
    return str(lab.app.mode.query_one("#counts", Label).content)


def told(lab):
    return [notification.message for notification in lab.app._notifications]


def own(lab):
    drawing = lab.app.mode._sets.drawing
    return drawing and drawing.own


async def type_in(pilot, text):
    """Type into the field that has opened, and end it."""
    await until(pilot, lambda: isinstance(pilot.app.focused, Input))
    field = pilot.app.focused
    for letter in text:
        field.post_message(events.Key(letter, letter))
    await until(pilot, lambda: field.value == text)
    await pilot.press("enter")


async def make_set(lab, pilot, name="signs", classes=CLASSES):
    await pilot.press("m")
    await type_in(pilot, name)
    await until(pilot, lambda: pilot.app.focused is None or pilot.app.focused.value == "")
    await type_in(pilot, classes)
    await until(pilot, lambda: own(lab) is not None)


async def keep(lab, pilot, picture):
    had = len(own(lab))
    lab.app.mode.query_one(Pad).put(picture)
    await pilot.press("d")
    await until(pilot, lambda: len(own(lab)) == had + 1)


def read(lab, picture):
    """What the network in front takes a drawing for."""
    view = lab.app.mode._view
    outputs = view.network.predict(normalize(picture[None])[0].ravel())
    return view.split.class_names[int(np.argmax(outputs))]


def a_set(count=6):
    """The set "signs" on disk with so many drawings, the classes in turn."""
    mine, folder = drawings(-(-count // 3), 2, 7), folder_named("signs")
    create(folder, NAMES)
    for number in range(count):
        picture = normalize(mine[NAMES[number % 3]][number // 3][None])[0]
        change(folder, lambda own, n=number, p=picture: own.add(p, n % 3))
    return folder


async def open_it(lab, pilot):
    await draw_mode(lab, pilot)
    await pilot.press("m")
    await until(pilot, lambda: isinstance(lab.app.screen, WhichScreen))
    await pilot.press("enter")
    await until(pilot, lambda: own(lab) is not None)
