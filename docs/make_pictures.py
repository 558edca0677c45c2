"""Draws the pictures of the documents from the running app: of each mode, and of own symbols.

    python docs/make_pictures.py --data mnist

Trains for some epochs, raises the learning rate on the way, looks around, and writes docs/*.svg:
a picture of each mode, all of them on one sheet, and what Learn has besides.
"""

import argparse
import asyncio
import os
import re
import tempfile
import threading
from functools import partial
from itertools import pairwise
from pathlib import Path

os.environ["TEXTUAL_COLOR_SYSTEM"] = "truecolor"  # whatever terminal this runs in

import numpy as np
from textual.pilot import Pilot

from engine.data.bundled import bundled_folder
from engine.data.catalog import load
from engine.data.dataset import DataSet
from engine.training.hyperparameters import Hyperparameters, settings_from
from engine.training.parallel.pool import prepare_for_screens
from engine.training.presets import preset
from numrec_tui.app import NumrecApp
from numrec_tui.history.history import History
from numrec_tui.modes.draw.pad import Pad
from numrec_tui.modes.draw.pen import Pen, as_picture, blank, stroke
from numrec_tui.modes.registry import MODES
from numrec_tui.modes.train.screen import TrainScreen
from numrec_tui.session.config import SessionConfig
from numrec_tui.session.report import Report
from numrec_tui.session.session import Session
from numrec_tui.storage.own_set_files import create, folder_named
from numrec_tui.storage.paths import history_file

SIZE = (112, 34)

SEVEN = (
    *("up",) * 9, *("left",) * 6, "enter", *("right",) * 12, *("pagedown",) * 1,
    *("down", "down", "down", "pagedown") * 1, *("down",) * 14,
)  # fmt: skip
"""Keys that draw a 7 from the middle of the pad."""


async def wait_for_epoch(app: NumrecApp, pilot: Pilot[None], epoch: float) -> None:
    """Until the run has come so far."""
    while app.mode is None or app.mode.report is None or app.mode.report.position < epoch:
        await pilot.pause(0.05)


async def draw_modes(session: Session, folder: Path) -> None:
    """A run under way, with a mark where the rate was raised, and a look at it from each mode."""
    app = NumrecApp(session)

    def draw(name: str) -> None:
        (folder / f"{name}.svg").write_text(app.export_screenshot(title="numrec-tui"))

    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("space")
        await wait_for_epoch(app, pilot, 5.3)
        await pilot.press("right")
        await wait_for_epoch(app, pilot, 11.6)
        assert isinstance(app.mode, TrainScreen)  # noqa: S101
        app.mode.flush()
        await pilot.pause()
        draw("train")
        for key, name, keys in (
            ("2", "digits", ("f",)),
            ("3", "draw", SEVEN),
            ("4", "network", ()),
            ("5", "runs", ("m", "down", "m", "down")),
            ("6", "learn", ("right",) * 6 + ("b", "k")),
        ):
            await pilot.press(key)
            await asyncio.sleep(2)
            await pilot.press(*keys)
            await asyncio.sleep(3)
            draw(name)
        await pilot.press("y", *["right"] * 7)
        await asyncio.sleep(4)
        draw("yours")
        await pilot.press("y", "x", "enter")
        for step in (0, 1):
            await pilot.press(*["right"] * step)
            await asyncio.sleep(3)
            await pilot.press("b", "space")
            await asyncio.sleep(8)
        draw("experiment")
        await pilot.press("escape", "1", "f1")
        await asyncio.sleep(2)
        draw("glossary")


SYMBOLS = {
    "heart": ((14, 24), (5, 12), (9, 6), (14, 11), (19, 6), (23, 12), (14, 24)),
    "star": ((14, 4), (20, 23), (4, 11), (24, 11), (8, 23), (14, 4)),
    "moon": ((18, 4), (9, 9), (8, 17), (18, 24), (13, 14), (18, 4)),
}
"""Symbols of one's own, by the points that their line leads through."""


async def draw_symbols(session: Session, docs: Path, size: tuple[int, int]) -> None:
    """A set of symbols that is drawn for; why the last one is read so; what can be learned from."""
    generator = np.random.default_rng(0)
    app = NumrecApp(session)

    def draw(name: str) -> None:
        file = docs / f"{name}-{size[0]}x{size[1]}.svg"
        file.write_text(app.export_screenshot(title="numrec-tui"))

    folder = folder_named("symbols")
    if not folder.exists():
        create(folder, tuple(SYMBOLS))
    async with app.run_test(size=size) as pilot:
        await pilot.press("3", "m", "enter")
        await asyncio.sleep(2)
        for number in range(19):
            sheet, name = blank(), list(SYMBOLS)[number % 3]
            points = [tuple(generator.normal(point, 0.8)) for point in SYMBOLS[name]]
            for start, end in pairwise(points):
                stroke(sheet, start, end, Pen(1.3))
            app.screen.query_one(Pad).put(as_picture(sheet))
            await asyncio.sleep(0.5)
            if number < 18:
                await pilot.press("d")
        await asyncio.sleep(3)
        draw("own")
        await pilot.press("p")
        await asyncio.sleep(3)
        draw("why")
        await pilot.press("escape", "D")
        await asyncio.sleep(2)
        draw("data")


def contact_sheet(folder: Path) -> None:
    """All modes on one sheet, two in a row."""
    pictures, width, top, height = [], 0.0, 0.0, 0.0
    for index, mode in enumerate(MODES.values()):
        picture = (folder / f"{mode.name}.svg").read_text()
        box = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', picture)
        assert box  # noqa: S101
        wide, high = map(float, box.groups())
        if index % 2 == 0:
            top, height = top + height, 0.0
        left = wide if index % 2 else 0.0
        inner = f'<svg x="{left}" y="{top}" width="{wide}" height="{high}"'
        pictures.append(picture.replace("<svg", inner, 1))
        width, height = max(width, left + wide), max(height, high)
    size = f'viewBox="0 0 {width} {top + height}"'
    sheet = "\n".join(pictures)
    (folder / "modes.svg").write_text(
        f'<svg {size} xmlns="http://www.w3.org/2000/svg">\n{sheet}\n</svg>\n'
    )


def past_runs(data: DataSet, folder: Path) -> None:
    """Some runs to compare with."""
    for settings in (
        {"preset": "seed", "learning_rate": 0.02, "epochs": 8},
        {"preset": "seed", "hidden": (64,), "epochs": 8},
        {"preset": "fast", "epochs": 4},
    ):
        values = {**preset(str(settings.pop("preset"))), "target_accuracy": 1.0, **settings}
        session = Session(
            SessionConfig(data, settings_from(values), folder, history=History(history_file()))
        )
        over = threading.Event()
        session.listen(partial(_when_over, over))
        session.start()
        over.wait(120)
        session.close()


def _when_over(over: threading.Event, report: Report) -> None:
    if report.stopped is not None:
        over.set()


def main() -> None:
    """Draw every picture."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--data", type=Path, required=True, help="a folder of IDX files")
    data = load(arguments.parse_args().data)
    with tempfile.TemporaryDirectory() as home:
        os.environ["NUMREC_HOME"] = home
        prepare_for_screens()
        past_runs(data, Path(home))
        settings = settings_from({**preset("seed"), "epochs": 40, "target_accuracy": 1.0})
        session = Session(
            SessionConfig(data, settings, Path(home), history=History(history_file()))
        )
        asyncio.run(draw_modes(session, Path(__file__).parent))
        session.close()
        for width, height in ((80, 24), (120, 34)):
            session = Session(SessionConfig(load(bundled_folder()), Hyperparameters(), Path(home)))
            asyncio.run(draw_symbols(session, Path(__file__).parent, (width, height)))
            session.close()
    contact_sheet(Path(__file__).parent)


if __name__ == "__main__":
    main()
