"""Pictures that people have: decoded to gray by Pillow, their digits laid out as MNIST's are.

This is the only module that knows Pillow. Where the ink is, `engine.data.ink` says.
"""

import os
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from engine.data.ink import find_ink, split_ink
from engine.data.normalize import FRAME, normalize
from engine.errors import FormatError
from engine.nn.arrays import Bytes

FORMATS = ("BMP", "PNG", "JPEG", "GIF", "WEBP")
"""What is decoded. Pillow knows more, but each decoder is one more door for a hostile file."""
LARGEST_FILE = 512 * 2**20
"""What a file may hold, in bytes."""
MOST_PIXELS = 40_000_000

_WHOLE = "a whole BMP, PNG, JPEG, GIF or WebP picture"
_TOO_LARGE = (Image.DecompressionBombError, Image.DecompressionBombWarning)
_DAMAGE = (
    OSError, ValueError, SyntaxError, MemoryError, OverflowError, EOFError, struct.error,
    zlib.error, IndexError, KeyError, TypeError, AttributeError, RuntimeError,
)  # fmt: skip
"""What Pillow raises on damaged files: a decoder trips over whatever the damage made of a field."""


def read(path: Path) -> Bytes:
    """The gray levels of a picture file: (rows, columns), 0 black, 255 white, upright.

    Colors become their luminance, 16 bits the upper 8, an animation its first frame. What is
    transparent becomes white paper, but black under ink that is light: nothing may disappear.

    Raises:
        FormatError: the file is no ordinary file, of no format we read, damaged or too large.
    """
    _check_file(path)
    with _pillow_errors(path), Image.open(path, formats=FORMATS) as picture:
        width, height = picture.size
        if not 0 < width * height <= MOST_PIXELS:
            raise FormatError(
                path, "size", f"1 to {MOST_PIXELS:,} pixels", f"{width:,} x {height:,}"
            )
        picture.load()
        return _gray(ImageOps.exif_transpose(picture))


def find_digits(gray: Bytes) -> Bytes:
    """Every digit of a picture, line by line, each line from left to right.

    gray (rows, columns) -> (n, 28, 28), white on black, laid out as MNIST's are; n is 0 where
    there is no ink.
    """
    ready = _laid_out(gray)
    if ready is not None:
        return ready if ready.any() else ready[:0]
    digits = [normalize(ink[None])[0] for ink in split_ink(gray)]
    return np.array(digits, np.uint8).reshape(-1, FRAME, FRAME)


def one_digit(gray: Bytes) -> Bytes:
    """All ink of a picture as one digit, for pictures that are known to hold one.

    gray (rows, columns) -> (28, 28), laid out as MNIST's are; empty where there is no ink.
    """
    ready = _laid_out(gray)
    if ready is None:
        ready = normalize(find_ink(gray)[None])
    digit: Bytes = ready[0]
    return digit


def as_is(gray: Bytes, path: Path, shape: tuple[int, int] = (FRAME, FRAME)) -> Bytes:
    """The picture untouched, once it is known to have this shape: white on black is up to it.

    Raises:
        FormatError: it has another shape.
    """
    if gray.shape != shape:
        wanted, found = (f"{rows} x {columns} pixels" for rows, columns in (shape, gray.shape))
        raise FormatError(
            path, "size", f"{wanted}, as pictures taken untouched must have",
            f"{found}; without --raw the digit is found and resized",
        )  # fmt: skip
    return gray


def _laid_out(gray: Bytes) -> Bytes | None:
    """A picture of MNIST's size with an empty border, (1, 28, 28) white on black; None for others.

    Its ink needs no search, and MNIST's own pictures stay as they are to the last pixel.
    """
    if gray.shape != (FRAME, FRAME):
        return None
    border = np.concatenate([gray[0], gray[-1], gray[:, 0], gray[:, -1]])
    if not border.any():
        return normalize(gray[None])
    return normalize(255 - gray[None]) if (border == 255).all() else None


def _check_file(path: Path) -> None:
    """Refuse what must not be opened: a pipe would wait forever, a device never end."""
    try:
        if not path.is_file():
            found = "a folder" if path.is_dir() else "something else" if path.exists() else "none"
            raise FormatError(path, "file", "a file", found)
        size = path.stat().st_size
        if not os.access(path, os.R_OK):
            raise FormatError(path, "file", "a readable file", "one that may not be read")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise FormatError(path, "file", "a readable file", reason) from error
    if size > LARGEST_FILE:
        raise FormatError(path, "size", f"at most {LARGEST_FILE} bytes", "more")
    if size == 0:
        raise FormatError(path, "file", _WHOLE, "an empty file")


@contextmanager
def _pillow_errors(path: Path) -> Iterator[None]:
    """Whatever Pillow says of a bad file becomes one sentence; its warnings stay unsaid."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            yield
    except _TOO_LARGE as error:
        raise FormatError(path, "size", f"1 to {MOST_PIXELS:,} pixels", "more") from error
    except UnidentifiedImageError as error:
        raise FormatError(path, "file", _WHOLE, "something else") from error
    except _DAMAGE as error:
        reason = " ".join(str(error).split())[:100] or type(error).__name__
        raise FormatError(path, "picture", _WHOLE, f"damage ({reason})") from error


def _gray(picture: Image.Image) -> Bytes:
    """Gray levels of a decoded picture of any mode."""
    if picture.mode.startswith(("I", "F")):
        picture = _in_8_bits(picture)
    if picture.has_transparency_data:
        return _over_paper(picture.convert("RGBA"))
    if picture.mode not in ("1", "L", "P", "RGB"):
        picture = picture.convert("RGB")
    return np.asarray(picture.convert("L"))


def _in_8_bits(picture: Image.Image) -> Image.Image:
    """A gray picture of 16 bits, which Pillow would cut at 255; one level may mean transparent."""
    levels = np.asarray(picture, np.float64)
    gray = Image.fromarray(np.rint(np.clip(levels / 257, 0, 255)).astype(np.uint8))
    if picture.has_transparency_data:
        gray.putalpha(Image.fromarray(levels != picture.info["transparency"]))
    return gray


def _over_paper(picture: Image.Image) -> Bytes:
    """An RGBA picture on paper: white under ink that is dark on the whole, black under light."""
    gray = np.asarray(picture.convert("L"), np.float32)
    cover = np.asarray(picture.getchannel("A"), np.float32) / 255
    ink = float((gray * cover).sum() / max(float(cover.sum()), 1.0))
    paper = 255 if ink < 128 else 0
    return np.rint(gray * cover + paper * (1 - cover)).astype(np.uint8)
