"""Finding a data set: four files in a folder, each plain or gzip, all of one set."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from engine.data import catalog, idx
from engine.data.digits import DataSet
from engine.errors import DataError, FormatError
from tests.engine import tiny

DATA = tiny.data_set(train=20, test=10)
CONTENT = {
    "training images": DATA.train.images,
    "training labels": DATA.train.labels,
    "test images": DATA.test.images,
    "test labels": DATA.test.labels,
}
every_part = pytest.mark.parametrize("part", CONTENT)
Writer = Callable[..., Path]


@pytest.fixture
def written(tmp_path: Path) -> Writer:
    """Writes the tiny set into a folder; `packed` names the parts that are gzip."""

    def write(packed: tuple[str, ...] = ()) -> Path:
        folder = tmp_path / "patterns"
        folder.mkdir()
        for part, values in CONTENT.items():
            name = catalog.FILES[part] + (".gz" if part in packed else "")
            idx.write(folder / name, values)
        return folder

    return write


def assert_is_the_tiny_set(found: DataSet) -> None:
    np.testing.assert_array_equal(found.train.images, DATA.train.images)
    np.testing.assert_array_equal(found.train.labels, DATA.train.labels)
    np.testing.assert_array_equal(found.test.images, DATA.test.images)
    np.testing.assert_array_equal(found.test.labels, DATA.test.labels)


@pytest.mark.parametrize(
    "packed", [(), tuple(CONTENT), ("training images", "test labels")], ids=["plain", "gz", "both"]
)
def test_four_files_make_a_set(written: Writer, packed: tuple[str, ...]) -> None:
    assert_is_the_tiny_set(catalog.load(written(packed)))


def test_the_files_have_the_names_mnist_was_published_under() -> None:
    assert sorted(catalog.FILES.values()) == [
        "t10k-images-idx3-ubyte",
        "t10k-labels-idx1-ubyte",
        "train-images-idx3-ubyte",
        "train-labels-idx1-ubyte",
    ]


def test_a_set_is_called_as_its_folder(written: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = written()
    assert catalog.load(folder).name == "patterns"
    monkeypatch.chdir(folder)
    assert catalog.load(Path()).name == "patterns"


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"There is no folder .*nowhere"):
        catalog.load(tmp_path / "nowhere")


def test_a_file_in_place_of_the_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DataError, match=r"There is no folder .*file"):
        catalog.load(tmp_path / "file")


@every_part
def test_a_missing_file_is_named(written: Writer, part: str) -> None:
    folder = written()
    (folder / catalog.FILES[part]).unlink()
    with pytest.raises(DataError, match=f"The {part} are missing") as caught:
        catalog.load(folder)
    assert f"{catalog.FILES[part]}.gz" in str(caught.value)
    assert str(folder) in str(caught.value)


@every_part
def test_a_damaged_file_is_named(written: Writer, part: str) -> None:
    folder = written()
    path = folder / catalog.FILES[part]
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(FormatError) as caught:
        catalog.load(folder)
    assert caught.value.path == path


@pytest.mark.parametrize("part", ["training", "test"])
def test_labels_of_another_set_are_refused(written: Writer, part: str) -> None:
    folder = written()
    labels = CONTENT[f"{part} labels"]
    idx.write(folder / catalog.FILES[f"{part} labels"], labels[:-1])
    with pytest.raises(DataError, match=f"{len(labels)} images but {len(labels) - 1} labels"):
        catalog.load(folder)


def test_test_images_of_another_size_are_refused(written: Writer) -> None:
    folder = written()
    idx.write(folder / catalog.FILES["test images"], np.zeros((10, 8, 7), np.uint8))
    with pytest.raises(DataError, match="8 x 8 pixels, the test images 8 x 7"):
        catalog.load(folder)


def test_a_label_above_nine_is_refused(written: Writer) -> None:
    folder = written()
    labels = CONTENT["test labels"].copy()
    labels[4] = 10
    idx.write(folder / catalog.FILES["test labels"], labels)
    with pytest.raises(FormatError, match="label 4: expected a class from 0 to 9, found 10"):
        catalog.load(folder)


def test_images_and_labels_that_changed_places_are_refused(written: Writer) -> None:
    folder = written()
    images, labels = (folder / catalog.FILES[f"training {what}"] for what in ("images", "labels"))
    images.rename(folder / "aside")
    labels.rename(images)
    (folder / "aside").rename(labels)
    with pytest.raises(FormatError, match="IDX images"):
        catalog.load(folder)
