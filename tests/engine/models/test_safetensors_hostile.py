"""Model files that are broken, foreign or made to harm: each is refused in one sentence."""

import json
import os
import struct
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from engine.errors import FormatError
from engine.models import model, tensors
from engine.models.model import Model
from engine.models.safetensors_file import load, save
from engine.nn.activations import leaky_relu
from engine.nn.initializers import glorot
from engine.nn.losses import cross_entropy
from engine.nn.network import Network
from tests.engine.mutations import refusals


class Hostile:
    """A sound model file, taken to pieces so that each of them can be spoilt."""

    def __init__(self, path: Path) -> None:
        network = Network((4, 3, 2), leaky_relu(0.1), cross_entropy)
        network.initialize(glorot, np.random.default_rng(0))
        save(path, Model(network))
        self.path = path
        self.content = path.read_bytes()
        (length,) = struct.unpack("<Q", self.content[:8])
        self.header: dict[str, Any] = json.loads(self.content[8 : 8 + length])
        self.body = self.content[8 + length :]
        self.facts: dict[str, Any] = json.loads(self.header["__metadata__"]["numrec"])

    def put_together(self) -> None:
        """Write the file anew from its pieces."""
        self.header["__metadata__"]["numrec"] = json.dumps(self.facts)
        self.write_header(json.dumps(self.header).encode())

    def write_header(self, header: bytes) -> None:
        self.path.write_bytes(struct.pack("<Q", len(header)) + header + self.body)

    def refused(self) -> FormatError:
        """The error of reading the file, once it is known to name it."""
        with pytest.raises(FormatError) as caught:
            load(self.path)
        assert caught.value.path == self.path
        return caught.value


@pytest.fixture
def hostile(tmp_path: Path) -> Hostile:
    return Hostile(tmp_path / "model.safetensors")


def test_put_together_from_its_pieces_the_file_is_sound(hostile: Hostile) -> None:
    hostile.put_together()
    assert load(hostile.path).network.sizes == (4, 3, 2)


def test_a_file_cut_anywhere_is_refused(hostile: Hostile) -> None:
    for length in range(len(hostile.content)):
        hostile.path.unlink()  # a disk is slow to write over a file that is there
        hostile.path.write_bytes(hostile.content[:length])
        hostile.refused()


def test_bytes_after_the_end_are_refused(hostile: Hostile) -> None:
    hostile.path.write_bytes(hostile.content + b"!")
    hostile.refused()


@pytest.mark.parametrize("length", [2**63, 2**64 - 1, 2**20 + 1, 10_000])
def test_a_header_longer_than_the_file_is_refused(hostile: Hostile, length: int) -> None:
    hostile.path.write_bytes(struct.pack("<Q", length) + hostile.content[8:])
    error = hostile.refused()
    assert (error.where, error.found) == ("header", f"{length} bytes")


def test_a_header_above_the_limit_is_refused_though_it_is_there(hostile: Hostile) -> None:
    header = json.dumps(hostile.header).encode()
    hostile.write_header(header.ljust(tensors.LARGEST_HEADER))
    assert load(hostile.path).network.sizes == (4, 3, 2)
    hostile.write_header(header.ljust(tensors.LARGEST_HEADER + 1))
    assert hostile.refused().where == "header"


@pytest.mark.parametrize(
    "header",
    [
        b"not json", b"\xff\xfe\xfd", b"[]", b"3", b"{}", b'{"__metadata__":3}',
        b'{"__metadata__":{"numrec":"{"}}', b'{"__metadata__":{"numrec":"[]"}}',
        b'{"__metadata__":{"numrec":7}}', b'{"__metadata__":{"other":"{}"}}',
        b"[" * 100_000, b'{"__metadata__":{"numrec":"' + b"[" * 100_000 + b'"}}',
        b'{"__metadata__":{"numrec":"' + b"9" * 5_000 + b'"}}',
    ],
    ids=range(13),
)  # fmt: skip
def test_a_header_that_is_not_ours_is_refused(hostile: Hostile, header: bytes) -> None:
    hostile.write_header(header)
    error = hostile.refused()
    assert (error.where, error.expected) == ("metadata", "a model of numrec-tui")


def test_a_model_of_another_program_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "foreign.safetensors"
    for metadata in (None, {"format": "pt"}):
        save_file({"layer.weight": np.ones((2, 3), np.float32)}, path, metadata)
        with pytest.raises(FormatError, match="expected a model of numrec-tui"):
            load(path)


@pytest.mark.parametrize("version", [0, 2, "1", None, [1]])
def test_another_format_version_says_which_program_reads_it(
    hostile: Hostile, version: object
) -> None:
    hostile.facts["format_version"] = version
    hostile.put_together()
    assert str(hostile.refused()).endswith(
        f": format version: expected 1, found {version!r}; use the numrec-tui that wrote it, "
        "or a newer one."
    )


@pytest.mark.parametrize(
    "sizes",
    [
        [], [4], [4, 0, 2], [4, -3, 2], [2**40, 2], [2, 2**62, 2], [10**400, 2], [1] * 100_000,
        "4,3,2", None, 7, {}, [[4], 3, 2], [None, 3], [1e308, 2], [float("nan"), 2],
        [float("inf"), 2], [4, 3.7, 2], [4, 3, 2, 2], [4, 2],
    ],
    ids=lambda sizes: repr(sizes)[:20],
)  # fmt: skip
def test_sizes_that_are_not_those_of_the_file_are_refused(hostile: Hostile, sizes: object) -> None:
    hostile.facts["sizes"] = sizes
    hostile.put_together()
    hostile.refused()


def test_absurd_sizes_reserve_no_memory(hostile: Hostile) -> None:
    hostile.facts["sizes"] = [2**20, 2**10, 2]
    hostile.put_together()
    tracemalloc.start()
    try:
        hostile.refused()
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "name", ["sizes", "activation", "leak", "loss", "hyperparameters", "notes"]
)
def test_a_fact_that_is_missing_is_named(hostile: Hostile, name: str) -> None:
    del hostile.facts[name]
    hostile.put_together()
    error = hostile.refused()
    assert error.where == "metadata"
    assert name in error.found


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("activation", "gelu"), ("activation", None), ("activation", ["tanh"]), ("loss", "hinge"),
        ("loss", {}), ("leak", "much"), ("leak", None), ("leak", [0.1]), ("leak", 10**400),
        ("leak", float("nan")), ("leak", float("inf")), ("leak", -0.1), ("leak", 1.1),
        ("hyperparameters", 3), ("hyperparameters", [1]), ("hyperparameters", None),
        ("notes", "none"), ("notes", [1]), ("notes", None),
    ],
)  # fmt: skip
def test_a_fact_of_the_wrong_kind_is_refused(hostile: Hostile, name: str, value: object) -> None:
    hostile.facts[name] = value
    hostile.put_together()
    hostile.refused()


@pytest.mark.parametrize("name", ["weights.0", "biases.1"])
def test_a_missing_tensor_is_named(hostile: Hostile, name: str) -> None:
    hostile.header[f"{name}.renamed"] = hostile.header.pop(name)
    hostile.put_together()
    error = hostile.refused()
    assert (error.where, error.found) == (name, "none")


def test_a_tensor_of_another_shape_is_named_with_both_shapes(hostile: Hostile) -> None:
    hostile.header["weights.0"]["shape"] = [3, 4]
    hostile.put_together()
    error = hostile.refused()
    assert error.where == "weights.0"
    assert (error.expected, error.found) == ("float32 (4, 3)", "float32 (3, 4)")


def test_a_tensor_of_another_type_is_named_with_both_types(hostile: Hostile) -> None:
    hostile.header["weights.0"]["dtype"] = "I32"
    hostile.put_together()
    assert hostile.refused().found == "int32 (4, 3)"


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_weights_that_are_not_finite_are_refused(hostile: Hostile, value: float) -> None:
    start, _ = hostile.header["weights.1"]["data_offsets"]
    body = bytearray(hostile.body)
    body[start : start + 4] = np.float32(value).tobytes()
    hostile.body = bytes(body)
    hostile.put_together()
    error = hostile.refused()
    assert (error.where, error.expected) == ("weights.1", "finite numbers")


@pytest.mark.parametrize(
    ("dtype", "shape"),
    [
        ("BF16", [0]), ("F8_E4M3", [0]), ("F4", [0]), ("?", [0]), ("F32", [1]),
        ("F32", [2**32 - 1, 0, 2**32 - 1]), ("F32", [0] * 70), ("F32", [2**63, 0]),
        ("F32", [2**40, 2**40]), ("F32", [-1]),
    ],
)  # fmt: skip
def test_an_odd_tensor_beside_the_expected_ones_does_no_harm(
    hostile: Hostile, dtype: str, shape: list[int]
) -> None:
    end = len(hostile.body)
    hostile.header["odd"] = {"dtype": dtype, "shape": shape, "data_offsets": [end, end]}
    hostile.put_together()
    hostile.refused()


@pytest.mark.parametrize("offsets", [[0, 0], [0, 2**62], [-1, 48], [48, 0], [8, 56]])
def test_tensors_that_overlap_or_leave_the_file_are_refused(
    hostile: Hostile, offsets: list[int]
) -> None:
    hostile.header["weights.0"]["data_offsets"] = offsets
    hostile.put_together()
    hostile.refused()


@pytest.mark.parametrize(
    ("name", "found"),
    [("nowhere", "none"), (".", "a folder"), (os.devnull, "a device")],
)
def test_what_is_no_file_is_told(tmp_path: Path, name: str, found: str) -> None:
    with pytest.raises(FormatError) as caught:
        load(tmp_path / name)
    error = caught.value
    assert (error.where, error.expected, error.found) == ("file", "a file", found)


def test_a_file_above_the_limit_is_not_read(
    hostile: Hostile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model, "LARGEST_FILE", len(hostile.content) - 1)
    assert hostile.refused().where == "size"


def test_three_thousand_mutations_give_nothing_worse_than_a_format_error(
    hostile: Hostile, tmp_path: Path
) -> None:
    draw = np.random.default_rng(2024)

    def check(found: Model) -> None:
        assert np.isfinite(found.network.theta).all()

    contents = (mutated(hostile.content, draw) for _ in range(3000))
    assert refusals(tmp_path, contents, load, check) > 1000  # the mutations do harm


def mutated(original: bytes, draw: np.random.Generator) -> bytes:
    """A copy with one to three changed bytes, most of them in the header, or with a lost piece."""
    content = bytearray(original)
    for _ in range(draw.integers(1, 4)):
        span = len(content) if draw.random() < 0.2 else len(content) * 3 // 4
        at = int(draw.integers(0, span))
        match draw.integers(4):
            case 0 | 1:
                content[at] = draw.choice(list(b'0123456789-.,:"[]{}eF \x00\xff'))
            case 2:
                content[at] ^= 1 << int(draw.integers(8))
            case _:
                del content[at : at + int(draw.integers(1, 9))]
    return bytes(content)
