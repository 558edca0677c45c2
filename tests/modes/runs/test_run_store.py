"""The curves of some runs are cached: a bounded number of epochs, and whatever can be drawn."""

from pathlib import Path

import pytest

from numrec_tui.history.history import History
from numrec_tui.modes.runs.run_store import MOST_DRAWN, MOST_EPOCHS, Detail, RunStore
from tests.past_runs import done


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    return RunStore(History(tmp_path / "history.db"))


def read(store: RunStore, number: int, epochs: int) -> None:
    scores = tuple(done(epoch) for epoch in range(epochs))
    store._take_details(store.Detailed({number: Detail(1.0, scores, ())}))


@pytest.mark.parametrize("epochs", [0, 1, 300, MOST_EPOCHS])
def test_however_long_runs_are_what_is_kept_of_them_is_bounded(store, epochs):
    for number in range(1, 700 if epochs < 2 else 40):
        read(store, number, epochs)
    assert list(store.details)[-MOST_DRAWN:] == [*range(number - MOST_DRAWN + 1, number + 1)]
    sizes = [10 + len(each.scores) for each in store.details.values()]
    assert sum(sizes) <= MOST_EPOCHS or len(sizes) == MOST_DRAWN


def test_a_run_that_is_read_again_stays_longest(store):
    for number in (1, *range(2, 2 + MOST_DRAWN), 1, 99):
        read(store, number, MOST_EPOCHS)
    assert 1 in store.details
