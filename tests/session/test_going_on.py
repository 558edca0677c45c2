"""A session that is left and taken up again: the offer, the bits, and data that have changed."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from engine.data.dataset import DataSet
from engine.errors import CheckpointError
from engine.models.files import load
from engine.training.hyperparameters import settings_from
from numrec_tui.session.config import SessionConfig
from numrec_tui.session.session import Session
from numrec_tui.storage.checkpoints import find, newest_in
from tests import scripted
from tests.engine import tiny
from tests.session.watching import Watcher
from tests.waiting import wait_until

SETTINGS = settings_from(
    {"hidden": (8,), "batch_size": 16, "epochs": 40, "dropout": 0.2, "optimizer": "adam",
     "learning_rate": 0.01, "augment": "on", "target_accuracy": 1.0}
)  # fmt: skip
OTHER = tiny.data_set()


def no_data(source: str) -> DataSet:
    raise AssertionError(f"{source} was looked for")


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Callable[..., tuple[Session, Watcher]]]:
    sessions = []

    def start(**given: object) -> tuple[Session, Watcher]:
        usual = SessionConfig(
            scripted.drawn_set(), SETTINGS, tmp_path / "models",
            checkpoints=tmp_path / "checkpoints", find=no_data,
        )  # fmt: skip
        session = Session(replace(usual, **given))
        sessions.append(session)
        return session, Watcher(session)

    yield start
    for session in sessions:
        session.close()


def left_at_epoch(
    opened: Callable[..., tuple[Session, Watcher]], epoch: int, **given: object
) -> str:
    """A run that was left on its way; what the program said at its end."""
    session, watcher = opened(**given)
    for _ in range(2 + 4 * epoch):  # four batches an epoch, and some of the next
        session.step()
    watcher.until(lambda report: report.epoch >= epoch)
    return session.close() or ""


def models(tmp_path: Path) -> list[bytes]:
    return [load(path).network.theta.tobytes() for path in (tmp_path / "models").iterdir()]


def test_a_run_that_was_left_is_offered_and_ends_as_if_it_never_had_been(opened, tmp_path) -> None:
    farewell = left_at_epoch(opened, 5)
    assert farewell.endswith("; the next start offers to go on")
    session, watcher = opened()
    offer = watcher.until(lambda report: report.can_go_on)
    assert offer.message is not None
    assert offer.message.startswith("A run was left: drawn, ")
    assert offer.message.endswith(" at best. g goes on with it.")
    session.go_on()
    end = watcher.until(lambda report: report.state == "finished")
    session.close()
    assert len(end.validated) == 40
    assert len(list((tmp_path / "models").iterdir())) == 1  # it goes on into its own file

    whole, watcher = opened(models=tmp_path / "whole" / "models", checkpoints=None)
    whole.start()
    watcher.until(lambda report: report.state == "finished")
    whole.close()
    assert models(tmp_path) == models(tmp_path / "whole")


def test_the_curves_are_back_and_the_run_waits_for_nobody(opened) -> None:
    left_at_epoch(opened, 3)
    session, watcher = opened()
    watcher.until(lambda report: report.can_go_on)
    session.go_on()
    report = watcher.until(lambda report: report.state == "training")
    assert [point.epoch for point in report.validated[:3]] == [1, 2, 3]
    assert [point.epoch for point in report.train[:3]] == [1, 2, 3]
    assert not report.can_go_on


def test_who_begins_something_else_is_offered_nothing(opened) -> None:
    left_at_epoch(opened, 2)
    session, watcher = opened()
    watcher.until(lambda report: report.can_go_on)
    session.step()
    report = watcher.until(lambda report: report.batch > 0)
    assert not report.can_go_on
    session.go_on()  # a key pressed too late does nothing
    session.save()
    assert (
        watcher.until(lambda report: bool(report.message and "Saved" in report.message)).epoch == 0
    )


def test_a_run_that_is_over_is_not_offered(opened) -> None:
    session, watcher = opened(settings=SETTINGS.changed(epochs=2))
    session.start()
    watcher.until(lambda report: report.state == "finished")
    assert session.close() is not None
    session, watcher = opened()
    session.save()
    watcher.until(lambda report: report.message is not None)
    assert not any(report.can_go_on for report in watcher.reports)


def test_a_run_on_other_digits_is_taken_up_with_them(opened) -> None:
    left_at_epoch(opened, 2, data=OTHER, source="/some/folder")
    asked = []

    def find_data(source: str) -> DataSet:
        asked.append(source)
        return OTHER

    session, watcher = opened(find=find_data)
    watcher.until(lambda report: report.can_go_on)
    session.go_on()
    report = watcher.until(lambda report: report.state == "training")
    assert asked == ["/some/folder"]
    assert report.data == "tiny"
    assert report.validation.images.shape[1:] == (tiny.SIDE, tiny.SIDE)


def test_digits_that_have_changed_since_are_told_and_nothing_is_lost(opened) -> None:
    left_at_epoch(opened, 2, data=OTHER, source="/some/folder")
    changed = replace(OTHER, train=OTHER.train.take(slice(1, None)))
    session, watcher = opened(find=lambda _source: changed)
    watcher.until(lambda report: report.can_go_on)
    session.go_on()
    told = watcher.until(lambda report: bool(report.message and "has changed" in report.message))
    assert told.message == (
        "The run that was left learns from /some/folder, but that has changed since; "
        "begin a new run."
    )
    assert (told.state, told.data) == ("ready", "drawn")


def test_a_run_can_be_taken_up_at_the_start(opened, tmp_path) -> None:
    left_at_epoch(opened, 4)
    found = find(tmp_path / "checkpoints", "last")
    session, watcher = opened(found=found)
    report = watcher.until(lambda report: True)
    assert (report.state, report.epoch) == ("paused", 4)
    session.start()
    watcher.until(lambda report: report.epoch >= 6)


def test_two_sessions_do_not_go_on_with_one_run(opened, tmp_path) -> None:
    left_at_epoch(opened, 2)
    found = find(tmp_path / "checkpoints", "last")
    opened(found=found)
    with pytest.raises(CheckpointError, match="by another numrec-tui"):
        opened(found=found)


def test_a_pause_is_on_disk_before_anybody_quits(opened, tmp_path) -> None:
    session, watcher = opened(settings=SETTINGS.changed(**scripted.ENDLESS))
    session.start()
    watcher.until(lambda report: report.epoch > 1)
    session.pause()
    paused = watcher.until(lambda report: report.state == "paused")
    (folder,) = (tmp_path / "checkpoints").iterdir()

    def is_kept() -> bool:
        found = newest_in(folder)
        return found is not None and found.checkpoint.facts.position == paused.position

    wait_until(is_kept, "the pause is written")


def test_a_model_is_what_the_first_run_begins_with(opened, tmp_path) -> None:
    session, watcher = opened(checkpoints=None)
    session.start()
    watcher.until(lambda report: report.state == "finished")
    session.close()
    (path,) = (tmp_path / "models").iterdir()
    model = load(path)
    _, watcher = opened(checkpoints=None, model=model)
    begun = watcher.until(lambda report: True)
    pixels = begun.validation.pixels[:1] / 255
    expected = model.network.probabilities(pixels.astype("f4"))[0]
    assert begun.reading.probabilities == pytest.approx(expected.tolist(), abs=1e-6)


def test_a_run_whose_patience_ended_stays_the_best_it_was(opened, tmp_path) -> None:
    impatient = SETTINGS.changed(patience=1, learning_rate=0.3, epochs=400)
    session, watcher = opened(settings=impatient)
    session.start()
    over = watcher.until(lambda report: report.stopped is not None)
    assert over.stopped is not None
    assert over.stopped.reason == "patience"
    session.close()
    (best,) = models(tmp_path)
    (folder,) = (tmp_path / "checkpoints").iterdir()

    session, watcher = opened(found=find(tmp_path / "checkpoints", folder.name))
    report = watcher.until(lambda report: True)
    assert (report.state, report.epoch) == ("finished", over.epoch)
    farewell = session.close()
    assert farewell is not None
    assert "offers to go on" not in farewell
    assert models(tmp_path) == [best]


def test_an_offer_that_somebody_else_took_up_is_not_taken_up_again(opened, tmp_path) -> None:
    left_at_epoch(opened, 2)
    session, watcher = opened()
    watcher.until(lambda report: report.can_go_on)
    elsewhere, other = opened(found=find(tmp_path / "checkpoints", "last"))
    other.until(lambda report: report.state == "paused")
    session.go_on()
    told = watcher.until(lambda report: bool(report.message and "elsewhere" in report.message))
    assert (told.state, told.epoch) == ("ready", 0)
    elsewhere.close()


def test_a_fault_in_a_note_is_told_and_the_session_goes_on(opened) -> None:
    session, watcher = opened(checkpoints=None)

    def fail(_view: object) -> None:
        raise ValueError("a fault in a screen")

    session.look(fail)
    watcher.until(lambda report: report.message == "a fault in a screen")
    session.step()
    watcher.until(lambda report: report.batch == 1)
