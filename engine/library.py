"""The engine as a Python library: a data set by its name, a run that holds its data, a model.

    data = load("bundled")
    run = Run.new(data, hidden=(128,), epochs=5)
    for epoch in run.train():
        print(epoch)

There is no training here: a `Run` holds the engine's run and the data it learns from.
"""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, nullcontext
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from engine.data.dataset import DataSet, Digits, Split
from engine.data.download import addresses, downloads_folder
from engine.data.download import download as fetch
from engine.data.mixture import find, scored_beside, sources
from engine.data.published import PUBLISHED
from engine.data.repairs import parted
from engine.errors import SaveError
from engine.models import files
from engine.models.model import Model
from engine.nn.arrays import Array
from engine.nn.network import Network
from engine.training.events import EpochDone, Event, Reason
from engine.training.hyperparameters import Hyperparameters
from engine.training.loop import train
from engine.training.memory import check as check_memory
from engine.training.metrics import Evaluation, evaluate
from engine.training.outcome import healthy_model
from engine.training.presets import preset as values_of
from engine.training.run import Run as TrainingRun
from engine.training.run import architecture, new_run
from engine.training.small_sets import fitted, size_of
from engine.training.threads import threads_for
from engine.training.warm_start import Donor, begin_warm

PACE = 0.1
"""Seconds of learning between two events."""


def load(name_or_folder: str | os.PathLike[str], download: bool = False) -> DataSet:
    """The data set that goes by a name, or that lies in a folder.

    name_or_folder: "bundled"; "drawn:60000", "drawn:60000:SEED" or "drawn:60000:SEED:WILDNESS";
    "mnist" or another published set; or a folder with four IDX files. A `Path` is always a folder,
    and so is a name with a separator in it, such as "./mnist".
    download: whether a published set that is not on this computer is fetched; what is fetched once
    is kept where the app keeps it.

    Raises:
        DataError: there is no such set, it is not downloaded, or its parts do not fit together.
        FormatError: a file is damaged.
        SaveError: what is downloaded cannot be written.
    """
    name = name_or_folder if isinstance(name_or_folder, str) else _whole(name_or_folder)
    if name.startswith("~"):
        name = os.path.expanduser(name)  # noqa: PTH111 - a Path would drop a closing separator
    wanted = (PUBLISHED.get(parted(each.name)[0]) for each in sources(name))
    published = [each for each in wanted if each is not None]
    downloads = downloads_folder() if published else None
    if download and downloads is not None:
        for each in published:
            fetch(each, downloads / each.name, mirrors=addresses(each))
    return find(name, downloads=downloads)


def _whole(folder: os.PathLike[str]) -> str:
    """A folder's name from the root on, which is the name of no set."""
    return str(Path(folder).expanduser().absolute())


def load_model(path: str | os.PathLike[str], loss: str | None = None) -> Network:
    """The network in a model file; the suffix of its name says the format.

    loss: what a .txt file, which does not know it, was trained with; cross_entropy unless given.

    Raises:
        UsageError: the suffix is none of these, or the loss is unknown or not that of the file.
        LibraryError: the format needs a library that is not installed.
        FormatError: the file is not of its format, or was not written by this program.
    """
    return files.load(Path(path), loss).network


class Run:
    """A training run and the data that it learns from."""

    def __init__(self, run: TrainingRun, data: DataSet) -> None:
        self._run = run
        self.data = data
        settings = run.hyperparameters
        self.split: Split = data.split(
            settings.validation, settings.validation_fraction, settings.seed
        )
        """What is learned from, what validates, what tests."""

    @classmethod
    def new(
        cls,
        data: DataSet,
        *,
        preset: str = "default",
        model: Network | None = None,
        first_layer: Network | None = None,
        score_on: DataSet | None = None,
        **settings: object,
    ) -> "Run":
        """A run before its first batch.

        preset: named settings to begin with, one of `PRESETS`. model: a network to begin with, in
        place of drawn weights; it settles the layers. first_layer: a trained network whose first
        layer it begins with, the others drawn. score_on: a second set, whose test images are
        scored beside the validation: `EpochDone.second_accuracy`. settings: any of
        `Hyperparameters`, by name; what neither names fits the size of the set.

        Raises:
            SettingsError: a setting is unknown or out of its range, the model has other layers, or
                there is not enough memory; it names every one that is wrong.
            DataError: the model is made for other digits, the first layer does not fit, too few
                can be held out, or the classes of the second set do not fit.
        """
        if score_on is not None:
            data = scored_beside(data, score_on, score_on.name)
        settled = architecture(model) if model else {}
        chosen = fitted({**values_of(preset), **settled, **settings}, size_of(data))
        pixels, classes = data.train.pixels.shape[1], data.train.classes
        check_memory(chosen, (pixels, *chosen.hidden, classes), len(data.train))
        run = new_run(chosen, pixels, classes, Model(model) if model else None)
        if first_layer is not None:
            begin_warm(run, Donor(first_layer, repr(first_layer)))
        run.pace = PACE
        return cls(run, data)

    @property
    def network(self) -> Network:
        """The network as it is now; it goes on changing while the run learns."""
        return self._run.network

    @property
    def hyperparameters(self) -> Hyperparameters:
        """The settings as they are now."""
        return self._run.hyperparameters

    @property
    def history(self) -> tuple[EpochDone, ...]:
        """The epochs that are done."""
        return tuple(self._run.history)

    @property
    def stopped(self) -> Reason | None:
        """Why training ended; None while it has not."""
        return self._run.stopped

    def train(self) -> Iterator[EpochDone]:
        """Learn until a stop rule holds: one `EpochDone` an epoch.

        Not asking for the next one is a pause; another call goes on. `stopped` says why it ended.
        With `processes` above 1 a script needs `if __name__ == "__main__":` around what it does, as
        each process imports it.

        Raises:
            TeamError: the processes that learn together cannot be started.
        """
        return (event for event in self.events() if isinstance(event, EpochDone))

    def events(self) -> Iterator[Event]:
        """Learn as `train` does: every event, with one or more `Progress` in each epoch.

        Raises:
            TeamError: the processes that learn together cannot be started.
        """
        with closing(train(self._run, self.split)) as events:
            while True:
                with self._threads():
                    event = next(events, None)
                if event is None:
                    return
                yield event

    def change(self, **settings: object) -> None:
        """Change settings of which `Hyperparameters` says that they may change on the way.

        Raises:
            SettingsError: one may not, is unknown, or is out of its range.
        """
        for name, value in settings.items():
            self._run.change(name, value)

    def evaluate(self, digits: Digits) -> Evaluation:
        """How well the network reads digits.

        Raises:
            DataError: they have another size, or another number of classes.
        """
        return evaluate(self.network, digits)

    def predict(self, images: NDArray[Any]) -> Array:
        """What the network makes of pictures: (…, rows, columns) -> probabilities (…, classes).

        images: uint8, 0 to 255, or floats that are 0 to 1.

        Raises:
            InputError: they are of another size or kind, or a float is outside of 0 to 1.
        """
        images = np.asarray(images)
        shape = self.data.train.images.shape[1:]
        if images.shape[-2:] == shape:
            images = images.reshape(*images.shape[:-2], shape[0] * shape[1])
        return self.network.predict(images)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the network and all that is known of it; returns where.

        The suffix says the format, such as .safetensors or .onnx. Of a run that has diverged or is
        ruined it is the last healthy epoch. The file is replaced whole or not at all.

        Raises:
            UsageError: the suffix is that of no format.
            LibraryError: the format needs a library that is not installed.
            SaveError: no epoch was healthy, the format cannot hold the network, or the file cannot
                be written.
        """
        healthy = healthy_model(self._run, self.data)
        if healthy is None:
            raise SaveError(f"Nothing is written to {path}: the run had no healthy epoch.")
        files.save(Path(path), healthy[0])
        return Path(path)

    def _threads(self) -> AbstractContextManager[object]:
        """As many threads for products as pay, while the run learns; who calls keeps the own."""
        settings = self.hyperparameters
        if settings.processes == "auto":  # it is measured, and set, by the engine
            return nullcontext()
        limits: AbstractContextManager[object] = threadpool_limits(threads_for(settings.batch_size))
        return limits

    def __repr__(self) -> str:
        settings, accuracy = self.hyperparameters, self._run.validation_accuracy
        score = "" if accuracy is None else f", validation {accuracy:.2%}"
        done = f"epoch {self._run.epoch} of {settings.epochs}{score}"
        return f"Run({self.data.name!r}, {self.network!r}, {done})"
