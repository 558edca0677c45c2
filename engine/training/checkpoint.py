"""A run on disk, whole: one that is read back ends in the same bits as one that never stopped.

A checkpoint is a safetensors file: `theta`, `state` and the snapshots a run can go back to, and
under the metadata key `checkpoint` everything else as JSON, under `sha256` a digest of it all.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError
from safetensors.numpy import save as save_tensors

from engine.atomic_write import named_path, stored_path, write_atomic
from engine.data.dataset import DataSet, Digits
from engine.errors import FormatError, SaveError, VersionError
from engine.models.model import read_bytes
from engine.models.tensors import read_metadata, read_tensors
from engine.nn.arrays import Array
from engine.nn.network import count_parameters
from engine.nn.optimizers import OPTIMIZERS
from engine.training.changes import Change
from engine.training.events import EpochDone, Reason
from engine.training.health import is_healthy
from engine.training.hyperparameters import NOT_REGISTERED, Hyperparameters, knobs
from engine.training.run import MOST_PARAMETERS, EpochSums, Run, Snapshot, empty_run, new_run

FORMAT_VERSION = 1
WHAT = "a checkpoint of numrec-tui"
LARGEST_FILE = 12 * 4 * MOST_PARAMETERS
"""Bytes of four times parameters and two vectors of optimizer state, for the largest network."""

LARGEST_HEADER = 64 * 2**20
"""Bytes; a history of 100,000 epochs takes some 30 MB."""

Count = Annotated[int, Field(ge=0, le=2**53)]
"""Of epochs, batches or updates; a float holds it exactly."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What a run learns from."""

    source: str
    """How the data set is asked for: a name of the catalog, or a whole path."""
    name: str
    digest: str
    """SHA-256 of all its digits."""
    second: "Origin | None" = None
    """The set that is scored beside the validation, by the digest of what is scored."""


def origin_of(data: DataSet, source: str) -> Origin:
    """The origin of runs on `data`, which was asked for as `source`."""
    return Origin(source, data.name, _digest_of(data.train, data.test), origin_of_second(data))


def origin_of_second(data: DataSet) -> Origin | None:
    """The origin of the set that is scored beside the validation; None without one."""
    if data.second is None:
        return None
    return Origin(data.second.source, data.second.name, _digest_of(data.second.digits))


def _digest_of(*parts: Digits) -> str:
    digest = hashlib.sha256()
    for digits in parts:
        digest.update(repr(digits.images.shape).encode())
        digest.update(np.ascontiguousarray(digits.images).data)
        digest.update(np.ascontiguousarray(digits.labels).data)
    return digest.hexdigest()


def _with_names(origin: Origin, change: Callable[[str], str]) -> Origin:
    """The origin with its names changed, those of the second set too."""
    second = origin.second and _with_names(origin.second, change)
    return Origin(change(origin.source), change(origin.name), origin.digest, second)


class SnapshotInfo(BaseModel):
    """Where a snapshot was taken, and how good it was."""

    epoch: Count
    step: Count
    validation_accuracy: float
    settings: Hyperparameters | None = None
    """Those of the time; older versions did not store them."""


class CheckpointMetadata(BaseModel):
    """All of a run but its arrays."""

    model_config = ConfigDict(frozen=True, ser_json_inf_nan="constants", extra="forbid")

    format_version: Literal[1] = 1
    program: str
    """Version of the program that wrote this."""
    saved: datetime
    origin: Origin
    model: str
    """The file that the run's model goes to."""
    sizes: Annotated[tuple[Annotated[int, Field(ge=1)], ...], Field(min_length=2)]
    hyperparameters: Hyperparameters
    epoch: Count
    batch: Count
    batches: Annotated[Count, Field(ge=1)]
    step: Count
    seconds: Annotated[FiniteFloat, Field(ge=0)]
    stopped: Reason | None
    sums: EpochSums
    history: list[EpochDone]
    changes: list[Change]
    snapshots: list[SnapshotInfo]
    newest: int
    last: int
    """Which snapshot it is; the same for `newest` and `best`."""
    best: int | None

    @property
    def position(self) -> float:
        """Epochs done, as a fraction."""
        return self.epoch + self.batch / self.batches

    @property
    def is_over(self) -> bool:
        """Whether the run came to an end of its own."""
        return self.stopped in ("target", "epochs", "patience", "diverged")


@dataclass(frozen=True, slots=True, repr=False)
class Checkpoint:
    """A run at one moment; nothing that is learned later changes it."""

    facts: CheckpointMetadata
    tensors: Mapping[str, Array]

    def write(self, path: Path) -> None:
        """Write all of it; the file is replaced whole or not at all.

        Raises:
            SaveError: the file cannot be written, or numbers of the run are not finite.
        """
        facts = self.facts.model_dump_json()
        metadata = {"checkpoint": facts, "sha256": _digest(facts, self.tensors)}
        for name, tensor in self.tensors.items():
            if not np.isfinite(tensor).all():
                raise SaveError(f"Cannot keep the run in {path}: {name} holds no finite numbers.")
        write_atomic(path, save_tensors(dict(self.tensors), metadata), private=True)

    def restore(self) -> Run:
        """A run of its own that goes on from here."""
        facts, tensors = self.facts, self.tensors
        run = empty_run(facts.hyperparameters, facts.sizes)
        run.history, run.changes = list(facts.history), list(facts.changes)
        snapshots = [
            Snapshot(
                info.epoch,
                info.step,
                tensors[f"snapshot.{k}.theta"],
                tensors[f"snapshot.{k}.state"],
                info.validation_accuracy,
                info.settings or run.settings_after(info.epoch - 1),
            )
            for k, info in enumerate(facts.snapshots)
        ]
        run.newest, run.last = snapshots[facts.newest], snapshots[facts.last]
        run.best = None if facts.best is None else snapshots[facts.best]
        run.network.theta[:] = tensors.get("theta", run.newest.theta)
        run.optimizer_state[:] = tensors.get("state", run.newest.optimizer_state)
        run.epoch, run.batch, run.batches = facts.epoch, facts.batch, facts.batches
        run.step, run.seconds, run.stopped = facts.step, facts.seconds, facts.stopped
        run.sums = EpochSums(**asdict(facts.sums))
        if facts.snapshots[facts.last].settings is None:
            run.last = _last_healthy(run, snapshots)
        return run


def _last_healthy(run: Run, snapshots: list[Snapshot]) -> Snapshot:
    """What older versions did not look for: theirs was the last epoch with finite numbers.

    The start, with weights drawn again, if none of the snapshots is healthy.
    """
    for each in sorted(snapshots, key=lambda snapshot: snapshot.epoch, reverse=True):
        scored = 0 < each.epoch <= len(run.history)
        if each.epoch == 0 or (scored and is_healthy(run.history[: each.epoch], run.network)):
            return each
    sizes = run.network.sizes
    start = new_run(run.settings_after(-1), sizes[0], sizes[-1]).last
    assert start is not None  # noqa: S101 - every new run has one
    return start


def freeze(run: Run, origin: Origin, model: str = "") -> Checkpoint:
    """A run as it is now, between two events; one copy of parameters and optimizer state.

    model: where its model goes.
    """
    assert run.newest is not None and run.last is not None  # noqa: S101, PT018 - from the first on
    snapshots = {id(each): each for each in (run.newest, run.last, run.best) if each is not None}
    ids = list(snapshots)
    facts = CheckpointMetadata.model_construct(  # all of it is known to be right
        model=stored_path(model),
        program=version("numrec-tui"),
        saved=datetime.now().astimezone(),
        origin=_with_names(origin, stored_path),
        sizes=run.network.sizes,
        hyperparameters=run.hyperparameters,
        epoch=run.epoch,
        batch=run.batch,
        batches=run.batches,
        step=run.step,
        seconds=run.seconds,
        stopped=run.stopped,
        sums=EpochSums(**asdict(run.sums)),
        history=list(run.history),
        changes=list(run.changes),
        snapshots=[
            SnapshotInfo.model_construct(  # it is known to be right
                epoch=s.epoch,
                step=s.step,
                validation_accuracy=s.validation_accuracy,
                settings=s.settings,
            )
            for s in snapshots.values()
        ],
        newest=ids.index(id(run.newest)),
        last=ids.index(id(run.last)),
        best=None if run.best is None else ids.index(id(run.best)),
    )
    return Checkpoint(facts, _tensors(run, run.newest, list(snapshots.values())))


def _tensors(run: Run, newest: Snapshot, snapshots: list[Snapshot]) -> dict[str, Array]:
    """Parameters and optimizer state, now (unless the newest snapshot has them) and then."""
    tensors = {}
    for k, snapshot in enumerate(snapshots):
        tensors[f"snapshot.{k}.theta"] = snapshot.theta
        tensors[f"snapshot.{k}.state"] = snapshot.optimizer_state
    same = newest.step == run.step and np.array_equal(newest.theta, run.network.theta)
    if not same:  # in the middle of an epoch; or patience is over, and the best are back
        tensors["theta"] = run.network.theta.copy()
        tensors["state"] = run.optimizer_state.copy()
    return tensors


def read(path: Path) -> Checkpoint:
    """Read a checkpoint and make sure that it is what was written.

    Raises:
        FormatError: it is no checkpoint, or is damaged.
        VersionError: another version of the program wrote it, or one with other plug-ins.
    """
    content = read_bytes(path, LARGEST_FILE)
    metadata = read_metadata(path, content, "checkpoint", WHAT, LARGEST_HEADER)
    text = metadata["checkpoint"]
    _check_version(path, text)
    tensors = read_tensors(path, content)
    if metadata.get("sha256") != _digest(text, tensors):
        raise FormatError(path, "sha256", "the digest of its content", "another one")
    try:
        facts = CheckpointMetadata.model_validate_json(text)
    except ValidationError as error:
        faults = error.errors(include_url=False)
        for fault in faults:
            _check_installed(path, fault)
        fault = faults[0]
        where = ".".join(map(str, fault["loc"]))
        raise FormatError(path, where, "a run that can go on", fault["msg"]) from error
    _check_info(path, facts)
    _check_shapes(path, facts, tensors)
    return Checkpoint(_with_paths(facts), tensors)


def _with_paths(facts: CheckpointMetadata) -> CheckpointMetadata:
    """The facts with paths as the system knows them, also those that are no text."""
    named = _with_names(facts.origin, named_path)
    return facts.model_copy(update={"model": named_path(facts.model), "origin": named})


def _check_version(path: Path, text: str) -> None:
    try:
        facts = json.loads(text)
        written, program = facts["format_version"], facts["program"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise FormatError(path, "metadata", WHAT, "damage") from error
    if written != FORMAT_VERSION:
        found = f"version {written}, written by numrec-tui {program}; use that to go on"
        raise VersionError(path, "format", f"version {FORMAT_VERSION}", found)


def _check_installed(path: Path, fault: Mapping[str, Any]) -> None:
    """What the run names may be of a package that is not here; the file is whole, so keep it."""
    if fault["type"] == NOT_REGISTERED and isinstance(fault["input"], str):
        name = str(fault["loc"][-1])
        expected = f"one of {', '.join(knobs()[name].choices)}"
        raise VersionError(path, name, expected, f"{fault['input']!r}, which is not installed")


def _check_info(path: Path, facts: CheckpointMetadata) -> None:
    """The run stands within an epoch, and something was added up if it is not at its start."""
    if facts.batch > facts.batches:
        raise FormatError(path, "batch", f"at most {facts.batches}", str(facts.batch))
    if facts.sums.images < min(facts.batch, 1) or not facts.sums.seconds >= 0:
        raise FormatError(path, "sums", f"those of {facts.batch} batches", "others")


def _check_shapes(path: Path, facts: CheckpointMetadata, tensors: Mapping[str, Array]) -> None:
    """Every array is there, of the size the network has; every snapshot that is spoken of exists.

    All numbers of a run are finite, also those of one that is diverging: it stops before.
    """
    settings = facts.hyperparameters
    parameters = count_parameters(facts.sizes)
    vectors = OPTIMIZERS[settings.optimizer].vectors
    count, name = len(facts.snapshots), "-".join(map(str, facts.sizes))
    wanted: dict[str, tuple[int, ...]]
    wanted = {f"snapshot.{k}.theta": (parameters,) for k in range(count)}
    wanted |= {f"snapshot.{k}.state": (vectors, parameters) for k in range(count)}
    if "theta" in tensors or "state" in tensors:
        wanted |= {"theta": (parameters,), "state": (vectors, parameters)}
    found = {name: tensor.shape for name, tensor in tensors.items()}
    if facts.sizes[1:-1] != settings.hidden or found != wanted:
        raise FormatError(path, "tensors", f"those of a {name} network", "others")
    if any(tensor.dtype != np.float32 for tensor in tensors.values()):
        raise FormatError(path, "tensors", "float32", "other numbers")
    for name, tensor in tensors.items():
        if not np.isfinite(tensor).all():
            raise FormatError(path, name, "finite numbers", "NaN or infinity")
    if not all(0 <= k < count for k in (facts.newest, facts.last, facts.best or 0)):
        raise FormatError(path, "snapshots", f"{count} of them", "one more is spoken of")


def _digest(facts: str, tensors: Mapping[str, Array]) -> str:
    digest = hashlib.sha256(facts.encode())
    for name in sorted(tensors):
        digest.update(np.ascontiguousarray(tensors[name]).data)
    return digest.hexdigest()
