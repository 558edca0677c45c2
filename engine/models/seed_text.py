"""The text format of the Rust program max-amb/number_recognition, byte for byte.

    [layers]            the sizes, pixels first: [784, 64, 10]
    [weights]           a line for each matrix, [w, w …]: for each input, all outputs
    [biases]            a line for each vector, [b, b …]
    [alpha]             the leak of the hidden layers, without brackets

A blank line stands between two blocks, a comma and a space between two numbers, LF at the end of a
line. A number is the shortest decimal that reads back as the same float32, never with an exponent:
0.0000000001, 1, -0. The loss is not stored: the reader of the file has to name it.
Source: github.com/max-amb/number_recognition at 0fe56ef, the files in models/.
"""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import numpy as np

from engine.atomic_write import write_atomic
from engine.errors import FormatError, SaveError
from engine.models.formats import model_format
from engine.models.model import LARGEST_FILE, Model, read_bytes
from engine.nn.activations import leaky_relu
from engine.nn.arrays import Array
from engine.nn.losses import LOSSES
from engine.nn.network import Network

LARGEST_SIZE = 65_536
MOST_LAYERS = 18
"""Pixels, 16 hidden layers, classes."""

HOLDS = ("leaky_relu", "relu")
"""The activations it has room for; relu is a leak of 0."""

_SEPARATOR = ", "
_DECIMAL = r"-?[0-9]{1,99}(?:\.[0-9]{1,199})?"
_DECIMALS = re.compile(f"{_DECIMAL}(?:{_SEPARATOR}{_DECIMAL})*")
_SIZE = re.compile(r"[1-9][0-9]{0,4}")
_PIECE = 2**18  # numbers or characters taken at a time, so that a large file needs little memory


def save(path: Path, model: Model) -> None:
    """Write the network; of everything else the format holds only the leak.

    Raises:
        SaveError: the format cannot hold the network, or the file cannot be written.
    """
    network = model.network
    check(path, network.activation.name)
    if len(network.sizes) > MOST_LAYERS or max(network.sizes) > LARGEST_SIZE:
        limits = f"{MOST_LAYERS} layers of {LARGEST_SIZE:,} units"
        raise SaveError(f"Cannot write {path}: the seed's text format holds at most {limits}.")
    lines = ["[layers]", f"[{_SEPARATOR.join(map(str, network.sizes))}]", ""]
    lines += ["[weights]", *map(_bracketed, network.weights), ""]
    lines += ["[biases]", *map(_bracketed, network.biases), ""]
    lines += ["[alpha]", decimal(np.float32(network.activation.leak)), ""]
    content = "\n".join(lines).encode("ascii")
    if len(content) > LARGEST_FILE:
        raise SaveError(f"Cannot write {path}: as text the model is too large to be read again.")
    write_atomic(path, content)


def load(path: Path, loss: str = "cross_entropy") -> Model:
    """Read a network whose output is a softmax, or with the loss `quadratic` a sigmoid a class.

    Windows' line ends and a last line without an end are accepted.

    Raises:
        FormatError: the file is not of this format; it names the line.
    """
    lines = _Lines(path, read_bytes(path))
    lines.expect("[layers]")
    sizes = _sizes(lines)
    values = {}
    for block, lengths in (
        ("[weights]", [n_in * n_out for n_in, n_out in pairwise(sizes)]),
        ("[biases]", sizes[1:]),
    ):
        lines.expect("")
        lines.expect(block)
        values[block] = [_numbers(lines, length) for length in lengths]
    lines.expect("")
    lines.expect("[alpha]")
    network = Network(sizes, leaky_relu(_leak(lines)), LOSSES[loss])
    lines.expect_end()
    for k, (weights, biases) in enumerate(zip(network.weights, network.biases, strict=True)):
        weights[:] = values["[weights]"][k].reshape(weights.shape)
        biases[:] = values["[biases]"][k]
    return Model(network)


def check(path: Path, activation: str | None, _loss: str | None = None) -> None:
    """Make sure that a network with this activation can be written; None is not known yet.

    Raises:
        SaveError: it cannot.
    """
    if activation is not None and activation not in HOLDS:
        raise SaveError(
            f"Cannot write {path}: the seed's text format holds leaky_relu and relu, "
            f"not {activation}; save it as .safetensors or .onnx."
        )


def decimal(value: np.float32) -> str:
    """The shortest decimal that reads back as the same float32."""
    return np.format_float_positional(value, unique=True, trim="-")


def _bracketed(values: Array) -> str:
    """A matrix (n_in, n_out) or a vector as one line; row-major here is the seed's column-major."""
    flat = values.astype(np.float32).reshape(-1)
    pieces = (flat[start : start + _PIECE] for start in range(0, flat.size, _PIECE))
    return f"[{_SEPARATOR.join(_SEPARATOR.join(map(decimal, piece)) for piece in pieces)}]"


class _Lines:
    """The lines of a file, taken one by one, and the number of the one at hand."""

    def __init__(self, path: Path, content: bytes) -> None:
        self._path = path
        self._number = 0
        try:
            text = content.decode("ascii")
        except UnicodeDecodeError as error:
            self._number = content.count(b"\n", 0, error.start) + 1
            raise self.error("ASCII text", f"the byte {content[error.start]:#04x}") from error
        self._lines = text.split("\n")
        if not self._lines[-1]:
            self._lines.pop()

    def take(self, expected: str) -> str:
        """The next line; `expected` says what it should be, should there be none."""
        self._number += 1
        if self._number > len(self._lines):
            raise self.error(expected, "the end of the file")
        return self._lines[self._number - 1].removesuffix("\r")

    def expect(self, text: str) -> None:
        """Go past a line that has to read so."""
        found = self.take(_told(text))
        if found != text:
            raise self.error(_told(text), _told(found))

    def expect_end(self) -> None:
        """Make sure that no line is left."""
        if self._number < len(self._lines):
            raise self.error("the end of the file", _told(self.take("")))

    def error(self, expected: str, found: str) -> FormatError:
        """What is wrong with the line at hand."""
        return FormatError(self._path, f"line {self._number}", expected, found)


def _told(line: str) -> str:
    """A line, or its beginning, for a person."""
    if not line:
        return "an empty line"
    return repr(line if len(line) <= 30 else f"{line[:30]}…")


def _sizes(lines: _Lines) -> list[int]:
    """The layer sizes; what they ask for takes no memory before it is known to be there."""
    expected = f"2 to {MOST_LAYERS} sizes from 1 to {LARGEST_SIZE:,}, such as [784, 256, 10]"
    line = lines.take(expected)
    words = line[1:-1].split(_SEPARATOR, MOST_LAYERS)
    if (
        f"[{_SEPARATOR.join(words)}]" != line
        or not 2 <= len(words) <= MOST_LAYERS
        or not all(_SIZE.fullmatch(word) and int(word) <= LARGEST_SIZE for word in words)
    ):
        raise lines.error(expected, _told(line))
    return [int(word) for word in words]


def _numbers(lines: _Lines, count: int) -> Array:
    """The next line's numbers (count,), float32."""
    expected = f"{count:,} numbers in brackets"
    line = lines.take(expected)
    if not (line.startswith("[") and line.endswith("]")):
        raise lines.error(expected, _told(line))
    found = line.count(_SEPARATOR) + 1
    if found != count:
        raise lines.error(expected, f"{found:,}")
    values, start = np.empty(count, np.float32), 0
    for piece in _pieces(line):
        words = piece.split(_SEPARATOR)
        if not _DECIMALS.fullmatch(piece):
            raise _no_decimal(lines, words)
        values[start : start + len(words)] = _nearest(words)
        start += len(words)
    if not np.isfinite(values).all():
        raise lines.error("finite numbers", "one too large for float32")
    return values


def _pieces(line: str) -> Iterator[str]:
    """What stands in the brackets, in pieces that end between two numbers."""
    start, end = 1, len(line) - 1
    while start < end:
        cut = line.find(_SEPARATOR, start + _PIECE, end)
        cut = end if cut < 0 else cut
        yield line[start:cut]
        start = cut + len(_SEPARATOR)


def _nearest(words: Sequence[str]) -> Array:
    """The float32 nearest to each decimal.

    Python rounds to float64 first. Where that lands halfway between two float32, the second
    rounding would not know on which side the decimal was; these few are decided exactly.
    """
    precise = np.array([float(word) for word in words])
    with np.errstate(over="ignore"):  # infinities are refused by the caller
        values = precise.astype(np.float32)
        other = np.nextafter(values, np.where(precise > values, np.inf, -np.inf).astype(np.float32))
    halfway = (precise != values) & (abs(precise - values) == abs(other - precise))
    for at in np.flatnonzero(halfway).tolist():
        exact, middle = Decimal(words[at]), Decimal(float(precise[at]))
        pair = sorted((values[at], other[at]))
        if exact != middle:
            values[at] = pair[exact > middle]
    return values


def _no_decimal(lines: _Lines, words: Sequence[str]) -> FormatError:
    wrong = next(word for word in words if not re.fullmatch(_DECIMAL, word))
    return lines.error("plain decimal numbers", _told(wrong) if wrong else "nothing between commas")


def _leak(lines: _Lines) -> float:
    expected = "a leak from 0 to 1"
    line = lines.take(expected)
    if not re.fullmatch(_DECIMAL, line) or not 0 <= float(line) <= 1:
        raise lines.error(expected, _told(line))
    return float(line)


model_format(
    "txt",
    "the text of the Rust program number_recognition; knows neither loss nor settings",
    save,
    load,
    check,
    knows_loss=False,
    title="the seed's text",
)
