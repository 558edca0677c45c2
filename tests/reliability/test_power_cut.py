"""A power cut leaves the old file or the new one, of every kind that is written."""

from collections.abc import Callable
from pathlib import Path

import pytest

from engine.data import idx
from engine.models import files
from engine.training.checkpoint import freeze
from engine.training.outcome import to_model
from numrec_tui.storage import preferences
from numrec_tui.storage import settings_file as config_file
from numrec_tui.storage.checkpoints import newest_in
from tests.engine import tiny
from tests.reliability.budget import count
from tests.reliability.power_cut import after_every_cut
from tests.storage.test_checkpoints import MODEL, ORIGIN, run_after

pytestmark = pytest.mark.reliability

STATES = count("disk states")


def save_model(path: Path, which: int) -> None:
    files.save(path, to_model(run_after(which), tiny.data_set()))


def save_settings(path: Path, which: int) -> None:
    config_file.write(path, tiny.run_on(tiny.split(), epochs=which).hyperparameters)


def save_theme(path: Path, which: int) -> None:
    preferences.remember_theme(path, ["", "nord", "gruvbox"][which])


def save_images(path: Path, which: int) -> None:
    idx.write(path, tiny.digits(20, seed=which).images)


@pytest.mark.parametrize(
    ("name", "save", "read"),
    [
        ("model.safetensors", save_model, lambda path: files.load(path).network.theta.tolist()),
        (
            "model.txt",
            save_model,
            lambda path: files.load(path, "quadratic").network.theta.tolist(),
        ),
        ("settings.toml", save_settings, config_file.read),
        ("preferences.toml", save_theme, lambda path: preferences.read(path).theme),
        ("images", save_images, lambda path: idx.read_images(path).tolist()),
    ],
    ids=["model", "text", "settings", "preferences", "digits"],
)
def test_a_file_is_the_old_one_or_the_new_one(
    tmp_path: Path,
    name: str,
    save: Callable[[Path, int], None],
    read: Callable[[Path], object],
    record_property: Callable[[str, object], None],
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    save(folder / name, 1)
    old = read(folder / name)
    seen = []
    for left in after_every_cut(folder, lambda: save(folder / name, 2), tmp_path / "left", STATES):
        seen.append(read(left / name))
    new = read(folder / name)
    assert old != new
    assert all(each in (old, new) for each in seen)
    assert old in seen
    assert new in seen
    record_property("states of the disk", len(seen))


def test_what_was_kept_of_a_run_is_found_again(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    names = [f"{number:06d}.safetensors" for number in (1, 2)]
    runs = [run_after(1), run_after(2)]
    freeze(runs[0], ORIGIN, str(MODEL)).write(folder / names[0])
    newer = freeze(runs[1], ORIGIN, str(MODEL))
    found = set()
    for left in after_every_cut(
        folder, lambda: newer.write(folder / names[1]), tmp_path / "left", STATES
    ):
        newest = newest_in(left)
        assert newest is not None
        found.add(newest.checkpoint.restore().step)
    assert found == {1, 2}
    record_property("states of the disk", STATES)
