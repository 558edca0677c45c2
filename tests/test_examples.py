"""The examples do what they say."""

import json
import re
import runpy
from pathlib import Path

import numpy as np
import pytest

import engine as nr
from engine.nn.optimizers import OPTIMIZERS

EXAMPLES = Path(__file__).parents[1] / "examples"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_every_example_has_its_test() -> None:
    names = {path.name for path in EXAMPLES.iterdir() if path.suffix in (".py", ".ipynb")}
    assert names == {"first_run.py", "first_run.ipynb", "gradient_check.py", "own_optimizer.py"}


def test_the_readme_shows_the_first_run() -> None:
    text = (EXAMPLES / "first_run.py").read_text(encoding="utf-8")
    lines = text[text.index("import engine") :]
    readme = (EXAMPLES.parent / "README.md").read_text(encoding="utf-8")
    assert f"```python\n{lines}```" in readme


def test_the_first_run_prints_what_the_network_is_worth(capsys: pytest.CaptureFixture[str]) -> None:
    """The ten lines of the README: every printed value is had in another way, too."""
    made = runpy.run_path(str(EXAMPLES / "first_run.py"))
    data, run, network = made["data"], made["run"], made["network"]
    *epochs, scored = capsys.readouterr().out.split("\n", 5)
    images, truth = run.split.validation.images, run.split.validation.labels
    scores = [f"{done.validation_accuracy:.2%}" for done in run.history]
    assert epochs == [f"{k} {score}" for k, score in zip(range(1, 6), scores, strict=True)]
    last = np.mean(run.predict(images).argmax(axis=1) == truth)
    assert epochs[-1] == f"5 {last:.2%}"
    assert last > 0.9
    accuracy, _, outputs = scored.partition(" ")
    read = network.predict(data.test.images)
    assert float(accuracy) == np.mean(read.argmax(axis=1) == data.test.labels)
    printed = np.array(re.findall(r"[\d.]+e[+-]\d+|[\d.]+", outputs), float).reshape(5, 10)
    np.testing.assert_allclose(printed, read[:5], rtol=1e-4)
    np.testing.assert_allclose(printed.sum(axis=1), 1, rtol=1e-5)
    assert (printed.argmax(axis=1) == data.test.labels[:5]).sum() >= 4
    assert isinstance(network, nr.Network)
    np.testing.assert_array_equal(network.theta, run.network.theta)


def test_the_gradient_by_hand_is_that_of_backpropagation(
    capsys: pytest.CaptureFixture[str],
) -> None:
    runpy.run_path(str(EXAMPLES / "gradient_check.py"))
    lines = capsys.readouterr().out.splitlines()
    pairs = [[float(number) for number in re.findall(r"[+-]\d\.\d+", line)] for line in lines]
    assert len(pairs) == 6
    assert all(backward and abs(backward - measured) < 1e-7 for backward, measured in pairs)


def test_an_own_optimizer_learns(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(OPTIMIZERS, "_entries", dict(OPTIMIZERS))  # it is there for this test alone
    made = runpy.run_path(str(EXAMPLES / "own_optimizer.py"))
    assert len(capsys.readouterr().out.splitlines()) == 3
    assert made["run"].hyperparameters.optimizer == "lion"
    assert nr.evaluate(made["run"].network, made["data"].test).accuracy > 0.85


def test_the_notebook_runs_from_top_to_bottom_and_holds_no_outputs(
    capsys: pytest.CaptureFixture[str],
) -> None:
    notebook = json.loads((EXAMPLES / "first_run.ipynb").read_text(encoding="utf-8"))
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in cells)
    names: dict[str, object] = {}
    for cell in cells:
        *before, last = "".join(cell["source"]).splitlines()
        exec("\n".join([*before, last]), names)  # noqa: S102
        if last.isidentifier() or last.startswith("data.test.take"):  # what a notebook shows
            shown = eval(last, names)  # noqa: S307
            assert shown._repr_html_().startswith("<div>")
    assert capsys.readouterr().out.count("EpochDone(") == 5
