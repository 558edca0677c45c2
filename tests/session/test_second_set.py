"""A second set in a session: chosen with the data, kept by a run that goes on, or told as gone."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from engine.data.dataset import DataSet
from engine.errors import DataError
from numrec_tui.session.config import SessionConfig
from numrec_tui.session.session import Session
from numrec_tui.storage.checkpoints import find
from tests import scripted
from tests.session.watching import Watcher


def known(name: str) -> DataSet:
    """Every name is another set of the same digits."""
    if name == "fashion-mnist":
        raise DataError("There is no such set.")
    return replace(scripted.drawn_set(), name=name)


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Callable[..., tuple[Session, Watcher]]]:
    sessions = []

    def start(**given: object) -> tuple[Session, Watcher]:
        usual = SessionConfig(
            scripted.drawn_set(), scripted.settings(epochs=3), tmp_path / "models",
            checkpoints=tmp_path / "checkpoints", find=known, source="drawn",
        )  # fmt: skip
        session = Session(replace(usual, **given))
        sessions.append(session)
        return session, Watcher(session)

    yield start
    for session in sessions:
        session.close()


def test_it_is_loaded_with_the_data_and_stays_for_new_runs_and_forks(opened) -> None:
    session, watcher = opened()
    session.learn_from("bundled", score_on="mnist")
    watcher.until(lambda report: report.second_name == "mnist")
    assert (session.source, session.score_on) == ("bundled", "mnist")
    session.start()
    ended = watcher.until(lambda report: report.state == "finished")
    assert [point.epoch for point in ended.second] == [1, 2, 3]
    assert [point.accuracy for point in ended.second][-1] == ended.stopped.test.accuracy
    session.fork()
    forked = watcher.until(lambda report: report.run > ended.run)
    assert forked.second == ended.second
    session.renew()
    renewed = watcher.until(lambda report: report.run > forked.run)
    assert (renewed.second_name, renewed.second) == ("mnist", ())
    session.learn_from("kmnist")
    watcher.until(lambda report: report.data == "kmnist" and not report.second_name)


def test_one_that_cannot_be_loaded_changes_nothing(opened) -> None:
    session, watcher = opened()
    session.learn_from("bundled", score_on="fashion-mnist")
    said = watcher.until(lambda report: report.message is not None)
    assert said.message == "There is no such set."
    assert (session.source, session.score_on) == ("drawn", "")


@pytest.mark.parametrize("still_there", [True, False])
def test_a_run_that_goes_on_has_it_again_or_says_that_it_has_gone(
    opened, tmp_path: Path, still_there: bool
) -> None:
    session, watcher = opened()
    session.learn_from("bundled", score_on="mnist")
    watcher.until(lambda report: report.second_name == "mnist")
    session.start()
    ended = watcher.until(lambda report: report.state == "finished")
    session.close()

    def later(name: str) -> DataSet:
        return known("fashion-mnist" if name == "mnist" and not still_there else name)

    session, watcher = opened(found=find(tmp_path / "checkpoints", _folder(tmp_path)), find=later)
    again = watcher.until(lambda report: report.state == "finished")
    assert again.second == ended.second
    assert again.second_name == ("mnist" if still_there else "")
    if not still_there:
        told = watcher.until(lambda report: report.message is not None)
        assert told.message == (
            "mnist is no longer scored beside the validation: There is no such set."
        )


def _folder(home: Path) -> str:
    [folder] = (home / "checkpoints").iterdir()
    return str(folder)
