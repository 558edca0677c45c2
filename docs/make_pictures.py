"""Draws the pictures of the README from the running app.

    python docs/make_pictures.py --data mnist

Trains for some epochs, raises the learning rate on the way, and writes docs/train.svg.
"""

import argparse
import asyncio
import tempfile
from pathlib import Path

from engine.data.catalog import load
from engine.training.hyperparameters import preset, settings_from
from numrec_tui.app import NumrecApp
from numrec_tui.session import Session

SIZE = (112, 34)


async def draw_train_screen(session: Session, target: Path) -> None:
    """A run under way, with a mark where the rate was raised."""
    app = NumrecApp(session)
    async with app.run_test(size=SIZE) as pilot:
        screen = app.screen
        await pilot.press("space")
        while screen.report is None or screen.report.position < 5.3:
            await pilot.pause(0.05)
        await pilot.press("right")
        while screen.report.position < 11.6:
            await pilot.pause(0.05)
        screen.flush()
        await pilot.pause()
        target.write_text(app.export_screenshot(title="numrec-tui"))


def main() -> None:
    """Draw every picture."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--data", type=Path, required=True, help="a folder of IDX files")
    data = load(arguments.parse_args().data)
    with tempfile.TemporaryDirectory() as folder:
        session = Session(data, settings_from({**preset("seed"), "epochs": 20}), Path(folder))
        asyncio.run(draw_train_screen(session, Path(__file__).parent / "train.svg"))
        session.close()


if __name__ == "__main__":
    main()
