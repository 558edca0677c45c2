"""A checkpoint holds the whole run: going on from one gives the bits of a run never stopped."""

import itertools
import json
import struct
from pathlib import Path

import numpy as np
import pytest

from engine.data.augment import Augmentation
from engine.data.dataset import DataSet
from engine.errors import FormatError
from engine.nn.optimizers import OPTIMIZERS
from engine.training import checkpoint
from engine.training.checkpoint import Origin, freeze, origin_of, read
from engine.training.events import EpochDone, Progress
from engine.training.loop import train
from engine.training.run import Run
from tests.engine import tiny

PARTS = tiny.split(train=40)  # three batches an epoch, the last a short one
ORIGIN = Origin("tiny", "tiny", "0" * 64)
EVENTS = 1 + 3 * (3 + 1) + 1
"""Of a whole run: the start, three epochs of three batches and a score, the end."""


def new(**values: object) -> Run:
    """A run in which everything that could be forgotten matters."""
    return tiny.run_on(PARTS, **{
        "optimizer": "adam", "learning_rate": 0.01, "dropout": 0.3, "weight_decay": 0.001,
        "schedule": "cosine", "augment": "on", "seed": 4, **values,
    })  # fmt: skip


def after(events: int, **values: object) -> Run:
    run = new(**values)
    list(itertools.islice(train(run, PARTS), events))
    return run


def through_a_file(run: Run, folder: Path) -> Run:
    freeze(run, ORIGIN).write(folder / "c.safetensors")
    return read(folder / "c.safetensors").restore()


def scores(run: Run) -> list[tuple[float, ...]]:
    return [
        (e.epoch, e.train_loss, e.train_accuracy, e.validation_loss, e.validation_accuracy)
        for e in run.history
    ]


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("taken", range(1, EVENTS))
@pytest.mark.short("momentum", "adamw")
def test_a_run_read_back_at_any_event_ends_with_the_bits_of_one_never_stopped(
    optimizer: str, taken: int, tmp_path: Path
) -> None:
    never_stopped = after(EVENTS, optimizer=optimizer)
    run = through_a_file(after(taken, optimizer=optimizer), tmp_path)
    list(train(run, PARTS))
    assert run.network.theta.tobytes() == never_stopped.network.theta.tobytes()
    assert run.optimizer_state.tobytes() == never_stopped.optimizer_state.tobytes()
    assert scores(run) == scores(never_stopped)
    assert (run.epoch, run.step, run.stopped) == (3, 9, "epochs")


def test_a_chain_of_twelve_stops_changes_nothing(tmp_path: Path) -> None:
    run = new()
    for _ in range(12):
        events = train(run, PARTS)
        list(itertools.islice(events, 2))
        run = through_a_file(run, tmp_path)
    list(train(run, PARTS))
    assert run.network.theta.tobytes() == after(EVENTS).network.theta.tobytes()


def test_what_was_changed_on_the_way_is_kept(tmp_path: Path) -> None:
    run = after(3)
    run.change("learning_rate", 0.005)
    back = through_a_file(run, tmp_path)
    assert back.hyperparameters == run.hyperparameters
    assert back.changes == run.changes
    assert back.sums == run.sums
    assert back.position == run.position


def test_a_run_read_back_can_go_back_to_its_last_healthy_epoch(tmp_path: Path) -> None:
    run = after(6)
    back = through_a_file(run, tmp_path)
    for each in (run, back):
        assert each.last is not None
        each.go_back(each.last)
        list(train(each, PARTS))
    assert back.network.theta.tobytes() == run.network.theta.tobytes()


def test_the_best_epoch_is_kept_for_the_end(tmp_path: Path) -> None:
    settings = {"learning_rate": 0.3, "epochs": 20, "patience": 2, "optimizer": "adam"}
    never_stopped = after(10_000, **settings)
    assert never_stopped.stopped == "patience"
    run = new(**settings)
    for event in train(run, PARTS):
        if isinstance(event, EpochDone) and not event.is_best:
            break
    back = through_a_file(run, tmp_path)
    list(train(back, PARTS))
    assert back.stopped == "patience"
    assert back.network.theta.tobytes() == never_stopped.network.theta.tobytes()


def test_at_an_epochs_end_nothing_is_stored_twice() -> None:
    run = after(5)  # the first epoch and its score
    assert run.newest is run.best is run.last
    names = freeze(run, ORIGIN).tensors
    assert sorted(names) == ["snapshot.0.state", "snapshot.0.theta"]


def test_a_checkpoint_does_not_change_when_the_run_learns_on() -> None:
    run = new()
    events = train(run, PARTS)
    list(itertools.islice(events, 3))
    frozen = freeze(run, ORIGIN)
    theta, batch = frozen.tensors["theta"].copy(), frozen.facts.batch
    for event in events:
        if isinstance(event, Progress):
            break
    np.testing.assert_array_equal(frozen.tensors["theta"], theta)
    assert frozen.facts.batch == batch != run.batch


def test_an_origin_is_told_by_every_digit() -> None:
    data = tiny.data_set()
    same = origin_of(tiny.data_set(), "here")
    assert origin_of(data, "here") == same
    data.test.images.flags.writeable = True
    data.test.images[-1, -1, -1] ^= 1
    assert origin_of(DataSet("tiny", data.train, data.test), "here").digest != same.digest


# Files that are not what they should be.


@pytest.fixture
def file(tmp_path: Path) -> Path:
    freeze(after(3), ORIGIN).write(tmp_path / "c.safetensors")
    return tmp_path / "c.safetensors"


def test_any_flipped_bit_is_noticed(file: Path) -> None:
    whole = file.read_bytes()
    for at in range(0, len(whole), 97):
        file.write_bytes(whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :])
        with pytest.raises(FormatError):
            read(file)


def test_any_missing_end_is_noticed(file: Path) -> None:
    whole = file.read_bytes()
    for length in range(0, len(whole), 101):
        file.write_bytes(whole[:length])
        with pytest.raises(FormatError):
            read(file)


def rewritten(file: Path, change: str, into: str) -> None:
    """Change the JSON of a file and make its digest anew, as another program might."""
    content = file.read_bytes()
    facts = checkpoint.read_metadata(file, content, "checkpoint", "a checkpoint")["checkpoint"]
    tensors = checkpoint.read_tensors(file, content)
    assert change in facts
    facts = facts.replace(change, into)
    digest = checkpoint._digest(facts, tensors)
    file.write_bytes(checkpoint.save_tensors(tensors, {"checkpoint": facts, "sha256": digest}))


def test_another_versions_checkpoint_says_which_program_reads_it(file: Path) -> None:
    rewritten(file, '"format_version":1,"program":"', '"format_version":2,"program":"9.')
    with pytest.raises(FormatError, match=r"version 2, written by numrec-tui 9\.0.*use that"):
        read(file)


@pytest.mark.parametrize(
    ("change", "into"),
    [
        ('"sizes":[64,8,10]', '"sizes":[64,9,10]'),
        ('"hidden":[8]', '"hidden":[9]'),
        ('"optimizer":"adam"', '"optimizer":"sgd"'),
        ('"newest":0', '"newest":7'),
        ('"newest":0', '"newest":-1'),
        ('"epoch":0', '"epoch":"often"'),
        ('"step":2', '"stride":2'),
        ('"step":2', '"step":-2'),
        ('"epoch":0', '"epoch":-5'),
        ('"epoch":0', '"epoch":1' + 400 * "0"),
        ('"batch":2', '"batch":1000000'),
        ('"batch":2', '"batch":-2'),
        ('"batches":3', '"batches":0'),
        ('"images":32', '"images":0'),
        ('"seconds":', '"seconds":-'),
    ],
)
def test_facts_that_do_not_fit_together_are_refused(file: Path, change: str, into: str) -> None:
    rewritten(file, change, into)
    with pytest.raises(FormatError):
        read(file)


def test_a_place_in_a_longer_epoch_than_the_data_have_ends_that_epoch(file: Path) -> None:
    rewritten(file, '"batch":2,"batches":3', '"batch":500,"batches":1000')
    run = read(file).restore()
    list(train(run, PARTS))
    assert (run.epoch, run.stopped) == (3, "epochs")


def test_a_model_is_no_checkpoint(file: Path) -> None:
    tensors = {"theta": np.zeros(3, np.float32)}
    file.write_bytes(checkpoint.save_tensors(tensors, {"numrec": json.dumps({})}))
    with pytest.raises(FormatError, match="a checkpoint of numrec-tui"):
        read(file)


def test_an_absurd_header_is_not_believed(file: Path) -> None:
    file.write_bytes(struct.pack("<Q", 2**62) + b"{}")
    with pytest.raises(FormatError, match="a header that fits the file"):
        read(file)
    with pytest.raises(FormatError, match="a file, found none"):
        read(file.with_name("none"))


def test_the_augmentation_is_really_on() -> None:
    """Else the tests above would prove less than they say."""
    from engine.training.parallel.executor import augmentation

    assert augmentation(new().hyperparameters, PARTS) == Augmentation(8.0, 0.08, 0.1, 1.0, 0.7)
