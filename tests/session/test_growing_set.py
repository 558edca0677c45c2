"""A set grows while its network learns: the run goes on, and no weight that counts is lost."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue

import numpy as np
import pytest

from engine.training.checkpoint import origin_of
from engine.training.hyperparameters import settings_from
from numrec_tui.cli.loading import find_data
from numrec_tui.session.config import SessionConfig
from numrec_tui.session.report import NetworkView, Report
from numrec_tui.session.session import Session
from numrec_tui.storage.own_set import OwnSet, new_set
from numrec_tui.storage.own_set_files import change, create, folder_named
from tests import scripted
from tests.session.watching import Watcher


def bars(count: int, *classes: str) -> OwnSet:
    """Bars that stand, lie or lean, in turn."""
    own = new_set(classes)
    for number in range(count):
        image = np.zeros((28, 28), np.uint8)
        label, at = number % len(classes), 6 + number // len(classes)
        for place in range(4, 24):
            image[(place, at, place)[label % 3], (at, place, place)[label % 3]] = 255
        image[at, 1] = 100
        own = own.add(image, label)
    return own


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[tuple[Session, Watcher]]:
    session = Session(session_config(tmp_path))
    yield session, Watcher(session)
    session.close()


def session_config(tmp_path: Path, **given: object) -> SessionConfig:
    settings = settings_from({"hidden": (6,), "batch_size": 8, "validation": "test"})
    usual = SessionConfig(
        scripted.drawn_set(), settings,
        tmp_path / "models", checkpoints=tmp_path / "checkpoints",
    )  # fmt: skip
    return replace(usual, **given)


def learned(report: Report) -> bool:
    return report.state == "finished"


def take_up(session: Session, own: OwnSet) -> None:
    session.take_up(own.data_set("bars"), "/sets/bars")


def look(session: Session) -> NetworkView:
    views: SimpleQueue[NetworkView] = SimpleQueue()
    session.look(views.put)
    return views.get(timeout=60)


def test_a_run_goes_on_with_more_drawings_and_says_how_many(
    opened: tuple[Session, Watcher],
) -> None:
    session, watcher = opened
    take_up(session, bars(10, "up", "flat"))
    first = watcher.until(learned)
    assert first.data == "bars"
    assert first.running.validation == "test"
    take_up(session, bars(11, "up", "flat"))
    take_up(session, bars(16, "up", "flat"))
    more = watcher.until(lambda report: learned(report) and report.epoch > first.epoch)
    assert more.run == first.run
    said = {change.name: (change.before, change.after) for change in more.changes}
    assert said["images"] == (8, 12)
    assert len(more.validation) == 4
    assert len(more.changes) == 2


def test_the_run_is_kept_with_the_data_as_they_are_now(opened: tuple[Session, Watcher]) -> None:
    session, watcher = opened
    take_up(session, bars(10, "up", "flat"))
    first = watcher.until(learned)
    data = bars(16, "up", "flat").data_set("bars")
    session.take_up(data, "/sets/bars")
    watcher.until(lambda report: learned(report) and report.epoch > first.epoch)
    assert session._trainer.files._own_origin() == origin_of(data, "/sets/bars")


def on_disk(count: int) -> str:
    """The set "bars" on disk with so many drawings; where it is."""
    folder = folder_named("bars")
    if not folder.exists():
        create(folder, ("up", "flat"))
    change(folder, lambda _own: bars(count, "up", "flat"))
    return str(folder)


def test_a_run_that_was_killed_goes_on_with_all_that_was_drawn_since(tmp_path: Path) -> None:
    source = on_disk(10)
    first = Session(session_config(tmp_path, data=find_data(source), source=source))
    for _ in range(3):
        first.step()
    first.close()
    on_disk(16)
    second = Session(session_config(tmp_path, find=find_data))
    watcher = Watcher(second)
    watcher.until(lambda report: report.can_go_on)
    second.go_on()
    report = watcher.until(learned)
    second.close()
    assert (report.data, len(report.validation)) == ("bars", 4)
    said = {change.name: (change.before, change.after) for change in report.changes}
    assert said["images"] == ("up to 8", 12)


def test_a_run_on_a_set_that_has_other_classes_by_now_is_not_gone_on_with(tmp_path: Path) -> None:
    source = on_disk(10)
    first = Session(session_config(tmp_path, data=find_data(source), source=source))
    for _ in range(3):
        first.step()
    first.close()
    change(folder_named("bars"), lambda own: own.add_class("lean"))
    second = Session(session_config(tmp_path, find=find_data))
    watcher = Watcher(second)
    watcher.until(lambda report: report.can_go_on)
    second.go_on()
    told = watcher.until(lambda report: "changed since" in (report.message or ""))
    second.close()
    assert (told.state, told.data) == ("ready", "drawn")


def test_paused_by_a_person_it_stays_paused(opened: tuple[Session, Watcher]) -> None:
    session, watcher = opened
    take_up(session, bars(10, "up", "flat"))
    session.pause()
    watcher.until(lambda report: report.state == "paused" and report.data == "bars")
    take_up(session, bars(16, "up", "flat"))
    report = watcher.until(lambda report: len(report.validation) == 4)
    assert report.state == "paused"
    session.start()
    watcher.until(learned)


def test_a_class_more_keeps_all_weights_and_a_class_less_those_of_the_others(
    opened: tuple[Session, Watcher],
) -> None:
    session, watcher = opened
    take_up(session, bars(10, "up", "flat"))
    watcher.until(learned)
    before = look(session).network
    take_up(session, bars(12, "up", "flat", "lean"))
    watcher.until(lambda report: report.run == 2 and learned(report))
    first = session._trainer.active.weights.moments(session._trainer.run)[0]
    after = first.network(look(session).network)
    assert after.sizes == (784, 6, 3)
    np.testing.assert_allclose(after.weights[0], before.weights[0], atol=0.01)
    np.testing.assert_allclose(after.weights[1][:, :2], before.weights[1], atol=0.01)


def test_a_run_that_has_learned_all_drawings_asks_for_more_of_them(tmp_path: Path) -> None:
    source = on_disk(10)
    config = session_config(tmp_path, data=find_data(source), source=source, find=find_data)
    session = Session(replace(config, settings=config.settings.changed(epochs=1)))
    watcher = Watcher(session)
    session.start()
    watcher.until(learned)
    session.start()
    told = watcher.until(lambda report: bool(report.message and "run" in report.message))
    assert told.message is not None
    assert "draw more (3, m)" in told.message
    session.close()
