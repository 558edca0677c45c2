"""What the modes keep of the networks that they were shown."""

import gc
from weakref import ref

from tests.screens.settled import settled, until


async def test_only_the_mode_with_the_time_line_keeps_the_earlier_moments_of_a_run(opened):
    """Each mode would hold those of the run it showed last, tens of megabytes of a large one."""
    lab = opened()
    async with lab.app.run_test(size=(120, 34)) as pilot:
        await lab.until(pilot, lambda report: report.state == "ready")
        for _ in range(3):
            before = lab.report.position
            await pilot.press("n")
            await lab.until(pilot, lambda report, before=before: report.position > before)
        for mode in "2314":
            await pilot.press(mode)
            await settled(pilot)
        moments = lab.session._trainer.active.weights._moments.entries
        held = [ref(moment.theta) for moment in moments]
        assert len(held) > 3
        del moments
        await pilot.press("r")
        await until(pilot, lambda: lab.app.mode._view.position == 0)
        await settled(pilot)  # the mode in front has the moment of the new run, and no other
        gc.collect()
        assert [each for each in held if each() is not None] == []
