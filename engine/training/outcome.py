"""What a run has made: a model that knows where it comes from."""

from dataclasses import replace

from engine.data.dataset import DataSet
from engine.models.model import Model
from engine.nn.network import Network
from engine.training.changes import FIRST_LAYER, corrections
from engine.training.hyperparameters import Hyperparameters
from engine.training.run import Run


def to_model(run: Run, data: DataSet) -> Model:
    """The run's network as a model that knows its settings, its data set and its score."""
    settings, changes = run.used()
    model = _model(run.network, settings, run.epoch, run.validation_accuracy, data)
    more: dict[str, object] = {}
    for change in changes:
        if change.name == FIRST_LAYER:
            more["first_layer"] = change.after
    if count := corrections(changes):
        more["corrections"] = count
    return replace(model, notes={**model.notes, **more}) if more else model


def healthy_model(run: Run, data: DataSet) -> tuple[Model, int | None] | None:
    """What is worth to be saved of a run: its network, unless that is broken.

    Of a broken one the last healthy epoch, and which that is; None if there was no healthy one.
    """
    if run.stopped != "diverged" and not run.is_ruined:
        return to_model(run, data), None
    last = run.last
    if last is None or last.epoch == 0:
        return None
    of = run.network
    network = Network(of.sizes, of.activation, of.loss, theta=last.theta)
    return _model(network, last.settings, last.epoch, last.validation_accuracy, data), last.epoch


def _model(
    network: Network, settings: Hyperparameters, epoch: int, accuracy: float | None, data: DataSet
) -> Model:
    notes: dict[str, object] = {
        "data": data.name,
        "epoch": epoch,
        "validation_accuracy": accuracy,
    }
    if data.train.named:
        notes["class_names"] = data.class_names
    return Model(network, settings.model_dump(mode="json"), notes)
