"""Files that chance has broken: nothing worse than one sentence, within a second of the processor.

Checkpoints have a digest of their content, so half of them get a new one after they were broken;
values of the history are put into its columns, besides bytes into its file.
"""

import json
import os
import shutil
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from copy import deepcopy
from pathlib import Path
from random import Random
from time import process_time
from types import FrameType
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save as save_tensors

from engine.data import idx, pictures
from engine.errors import DataError, EngineError, FormatError, HistoryError, SettingsError
from engine.models import files
from engine.models.files import save
from engine.training import checkpoint
from engine.training.checkpoint import freeze
from engine.training.hyperparameters import settings_from
from engine.training.outcome import to_model
from numrec_tui.app import NumrecApp
from numrec_tui.history.history import History
from numrec_tui.modes.keymap import checked
from numrec_tui.storage import preferences
from numrec_tui.storage import settings_file as config_file
from tests.engine import tiny
from tests.engine.data.test_pictures_hostile import encoded
from tests.history.test_history_damage import VALUES, use_all, whole
from tests.past_runs import done, past
from tests.reliability.budget import count
from tests.storage.test_checkpoints import MODEL, ORIGIN, run_after

pytestmark = [pytest.mark.reliability, pytest.mark.timeout(0)]

__all__ = ["whole"]  # a fixture

INPUTS, HISTORIES = count("fuzzed inputs"), count("fuzzed histories")

PIECES = [
    b"0", b"-1", b"9" * 400, b"1e999", b"nan", b"null", b"true", b'""', b"[", b"]", b"{", b"}",
    b'"', b"\\", b"=", b"\n", b",", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\\ud800", b"[[", b".",
    b"\x1b]0;x\x07", b"\xe2\x80\xae", b"\x7f\xff\xff\xff", b"\xff" * 8, b"\x00" * 8,
]  # fmt: skip
"""What files hold where it does harm."""


def broken(content: bytes, random: Random) -> bytes:
    """One to four faults; most of them near the beginning, where headers are."""
    spoilt = bytearray(content)
    for _ in range(random.randint(1, 4)):
        reach = len(spoilt) if random.random() < 0.4 else min(len(spoilt), 160)
        at = random.randrange(reach + 1)
        match random.randrange(7):
            case 0 if at < len(spoilt):
                spoilt[at] ^= 1 << random.randrange(8)
            case 1:
                spoilt[at : at + random.choice((0, 1, 4, 8))] = random.choice(PIECES)
            case 2:
                del spoilt[at : at + random.randint(1, 64)]
            case 3:
                spoilt[at:at] = random.randbytes(random.randint(1, 8))
            case 4:
                other = random.randrange(len(spoilt) + 1)
                spoilt[at:at] = spoilt[other : other + random.randint(1, 64)]
            case 5 if random.random() < 0.2:
                del spoilt[at:]
            case _:
                spoilt[at : at + 4] = random.choice((0, 1, 2**31 - 1, 2**32 - 1)).to_bytes(
                    4, "little"
                )
    return bytes(spoilt)


@contextmanager
def a_second_of_the_processor() -> Iterator[None]:
    """Raises after more than that; a busy machine is not to blame."""

    def too_long(_number: int, _frame: FrameType | None) -> None:
        raise AssertionError("one input took more than a second of the processor")

    if not hasattr(signal, "setitimer"):
        yield
        return
    before = signal.signal(signal.SIGVTALRM, too_long)
    signal.setitimer(signal.ITIMER_VIRTUAL, 1)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def refusal(read: Callable[[], object], refusals: tuple[type[EngineError], ...]) -> str | None:
    """Why an input is refused; None if it is not."""
    try:
        read()
    except refusals as error:
        return str(error)
    return None


class Record:
    """Counts inputs, and how many of them were refused; and the longest time of one."""

    def __init__(self, record_property: Callable[[str, object], None]) -> None:
        self.inputs = self.refused = 0
        self.longest = 0.0
        self._tell = record_property

    def use(self, read: Callable[[], object], refusals: tuple[type[EngineError], ...]) -> None:
        """Let an input be read; it may be refused in one sentence."""
        began = process_time()
        with a_second_of_the_processor():
            said = refusal(read, refusals)
        if said is not None:
            self.refused += 1
            assert said
            assert "\n" not in said
        self.inputs += 1
        self.longest = max(self.longest, process_time() - began)

    def end(self, least: float = 0.05) -> None:
        assert self.refused >= least * self.inputs  # the faults do harm
        self._tell("inputs", self.inputs)
        self._tell("longest input (s)", round(self.longest, 3))


@pytest.fixture
def record(record_property) -> Record:
    return Record(record_property)


def a_checkpoint(path: Path) -> None:
    freeze(run_after(5), ORIGIN, str(MODEL)).write(path)


def a_model(path: Path) -> None:
    save(path, to_model(run_after(1), tiny.data_set()))


def settings_of(path: Path) -> object:
    return settings_from(config_file.read(path))


def some_settings(path: Path) -> None:
    config_file.write(path, settings_from({"hidden": (8,)}))


def as_in_the_app(path: Path) -> object:
    found = preferences.read(path)
    _, problems = checked(found.keys, NumrecApp)
    assert all(isinstance(problem, str) for problem in [*found.problems, *problems])
    return found


READERS: dict[str, tuple[Callable[[Path], object], Callable[[Path], object], str]] = {
    "checkpoint": (a_checkpoint, checkpoint.read, "c.safetensors"),
    "model": (a_model, files.load, "m.safetensors"),
    "onnx": (a_model, files.load, "m.onnx"),
    "text": (a_model, lambda path: files.load(path, "quadratic"), "m.txt"),
    "images": (lambda path: idx.write(path, tiny.digits(20).images), idx.read_images, "images"),
    "gzip": (lambda path: idx.write(path, tiny.digits(20).images), idx.read_images, "images.gz"),
    "png": (lambda path: path.write_bytes(encoded("PNG")), pictures.read, "p.png"),
    "bmp": (lambda path: path.write_bytes(encoded("BMP")), pictures.read, "p.bmp"),
    "settings": (some_settings, settings_of, "settings.toml"),
}
REFUSALS = (FormatError, DataError, SettingsError)


@pytest.mark.parametrize("kind", READERS)
def test_broken_bytes_are_refused_in_a_sentence(kind: str, tmp_path: Path, record: Record) -> None:
    make, read, name = READERS[kind]
    (tmp_path / "whole").mkdir()
    make(tmp_path / "whole" / name)
    content = (tmp_path / "whole" / name).read_bytes()
    random = Random(f"{kind} 13")  # noqa: S311
    for number in range(INPUTS):
        path = tmp_path / f"{number}-{name}"  # a disk is slow to write over a file that is there
        path.write_bytes(broken(content, random))
        record.use(lambda path=path: read(path), REFUSALS)
        path.unlink()
    record.end()


def test_a_broken_checkpoint_with_a_right_digest_is_refused_in_a_sentence(
    tmp_path: Path, record: Record
) -> None:
    frozen = freeze(run_after(5), ORIGIN, str(MODEL))
    facts = frozen.facts.model_dump_json().encode()
    values = dict(frozen.tensors)
    random = Random("digest 13")  # noqa: S311
    for number in range(INPUTS):
        text = other_values(facts, random) if number % 2 else broken(facts, random)
        told = text.decode("utf-8", "replace")
        digest = checkpoint._digest(told, values)
        path = tmp_path / str(number)
        path.write_bytes(save_tensors(values, {"checkpoint": told, "sha256": digest}))
        record.use(lambda path=path: checkpoint.read(path).restore(), (FormatError,))
        path.unlink()
    record.end()


JSON_VALUES = [None, "", "x", 0, -1, 1, 0.5, 1e300, 2**63, 10**400, [], {}, [[]], [None], True,
               float("nan"), float("inf"), "\x1b]0;x\x07", [1] * 99, {"a": 1}]  # fmt: skip


def other_values(facts: bytes, random: Random) -> bytes:
    """The facts with one to three values replaced, wherever they are."""
    read = json.loads(facts)
    for _ in range(random.randint(1, 3)):
        place: Any = read
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            key = random.choice(keys)
            if isinstance(place[key], dict | list) and place[key] and random.random() < 0.8:
                place = place[key]
                continue
            place[key] = deepcopy(random.choice(JSON_VALUES))
            break
    return json.dumps(read).encode()


PREFERENCES = b'theme = "nord"\n# mine\n[keys]\n"train.step" = "b"\n"train.save" = "f5"\n'


def test_broken_preferences_are_left_out_and_told(tmp_path: Path, record: Record) -> None:
    random = Random("preferences 13")  # noqa: S311
    for number in range(INPUTS):
        path = tmp_path / f"{number}.toml"
        path.write_bytes(broken(PREFERENCES, random))
        record.use(lambda path=path: as_in_the_app(path), ())
        path.unlink()
    record.end(least=0)


def test_a_history_of_broken_bytes_is_read_or_set_aside(
    whole: Path, tmp_path: Path, record: Record
) -> None:
    random, content = Random("bytes 13"), whole.read_bytes()  # noqa: S311
    for number in range(HISTORIES):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "history.db").write_bytes(broken(content, random))
        record.use(lambda folder=folder: used(History(folder / "history.db")), (HistoryError,))
        shutil.rmtree(folder)
    record.end()


def test_a_history_of_any_values_is_read(whole: Path, tmp_path: Path, record: Record) -> None:
    random = Random("values 13")  # noqa: S311
    connection = sqlite3.connect(whole)
    columns = [(table, row[1]) for table in ("runs", "epochs", "changes")
               for row in connection.execute(f"PRAGMA table_info({table})")]  # fmt: skip
    connection.close()
    for number in range(HISTORIES):
        path = tmp_path / f"{number}.db"
        shutil.copy(whole, path)
        spoil(path, random, columns)
        record.use(lambda path=path: use_all(History(path)), ())
        os.unlink(path)  # noqa: PTH108
    record.end(least=0)


def spoil(path: Path, random: Random, columns: list[tuple[str, str]]) -> None:
    """Put values that do not belong there into one to six places."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA synchronous = OFF")  # only this test reads it
    for table, column in random.sample(columns, random.randint(1, 6)):
        place = "id" if table == "runs" else "run"
        statement = f"UPDATE OR IGNORE {table} SET {column} = ? WHERE {place} = ?"  # noqa: S608
        with suppress(sqlite3.Error, UnicodeEncodeError):  # this one cannot be written
            connection.execute(statement, (any_value(random), random.randint(1, 4)))
    connection.commit()
    connection.close()


def any_value(random: Random) -> object:
    """Values that have done harm before, and others that chance makes."""
    if random.random() < 0.6:
        return random.choice(VALUES)
    return random.choice((
        random.randbytes(random.randint(0, 20)), random.uniform(-1e9, 1e9),
        random.randint(-(2**63), 2**63 - 1), broken(b'{"a": [1, 2.5]}', random).decode("latin-1"),
        np.nextafter(0, 1),
    ))  # fmt: skip


def used(history: History) -> None:
    use_all(history)
    history.write("new", past(), [done(1)], [])
