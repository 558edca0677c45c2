"""docs/formats.md says what the program writes."""

import json
import re
import sqlite3
import struct
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.data import pictures
from engine.models import files
from engine.models.model import Model
from engine.training.checkpoint import Origin, freeze
from engine.training.events import WorkersReplaced
from engine.training.hyperparameters import settings_from
from engine.training.loop import train
from engine.training.outcome import to_model
from numrec_tui.cli.adviser import Advised
from numrec_tui.cli.commands import run
from numrec_tui.cli.loggers import Table
from numrec_tui.cli.reporters import JsonLines
from numrec_tui.history.history import History
from numrec_tui.session.run_files import Saving
from numrec_tui.storage import drawings, paths, preferences, settings_file
from numrec_tui.storage.model_file import with_program
from tests.docs.documents import block, blocks, text_of
from tests.engine import tiny

PAGE = "docs/formats.md"
REST = "…"
SMALL = ("--hidden", "4", "--epochs", "1", "--batch-size", "64")


def example(title: str) -> Any:
    return json.loads(block(PAGE, title))


def assert_alike(documented: Any, real: Any) -> None:
    """Objects have the same keys; where `…` is one, others may be there that are left out."""
    if isinstance(documented, dict):
        assert isinstance(real, dict)
        left_out = REST in documented
        named = [key for key in documented if key != REST]
        assert [key for key in real if not left_out or key in named] == named
        for key in named:
            assert_alike(documented[key], real[key])
    elif isinstance(documented, list) and documented and isinstance(real, list) and real:
        assert_alike(documented[0], real[0])
    else:
        assert not isinstance(real, dict)


def metadata_in(path: Path) -> tuple[dict[str, str], dict[str, tuple[int, ...]]]:
    """The metadata of a safetensors file, and the shapes in it."""
    content = path.read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + length])
    return header.pop("__metadata__"), {
        name: tuple(facts["shape"]) for name, facts in header.items()
    }


def test_a_model_holds_what_the_page_says(tmp_path: Path) -> None:
    data = tiny.data_set()
    made = tiny.run_on(tiny.split())
    files.save(tmp_path / "m.safetensors", with_program(to_model(made, data)))
    metadata, shapes = metadata_in(tmp_path / "m.safetensors")
    assert list(metadata) == ["numrec"]
    assert_alike(example("model"), json.loads(metadata["numrec"]))
    assert shapes == {
        "weights.0": (64, 8), "biases.0": (8,), "weights.1": (8, 10), "biases.1": (10,),
    }  # fmt: skip
    for name in ("weights.0", "biases.0", "numrec"):
        assert f"`{name}`" in text_of(PAGE)


def test_the_onnx_graph_is_as_the_page_says(tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx")
    files.save(tmp_path / "m.onnx", Model(tiny.run_on(tiny.split()).network))
    proto = onnx.load(tmp_path / "m.onnx")
    versions = f"opset {proto.opset_import[0].version}, IR version {proto.ir_version}"
    assert versions in " ".join(text_of(PAGE).split())
    assert [each.name for each in proto.graph.input] == ["pixels"]
    assert [each.name for each in proto.graph.output] == ["probabilities"]
    assert [node.op_type for node in proto.graph.node] == [
        "Mul", "Gemm", "LeakyRelu", "Gemm", "Softmax",
    ]  # fmt: skip


def test_the_seeds_text_has_these_lines(tmp_path: Path) -> None:
    files.save(tmp_path / "m.txt", Model(tiny.run_on(tiny.split()).network))
    [documented] = [each.code for each in blocks(PAGE, "text") if each.code.startswith("[layers]")]
    real = (tmp_path / "m.txt").read_text()
    assert re.findall(r"^\[[a-z]+\]$", documented, re.MULTILINE) == re.findall(
        r"^\[[a-z]+\]$", real, re.MULTILINE
    )
    assert len(documented.splitlines()) == len(real.splitlines())


def test_a_checkpoint_holds_what_the_page_says(tmp_path: Path) -> None:
    made = tiny.run_on(tiny.split(), batch_size=16)
    for event in train(made, tiny.split()):
        if made.epoch == 1 and made.batch == 2:
            made.change("learning_rate", 0.2)
            break
        del event
    freeze(made, Origin("tiny", "tiny", "0" * 64)).write(tmp_path / "c.safetensors")
    metadata, shapes = metadata_in(tmp_path / "c.safetensors")
    assert set(metadata) == {"checkpoint", "sha256"}
    assert_alike(example("checkpoint"), json.loads(metadata["checkpoint"]))
    parameters = made.network.theta.size
    assert shapes["theta"] == shapes["snapshot.0.theta"] == (parameters,)
    assert shapes["state"] == shapes["snapshot.0.state"] == (1, parameters)
    assert {name.split(".")[-1] for name in shapes} == {"theta", "state"}


def schema_of(connection: sqlite3.Connection) -> dict[str, Any]:
    """Columns of every table, its kind, and the indexes."""
    tables = connection.execute(
        "SELECT name, wr, strict FROM pragma_table_list "
        "WHERE schema = 'main' AND name NOT LIKE 'sqlite_%'"
    ).fetchall()
    found: dict[str, Any] = {}
    for name, *kind in tables:
        columns = connection.execute("SELECT * FROM pragma_table_info(?)", (name,)).fetchall()
        found[name] = (kind, columns)
    indexes = "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL"
    return {**found, **dict(connection.execute(indexes))}


def test_the_schema_of_the_history_is_that_of_the_page(tmp_path: Path) -> None:
    with History(tmp_path / "history.db").transaction() as connection:
        real = schema_of(connection)
        [(owner,)] = connection.execute("PRAGMA application_id")
        [(version,)] = connection.execute("PRAGMA user_version")
        [(mode,)] = connection.execute("PRAGMA journal_mode")
    [block_of_sql] = blocks(PAGE, "sql")
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(block_of_sql.code)
        documented = schema_of(connection)
    assert documented == real
    said = " ".join(text_of(PAGE).split())
    assert f"`application_id` is 0x{owner:X}" in said
    assert f"`user_version` is {version};" in said
    assert mode == "wal"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NUMREC_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "home"


def lines_of(capfd: pytest.CaptureFixture[str], *words: str) -> list[Any]:
    assert run(words) == 0
    return [json.loads(line) for line in capfd.readouterr().out.splitlines()]


def test_the_commands_write_the_json_of_the_page(
    home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    data = ("--data", "drawn:60")
    told = lines_of(capfd, "train", *data, *SMALL, "--json", "--save", "m.safetensors")
    documented = [
        json.loads(each.code) for each in blocks(PAGE, "json") if each.title == "train --json"
    ]
    assert [line["event"] for line in told] == [line["event"] for line in documented]
    for expected, real in zip(documented, told, strict=True):
        assert_alike(expected, real)
    assert {path.name for path in home.iterdir()} <= names_of_the_home()

    [scored] = lines_of(capfd, "evaluate", "m.safetensors", *data, "--json")
    assert_alike(example("evaluate --json"), scored)
    image = np.zeros((28, 28), np.uint8)
    image[6:22, 12:16] = 255
    Path("photo.png").write_bytes(pictures.png(image))
    [read] = lines_of(capfd, "predict", "m.safetensors", "photo.png", "--json")
    assert_alike(example("predict --json"), read)

    [whole] = lines_of(capfd, "runs", "show", "last", "--json")
    expected = example("runs show --json")
    assert_alike(expected, whole)
    [short] = lines_of(capfd, "runs", "list", "--json")
    assert list(short) == [key for key in expected if key not in ("changes", "curves")]
    [shown] = lines_of(capfd, "data", "show", "drawn:60", "--json")
    assert_alike(example("data show --json"), shown)
    [sets] = lines_of(capfd, "data", "list", "--json")
    assert_alike(example("data list --json"), sets)
    assert set(sets[-1]) - set(sets[0]) == {"license", "source"}


def names_of_the_home() -> set[str]:
    return set(re.findall(r"^\| `([\w.]+)/?`", text_of(PAGE), re.MULTILINE))


def test_the_table_of_the_home_names_every_place(home: Path) -> None:
    places = (
        paths.models_folder(), paths.checkpoints_folder(), paths.exports_folder(),
        paths.preferences_file(), paths.history_file(), paths.running_folder(),
        paths.settings_file(), paths.data_folder(),
        drawings.folder_for(home, "mnist", tuple("0123456789")),
    )  # fmt: skip
    assert {place.relative_to(home).as_posix() for place in places} <= names_of_the_home()


@pytest.mark.parametrize(
    ("title", "told"),
    [
        ("team", WorkersReplaced("A process of the team was ended by signal 9.", 2, False, 1)),
        ("advice", Advised(3, "a lower learning rate")),
        ("saving", Saving("Cannot write.")),
    ],
)
def test_what_happens_in_between_is_as_on_the_page(
    title: str, told: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    JsonLines()(told, None)
    assert_alike(example(f"train --json, {title}"), json.loads(capfd.readouterr().out))


def test_the_table_of_scores_has_these_columns(tmp_path: Path) -> None:
    Table(tmp_path / "scores.csv")
    assert block(PAGE, "train --csv").strip() == (tmp_path / "scores.csv").read_text().strip()


def test_the_examples_in_toml_are_read(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text(block(PAGE, "settings"))
    read = settings_from(settings_file.read(tmp_path / "settings.toml"))
    assert (read.hidden, read.target_accuracy) == ((512, 256), 0.98)
    (tmp_path / "preferences.toml").write_text(block(PAGE, "preferences"))
    assert preferences.read(tmp_path / "preferences.toml").problems == ()


def test_drawings_are_kept_in_these_files(tmp_path: Path) -> None:
    folder = tmp_path / "drawings"
    for number in range(7):
        image = np.full((28, 28), number, np.uint8)
        drawings.save(folder, image, 3, tuple("0123456789"))
    assert {path.name for path in folder.iterdir()} == {
        "classes.txt", "lock", "train-images-idx3-ubyte", "train-labels-idx1-ubyte",
        "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte", "held-out-idx1-ubyte",
    }  # fmt: skip
    assert (folder / "held-out-idx1-ubyte").read_bytes()[8:] == bytes((0, 1, 0, 0, 0, 0, 1))
    assert (folder / "train-images-idx3-ubyte").read_bytes()[:4] == bytes((0, 0, 8, 3))
    assert (
        len((folder / "t10k-labels-idx1-ubyte").read_bytes()) == 8 + 2
    )  # the second and the seventh


def test_keys_that_differ_would_be_noticed() -> None:
    with pytest.raises(AssertionError):
        assert_alike({"a": 1}, {"a": 1, "b": 2})
    with pytest.raises(AssertionError):
        assert_alike({"a": [{"b": 1}]}, {"a": [{"c": 1}]})
    assert_alike({"a": {"b": 1, REST: REST}}, {"a": {"c": 2, "b": 3}})
