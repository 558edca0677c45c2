"""Settings of a session: those that act at once, those that wait, and the way back."""

from tests import scripted


def test_before_the_first_batch_every_setting_takes_effect_at_once(opened):
    session, watcher = opened()
    session.change("hidden", (4, 3))
    report = watcher.until(lambda report: report.running.hidden == (4, 3))
    assert report.settings == report.running
    assert report.parameters == 784 * 4 + 4 + 4 * 3 + 3 + 3 * 10 + 10
    assert report.run == 1


def test_a_live_setting_changes_the_run_and_leaves_a_mark(opened):
    session, watcher = opened()
    session.step()
    session.change("learning_rate", 0.2)
    report = watcher.until(lambda report: report.changes != ())
    assert report.running.learning_rate == 0.2
    assert (report.changes[0].before, report.changes[0].after) == (0.05, 0.2)


def test_another_setting_waits_for_the_next_run(opened):
    session, watcher = opened()
    session.step()
    session.change("hidden", (4,))
    waiting = watcher.until(lambda report: report.settings.hidden == (4,))
    assert waiting.running.hidden == (8,)
    session.renew()
    renewed = watcher.until(lambda report: report.run == 2)
    assert renewed.running.hidden == (4,)
    assert renewed.state == "ready"


def test_a_setting_that_cannot_be_used_is_told_and_changes_nothing(opened):
    session, watcher = opened()
    session.change("validation_fraction", 0.001)  # of 60 digits: none would be held out
    report = watcher.until(lambda report: report.message is not None)
    assert "choose another fraction" in report.message
    session.start()
    assert watcher.until(lambda report: report.state == "training").run == 1


def test_each_of_many_quick_turns_counts(opened):
    session, watcher = opened()
    session.step()
    for _ in range(6):
        session.turn("learning_rate", up=True)
    report = watcher.until(lambda report: len(report.changes) == 6)
    assert report.running.learning_rate == 5.0  # 0.1 0.2 0.5 1 2 5


def test_a_live_change_right_after_the_start_reaches_the_run(opened):
    session, watcher = opened(**scripted.ENDLESS)
    session.start()
    session.change("learning_rate", 0.5)
    report = watcher.until(lambda report: report.settings.learning_rate == 0.5)
    assert report.running.learning_rate == 0.5


def test_a_network_that_is_too_large_is_refused_and_the_run_stays(opened):
    session, watcher = opened()
    session.change("hidden", (65536, 65536))
    report = watcher.until(lambda report: report.message is not None)
    assert "at most 100,000,000" in report.message
    assert report.settings.hidden == (8,)
    session.step()
    watcher.until(lambda report: report.batch == 1)


def test_undo_takes_back_one_change_after_the_other(opened):
    session, watcher = opened()
    session.change("learning_rate", 0.2)
    session.change("momentum", 0.5)
    session.undo()
    session.undo()
    session.undo()
    last = watcher.until(lambda report: report.message is not None)
    assert last.message == "There is no change to take back."
    told = [(report.settings.learning_rate, report.settings.momentum) for report in watcher.reports]
    assert told[-5:] == [(0.2, 0.9), (0.2, 0.5), (0.2, 0.9), (0.05, 0.9), (0.05, 0.9)]


def test_undo_of_a_live_change_acts_at_once_and_leaves_a_mark(opened):
    session, watcher = opened()
    session.step()
    session.change("learning_rate", 0.2)
    session.undo()
    report = watcher.until(lambda report: len(report.changes) == 2)
    assert report.running.learning_rate == report.settings.learning_rate == 0.05
    assert (report.changes[1].before, report.changes[1].after) == (0.2, 0.05)


def test_a_preset_is_known_by_its_name_and_can_be_taken_back(opened):
    session, watcher = opened()
    session.use_preset("seed")
    taken = watcher.until(lambda report: report.preset == "seed")
    assert taken.settings.batch_size == 512
    session.undo()
    session.undo()
    last = watcher.until(lambda report: report.message is not None)
    assert (last.preset, last.settings.batch_size) == ("default", 16)


def test_undo_gives_the_run_the_rate_it_had_not_the_one_that_waits(opened):
    session, watcher = opened()
    session.step()
    session.change("learning_rate", 0.2)
    session.use_preset("seed")  # its 0.1 waits for the next run
    session.change("learning_rate", 0.3)
    session.undo()
    report = watcher.until(lambda report: len(report.changes) == 3)
    assert (report.running.learning_rate, report.settings.learning_rate) == (0.2, 0.1)


def test_a_network_for_which_there_is_no_memory_is_refused_in_one_sentence(opened, monkeypatch):
    session, watcher = opened()
    monkeypatch.setattr("engine.training.memory.available", lambda: 10_000_000)
    session.change("hidden", (4096, 4096))
    report = watcher.until(lambda report: report.message is not None)
    assert "GB of memory, and there are 10 MB" in report.message
    assert report.settings.hidden == (8,)


def test_raising_the_epochs_lets_a_finished_run_go_on(opened):
    session, watcher = opened(epochs=2)
    session.start()
    watcher.until(lambda report: report.state == "finished")
    session.change("epochs", 3)
    session.start()
    report = watcher.until(lambda report: report.state == "finished" and report.epoch == 3)
    assert len(report.validated) == 3
