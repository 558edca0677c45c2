"""Sets that are not ten digits of 28x28: other sizes, other classes, names in place of numbers."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from engine.data.dataset import DataSet, Digits
from engine.data.published import FASHION_MNIST
from engine.training.hyperparameters import settings_from
from numrec_tui.session.config import SessionConfig
from numrec_tui.session.session import Session
from numrec_tui.widgets.digit_panel import in_words, shrunk
from tests.screens.fixtures import Opened

SIZES = pytest.mark.parametrize("size", [(80, 24), (120, 34)], ids=["80x24", "120x34"])


def patterns(names: tuple[str, ...], rows: int, columns: int) -> DataSet:
    """A pattern of its own for each class, twenty times each."""
    kinds = np.random.default_rng(3).integers(0, 2, (len(names), rows, columns)) * 255
    labels = (np.arange(20 * len(names)) % len(names)).astype(np.uint8)
    digits = Digits(kinds[labels].astype(np.uint8), labels, len(names), names)
    return DataSet("patterns", digits, digits)


@pytest.fixture
def sessions() -> Iterator[list[Session]]:
    made: list[Session] = []
    yield made
    for session in made:
        session.close()


def opened_on(data: DataSet, sessions: list[Session], folder: Path) -> Opened:
    settings = settings_from(
        {"schedule": "constant", "hidden": (8,), "batch_size": 8, "epochs": 3, "target_accuracy": 1}
    )
    sessions.append(Session(SessionConfig(data, settings, folder)))
    return Opened(sessions[-1])


def panel_lines(opened: Opened) -> list[str]:
    """What the digit's panel shows, line by line."""
    region = opened.screen._digit.region
    shown = opened.screen._compositor.render_strips()
    return [strip.crop(region.x, region.right).text for strip in shown[region.y : region.bottom]]


async def after_training(opened: Opened, size: tuple[int, int]) -> list[str]:
    """The panel's lines once a short run is over and the second digit is shown."""
    async with opened.app.run_test(size=size) as pilot:
        await opened.until(pilot, lambda report: report.state == "ready")
        await pilot.press("space")
        await opened.until(pilot, lambda report: report.state == "finished")
        await pilot.press("full_stop")
        await opened.until(pilot, lambda report: report.reading.index == 1)
        return panel_lines(opened)


@SIZES
@pytest.mark.short("80x24")
async def test_wide_pictures_of_three_named_classes(
    sessions: list[Session], tmp_path: Path, size: tuple[int, int]
) -> None:
    data = patterns(("cat", "dog", "owl"), 12, 20)
    lines = await after_training(opened_on(data, sessions, tmp_path), size)
    assert sum("▀" * 3 in line for line in lines) >= 6  # twelve rows
    words = next(line for line in lines if "✓" in line or "✗" in line)
    assert any(name in words for name in data.class_names)
    for name in data.class_names:
        bars = [line for line in lines if name in line and "%" in line]
        assert len(bars) == 1


@SIZES
@pytest.mark.short("80x24")
async def test_more_classes_than_rows_show_the_most_probable_in_their_order(
    sessions: list[Session], tmp_path: Path, size: tuple[int, int]
) -> None:
    letters = tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    lines = await after_training(opened_on(patterns(letters, 8, 8), sessions, tmp_path), size)
    bars = [line for line in lines if "%" in line]
    assert len(bars) >= 6  # of twelve rows two say what the curves show, now that it is over
    assert any("▸" in line for line in bars)
    shown = [next(letter for letter in line if letter in letters) for line in bars]
    assert shown == sorted(shown)
    said = f"top {len(bars)} of {len(letters)}"
    assert any(said in line for line in lines) == (len(bars) < len(letters))


@SIZES
@pytest.mark.short("80x24")
async def test_pictures_larger_than_the_panel_are_shrunk(
    sessions: list[Session], tmp_path: Path, size: tuple[int, int]
) -> None:
    lines = await after_training(
        opened_on(patterns(("cat", "dog"), 90, 60), sessions, tmp_path), size
    )
    assert sum("%" in line for line in lines) == 2
    assert any("✓" in line or "✗" in line for line in lines)


@SIZES
@pytest.mark.short("80x24")
async def test_names_that_are_long_or_look_like_markup(
    sessions: list[Session], tmp_path: Path, size: tuple[int, int]
) -> None:
    names = ("[red]not red[/]", "Ankle boot [b]", "an uncommonly long name for a class", "x]")
    lines = await after_training(opened_on(patterns(names, 28, 28), sessions, tmp_path), size)
    assert sum("%" in line for line in lines) == 4
    assert any("[red" in line for line in lines)


@pytest.mark.parametrize(
    ("name", "read_as", "width", "words"),
    [
        ("7", "7", 28, "a 7, read as 7 ✓"),
        ("7", "3", 17, "a 7, read as 3 ✗"),
        ("7", "3", 0, "a 7, read as 3 ✗"),  # not laid out yet
        ("Coat", "Coat", 28, "Coat, read as Coat ✓"),
        ("Coat", "Coat", 17, "Coat ✓"),
        ("Trouser", "Coat", 17, "Trouse → Coat ✗"),
        ("Ankle boot", "T-shirt/top", 28, "Ankle boot → T-shirt/top ✗"),
        ("[b]", "[/]", 28, "[b], read as [/] ✗"),
    ],
)
def test_there_are_as_many_words_as_fit(name: str, read_as: str, width: int, words: str) -> None:
    assert in_words(name, read_as, name == read_as, width).plain == words


def test_every_name_of_fashion_can_be_read_beside_the_picture() -> None:
    for name in FASHION_MNIST.class_names:
        assert name in in_words(name, name, True, 17).plain


def test_a_picture_that_is_shrunk_keeps_its_proportions_and_its_mean() -> None:
    image = np.zeros((90, 60), np.uint8)
    image[:45] = 200
    small = shrunk(image)
    assert small.shape == (28, 19)  # 28/90 of both: 60 * 28 / 90 = 18.7
    assert small.dtype == np.uint8
    assert (small[:13] == 200).all()
    assert (small[15:] == 0).all()
    assert small.mean() == pytest.approx(100, abs=0.5)


def test_a_picture_with_room_is_shown_as_it_is() -> None:
    image = np.eye(28, dtype=np.uint8)
    assert shrunk(image) is image
