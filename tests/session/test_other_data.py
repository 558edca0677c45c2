"""The data are changed in a session: a new run with the same settings, or the same network."""

from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event

import numpy as np
import pytest

from engine.data.dataset import DataSet, Digits
from engine.errors import DataError
from engine.models.model import Model
from engine.nn.activations import leaky_relu
from engine.nn.losses import cross_entropy
from engine.nn.network import Network
from engine.training.hyperparameters import settings_from
from engine.training.presets import preset
from engine.training.small_sets import fitted, size_of
from numrec_tui.session.config import SessionConfig
from numrec_tui.session.session import Session
from tests import scripted
from tests.session.watching import Watcher

SETTINGS = {"hidden": (6,), "batch_size": 16, "epochs": 2, "learning_rate": 0.02}


def few(classes: int, name: str = "few") -> DataSet:
    """Twelve pictures of each of a few classes."""
    labels = np.tile(np.arange(classes, dtype=np.uint8), 12)
    images = np.random.default_rng(0).integers(0, 256, (len(labels), 28, 28), np.uint8)
    train = Digits(images, labels, classes)
    return DataSet(name, train, Digits(255 - images, labels, classes))


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Callable[..., tuple[Session, Watcher]]]:
    sessions = []

    def start(**known: DataSet) -> tuple[Session, Watcher]:
        session = Session(
            SessionConfig(
                scripted.drawn_set(),
                settings_from(SETTINGS),
                tmp_path / "models",
                source="drawn:1",
                find=known.__getitem__,
                checkpoints=tmp_path / "checkpoints",
            )
        )
        sessions.append(session)
        return session, Watcher(session)

    yield start
    for session in sessions:
        session.close()


def test_the_run_before_is_saved_and_the_new_one_has_its_settings(opened, tmp_path) -> None:
    session, watcher = opened(bundled=few(3))
    session.start()
    watcher.until(lambda report: report.state == "finished")
    session.learn_from("bundled")
    report = watcher.until(lambda report: report.data == "few")
    assert len(list((tmp_path / "models").iterdir())) == 1
    assert (report.state, report.number) != ("training", 1)
    assert report.settings.learning_rate == 0.02
    assert session.source == "bundled"
    session.start()
    over = watcher.until(lambda report: report.data == "few" and report.state == "finished")
    assert len(over.validated) == report.settings.epochs


def test_what_nobody_chose_of_the_settings_fits_the_new_data(opened) -> None:
    large = DataSet("large", scripted.drawn_digits(20_000), scripted.drawn_digits(40))
    fits, fits_large = (
        fitted(preset("default"), size_of(data)) for data in (scripted.drawn_set(), large)
    )
    assert fits.batch_size != fits_large.batch_size
    session, watcher = opened(mnist=large)
    session.use_preset("default")
    session.change("learning_rate", 0.125)
    watcher.until(lambda report: report.settings == fits.changed(learning_rate=0.125))
    session.learn_from("mnist")
    report = watcher.until(lambda report: report.data == "large")
    assert report.settings == fits_large.changed(learning_rate=0.125)


def test_the_network_learns_on_where_it_fits(opened) -> None:
    session, watcher = opened(bundled=few(10))
    session.start()
    watcher.until(lambda report: report.state == "finished")
    learned = session._trainer.run.network.theta.copy()
    session.learn_from("bundled", keep_network=True)
    watcher.until(lambda report: report.data == "few")
    np.testing.assert_array_equal(session._trainer.run.network.theta, learned)
    session.change("learning_rate", 0.5)  # and still does when a knob is turned before it begins
    watcher.until(lambda report: report.settings.learning_rate == 0.5)
    np.testing.assert_array_equal(session._trainer.run.network.theta, learned)


def test_a_network_that_does_not_fit_is_one_sentence_and_all_stays_as_it_was(opened) -> None:
    session, watcher = opened(bundled=few(3))
    session.learn_from("bundled", keep_network=True)
    refused = watcher.until(lambda report: "classes" in (report.message or ""))
    assert refused.message is not None
    assert "The network that is kept reads 784 pixels as 10 classes" in refused.message
    assert refused.data == "drawn"
    assert session.source == "drawn:1"
    session.start()
    watcher.until(lambda report: report.state == "finished")


def test_data_for_which_there_is_no_memory_change_nothing(opened, monkeypatch) -> None:
    session, watcher = opened(bundled=few(10))
    watcher.until(lambda report: report.state == "ready")
    monkeypatch.setattr("engine.training.memory.available", lambda: 1000)
    session.learn_from("bundled")
    refused = watcher.until(lambda report: report.message is not None)
    assert "of memory" in (refused.message or "")
    assert (refused.data, session.source) == ("drawn", "drawn:1")


def test_while_data_are_loaded_every_report_says_so_and_the_run_goes_on(tmp_path) -> None:
    gate = Event()

    def find(name: str) -> DataSet:
        assert gate.wait(30)
        return few(10, name)

    session = Session(
        SessionConfig(
            scripted.drawn_set(), settings_from(SETTINGS), tmp_path / "models", source="drawn:1",
            find=find,
        )
    )  # fmt: skip
    watcher = Watcher(session)
    session.learn_from("bundled")
    session.step()
    learned = watcher.until(lambda report: report.batch == 1)
    assert (learned.loading, learned.data) == ("bundled", "drawn")
    assert session.busy == "data to be loaded"
    session.learn_from("mnist")
    gate.set()
    last = watcher.until(lambda report: report.loading is None and report.data == "mnist")
    assert last.state == "ready"
    assert not any(report.data == "bundled" for report in watcher.reports)
    session.close()


def test_what_cannot_be_loaded_is_one_sentence_and_is_loaded_no_more(opened) -> None:
    session, watcher = opened()

    def missing(_name: str) -> DataSet:
        raise DataError("There is no such set.")

    object.__setattr__(session._trainer.runs._config, "find", missing)
    session.learn_from("bundled")
    refused = watcher.until(lambda report: report.message is not None)
    assert (refused.message, refused.loading) == ("There is no such set.", None)
    assert session.source == "drawn:1"


def test_the_sessions_model_is_left_out_where_it_does_not_fit_the_data(tmp_path) -> None:
    network = Network((784, 6, 10), leaky_relu(0.01), cross_entropy)
    session = Session(
        SessionConfig(
            scripted.drawn_set(), settings_from(SETTINGS), tmp_path / "models", source="drawn:1",
            find=lambda _name: few(3), model=Model(network),
        )
    )  # fmt: skip
    watcher = Watcher(session)
    session.learn_from("bundled")
    assert watcher.until(lambda report: report.data == "few").message is None
    session.renew()
    assert watcher.until(lambda report: report.run == 2).data == "few"
    session.close()
