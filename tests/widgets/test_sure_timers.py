"""A timer that rings once rings, also when the machine stood still as it was set."""

from itertools import count

from textual import timer

from tests.screens.settled import settled


async def test_a_moment_in_which_nothing_went_on_loses_no_timer(opened, monkeypatch):
    lab = opened()
    async with lab.app.run_test(size=(80, 24)) as pilot:
        await lab.until(pilot, lambda report: report.state == "ready")
        rung = []
        stand_still_between_two_looks_at_the_clock(monkeypatch)
        lab.app.set_timer(0.01, lambda: rung.append("late"))
        await lab.until(pilot, lambda _: bool(rung))


async def test_another_mode_is_drawn_although_the_machine_stood_still(opened, monkeypatch):
    lab = opened()
    async with lab.app.run_test(size=(80, 24)) as pilot:
        await lab.until(pilot, lambda report: report.state == "ready")
        stand_still_between_two_looks_at_the_clock(monkeypatch)
        await pilot.press("4")
        await settled(pilot)
        assert lab.app.current_mode == "network"
        assert not lab.app._batch_count


def stand_still_between_two_looks_at_the_clock(monkeypatch):
    """The next fifty looks of timers at the clock come a second after the one before."""
    real, looks = timer._time.get_time, count(1)
    monkeypatch.setattr(timer._time, "get_time", lambda: real() + min(next(looks), 50))
