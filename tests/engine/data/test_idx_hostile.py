"""IDX files that are broken, cut, swollen or made to harm: each is refused in one sentence."""

import gzip
import os
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.data import idx
from engine.errors import FormatError
from engine.nn.arrays import Bytes
from tests.engine.mutations import refusals

HUGE = 2**32 - 1


def header(*sizes: int) -> bytes:
    return bytes([0, 0, 8, len(sizes)]) + b"".join(size.to_bytes(4, "big") for size in sizes)


IMAGES = header(2, 3, 3) + bytes(range(18))
LABELS = header(4) + bytes([1, 2, 3, 4])
PACKED = gzip.compress(IMAGES, mtime=0)


def refused(read: Callable[..., Any], path: Path, *classes: int) -> FormatError:
    """The error of a reader, once it is known to name the file."""
    with pytest.raises(FormatError) as caught:
        read(path, *classes)
    error = caught.value
    assert error.path == path
    assert str(error).startswith(f"{path}: {error.where}: expected {error.expected}, found ")
    return error


@pytest.fixture
def hostile(tmp_path: Path) -> Callable[[bytes], Path]:
    def write(content: bytes) -> Path:
        path = tmp_path / "hostile"
        path.write_bytes(content)
        return path

    return write


@pytest.mark.parametrize(
    ("content", "where", "expected", "found"),
    [
        pytest.param(b"", "header", "at least 4 bytes", "0", id="empty"),
        pytest.param(b"\0\0\x08", "header", "at least 4 bytes", "3", id="three bytes"),
        pytest.param(
            b"\0\0\x0d\x03" + IMAGES[4:], "first 4 bytes",
            "00 00 08 03 (IDX images)", "00 00 0d 03", id="floats instead of bytes",
        ),
        pytest.param(
            LABELS, "first 4 bytes",
            "00 00 08 03 (IDX images)", "00 00 08 01", id="labels instead of images",
        ),
        pytest.param(
            b"\x89PNG\r\n\x1a\n" + bytes(20), "first 4 bytes",
            "00 00 08 03 (IDX images)", "89 50 4e 47", id="a picture",
        ),
        pytest.param(IMAGES[:9], "header", "16 bytes", "9", id="half a header"),
        pytest.param(IMAGES[:-1], "after the header (2 x 3 x 3)", "18 bytes", "17", id="cut"),
        pytest.param(IMAGES[:16], "after the header (2 x 3 x 3)", "18 bytes", "0", id="no data"),
        pytest.param(
            IMAGES + b"!", "after the header (2 x 3 x 3)", "18 bytes", "19", id="one byte more"
        ),
        pytest.param(
            header(HUGE, HUGE, HUGE) + b"!",
            f"after the header ({HUGE} x {HUGE} x {HUGE})", f"{HUGE**3} bytes", "1", id="absurd",
        ),
        pytest.param(PACKED[:-1], "gzip", "a whole gzip file", "one that is cut short", id="gz-1"),
        pytest.param(PACKED[:12], "gzip", "a whole gzip file", "one that is cut short", id="gz12"),
        pytest.param(PACKED[:2], "gzip", "a whole gzip file", "one that is cut short", id="gz2"),
        pytest.param(
            gzip.compress(IMAGES[:-3]), "after the header (2 x 3 x 3)", "18 bytes", "15",
            id="cut, then packed",
        ),
    ],
)  # fmt: skip
def test_broken_images_are_refused_with_place_expected_and_found(
    hostile: Callable[[bytes], Path], content: bytes, where: str, expected: str, found: str
) -> None:
    error = refused(idx.read_images, hostile(content))
    assert (error.where, error.expected, error.found) == (where, expected, found)


@pytest.mark.parametrize("at", [3, 12, len(PACKED) - 8, len(PACKED) - 1])
def test_a_damaged_gzip_file_is_refused(hostile: Callable[[bytes], Path], at: int) -> None:
    damaged = bytearray(PACKED)
    damaged[at] ^= 0xFF
    error = refused(idx.read_images, hostile(bytes(damaged)))
    assert (error.where, error.expected) == ("gzip", "a whole gzip file")


def test_bytes_after_the_end_of_the_gzip_part_are_refused(
    hostile: Callable[[bytes], Path],
) -> None:
    error = refused(idx.read_images, hostile(PACKED + b"and more"))
    assert (error.where, error.found) == ("gzip", "8 bytes after it")


@pytest.mark.parametrize(
    "sizes", [(HUGE, 0, HUGE), (HUGE, HUGE, 0), (0, HUGE, HUGE), (0, 0, 0), (3, 0, 3)]
)
def test_images_without_pixels_are_refused(
    hostile: Callable[[bytes], Path], sizes: tuple[int, ...]
) -> None:
    error = refused(idx.read_images, hostile(header(*sizes)))
    assert error.where == "header"
    assert (error.expected, error.found) == ("sizes above 0", " x ".join(map(str, sizes)))


def peak_of(read: Callable[[], object]) -> int:
    """The most bytes that were held at once while reading."""
    tracemalloc.start()
    try:
        read()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_an_absurd_header_reserves_no_memory(hostile: Callable[[bytes], Path]) -> None:
    path = hostile(header(HUGE, HUGE, HUGE) + bytes(100))
    assert peak_of(lambda: refused(idx.read_images, path)) < 2**20


def test_a_gzip_bomb_is_refused_before_it_is_unpacked(
    hostile: Callable[[bytes], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idx, "LARGEST_FILE", 100_000)
    path = hostile(gzip.compress(header(20_000_000) + bytes(20_000_000)))
    assert peak_of(lambda: refused(idx.read_labels, path, 10)) < 2**20
    error = refused(idx.read_labels, path, 10)
    assert error.where == "gzip"
    assert (error.expected, error.found) == ("at most 100000 bytes unpacked", "more")


def test_a_gzip_file_is_unpacked_no_further_than_its_header_says(
    hostile: Callable[[bytes], Path],
) -> None:
    path = hostile(gzip.compress(header(20, 20, 20) + bytes(20_000_000)))
    assert peak_of(lambda: refused(idx.read_images, path)) < 2**20
    error = refused(idx.read_images, path)
    assert (error.expected, error.found) == ("8000 bytes", "more")


@pytest.mark.parametrize("end", [slice(None, -1), slice(None, -8)], ids=["length", "checksum"])
def test_a_large_gzip_file_that_is_damaged_at_its_end_takes_no_memory(
    hostile: Callable[[bytes], Path], monkeypatch: pytest.MonkeyPatch, end: slice
) -> None:
    monkeypatch.setattr(idx, "CHECKED_FIRST", 2**20)
    path = hostile(gzip.compress(header(20_000_000) + bytes(20_000_000))[end])
    assert peak_of(lambda: refused(idx.read_labels, path, 10)) < 2**20
    assert refused(idx.read_labels, path, 10).found == "one that is cut short"


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_a_file_may_be_as_large_as_the_limit_and_no_larger(
    hostile: Callable[[bytes], Path],
    monkeypatch: pytest.MonkeyPatch,
    pack: Callable[[bytes], bytes],
) -> None:
    path = hostile(pack(header(492) + bytes(492)))
    monkeypatch.setattr(idx, "LARGEST_FILE", 500)
    assert idx.read_labels(path, 10).shape == (492,)
    monkeypatch.setattr(idx, "LARGEST_FILE", 499)
    assert "at most 499 bytes" in refused(idx.read_labels, path, 10).expected


def test_a_label_that_is_no_class_is_named_with_its_place(
    hostile: Callable[[bytes], Path],
) -> None:
    path = hostile(header(5) + bytes([9, 0, 10, 3, 200]))
    error = refused(idx.read_labels, path, 10)
    assert (error.where, error.expected, error.found) == ("label 2", "a class from 0 to 9", "10")


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    error = refused(idx.read_images, tmp_path / "nowhere")
    assert (error.where, error.expected, error.found) == ("file", "a file", "none")


def test_a_folder_is_told(tmp_path: Path) -> None:
    error = refused(idx.read_images, tmp_path)
    assert (error.where, error.expected, error.found) == ("file", "a file", "a folder")


def test_a_device_is_not_read(tmp_path: Path) -> None:
    assert refused(idx.read_images, Path(os.devnull)).where == "file"


@pytest.mark.parametrize("original", [IMAGES, PACKED], ids=["plain", "gzip"])
def test_two_thousand_mutations_give_nothing_worse_than_a_format_error(
    tmp_path: Path, original: bytes
) -> None:
    draw = np.random.default_rng(2024)

    def check(images: Bytes) -> None:
        assert images.dtype == np.uint8
        assert images.ndim == 3

    contents = (mutated(original, draw) for _ in range(2000))
    assert refusals(tmp_path, contents, idx.read_images, check) > 500  # the mutations do harm


def mutated(original: bytes, draw: np.random.Generator) -> bytes:
    """A copy with one to three faults: a changed byte, a cut, a doubled or a lost piece."""
    content = bytearray(original)
    for _ in range(draw.integers(1, 4)):
        at, end = sorted(int(place) for place in draw.integers(0, len(content) + 1, 2))
        match draw.integers(5):
            case 0 | 1 if content:
                content[at % len(content)] = draw.choice([0, 1, 127, 128, 255, 8, 3])
            case 2:
                del content[at:]
            case 3:
                del content[at:end]
            case _:
                content[at:at] = content[at:end] or b"\xff" * 4
    return bytes(content)
