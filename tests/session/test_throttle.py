"""A run that is slowed down to be watched: so many batches a second, and the same weights."""

import pytest

from numrec_tui.modes.train.progress_line import describe
from numrec_tui.session.config import SessionConfig
from numrec_tui.session.session import Session
from numrec_tui.session.throttle import GENTLE, HIGHEST, RATES, Throttle
from tests import scripted
from tests.session.watching import Watcher

FIRST, SECOND = 1, 2


class Clock:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_at_full_speed_no_batch_waits():
    throttle = Throttle()
    throttle.count_batch()
    assert (throttle.rate(FIRST), throttle.wait(FIRST)) == (None, 0.0)


def test_at_two_batches_a_second_the_next_one_is_due_half_a_second_after_the_last():
    throttle = Throttle(now=(clock := Clock()))
    while throttle.rate(FIRST) != 2:
        throttle.change(FIRST, faster=False)
    assert throttle.wait(FIRST) == 0  # the first batch waits for nothing
    throttle.count_batch()
    assert throttle.wait(FIRST) == 0.5
    clock.now += 0.2
    assert throttle.wait(FIRST) == pytest.approx(0.3)
    clock.now += 5
    assert throttle.wait(FIRST) == 0


def test_slower_leads_down_to_one_batch_a_second_and_faster_back_up_to_full_speed():
    throttle, down, up = Throttle(), [], []
    for _ in range(len(RATES) + 1):
        throttle.change(FIRST, faster=False)
        down.append(throttle.rate(FIRST))
    for _ in range(len(RATES)):
        throttle.change(FIRST, faster=True)
        up.append(throttle.rate(FIRST))
    assert down == [*reversed(RATES), 1]
    assert up == [*RATES[1:], None]


def test_a_gentle_start_gets_quicker_with_every_batch_until_it_is_full_speed_in_half_a_minute():
    throttle = Throttle(gentle=True, now=(clock := Clock()))
    rates = []
    while (rate := throttle.rate(FIRST)) is not None:
        rates.append(rate)
        throttle.count_batch()
        clock.now += throttle.wait(FIRST)
    assert rates == sorted(rates)
    assert (rates[0], round(rates[-1])) == (GENTLE, HIGHEST)
    assert 15 < clock.now - 100 < 30


def test_the_second_run_and_a_first_one_whose_rate_was_chosen_have_no_gentle_start():
    throttle = Throttle(gentle=True)
    assert throttle.rate(SECOND) is None
    throttle.change(FIRST, faster=True)
    assert (throttle.rate(FIRST), throttle.is_rising(FIRST)) == (5, False)
    throttle.open()
    assert throttle.rate(FIRST) is None


def test_at_high_rates_no_more_than_ten_batches_a_second_are_reported():
    throttle = Throttle()
    throttle.change(FIRST, faster=False)
    due = []
    for _ in range(100):
        throttle.count_batch()
        due.append(throttle.is_report_due(FIRST))
    assert (throttle.rate(FIRST), sum(due)) == (100, 10)


@pytest.fixture
def gentle(folder):
    """A session on the first run of a person."""
    config = SessionConfig(
        scripted.drawn_set(), scripted.settings(**scripted.ENDLESS), folder, gentle_start=True
    )
    session = Session(config)
    yield session, Watcher(session)
    session.close()


def test_each_batch_of_a_slow_run_is_a_point_of_the_curve_and_is_reported(gentle):
    session, watcher = gentle
    session.start()
    watcher.until(lambda report: report.batch == 3)
    trained = [report for report in watcher.reports if report.train]
    assert [(len(report.train), report.batch) for report in trained[:3]] == [(1, 1), (2, 2), (3, 3)]
    assert all(report.is_rising for report in trained)
    assert "4 batches/s" in describe(trained[0], 80)


def test_a_set_of_ones_own_is_learned_at_full_speed_while_it_is_drawn(gentle, tmp_path):
    session, watcher = gentle
    session.take_up(scripted.drawn_set(), str(tmp_path / "mine"))
    report = watcher.until(lambda report: report.state == "training")
    assert report.batches_per_second is None


@pytest.fixture
def waiting(opened, monkeypatch):
    """A run that has trained a batch, the next of which is due in a day."""
    monkeypatch.setattr("numrec_tui.session.throttle.RATES", (1 / 86_400,))
    session, watcher = opened(**scripted.ENDLESS)
    session.change_rate(faster=False)
    session.start()
    watcher.until(lambda report: report.batch == 1)
    return session, watcher


def test_a_pause_while_a_batch_is_waited_for_is_answered_at_once(waiting):
    session, watcher = waiting
    session.watch(1)
    watcher.until(lambda report: report.reading.index == 1)
    session.pause()
    paused = watcher.until(lambda report: report.state == "paused")
    assert (paused.epoch, paused.batch) == (0, 1)


def test_a_batch_by_hand_is_trained_without_a_wait(waiting):
    session, watcher = waiting
    session.step()
    watcher.until(lambda report: (report.state, report.batch) == ("paused", 2))


def test_a_session_that_waits_for_a_batch_closes_at_once_and_saves(waiting):
    session, _ = waiting
    assert session.close().startswith("Saved to")


def test_full_speed_ends_the_wait_for_a_batch(waiting):
    session, watcher = waiting
    session.full_speed()
    report = watcher.until(lambda report: report.epoch >= 50)  # of four batches each
    assert report.batches_per_second is None


def test_the_time_left_at_a_chosen_rate_is_that_of_the_batches_left(opened):
    session, watcher = opened(epochs=10)
    session.change_rate(faster=False)
    session.step()
    report = watcher.until(lambda report: report.state == "paused")
    assert report.batches_per_second == 100
    assert report.seconds_left == pytest.approx((10 * report.batches - 1) / 100)


def weights(session: Session):
    """The parameters of the network as they are now."""
    views: list = []
    session.look(views.append)
    session.close()
    return views[0].network.theta


@pytest.mark.parametrize("settings", [{}, {"dropout": 0.2, "optimizer": "adam"}], ids=["", "adam"])
def test_a_slowed_run_learns_bit_for_bit_what_it_learns_at_full_speed(opened, settings):
    learned = []
    for slowed in (False, True):
        session, watcher = opened(epochs=3, augment="on", **settings)
        if slowed:
            session.change_rate(faster=False)
        session.start()
        watcher.until(lambda report: report.state == "finished")
        learned.append(weights(session))
    assert learned[0].tobytes() == learned[1].tobytes()


@pytest.mark.alone
@pytest.mark.long
def test_two_processes_that_wait_for_their_batches_learn_the_same_bits(opened):
    learned = []
    for slowed in (False, True):
        session, watcher = opened(epochs=3, processes=2)
        if slowed:
            session.change_rate(faster=False)
        session.start()
        watcher.until(lambda report: report.state == "finished")
        learned.append(weights(session))
    assert learned[0].tobytes() == learned[1].tobytes()
