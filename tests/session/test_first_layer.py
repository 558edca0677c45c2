"""A session whose runs begin with the first layer of a trained network."""

import numpy as np
import pytest

from engine.errors import DataError
from engine.training.changes import FIRST_LAYER
from engine.training.run import new_run
from engine.training.warm_start import Donor
from numrec_tui.session.config import SessionConfig
from numrec_tui.session.session import Session
from tests import scripted
from tests.session.watching import Watcher


def donor(width=8):
    settings = scripted.settings(hidden=(width,), seed=9)
    return Donor(new_run(settings, 784, 10).network, "strokes")


def config(folder, given):
    return SessionConfig(scripted.drawn_set(), scripted.settings(), folder, first_layer=given)


def first_layer(session):
    return session._trainer.run.network.weights[0]


def test_each_run_begins_with_it_where_it_fits(folder):
    given = donor()
    session = Session(config(folder, given))
    watcher = Watcher(session)
    report = watcher.until(lambda report: report.run == 1)
    assert [(c.name, c.after) for c in report.changes] == [(FIRST_LAYER, "strokes")]
    assert np.array_equal(first_layer(session), given.network.weights[0])
    session.step()
    session.renew()
    again = watcher.until(lambda report: report.run == 2)
    assert [change.name for change in again.changes] == [FIRST_LAYER]
    session.change("hidden", (5,))
    session.step()
    session.renew()
    drawn = watcher.until(lambda report: report.run == 2 and report.running.hidden == (5,))
    assert drawn.changes == ()
    session.close()


def test_a_first_layer_that_never_fits_opens_nothing(folder):
    with pytest.raises(DataError, match="as wide a first hidden layer"):
        Session(config(folder, donor(width=7)))
