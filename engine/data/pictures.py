"""Pictures that people have: decoded to gray by Pillow, their digits laid out as MNIST's are.

This is the only module that knows Pillow. Where the ink is, `engine.data.ink` says.
"""

import struct
import warnings
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont, ImageOps, UnidentifiedImageError

from engine.data.ink import find_ink, split_ink
from engine.data.normalize import FRAME, normalize
from engine.errors import FormatError, LibraryError, PictureSizeError
from engine.nn.arrays import Bytes
from engine.read_file import open_file, read_file

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
    with _open(path) as file, Image.open(file, formats=FORMATS) as picture:
        width, height = picture.size
        if not 0 < width * height <= MOST_PIXELS:
            raise FormatError(
                path, "size", f"1 to {MOST_PIXELS:,} pixels", f"{width:,} x {height:,}"
            )
        picture.load()
        ImageOps.exif_transpose(picture, in_place=True)
        return _gray(picture)


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


def png(gray: Bytes, dpi: int = 72) -> bytes:
    """A picture as a PNG file: gray (rows, columns). dpi: how large it is printed."""
    file = BytesIO()
    Image.fromarray(gray).save(file, "png", dpi=(dpi, dpi))
    return file.getvalue()


def pdf(pages: Sequence[Bytes], dpi: int) -> bytes:
    """Pictures as the pages of a PDF file: each gray (rows, columns)."""
    file = BytesIO()
    first, *others = map(Image.fromarray, pages)
    first.save(
        file, "pdf", save_all=True, append_images=others, resolution=dpi, quality=95,
        title="numrec-tui",
    )  # fmt: skip
    return file.getvalue()


def can_write(text: str, font: Path | None = None) -> bool:
    """Whether a font has letters for a text. font: a font file, in place of Pillow's own.

    Raises:
        FormatError: it is no font.
    """
    face = _font(font, 40)
    missing = _letter(face, "\uffff")
    return all(letter.isspace() or _letter(face, letter) != missing for letter in text)


def width_of(text: str, height: int, font: Path | None = None) -> int:
    """How many pixels a line of text is long at a height."""
    return round(_font(font, height).getlength(text))


def written(text: str, height: int, width: int, font: Path | None = None) -> Bytes:
    """A line of text, white on black, of at most this height and width: (rows, columns).

    Raises:
        FormatError: the font is none.
    """
    face = _font(font, height)
    _, top, right, bottom = face.getbbox(text)
    if right > width or bottom - top > height:
        face = _font(font, max(int(height * min(width / right, height / (bottom - top))), 1))
        _, top, right, bottom = face.getbbox(text)
    ink = Image.new("L", (min(int(right) + 1, width), int(bottom - top) + 1))
    ImageDraw.Draw(ink).text((0, -top), text, fill=255, font=face)
    return np.asarray(ink)


@lru_cache(4)
def _font(font: Path | None, size: int) -> ImageFont.FreeTypeFont:
    if font is None:
        face = ImageFont.load_default(size)
        if isinstance(face, ImageFont.FreeTypeFont):
            return face
        raise LibraryError("This Pillow was built without FreeType, which writes the names.")
    content = read_file(font, LARGEST_FILE)
    try:
        return ImageFont.truetype(BytesIO(content), size)
    except _DAMAGE as error:
        raise FormatError(font, "file", "a TrueType or OpenType font", "something else") from error


def _letter(face: ImageFont.FreeTypeFont, letter: str) -> tuple[tuple[int, int], bytes]:
    mask = face.getmask(letter)
    return mask.size, bytes(mask)


def as_is(gray: Bytes, path: Path, shape: tuple[int, int] = (FRAME, FRAME)) -> Bytes:
    """The picture untouched, once it is known to have this shape: white on black is up to it.

    Raises:
        PictureSizeError: it has another shape.
    """
    if gray.shape != shape:
        wanted, found = (f"{rows} x {columns} pixels" for rows, columns in (shape, gray.shape))
        raise PictureSizeError(
            path, "size", f"{wanted}, as pictures taken untouched must have", found
        )
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


@contextmanager
def _open(path: Path) -> Iterator[BinaryIO]:
    """The file of a picture, whatever Pillow finds wrong with it told in one sentence."""
    with open_file(path, LARGEST_FILE) as file, _pillow_errors(path):
        start = file.read(5)
        if not start:
            raise FormatError(path, "file", _WHOLE, "an empty file")
        if start == b"%PDF-":
            raise FormatError(path, "file", _WHOLE, "a PDF; save each of its pages as a picture")
        file.seek(0)
        yield file


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
    """Gray levels of a decoded picture of any mode.

    It is converted in strips: a picture of 40 megapixels would else be held several times, in
    numbers of 4 and 8 bytes.
    """
    width, height = picture.size
    paper = _paper(picture) if picture.has_transparency_data else None
    gray = np.empty((height, width), np.uint8)
    for top, bottom in _strips(picture):
        gray[top:bottom] = _gray_strip(picture.crop((0, top, width, bottom)), paper)
    return gray


def _strips(picture: Image.Image) -> Iterator[tuple[int, int]]:
    """The first row of each strip, and the one behind its last; about 2**18 pixels each."""
    width, height = picture.size
    step = max(2**18 // width, 1)
    return ((top, min(top + step, height)) for top in range(0, height, step))


def _gray_strip(strip: Image.Image, paper: int | None) -> Bytes:
    """Gray levels of some rows; paper: what lies under what is transparent."""
    if paper is not None:
        gray, cover = _gray_and_cover(strip)
        mixed: Bytes = np.rint(gray * cover + paper * (1 - cover)).astype(np.uint8)
        return mixed
    if strip.mode.startswith(("I", "F")):
        strip = _in_8_bits(strip)
    if strip.mode not in ("1", "L", "P", "RGB"):
        strip = strip.convert("RGB")
    return np.asarray(strip.convert("L"))


def _in_8_bits(picture: Image.Image) -> Image.Image:
    """A gray picture of 16 bits, which Pillow would cut at 255; one level may mean transparent."""
    levels = np.asarray(picture, np.float64)
    gray = Image.fromarray(np.rint(np.clip(levels / 257, 0, 255)).astype(np.uint8))
    if picture.has_transparency_data:
        gray.putalpha(Image.fromarray(levels != picture.info["transparency"]))
    return gray


def _gray_and_cover(strip: Image.Image) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Gray levels 0-255 and how much each pixel covers what lies under it, 0-1."""
    if strip.mode.startswith(("I", "F")):
        strip = _in_8_bits(strip)
    strip = strip.convert("RGBA")
    gray = np.asarray(strip.convert("L"), np.float32)
    return gray, np.asarray(strip.getchannel("A"), np.float32) / np.float32(255)


def _paper(picture: Image.Image) -> int:
    """What to put under a transparent picture: white under ink dark on the whole, else black."""
    ink = cover = 0.0
    for top, bottom in _strips(picture):
        gray, covers = _gray_and_cover(picture.crop((0, top, picture.width, bottom)))
        ink, cover = ink + float((gray * covers).sum()), cover + float(covers.sum())
    return 255 if ink / max(cover, 1.0) < 128 else 0
