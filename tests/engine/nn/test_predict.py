"""From pictures to probabilities: one place scales, and what it cannot mean is refused."""

import ast
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

import engine
from engine.errors import EngineError
from engine.nn.activations import relu
from engine.nn.initializers import he
from engine.nn.losses import cross_entropy
from engine.nn.network import Network
from engine.nn.pixels import PIXEL_SCALE

ROWS, COLUMNS = 3, 4


def made(dtype: type = np.float32) -> Network:
    network = Network((ROWS * COLUMNS, 5, 3), relu(), cross_entropy, dtype)
    network.initialize(he, np.random.default_rng(1))
    return network


def pictures(*leading: int) -> np.ndarray:
    return np.random.default_rng(2).integers(0, 256, (*leading, ROWS, COLUMNS), np.uint8)


@pytest.mark.parametrize("leading", [(), (1,), (7,), (2, 3), (2, 3, 4), (0,), (2, 0)])
def test_pictures_of_any_leading_shape_are_read(leading: tuple[int, ...]) -> None:
    images = pictures(*leading)
    flat = images.reshape(-1, ROWS * COLUMNS) / np.float32(255)
    expected = made().probabilities(flat).reshape(*leading, 3)
    for given in (images, images.reshape(*leading, ROWS * COLUMNS)):
        found = made().predict(given)
        assert found.shape == (*leading, 3)
        np.testing.assert_allclose(found, expected, atol=1e-6)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_pictures_as_shares_of_white_say_the_same_as_bytes(dtype: type) -> None:
    images = pictures(4)
    found = made().predict((images / 255).astype(dtype))
    np.testing.assert_allclose(found, made().predict(images), atol=1e-3)


def test_full_white_is_exactly_one() -> None:
    assert made().inputs(np.full((ROWS, COLUMNS), 255, np.uint8)).max() == 1


def test_pictures_laid_out_otherwise_in_memory_are_the_same_pictures() -> None:
    images = pictures(6)
    expected = made().predict(images[::-2])
    np.testing.assert_array_equal(made().predict(images[::-2].copy()), expected)
    turned = np.asfortranarray(images)
    np.testing.assert_array_equal(made().predict(turned), made().predict(images))


def test_more_pictures_than_are_read_at_a_time_are_all_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    expected = made().predict(pictures(7))
    monkeypatch.setattr("engine.nn.network.AT_A_TIME", 3)
    np.testing.assert_allclose(made().predict(pictures(7)), expected, atol=1e-6)


@pytest.mark.parametrize(
    "value", [-0.001, 1.001, 255.0, np.nan, np.inf, -np.inf]
)  # fmt: skip
def test_floats_that_are_no_share_of_white_are_refused(value: float) -> None:
    images = np.full((2, ROWS, COLUMNS), 0.5)
    images[1, 2, 3] = value
    with pytest.raises(EngineError, match="between 0 and 1"):
        made().predict(images)


@pytest.mark.parametrize("dtype", [np.int64, np.int8, np.uint16, np.bool_, np.complex64, object])
def test_numbers_of_another_kind_are_refused(dtype: type) -> None:
    with pytest.raises(EngineError, match=rf"uint8.*not {np.dtype(dtype)}"):
        made().predict(np.zeros((2, ROWS, COLUMNS), dtype))


@pytest.mark.parametrize("shape", [(), (12, 2), (5, 3, 5), (11,), (13,), (3, 4, 1)])
def test_pictures_of_another_size_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(EngineError, match="12 pixels"):
        made().predict(np.zeros(shape, np.uint8))


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.bool_])
def test_probabilities_refuses_what_is_not_scaled(dtype: type) -> None:
    with pytest.raises(EngineError, match="predict"):
        made().probabilities(np.ones((2, ROWS * COLUMNS), dtype))  # type: ignore[arg-type]


@pytest.mark.parametrize("shape", [(12,), (2, 11), (2, 3, 4)])
def test_probabilities_refuses_rows_of_another_length(shape: tuple[int, ...]) -> None:
    with pytest.raises(EngineError, match=r"\(n, 12\)"):
        made().probabilities(np.zeros(shape))


def test_a_network_that_has_diverged_answers_without_a_warning() -> None:
    network = made()
    network.theta[:] = np.inf
    assert np.isnan(network.predict(pictures(2))).all()


def test_reading_takes_no_memory_for_a_gradient() -> None:
    network = Network((784, 2048, 10), relu(), cross_entropy)
    image = np.zeros((28, 28), np.uint8)
    tracemalloc.start()
    network.predict(image)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < network.theta.nbytes / 10


def test_pixels_are_scaled_in_one_file() -> None:
    """The packages have no other factor of 1/255, but in the graph that ONNX programs scale with.

    A gray picture's alpha channel and the pad's canvas are no input of a network.
    """
    home = Path(engine.__file__).parents[1]
    others = {
        "engine/data/pictures.py",
        "numrec_tui/modes/draw/pen.py",
        "numrec_tui/widgets/digit.py",
    }
    scaling = set()
    for path in [*home.glob("engine/**/*.py"), *home.glob("numrec_tui/**/*.py")]:
        for node in ast.walk(ast.parse(path.read_bytes())):
            divides = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div)
            if (divides and "255" in ast.unparse(node.right)) or (
                isinstance(node, ast.Name) and node.id == "PIXEL_SCALE"
            ):
                scaling.add(path.relative_to(home).as_posix())
    assert scaling - others == {"engine/nn/pixels.py", "engine/models/onnx_file.py"}
    assert np.float32(1 / 255) == PIXEL_SCALE
