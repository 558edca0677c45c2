"""Finding a data set: four files in a folder, each plain or gzip, all of one set."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from engine.data import catalog, idx
from engine.data.dataset import DataSet
from engine.errors import DataError, FormatError
from tests.engine import tiny
from tests.mirror import published_as, small_files

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
    with pytest.raises(DataError) as caught:
        catalog.load(folder)
    count = len(labels)
    assert str(caught.value).startswith(
        f"{folder} has {count} {part} images but {count - 1} {part} labels; "
    )


def test_test_images_of_another_size_are_refused(written: Writer) -> None:
    folder = written()
    idx.write(folder / catalog.FILES["test images"], np.zeros((10, 8, 7), np.uint8))
    with pytest.raises(DataError, match="8 x 8 pixels, the test images 8 x 7"):
        catalog.load(folder)


def relabel(folder: Path, part: str, highest: int) -> None:
    """Make the labels of a part of the tiny set go from 0 to `highest`."""
    labels = np.arange(len(CONTENT[part])) % (highest + 1)
    idx.write(folder / catalog.FILES[part], labels.astype(np.uint8))


@pytest.mark.parametrize(
    ("training", "test", "classes"),
    [(4, 4, 5), (9, 9, 10), (2, 5, 6), (12, 3, 13), (0, 0, 2)],
)
def test_there_are_as_many_classes_as_the_largest_label_asks_for(
    written: Writer, training: int, test: int, classes: int
) -> None:
    folder = written()
    relabel(folder, "training labels", training)
    relabel(folder, "test labels", test)
    found = catalog.load(folder)
    assert found.train.classes == found.test.classes == classes
    assert found.class_names == tuple(str(label) for label in range(classes))


def name_classes(folder: Path, content: str | bytes) -> Path:
    path = folder / catalog.CLASS_NAMES
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_a_file_names_the_classes(written: Writer, ending: str) -> None:
    folder = written()
    names = ("null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "お", "acht", "neun", "none")
    name_classes(folder, ending.join(names))
    found = catalog.load(folder)
    assert found.class_names == names
    assert found.train.classes == 11  # though no label is 10


def test_a_label_beyond_the_names_is_refused(written: Writer) -> None:
    folder = written()
    name_classes(folder, "cat\ndog\n")
    relabel(folder, "training labels", 1)
    relabel(folder, "test labels", 2)
    with pytest.raises(FormatError, match="label 2: expected a class from 0 to 1, found 2"):
        catalog.load(folder)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "2 to 256 names"),
        ("only\n", "2 to 256 names"),
        ("x\n" * 257, "found 257"),
        ("cat\n\ndog\n", "line 2"),
        ("cat\n\x1b[2J\n", "line 2: expected a name that can be shown"),
        (b"cat\n\xff\n", "byte 4: expected UTF-8"),
        ("x" * 2**17, "at most 65536 bytes"),
    ],
)
def test_names_that_are_none_are_refused(
    written: Writer, content: str | bytes, problem: str
) -> None:
    folder = written()
    path = name_classes(folder, content)
    with pytest.raises(FormatError, match=problem) as caught:
        catalog.load(folder)
    assert caught.value.path == path


TINY = published_as("tiny", small_files())


@pytest.fixture
def downloads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of downloads that holds the one set there is."""
    monkeypatch.setitem(catalog.PUBLISHED._entries, "tiny", TINY)
    folder = tmp_path / "downloads" / "tiny"
    folder.mkdir(parents=True)
    for name, content in small_files().items():
        (folder / name).write_bytes(content)
    return tmp_path / "downloads"


def test_a_published_set_goes_by_its_name(downloads: Path) -> None:
    found = catalog.find("tiny", downloads=downloads)
    assert found.name == "tiny"
    assert not found.varied
    assert (len(found.train), len(found.test)) == (300, 20)
    assert found.class_names[9] == "Ankle boot"


def test_a_published_set_that_is_not_here_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"not on this computer yet.*\(12 MB\)"):
        catalog.find("mnist", downloads=tmp_path)


@pytest.mark.parametrize("damage", ["flipped", "longer", "empty"])
def test_a_published_set_is_verified_whenever_it_is_read(downloads: Path, damage: str) -> None:
    path = downloads / "tiny" / "t10k-images-idx3-ubyte.gz"
    content = path.read_bytes()
    flipped = content[:500] + bytes([content[500] ^ 1]) + content[501:]
    path.write_bytes({"flipped": flipped, "longer": content + b"x", "empty": b""}[damage])
    with pytest.raises(DataError, match=r"t10k-images-idx3-ubyte\.gz in .* download tiny again"):
        catalog.find("tiny", downloads=downloads)


def test_a_name_of_the_catalog_comes_before_a_folder(
    downloads: Path, written: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = written()
    folder.rename(folder.parent / "tiny")
    monkeypatch.chdir(folder.parent)
    assert len(catalog.find("tiny", downloads=downloads).train) == 300
    for name in ("./tiny", "tiny/", str(folder.parent / "tiny")):
        assert_is_the_tiny_set(catalog.find(name, downloads=downloads))


def test_a_folder_may_be_called_as_any_set(
    written: Writer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written()
    monkeypatch.chdir(tmp_path)
    for name in ("bundled", "drawn"):
        (tmp_path / "patterns").rename(tmp_path / name)
        assert_is_the_tiny_set(catalog.find(f"./{name}"))
        (tmp_path / name).rename(tmp_path / "patterns")


def test_a_misspelt_name_suggests_the_right_one() -> None:
    with pytest.raises(DataError, match=r"no folder fashon-mnist; .* Did you mean fashion-mnist\?"):
        catalog.find("fashon-mnist")


def test_images_and_labels_that_changed_places_are_refused(written: Writer) -> None:
    folder = written()
    images, labels = (folder / catalog.FILES[f"training {what}"] for what in ("images", "labels"))
    images.rename(folder / "aside")
    labels.rename(images)
    (folder / "aside").rename(labels)
    with pytest.raises(FormatError, match="IDX images"):
        catalog.load(folder)
