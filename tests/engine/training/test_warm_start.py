"""A run that begins with another network's first layer: what it takes over, what it notes."""

import numpy as np
import pytest

import engine as nr
from engine.data.dataset import DataSet
from engine.errors import DataError
from engine.training.changes import FIRST_LAYER
from engine.training.hyperparameters import settings_from
from engine.training.outcome import to_model
from engine.training.run import Run, new_run
from engine.training.warm_start import Donor, begin_warm, warm_start
from tests import scripted


def drawn(*hidden: int, seed: int = 0, classes: int = 3) -> Run:
    return new_run(settings_from({"hidden": hidden, "seed": seed}), 784, classes)


def test_the_first_layer_is_the_donors_and_the_others_are_drawn() -> None:
    mine, other, donor = drawn(8, 4), drawn(8, 4), drawn(8, classes=10, seed=5)
    donor.network.biases[0][:] = 0.5
    warm_start(mine.network, donor.network)
    assert np.array_equal(mine.network.weights[0], donor.network.weights[0])
    assert np.array_equal(mine.network.biases[0], donor.network.biases[0])
    for layer in (1, 2):
        assert np.array_equal(mine.network.weights[layer], other.network.weights[layer])


@pytest.mark.parametrize(
    ("mine", "donor"), [((8,), (9,)), ((), ()), ((8,), ())], ids=["width", "none", "one has none"]
)
def test_layers_that_do_not_fit_are_refused_and_nothing_is_changed(
    mine: tuple[int, ...], donor: tuple[int, ...]
) -> None:
    run = drawn(*mine)
    before = run.network.theta.copy()
    with pytest.raises(DataError, match="as wide a first hidden layer"):
        begin_warm(run, Donor(drawn(*donor).network, "other"))
    assert np.array_equal(run.network.theta, before)
    assert run.changes == []


def test_the_run_and_its_model_say_whose_first_layer_it_was() -> None:
    run, donor = drawn(8, classes=10), drawn(8, seed=3)
    begin_warm(run, Donor(donor.network, "strokes.safetensors"))
    [change] = run.changes
    noted = (change.epoch, change.name, change.before, change.after)
    assert noted == (0.0, FIRST_LAYER, "drawn", "strokes.safetensors")
    model = to_model(run, scripted.drawn_set())
    assert model.notes["first_layer"] == "strokes.safetensors"
    assert run.last is not None
    assert np.array_equal(run.last.theta, run.network.theta)  # where a rescue goes back to
    again = run.as_it_stood(run.last, images=10)
    assert again.changes == run.changes


def test_a_run_from_python_takes_one_as_well() -> None:
    data: DataSet = scripted.drawn_set()
    donor = nr.Run.new(data, hidden=(8,), seed=4).network
    run = nr.Run.new(data, hidden=(8,), first_layer=donor)
    assert np.array_equal(run.network.weights[0], donor.weights[0])
    assert not np.array_equal(run.network.weights[1], donor.weights[1])
