"""A folder with a small data set, and a command line to call."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from engine.data import idx
from engine.data.catalog import FILES
from numrec_tui.cli.commands import run
from tests import scripted


class Answer(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def data(tmp_path: Path) -> Path:
    digits = scripted.drawn_set()
    digits.test.images[:, 0, 0] = 1  # none of them is a training image, too
    folder = tmp_path / "digits"
    folder.mkdir()
    idx.write(folder / (FILES["training images"] + ".gz"), digits.train.images)
    idx.write(folder / FILES["training labels"], digits.train.labels)
    idx.write(folder / FILES["test images"], digits.test.images)
    idx.write(folder / (FILES["test labels"] + ".gz"), digits.test.labels)
    return folder


@pytest.fixture
def numrec(capfd: pytest.CaptureFixture[str]) -> Callable[..., Answer]:
    """Call the command line in this process: numrec("train", "--epochs", 3)."""

    def call(*words: object) -> Answer:
        code = run([str(word) for word in words])
        captured = capfd.readouterr()
        return Answer(code, captured.out, captured.err)

    return call
