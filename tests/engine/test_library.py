"""The engine as a library: `import engine as nr`."""

import ast
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import engine as nr
from engine import errors
from engine.data import idx
from engine.data.catalog import FILES
from engine.data.download import downloads_folder
from engine.models.files import load as load_whole_model
from engine.training.loop import train
from engine.training.presets import PRESETS
from engine.training.run import new_run
from numrec_tui.storage.paths import data_folder
from tests.engine.tiny import data_set

SMALL = {"hidden": (8,), "epochs": 3, "batch_size": 16, "schedule": "constant"}


def test_all_names_are_exported_and_documented() -> None:
    assert len(nr.__all__) == len(set(nr.__all__))
    assert set(nr.__all__) <= set(dir(nr))
    for name in nr.__all__:
        assert getattr(nr, name).__doc__, name


def test_names_for_type_checkers_are_those_that_are_imported_lazily() -> None:
    tree = ast.parse(Path(nr.__file__).read_bytes())
    seen = {
        alias.name: node.module
        for block in tree.body
        if isinstance(block, ast.If) and isinstance(block.test, ast.Name)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert sorted(seen) == sorted(nr.__all__)
    for name, module in seen.items():
        assert getattr(nr, name) is getattr(sys.modules[str(module)], name)


def test_every_error_of_the_engine_is_public() -> None:
    kinds = {each.__name__ for each in vars(errors).values()
             if isinstance(each, type) and issubclass(each, nr.EngineError)}  # fmt: skip
    assert kinds <= set(nr.__all__)


def test_a_star_import_gives_the_public_names() -> None:
    given: dict[str, object] = {}
    exec("from engine import *", given)  # noqa: S102
    assert set(given) - {"__builtins__"} == set(nr.__all__)


def test_what_there_is_not_is_told_as_by_any_module() -> None:
    with pytest.raises(AttributeError, match="module 'engine' has no attribute 'nothing'"):
        nr.nothing  # noqa: B018


def test_importing_the_engine_imports_nothing_else() -> None:
    program = "import engine, sys; engine.EngineError; print([n for n in ('numpy', 'pydantic') if n in sys.modules])"  # noqa: E501
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_a_run_learns_what_the_loop_learns_and_has_no_loop_of_its_own() -> None:
    data = data_set()
    run = nr.Run.new(data, **SMALL)
    seen = list(run.train())
    engines = new_run(run.hyperparameters, 64, 10)
    engines.pace = 0.1
    list(train(engines, run.split))
    np.testing.assert_array_equal(run.network.theta, engines.network.theta)
    assert [epoch.epoch for epoch in seen] == [1, 2, 3]
    assert tuple(seen) == run.history
    assert run.stopped == "epochs"


def test_events_are_all_there() -> None:
    kinds = [type(event) for event in nr.Run.new(data_set(), **SMALL).events()]
    assert kinds[0] is nr.Started
    assert kinds[-1] is nr.Stopped
    assert kinds.count(nr.EpochDone) == 3
    assert kinds.count(nr.Progress) >= 3


def test_not_asking_for_the_next_epoch_is_a_pause() -> None:
    data = data_set()
    whole, paused = (nr.Run.new(data, **SMALL) for _ in range(2))
    list(whole.train())
    for _ in paused.train():
        break
    assert [epoch.epoch for epoch in paused.train()] == [2, 3]
    np.testing.assert_array_equal(whole.network.theta, paused.network.theta)
    paused.change(epochs=4)
    assert [epoch.epoch for epoch in paused.train()] == [4]
    with pytest.raises(nr.SettingsError, match="optimizer: cannot change"):
        paused.change(optimizer="adam")


def test_settings_that_nobody_names_fit_the_set_and_wrong_ones_are_all_named() -> None:
    data = data_set()
    assert nr.Run.new(data).hyperparameters.batch_size < nr.Hyperparameters().batch_size
    assert nr.Run.new(data, preset="seed").hyperparameters.optimizer == "sgd"
    assert nr.PRESETS is PRESETS
    with pytest.raises(nr.SettingsError) as told:
        nr.Run.new(data, hiden=(3,), epochs=0)
    assert set(told.value.problems) == {"hiden", "epochs"}
    with pytest.raises(nr.SettingsError, match="there is no preset 'sed'"):
        nr.Run.new(data, preset="sed")


def test_a_run_reads_pictures_and_scores_digits() -> None:
    data = data_set()
    run = nr.Run.new(data, **SMALL)
    list(run.train())
    read = run.predict(data.test.images)
    score = run.evaluate(data.test)
    assert score.accuracy == (read.argmax(axis=1) == data.test.labels).mean()
    assert score.class_names == data.class_names
    assert run.predict(data.test.images[0]).shape == (10,)
    with pytest.raises(nr.DataError, match="64 pixels as 10 classes"):
        run.evaluate(nr.Digits(np.zeros((1, 3, 3), np.uint8), np.zeros(1, np.uint8)))


def test_a_picture_of_one_row_is_a_picture() -> None:
    draw = np.random.default_rng(1)
    parts = [
        nr.Digits(draw.integers(0, 256, (30, 1, 5), np.uint8), np.arange(30, dtype=np.uint8) % 2, 2)
        for _ in range(2)
    ]
    run = nr.Run.new(nr.DataSet("flat", *parts), **SMALL)
    assert run.predict(parts[0].images).shape == (30, 2)


@pytest.mark.parametrize("name", ["a.safetensors", "a.txt"])
def test_what_is_saved_is_loaded_again_and_trained_further(tmp_path: Path, name: str) -> None:
    data = data_set()
    run = nr.Run.new(data, **SMALL)
    list(run.train())
    assert run.save(str(tmp_path / name)) == tmp_path / name
    network = nr.load_model(tmp_path / name)
    images = data.test.images
    np.testing.assert_allclose(network.predict(images), run.predict(images), atol=1e-6)
    assert nr.evaluate(network, data.test).correct == run.evaluate(data.test).correct
    further = nr.Run.new(data, model=network, epochs=1)
    assert further.hyperparameters.hidden == (8,)
    np.testing.assert_array_equal(further.network.theta, network.theta)


def test_a_saved_model_knows_where_it_comes_from(tmp_path: Path) -> None:
    run = nr.Run.new(data_set(), **SMALL)
    list(run.train())
    notes = load_whole_model(run.save(tmp_path / "a.safetensors")).notes
    assert (notes["data"], notes["epoch"]) == ("tiny", 3)


def test_a_run_that_diverged_saves_its_last_healthy_epoch_or_nothing(tmp_path: Path) -> None:
    run = nr.Run.new(data_set(), **{**SMALL, "optimizer": "sgd", "learning_rate": 1000})
    list(run.train())
    run.network.theta[:] = np.nan
    with pytest.raises(nr.SaveError):
        run.save(tmp_path / "a.safetensors")
    assert not list(tmp_path.iterdir())


def test_a_folder_is_loaded_by_its_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = data_set()
    parts = (data.train.images, data.train.labels, data.test.images, data.test.labels)
    folder = tmp_path / "mnist"
    folder.mkdir()
    for name, part in zip(FILES.values(), parts, strict=True):
        idx.write(folder / name, part)
    monkeypatch.chdir(tmp_path)
    for given in (Path("mnist"), "./mnist", str(folder), folder):
        np.testing.assert_array_equal(nr.load(given).train.images, data.train.images)


def test_what_is_not_downloaded_is_an_error_that_names_no_command() -> None:
    with pytest.raises(nr.NotDownloadedError) as told:
        nr.load("mnist")
    assert "12 MB" in str(told.value)
    assert "numrec-tui" not in str(told.value)
    with pytest.raises(nr.DataError, match="Did you mean bundled"):
        nr.load("bundeld")


def test_downloading_brings_a_set_to_where_the_app_keeps_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = []
    monkeypatch.setenv("NUMREC_MIRRORS", "https://a.example/sets")
    monkeypatch.setattr(
        "engine.library.fetch", lambda what, to, mirrors: asked.append((what.name, to, mirrors))
    )
    with pytest.raises(nr.NotDownloadedError):  # as nothing was fetched
        nr.load("kmnist+invert", download=True)
    assert asked == [("kmnist", data_folder() / "kmnist", ("https://a.example/sets/kmnist/",))]
    nr.load("drawn:20", download=True)
    assert len(asked) == 1


@pytest.mark.parametrize("home", ["", "  ", "somewhere", "~/numrec"])
def test_downloads_are_kept_where_the_app_keeps_them(
    monkeypatch: pytest.MonkeyPatch, home: str
) -> None:
    monkeypatch.setenv("NUMREC_HOME", home)
    assert downloads_folder() == data_folder()


def test_a_run_says_in_a_line_what_it_is() -> None:
    run = nr.Run.new(data_set(), **SMALL)
    assert repr(run) == "Run('tiny', Network(64-8-10, leaky_relu, cross_entropy), epoch 0 of 3)"
    list(run.train())
    assert repr(run).startswith("Run('tiny', Network(64-8-10, leaky_relu, cross_entropy), epoch 3 ")
