"""A drawing that is corrected while a set of one's own is drawn for."""

import numpy as np

from numrec_tui.modes.draw.label_prompt import WhichScreen
from numrec_tui.modes.draw.pad import Pad
from numrec_tui.modes.draw.why import WhyScreen
from numrec_tui.storage.own_set_files import create, folder_named, open_set
from tests.modes.draw.own_symbols import (
    a_set,
    drawings,
    keep,
    open_it,
    told,
)
from tests.screens.settled import settled, until


async def explain(lab, pilot, picture):
    lab.app.mode.query_one(Pad).put(picture)
    await pilot.press("p")
    await until(pilot, lambda: isinstance(lab.app.screen, WhyScreen))
    await pilot.press("c")
    await until(pilot, lambda: isinstance(lab.app.screen, WhichScreen))


async def test_a_correction_for_a_set_is_taken_back_with_its_weights_and_its_drawing(opened):
    folder = a_set(24)
    lab = opened(hidden=(16,))
    async with lab.app.run_test(size=(80, 24)) as pilot:
        await open_it(lab, pilot)
        await until(pilot, lambda: lab.app.mode.report.state == "finished")
        await until(pilot, lambda: lab.app.mode._view.position == lab.app.mode.report.position)
        theta = lab.session._trainer.run.network.theta.copy()
        await explain(lab, pilot, drawings(1, 1, 3)["wave"][0])
        await pilot.press("0")
        await until(pilot, lambda: len(open_set(folder)) == 25)
        await settled(pilot)
        assert lab.app.mode.report.corrected is not None  # nothing was learned on top of it
        assert not np.array_equal(lab.session._trainer.run.network.theta, theta)
        await pilot.press("U")
        await until(pilot, lambda: len(open_set(folder)) == 24)
        await settled(pilot)
        assert np.array_equal(lab.session._trainer.run.network.theta, theta)
        await pilot.press("escape")
        await keep(lab, pilot, drawings(1, 1, 5)["wave"][0])  # a drawing more is learned again
        await until(
            pilot, lambda: not np.array_equal(lab.session._trainer.run.network.theta, theta)
        )


async def test_no_drawing_is_kept_as_a_class_of_the_data_that_the_network_still_reads(opened):
    folder = folder_named("moons")
    create(folder, ("full", "new", "half"))
    lab = opened(hidden=(8,))
    async with lab.app.run_test(size=(80, 24)) as pilot:
        await open_it(lab, pilot)
        await explain(lab, pilot, drawings(1, 1, 3)["wave"][0])
        await pilot.press("2")
        await settled(pilot)
        assert len(open_set(folder)) == 0
        assert told(lab)[-1].startswith("The network has not learned from this set yet")
