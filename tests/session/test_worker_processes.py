"""A session whose run is trained by several processes."""

import multiprocessing

import pytest

from tests import scripted


def kill_a_process() -> None:
    children = [c for c in multiprocessing.active_children() if "numrec" in c.name]
    children[-1].kill()


@pytest.mark.alone
def test_a_lost_process_is_replaced_and_after_some_fewer_go_on(opened, monkeypatch):
    session, watcher = opened(processes=2, **scripted.ENDLESS)
    session.start()
    watcher.until(lambda report: report.epoch >= 1)
    kill_a_process()
    lost = watcher.until(lambda report: report.message is not None)
    assert lost.state == "training"
    assert lost.message.startswith("A process of the team was ended by signal 9. It was replaced")
    monkeypatch.setattr("engine.training.parallel.recovery.MOST_LOSSES", 1)
    kill_a_process()
    lost = watcher.until(lambda report: report.running.processes == 1)
    assert lost.settings.processes == 1
    watcher.until(lambda report: report.epoch > lost.epoch)


@pytest.mark.alone
def test_a_session_that_closes_leaves_no_process(opened):
    session, watcher = opened(processes=2, **scripted.ENDLESS)
    session.start()
    watcher.until(lambda report: report.epoch >= 1)
    session.close()
    assert not [c for c in multiprocessing.active_children() if "numrec" in c.name]


@pytest.mark.alone
def test_a_new_run_ends_the_processes_of_the_old_one(opened):
    session, watcher = opened(processes=2, **scripted.ENDLESS)
    session.step()
    watcher.until(lambda report: report.batch == 1)
    session.renew()
    watcher.until(lambda report: report.run == 2)
    assert not [c for c in multiprocessing.active_children() if "numrec" in c.name]


@pytest.mark.alone
@pytest.mark.long
def test_auto_tells_what_it_chose(opened):
    session, watcher = opened(processes="auto", **scripted.ENDLESS)
    session.start()
    told = watcher.until(lambda report: report.message is not None)
    assert told.message.startswith("Learned by")
    assert "images/s" in told.message
