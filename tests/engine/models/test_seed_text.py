"""The seed's text format: its bytes come back as they were, and what is wrong is told by line."""

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import FormatError, SaveError
from engine.models import seed_text
from engine.models.model import Model
from engine.models.seed_text import decimal, load, save
from engine.nn.activations import ACTIVATIONS, leaky_relu, relu, tanh
from engine.nn.initializers import he
from engine.nn.losses import cross_entropy
from engine.nn.network import Network

SMALL = """\
[layers]
[2, 3, 2]

[weights]
[1, 2, 3, 4, 5, 6]
[1, 0, 0, 1, -1, 2]

[biases]
[0, -10, 1]
[4, -14]

[alpha]
0.5
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "model.txt"


def refused(path: Path, text: str) -> FormatError:
    """The error of reading this text, once it is known to name the file."""
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(FormatError) as caught:
        load(path)
    assert caught.value.path == path
    return caught.value


def with_line(number: int, line: str) -> str:
    """SMALL with another line in place of one, counted from 1."""
    lines = SMALL.splitlines()
    lines[number - 1] = line
    return "\n".join(lines) + "\n"


def test_a_small_file_read_by_hand(path: Path) -> None:
    path.write_text(SMALL)
    network = load(path, "quadratic").network
    # For each input, its weights to all outputs: W1 = (1 2 3; 4 5 6), W2 = (1 0; 0 1; -1 2).
    # x = (½, 1) gives x·W1 + b1 = (4.5, 6 - 10, 7.5 + 1); the leak of ½ makes it (4.5, -2, 8.5);
    # times W2 that is (4.5 - 8.5, -2 + 17), with b2 (0, 1), and two sigmoids end it.
    found = network.probabilities(np.array([[0.5, 1]], np.float32))
    np.testing.assert_allclose(found, [[0.5, 1 / (1 + np.exp(-1))]], rtol=1e-6)


def test_the_small_file_is_written_as_it_was(path: Path) -> None:
    path.write_text(SMALL)
    save(path, load(path))
    assert path.read_text() == SMALL


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1, "1"), (-0.0, "-0"), (0.1, "0.1"), (1e-10, "0.0000000001"), (16777216, "16777216"),
        (1e-45, "0." + "0" * 44 + "1"), (3.4028235e38, "34028235" + "0" * 31),
        (-1234.5, "-1234.5"), (1 / 3, "0.33333334"),
    ],
)  # fmt: skip
def test_numbers_are_the_shortest_decimals_without_exponent(value: float, text: str) -> None:
    assert decimal(np.float32(value)) == text


def test_all_kinds_of_numbers_come_back_byte_for_byte(path: Path, tmp_path: Path) -> None:
    network = Network((784, 64, 64, 10), leaky_relu(0.01), cross_entropy)
    draw = np.random.default_rng(3)
    bits = draw.integers(0, 2**32, network.theta.size, np.uint32)
    drawn = bits.view(np.float32)
    network.theta[:] = np.where(np.isfinite(drawn), drawn, 0)
    largest, tiniest = np.finfo(np.float32).max, np.finfo(np.float32).smallest_subnormal
    network.theta[:8] = [-0.0, 0, 1, -7, largest, -largest, tiniest, 1e-40]
    save(path, Model(network))
    found = load(path)
    assert found.network.theta.tobytes() == network.theta.tobytes()
    save(tmp_path / "again.txt", found)
    content = path.read_bytes()
    assert (tmp_path / "again.txt").read_bytes() == content
    assert content.startswith(b"[layers]\n[784, 64, 64, 10]\n\n[weights]\n[-0, 0, 1, -7, 3402")
    assert content.endswith(b"]\n\n[alpha]\n0.01\n")
    assert content.count(b"\n") == 15  # 2L + 7 lines for L layers
    assert b"e" not in content.split(b"[weights]")[1].split(b"[biases]")[0]


def test_numbers_are_read_across_the_pieces_of_a_long_line(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = Network((30, 20), leaky_relu(0.0), cross_entropy)
    network.initialize(he, np.random.default_rng(1))
    save(path, Model(network))
    content = path.read_bytes()
    for piece in (1, 7, 100):
        monkeypatch.setattr(seed_text, "_PIECE", piece)
        save(path, Model(network))
        assert path.read_bytes() == content
        assert load(path).network.theta.tobytes() == network.theta.tobytes()


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_every_number_reads_back_as_itself(value: float) -> None:
    number = np.float32(value)
    assert seed_text._nearest([decimal(number)])[0].tobytes() == number.tobytes()


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        # 1 + 2^-24 lies halfway between 1 and the next float32, 1 + 2^-23.
        ("1.000000059604644775390625", 1),
        ("1.000000059604644775390624999999999", 1),
        ("1.000000059604644775390625000000001", 1 + 2**-23),
        # 1 + 3·2^-24 lies halfway between 1 + 2^-23 and 1 + 2^-22.
        ("-1.000000178813934326171875", -(1 + 2**-22)),
        ("-1.000000178813934326171874999999999", -(1 + 2**-23)),
    ],
)
def test_a_decimal_next_to_the_middle_of_two_numbers_goes_to_its_side(
    text: str, nearest: float
) -> None:
    assert seed_text._nearest([text])[0] == np.float32(nearest)


def test_line_ends_of_windows_are_read(path: Path) -> None:
    path.write_bytes(SMALL.replace("\n", "\r\n").encode())
    assert load(path).network.biases[1].tolist() == [4, -14]


@pytest.mark.parametrize("cut", ["\n", "\r\n"])
def test_the_last_line_needs_no_end(path: Path, cut: str) -> None:
    path.write_bytes(SMALL.replace("\n", cut).removesuffix(cut).encode())
    assert load(path).network.activation.leak == 0.5


@pytest.mark.parametrize(
    ("number", "line", "found"),
    [
        (1, "[layer]", "'[layer]'"),
        (1, "", "an empty line"),
        (2, "[2, 3, 0]", "'[2, 3, 0]'"),
        (2, "[2, 65537, 2]", "'[2, 65537, 2]'"),
        (2, "[2, 3.0, 2]", "'[2, 3.0, 2]'"),
        (2, "[2, -3, 2]", "'[2, -3, 2]'"),
        (2, "[2,3,2]", "'[2,3,2]'"),
        (2, "2, 3, 2", "'2, 3, 2'"),
        (2, "[]", "'[]'"),
        (2, "[6]", "'[6]'"),
        (2, f"[{', '.join(['1'] * 19)}]", "'[1, 1, 1, 1, 1, 1, 1, 1, 1, 1,…'"),
        (2, "[2, 3, 2", "'[2, 3, 2'"),
        (3, " ", "' '"),
        (4, "[biases]", "'[biases]'"),
        (5, "[1, 2, 3, 4, 5]", "5"),
        (5, "[1, 2, 3, 4, 5, 6, 7]", "7"),
        (5, "[]", "1"),
        (5, "[1, 2, 3, 4, 5, 6", "'[1, 2, 3, 4, 5, 6'"),
        (5, "[1, 2, 3, 4, 5, 6] ", "'[1, 2, 3, 4, 5, 6] '"),
        (5, "[1, 2, NaN, 4, 5, 6]", "'NaN'"),
        (5, "[1, 2, 3, 4, 5, inf]", "'inf'"),
        (5, "[-inf, 2, 3, 4, 5, 6]", "'-inf'"),
        (5, "[1, 1e-3, 3, 4, 5, 6]", "'1e-3'"),
        (5, "[1, 1_0, 3, 4, 5, 6]", "'1_0'"),
        (5, "[1, .5, 3, 4, 5, 6]", "'.5'"),
        (5, "[1, +5, 3, 4, 5, 6]", "'+5'"),
        (5, "[1,  2, 3, 4, 5, 6]", "' 2'"),
        (5, "[1, , 3, 4, 5, 6]", "nothing between commas"),
        (5, "[1, 2, 3, 4, 5, 3402823669209384634633746074317682114560]",
         "one too large for float32"),
        (6, "[1, 0, 0, 1, -1]", "5"),
        (7, "0", "'0'"),
        (8, "[weights]", "'[weights]'"),
        (9, "[0, -10]", "2"),
        (10, "[4; -14]", "1"),
        (11, "[alpha]", "'[alpha]'"),
        (12, "[leak]", "'[leak]'"),
        (13, "[0.5]", "'[0.5]'"),
        (13, "NaN", "'NaN'"),
        (13, "1.5", "'1.5'"),
        (13, "-0.1", "'-0.1'"),
        (13, "1e-2", "'1e-2'"),
        (13, "0.5\n\n", "an empty line"),
        (13, "0.5\nmore", "'more'"),
        (5, "[1, 2, 3, 4, 5, \xfc]", "the byte 0xfc"),
        (1, "\ufeff".encode().decode("latin-1") + "[layers]", "the byte 0xef"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_line(
    path: Path, number: int, line: str, found: str
) -> None:
    error = refused(path, with_line(number, line))
    # what follows the leak is wrong one line further down
    expected = number + 1 if "\n" in line else number
    assert (error.where, error.found) == (f"line {expected}", found)


def test_a_count_is_told_with_the_right_one(path: Path) -> None:
    assert str(refused(path, with_line(5, "[1, 2]"))).endswith(
        "line 5: expected 6 numbers in brackets, found 2."
    )


@pytest.mark.parametrize("lines", range(13))
def test_a_file_that_ends_early_is_told_with_the_line_that_is_missing(
    path: Path, lines: int
) -> None:
    text = "".join(SMALL.splitlines(keepends=True)[:lines])
    error = refused(path, text)
    assert (error.where, error.found) == (f"line {lines + 1}", "the end of the file")


def test_absurd_sizes_reserve_no_memory(path: Path) -> None:
    tracemalloc.start()
    try:
        error = refused(path, with_line(2, "[65536, 65536, 2]"))
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()
    assert (error.where, error.expected) == ("line 5", "4,294,967,296 numbers in brackets")


@pytest.mark.parametrize("before", ["", "0."])
def test_a_number_of_endless_digits_is_refused_before_it_is_worked_out(
    path: Path, before: str
) -> None:
    error = refused(path, with_line(5, f"[1, 2, {before}{'7' * 5_000_000}, 4, 5, 6]"))
    assert (error.where, error.expected) == ("line 5", "plain decimal numbers")


def test_a_file_above_the_limit_is_not_read(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.models.model.LARGEST_FILE", len(SMALL) - 1)
    assert refused(path, SMALL).where == "size"


def test_a_file_above_the_limit_is_not_written(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seed_text, "LARGEST_FILE", 20)
    with pytest.raises(SaveError, match="too large to be read again"):
        save(path, Model(Network((2, 2), relu(), cross_entropy)))
    assert not path.exists()


def test_a_folder_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="expected a file"):
        load(tmp_path)


def test_a_plain_relu_is_a_leak_of_nothing(path: Path) -> None:
    network = Network((3, 4, 2), relu(), cross_entropy)
    network.initialize(he, np.random.default_rng(1))
    save(path, Model(network))
    assert path.read_text().endswith("[alpha]\n0\n")
    x = np.random.default_rng(2).standard_normal((5, 3))
    found = load(path).network.probabilities(x)
    np.testing.assert_array_equal(found, network.probabilities(x))


@pytest.mark.parametrize("name", ["sigmoid", "tanh"])
def test_an_activation_without_room_is_refused(path: Path, name: str) -> None:
    with pytest.raises(SaveError, match=f"not {name}; save it as .safetensors or .onnx"):
        save(path, Model(Network((2, 3, 2), ACTIVATIONS[name](0.1), cross_entropy)))
    assert not path.exists()


def test_more_units_than_can_be_read_are_not_written(path: Path) -> None:
    with pytest.raises(SaveError, match="18 layers of 65,536 units"):
        save(path, Model(Network((65_537, 1), relu(), cross_entropy)))
    with pytest.raises(SaveError, match="18 layers of 65,536 units"):
        save(path, Model(Network((1,) * 19, relu(), cross_entropy)))
    assert not path.exists()
    save(path, Model(Network((1,) * 18, relu(), cross_entropy)))
    assert len(load(path).network.sizes) == 18


def test_float64_is_written_as_float32(path: Path) -> None:
    network = Network((1, 1), leaky_relu(1 / 3), cross_entropy, np.float64)
    network.theta[:] = 1 / 3
    save(path, Model(network))
    assert path.read_text().count("0.33333334\n") == 1
    assert path.read_text().count("[0.33333334]") == 2


def test_a_network_without_hidden_layers_and_with_tanh_is_refused_too(path: Path) -> None:
    with pytest.raises(SaveError):
        save(path, Model(Network((2, 2), tanh(), cross_entropy)))


def test_two_thousand_mutations_give_nothing_worse_than_a_format_error(tmp_path: Path) -> None:
    draw = np.random.default_rng(2024)
    places = []
    for number in range(2000):
        path = tmp_path / str(number)  # a disk is slow to write over a file that is there
        path.write_bytes(mutated(SMALL.encode(), draw))
        try:
            network = load(path).network
        except FormatError as error:
            places.append(error.where)
        else:
            assert np.isfinite(network.theta).all()
        path.unlink()
    assert len(places) > 1000  # the mutations do harm
    assert all(place.startswith("line ") for place in places)


def mutated(original: bytes, draw: np.random.Generator) -> bytes:
    """A copy with one to three changed bytes, or with a lost piece."""
    content = bytearray(original)
    for _ in range(draw.integers(1, 4)):
        at = int(draw.integers(0, len(content)))
        match draw.integers(4):
            case 0 | 1:
                content[at] = draw.choice(list(b"0123456789-.,[] eEN\r\n\x00\xff"))
            case 2:
                content[at] ^= 1 << int(draw.integers(8))
            case _:
                del content[at : at + int(draw.integers(1, 9))]
    return bytes(content)
