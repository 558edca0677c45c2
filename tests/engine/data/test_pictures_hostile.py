"""Picture files that are broken, cut, absurd or no files: each is refused in one sentence."""

import io
import os
import struct
import subprocess
import sys
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.data import pictures
from engine.errors import FormatError
from tests.engine.mutations import refusals


def encoded(kind: str) -> bytes:
    draw = np.random.default_rng(5)
    content = io.BytesIO()
    picture = Image.fromarray(draw.integers(0, 256, (40, 30, 3), dtype=np.uint8))
    exif = Image.Exif()
    exif[0x0112] = 6
    more = {} if kind in ("BMP", "GIF") else {"exif": exif}
    picture.save(content, kind, **more)
    return content.getvalue()


def refused(path: Path) -> FormatError:
    with pytest.raises(FormatError) as caught:
        pictures.read(path)
    error = caught.value
    assert str(error).startswith(f"{path}: {error.where}: expected {error.expected}, found ")
    assert "\n" not in str(error)
    return error


@pytest.mark.parametrize("kind", pictures.FORMATS)
def test_a_picture_that_is_cut_short_is_refused(tmp_path, kind):
    content = encoded(kind)
    path = tmp_path / "cut"
    for kept in (1, 10, 30, len(content) // 2):
        path.write_bytes(content[:kept])
        refused(path)


@pytest.mark.parametrize("kind", pictures.FORMATS)
def test_mutations_give_nothing_worse_than_a_format_error(tmp_path, kind):
    draw = np.random.default_rng(2026)
    original = encoded(kind)

    def check(gray):
        assert gray.dtype == np.uint8
        assert gray.ndim == 2

    contents = (mutated(original, draw) for _ in range(400))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = refusals(tmp_path, contents, pictures.read, check)
    assert found > 20  # the mutations do harm


def mutated(original: bytes, draw: np.random.Generator) -> bytes:
    """A copy with one to three faults, most of them in the header."""
    content = bytearray(original)
    for _ in range(draw.integers(1, 4)):
        reach = 80 if draw.random() < 0.6 else len(content)
        at = int(draw.integers(0, reach)) % max(len(content), 1)
        match draw.integers(4):
            case 0 | 1 if content:
                content[at] ^= 1 << int(draw.integers(8))
            case 2:
                content[at : at + 4] = draw.bytes(4)
            case _:
                del content[at : at + int(draw.integers(1, 200))]
    return bytes(content)


def png(width: int, height: int) -> bytes:
    """A PNG that says it is this large, and ends there."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(b"\0")), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )


@pytest.mark.parametrize(
    ("width", "height"), [(50_000, 50_000), (2**31 - 1, 2**31 - 1), (10_000, 10_000), (8001, 5000)]
)
def test_an_absurd_size_is_refused_before_anything_is_decoded(tmp_path, width, height):
    path = tmp_path / "huge.png"
    path.write_bytes(png(width, height))
    error = refused(path)
    assert (error.where, error.expected) == ("size", "1 to 40,000,000 pixels")


def test_a_bmp_of_absurd_size_is_refused(tmp_path):
    path = tmp_path / "huge.bmp"
    content = bytearray(encoded("BMP"))
    content[18:26] = struct.pack("<ii", 50_000, 50_000)
    path.write_bytes(content)
    assert refused(path).where == "size"


def test_a_picture_may_have_as_many_pixels_as_the_limit(tmp_path, monkeypatch):
    path = tmp_path / "small.bmp"
    path.write_bytes(encoded("BMP"))
    monkeypatch.setattr(pictures, "MOST_PIXELS", 1200)
    assert pictures.read(path).shape == (40, 30)
    monkeypatch.setattr(pictures, "MOST_PIXELS", 1199)
    assert refused(path).found == "30 x 40"


def test_a_file_that_is_too_large_is_not_opened(tmp_path, monkeypatch):
    path = tmp_path / "large"
    path.write_bytes(encoded("BMP"))
    monkeypatch.setattr(pictures, "LARGEST_FILE", 100)
    assert "at most 100 bytes" in str(refused(path))


def test_an_empty_file(tmp_path):
    path = tmp_path / "empty.png"
    path.touch()
    assert refused(path).found == "an empty file"


def test_another_kind_of_file_is_told_what_is_read(tmp_path):
    path = tmp_path / "text.png"
    path.write_text("hello, this is text")
    assert refused(path).expected == "a whole BMP, PNG, JPEG, GIF or WebP picture"


def test_a_format_that_pillow_knows_but_we_do_not_trust(tmp_path):
    path = tmp_path / "picture.tiff"
    Image.new("L", (28, 28)).save(path)
    assert refused(path).found == "something else"


def test_what_is_no_file(tmp_path):
    assert refused(tmp_path / "nowhere").found == "none"
    assert refused(tmp_path).found == "a folder"
    assert refused(tmp_path / ("x" * 5000)).where == "file"
    assert refused(tmp_path / "zero\0byte").where == "file"


@pytest.mark.timeout(10)
def test_a_pipe_is_not_waited_for(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert refused(pipe).found == "a pipe (FIFO)"


def test_a_device_is_not_read():
    assert refused(Path("/dev/zero")).found == "a device"


MEGABYTE = 2**20


@pytest.mark.skipif(sys.platform != "linux", reason="the peak of memory is counted as Linux does")
@pytest.mark.parametrize("mode", ["RGBA", "LA", "I;16", "RGB"])
@pytest.mark.short("RGBA")
def test_a_small_file_with_many_pixels_takes_little_memory(tmp_path, mode):
    path = tmp_path / "many.png"
    Image.new(mode, (5000, 4000)).save(path)
    code = (
        "import resource, sys; from pathlib import Path; from engine.data import pictures\n"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "before = peak(); pictures.read(Path(sys.argv[1])); print(peak() - before)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, path], capture_output=True, text=True, check=True
    )
    pixels = 5000 * 4000
    assert int(done.stdout) * 1024 < 6 * pixels + 32 * MEGABYTE  # 4 bytes decoded, 1 gray
