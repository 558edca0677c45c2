"""What the engine's errors leave to the caller: the commands and flags that would help."""

from functools import singledispatch

from engine.errors import (
    DownloadError,
    EngineError,
    HoldOutError,
    NotDownloadedError,
    PictureSizeError,
    SheetNamesError,
)


def with_flags(error: EngineError) -> str:
    """The error's sentence, followed by what to type on the command line where that helps."""
    return " ".join(filter(None, (str(error), hint(error))))


@singledispatch
def hint(_error: EngineError) -> str:
    """What to type, as a sentence; empty where there is nothing to add."""
    return ""


@hint.register
def _(error: NotDownloadedError) -> str:
    return f"To get it{' again' * error.damaged}: numrec-tui data get {error.name}"


@hint.register
def _(_error: DownloadError) -> str:
    return "Such a folder is named by --data FOLDER/"


@hint.register
def _(_error: HoldOutError) -> str:
    return "The flag for it is --validation test."


@hint.register
def _(_error: PictureSizeError) -> str:
    return "Without --raw the digit is found and resized."


@hint.register
def _(_error: SheetNamesError) -> str:
    return "The flag for it is --classes."
