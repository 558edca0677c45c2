"""Several sets on the command line: with commas, by giving the flag again, and in a recipe."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from numrec_tui.cli.loading import find_data, source_of
from tests import hostile


@pytest.fixture
def started(numrec) -> Callable[..., dict[str, object]]:
    """What `train` says as it begins."""

    def begin(*words: object) -> dict[str, object]:
        answer = numrec("train", "--epochs", "1", "--json", *words)
        assert answer.code == 0, answer.err
        first: dict[str, object] = json.loads(answer.out.splitlines()[0])
        return first

    return begin


@pytest.mark.parametrize(
    "words",
    [
        ("--data", "drawn:60*2,drawn:40:1"),
        ("--data", "drawn:60*2", "--data", "drawn:40:1"),
    ],
)
@pytest.mark.short("words0")
def test_sets_with_commas_and_flags_that_are_repeated(started, words) -> None:
    begun = started(*words, "--validation", "test")
    assert begun["train_images"] == 2 * 60 + 40


def test_a_recipe_names_what_it_is_for_and_a_flag_beats_it(started, tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.toml"
    recipe.write_text('data = ["drawn:60*2", "drawn:40:1"]\nvalidation = "test"\n')
    assert started("--config", recipe)["train_images"] == 160
    assert started("--config", recipe, "--data", "drawn:30")["train_images"] == 30
    recipe.write_text('data = "drawn:50"\nvalidation = "test"\n')
    assert started("--config", recipe)["train_images"] == 50


@pytest.mark.parametrize("value", ["[]", "3", '["drawn:60", 3]', '""'])
def test_data_in_a_recipe_that_is_no_name_is_one_sentence(numrec, tmp_path: Path, value) -> None:
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(f"data = {value}\n")
    answer = numrec("train", "--config", recipe)
    assert (answer.code, answer.out) == (1, "")
    assert answer.err.count("\n") == 1
    assert "data is no name of a set" in answer.err


def test_a_run_finds_its_sets_again_from_another_folder(tmp_path: Path, monkeypatch) -> None:
    hostile.data_set(tmp_path, "mine")
    monkeypatch.chdir(tmp_path)
    source = source_of("./mine*2,drawn:40")
    here = find_data("./mine*2,drawn:40")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    found = find_data(source)
    assert found.name == here.name == "mine*2,drawn:40"
    assert len(found.train) == len(here.train)
