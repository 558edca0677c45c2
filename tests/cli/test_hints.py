"""The engine says what is wrong; the command line adds what to type."""

from pathlib import Path

import pytest

from engine.errors import (
    DataError,
    DownloadError,
    EngineError,
    HoldOutError,
    NotDownloadedError,
    PictureSizeError,
)
from numrec_tui.cli.hints import with_flags


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (DataError("No."), "No."),
        (NotDownloadedError("No.", "mnist"), "No. To get it: numrec-tui data get mnist"),
        (
            NotDownloadedError("No.", "kmnist", damaged=True),
            "No. To get it again: numrec-tui data get kmnist",
        ),
        (DownloadError("No."), "No. Such a folder is named by --data FOLDER/"),
        (HoldOutError("No."), "No. The flag for it is --validation test."),
        (
            PictureSizeError(Path("a.png"), "size", "28", "3"),
            "a.png: size: expected 28, found 3. Without --raw the digit is found and resized.",
        ),
    ],
)
def test_what_helps_stands_behind_the_sentence(error: EngineError, said: str) -> None:
    assert with_flags(error) == said
