"""Both packages carry their types: whoever uses them is checked, too."""

import subprocess
import sys
from pathlib import Path

import pytest

import engine
import numrec_tui

USER = """
from pathlib import Path

import engine as nr

data: nr.DataSet = nr.load("bundled")
data = nr.load(Path("folder"), download=True)
run = nr.Run.new(data, hidden=(128,), epochs=5)
for epoch in run.train():
    accuracy: float = epoch.validation_accuracy
for event in run.events():
    if isinstance(event, nr.Progress):
        images: int = event.images
score: float = run.evaluate(data.test).accuracy
shape: tuple[int, ...] = run.predict(data.test.images[:5]).shape
try:
    where: Path = run.save("model.safetensors")
except nr.EngineError as error:
    print(error)
network: nr.Network = nr.load_model("model.safetensors")
outputs = network.predict(data.test.images) + 1.0
settings = nr.Hyperparameters(hidden=(8,), learning_rate=0.1)
reveal_type(nr.PRESETS)
wrong: str = epoch.epoch
nr.load(3)
nr.nothing
"""

EXPECTED = {
    "23": "dict[str, engine.training.presets.Preset]",
    "24": "Incompatible types in assignment",
    "25": 'Argument 1 to "load" has incompatible type "int"',
    "26": 'Module has no attribute "nothing"',
}
"""What mypy says of each line; of all others nothing."""


@pytest.mark.parametrize("package", [engine, numrec_tui])
def test_a_package_says_that_it_has_types(package: object) -> None:
    assert (Path(str(package.__file__)).parent / "py.typed").is_file()  # type: ignore[attr-defined]


@pytest.mark.long
def test_a_users_file_is_checked_strictly(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    file = tmp_path / "user.py"
    file.write_text(USER)
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--no-color-output"]
    done = subprocess.run([*command, file], cwd=tmp_path, capture_output=True, text=True)  # noqa: PLW1510
    said = dict(
        line.removeprefix("user.py:").split(":", 1) for line in done.stdout.splitlines()[:-1]
    )
    assert said.keys() == EXPECTED.keys(), done.stdout + done.stderr
    for line, words in EXPECTED.items():
        assert words in said[line]
