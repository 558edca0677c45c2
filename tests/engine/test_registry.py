"""What other packages add by an entry point is there as ours is; a broken one harms nobody."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.nn.optimizers import OPTIMIZERS
from engine.registry import Registry
from tests.plug_ins import environment, install

LION = '''
import numpy as np
from engine.nn.optimizers import optimizer

@optimizer("lion", vectors=1)
def lion(theta, g, state, spare, step, to):
    """Chen et al., 2023, Symbolic Discovery of Optimization Algorithms."""
    m = state[0]
    theta -= to.learning_rate * np.sign(0.9 * m + 0.1 * g)
    m += 0.01 * (g - m)
'''

SWISH = """
import numpy as np
from engine.nn.activations import ACTIVATIONS, Activation

@ACTIVATIONS.register("swish")
def swish(leak=0.0):
    def value(z, out):
        np.divide(z, 1 + np.exp(-z), out=out)
    def slope(z, a, out):
        out[...] = a + (1 - a) / (1 + np.exp(-z))
    return Activation("swish", value, slope)
"""

RAW = """
from pathlib import Path
import numpy as np
from engine.atomic_write import write_atomic
from engine.models.formats import model_format
from engine.models.model import Model, read_bytes
from engine.nn.activations import relu
from engine.nn.losses import LOSSES
from engine.nn.network import Network

def save(path, model):
    write_atomic(path, model.network.theta.tobytes())

def load(path, loss):
    network = Network((784, 4, 10), relu(0.0), LOSSES[loss])
    network.theta[:] = np.frombuffer(read_bytes(path), "f4")
    return Model(network)

model_format("raw", "the parameters and nothing else", save, load, knows_loss=False)
"""

LETTERS = """
from engine.data.published import Published, PublishedFile, publish

publish(Published(
    name="my-letters", title="My Letters", about="letters of mine", license="MIT", source="me",
    mirrors=("http://localhost:9/",), files=(PublishedFile("train.gz", 2_000_000, "0" * 64),),
    class_names=("a", "b"), images=(100, 20),
))
"""

STRIPES = """
import engine as nr
import numpy as np

def drawn(count, seed):
    rng = np.random.default_rng(seed)
    labels = np.arange(count, dtype=np.uint8) % 2
    images = np.zeros((count, 8, 8), np.uint8)
    for image, label in zip(images, labels):
        at = rng.integers(8)
        image[(at, slice(None)) if label else (slice(None), at)] = 255
    return nr.Digits(images, labels, 2, ("upright", "level"))

@nr.data_set("stripes", about="upright and level lines")
def stripes():
    return drawn(200, 0), drawn(100, 1)
"""

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def installed(tmp_path: Path) -> Run:
    """`numrec-tui` where packages are installed, given by name with their code."""
    site = tmp_path / "site"

    def run(packages: dict[str, str], *words: object) -> subprocess.CompletedProcess[str]:
        for name, code in packages.items():
            install(site, name, {f"{name}.py": code}, "numrec.engine")
        program = words if words[0] == "-c" else ("-m", "numrec_tui", *words)
        return subprocess.run(
            [sys.executable, *map(str, program)], capture_output=True, text=True, check=False,
            env=environment(site, tmp_path / "home"), cwd=tmp_path, timeout=100,
        )  # fmt: skip

    return run


@pytest.mark.alone
@pytest.mark.parametrize("processes", [1, 2])
@pytest.mark.short("[1]")
def test_an_optimizer_that_is_added_is_chosen_by_its_flag(
    installed: Run, tmp_path: Path, processes: int
) -> None:
    model = tmp_path / "model.safetensors"
    done = installed(
        {"lion_rule": LION}, "train", "--data", "drawn:300", "--optimizer", "lion", "--epochs", 2,
        "--learning-rate", 0.001, "--processes", processes, "--save", model, "--json",
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert lines[0]["hyperparameters"]["optimizer"] == "lion"
    assert lines[-1]["reason"] == "epochs"
    scored = installed({}, "evaluate", model, "--data", "drawn:300", "--json")
    assert json.loads(scored.stdout)["accuracy"] == lines[-1]["test_accuracy"]


SCRIPT = (
    LION.replace("from engine.nn.optimizers import optimizer", "import engine as nr").replace(
        "@optimizer", "@nr.optimizer"
    )
    + """
if __name__ == "__main__":
    data = nr.load("drawn:300")
    run = nr.Run.new(data, hidden=(8,), optimizer="lion", epochs=2, processes=2)
    print([epoch.epoch for epoch in run.train()], run.stopped)
"""
)


@pytest.mark.alone
def test_one_that_a_script_defines_is_known_to_the_processes_that_it_starts(
    tmp_path: Path,
) -> None:
    (tmp_path / "own.py").write_text(SCRIPT)
    done = subprocess.run(
        [sys.executable, "own.py"], capture_output=True, text=True, check=False, cwd=tmp_path,
        env=environment(tmp_path, tmp_path),
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("[1, 2] epochs\n", "")


KNOB = """
import asyncio
from pathlib import Path
from numrec_tui.app import NumrecApp
from numrec_tui.modes.train.knob_list import KNOBS, KnobList
from tests import scripted
from tests.screens.settled import settled
from textual.widgets import Input

session = scripted.session(Path("models"), [], optimizer="adamw")

async def visit():
    app = NumrecApp(session)
    async with app.run_test(size=(120, 34)) as pilot:
        await settled(pilot)
        knobs = app.mode.query_one(KnobList)
        await pilot.press("home")
        for _ in KNOBS:
            if KNOBS[knobs.chosen].name != "optimizer":
                await pilot.press("down")
        await pilot.press("right")
        await settled(pilot)
        print(app.mode.report.settings.optimizer)
        print(app.mode.query_one("#help").content)
        await pilot.press("enter")
        await settled(pilot)
        print(app.mode.query_one(Input).placeholder)

asyncio.run(visit())
session.close()
"""


@pytest.mark.long
def test_the_knob_in_the_app_offers_what_is_added(installed: Run) -> None:
    done = installed({"lion_rule": LION}, "-c", KNOB)
    assert (done.returncode, done.stderr) == (0, "")
    names = "sgd, momentum, nesterov, adam, adamw, lion"
    about = f"the rule that turns gradients into steps: {names} (next run)"
    chosen, *told, offered = done.stdout.splitlines()
    assert (chosen, told[-1].strip(), offered) == ("lion", about, names)


def test_what_is_added_is_in_the_help_and_in_the_sentence_about_a_wrong_name(
    installed: Run,
) -> None:
    packages = {"lion_rule": LION, "swish_unit": SWISH}
    told = " ".join(installed(packages, "train", "--help").stdout.split())
    assert "adamw, lion" in told
    assert "tanh, swish" in told
    wrong = installed(packages, "train", "--optimizer", "tiger")
    assert wrong.returncode == 2
    assert "'adamw' or 'lion', not 'tiger'" in wrong.stderr


def test_a_model_whose_activation_is_not_installed_is_one_sentence(
    installed: Run, tmp_path: Path
) -> None:
    model = tmp_path / "model.safetensors"
    words = "train", "--data", "drawn:300", "--activation", "swish", "--epochs", 1, "--save", model
    assert installed({"swish_unit": SWISH}, *words).returncode == 0
    assert installed({}, "evaluate", model, "--data", "drawn:60").returncode == 0
    (tmp_path / "site" / "swish_unit-1.0.dist-info" / "entry_points.txt").unlink()
    done = installed({}, "evaluate", model, "--data", "drawn:60")
    assert done.returncode == 1
    assert done.stderr == (
        f"numrec-tui: {model}: activation: expected one of leaky_relu, relu, sigmoid, tanh, "
        "found 'swish', which is not installed.\n"
    )


def test_an_activation_without_an_operator_is_in_no_onnx_file_which_is_known_before_training(
    installed: Run, tmp_path: Path
) -> None:
    model = tmp_path / "model.onnx"
    words = "train", "--data", "drawn:300", "--activation", "swish", "--epochs", 1, "--save", model
    done = installed({"swish_unit": SWISH}, *words, "--json")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"numrec-tui: Cannot write {model}: an ONNX graph has no operator for swish; "
        "save the model as .safetensors.\n"
    )


@pytest.mark.long
def test_a_run_whose_optimizer_is_not_installed_is_one_sentence(
    installed: Run, tmp_path: Path
) -> None:
    words = "train", "--data", "drawn:300", "--optimizer", "lion", "--epochs", 1
    assert installed({"lion_rule": LION}, *words, "--learning-rate", 0.001).returncode == 0
    (folder,) = (tmp_path / "home" / "checkpoints").iterdir()
    kept = sorted(path.name for path in folder.iterdir())
    (tmp_path / "site" / "lion_rule-1.0.dist-info" / "entry_points.txt").unlink()
    done = installed({}, "train", "--resume", folder.name, "--epochs", 2)
    assert done.returncode == 1
    newest = folder / max(name for name in kept if name != "lock")
    assert done.stderr == (
        f"numrec-tui: {newest}: optimizer: expected one of sgd, "
        "momentum, nesterov, adam, adamw, found 'lion', which is not installed.\n"
    )
    assert sorted(path.name for path in folder.iterdir()) == kept  # it is not taken for damaged
    again = installed({"lion_rule": LION}, "train", "--resume", folder.name, "--epochs", 2)
    assert again.returncode == 0, again.stderr


def written_raw(installed: Run, folder: Path) -> Path:
    """A small model in the format that a package adds."""
    raw = folder / "model.raw"
    words = "--data", "drawn:300", "--activation", "relu", "--hidden", 4, "--epochs", 1
    made = installed({"raw_format": RAW}, "train", *words, "--save", raw, "--quiet")
    assert made.returncode == 0, made.stderr
    return raw


def test_a_model_format_that_is_added_is_written_and_read(installed: Run, tmp_path: Path) -> None:
    raw = written_raw(installed, tmp_path)
    assert raw.stat().st_size == 4 * (785 * 4 + 5 * 10)
    assert installed({}, "convert", raw, tmp_path / "model.txt").returncode == 0


@pytest.mark.long
def test_a_model_format_that_is_added_is_listed_scored_and_goes_with_its_package(
    installed: Run, tmp_path: Path
) -> None:
    packages, raw = {"raw_format": RAW}, written_raw(installed, tmp_path)
    told = " ".join(installed(packages, "convert", "--help").stdout.split())
    assert ".safetensors, .txt (the seed's text), .onnx or .raw" in told
    back = tmp_path / "model.txt"
    assert installed(packages, "convert", raw, back).returncode == 0
    read = installed(packages, "evaluate", raw, "--data", "drawn:60", "--json")
    assert read.stdout == installed({}, "evaluate", back, "--data", "drawn:60", "--json").stdout
    (tmp_path / "site" / "raw_format-1.0.dist-info" / "entry_points.txt").unlink()
    gone = installed({}, "evaluate", raw)
    assert gone.returncode == 2
    assert "a model file ends in .safetensors, .txt (the seed's text) or .onnx." in gone.stderr


def test_a_data_set_that_is_added_is_listed(installed: Run) -> None:
    listed = json.loads(installed({"letters": LETTERS}, "data", "list", "--json").stdout)
    assert [each["name"] for each in listed][-2:] == ["kmnist", "my-letters"]


@pytest.mark.long
def test_a_data_set_that_is_added_can_be_asked_for(installed: Run) -> None:
    packages = {"letters": LETTERS}
    told = installed(packages, "data", "get", "--help").stdout
    assert "kmnist, my-letters" in " ".join(told.split())
    missing = installed({}, "train", "--data", "my-letters")
    assert missing.returncode == 1
    assert "my-letters is not on this computer yet" in missing.stderr
    assert "drawn:60000, mnist, fashion-mnist, kmnist, my-letters, or a folder" in (
        installed({}, "train", "--data", "my-leters").stderr
    )


def test_a_data_set_that_a_function_makes_is_listed(installed: Run) -> None:
    told = installed({"striped": STRIPES}, "data", "list").stdout
    [listed] = [line for line in told.splitlines() if "stripes" in line]
    assert " ".join(listed.split()) == "stripes - - - yes upright and level lines"


@pytest.mark.long
def test_a_data_set_that_a_function_makes_is_shown_and_learned_from(
    installed: Run, tmp_path: Path
) -> None:
    packages, model = {"striped": STRIPES}, tmp_path / "model.safetensors"
    made = installed(packages, "train", "--data", "stripes", "--quiet", "--save", model)
    assert made.returncode == 0, made.stderr
    scored = json.loads(installed({}, "evaluate", model, "--data", "stripes", "--json").stdout)
    assert scored["accuracy"] == 1.0
    assert "upright" in installed({}, "data", "show", "stripes").stdout


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("raise OSError('no disk')", "cannot be made: OSError: no disk."),
        ("return drawn(9, 0), 3", "its function returns Digits and int, not Digits twice."),
    ],
    ids=["raises", "gives-something-else"],
)
@pytest.mark.short("[raises]")
def test_a_data_set_whose_function_fails_is_one_sentence(
    installed: Run, body: str, why: str
) -> None:
    code = STRIPES.replace("return drawn(200, 0), drawn(100, 1)", body)
    done = installed({"striped": code}, "train", "--data", "stripes")
    assert done.returncode == 1
    assert done.stderr.startswith("numrec-tui: The data set stripes cannot be made: ")
    assert done.stderr.endswith(f"{why}\n")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("name", ["bundled", "drawn", "mnist"])
@pytest.mark.short("mnist")
def test_a_data_set_cannot_have_a_name_that_means_another(installed: Run, name: str) -> None:
    code = LETTERS.replace("my-letters", name)
    done = installed({"letters": code}, "data", "list", "--json")
    assert done.returncode == 0
    assert f"ValueError: there is a data set {name} already." in done.stderr


@pytest.mark.parametrize("flag", ["--version", "--help"])
def test_the_version_asks_for_no_plug_in(installed: Run, flag: str) -> None:
    done = installed({"a_broken_one": "raise RuntimeError"}, flag)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_name_is_given_once_and_is_one_that_a_flag_can_have() -> None:
    found: Registry[str] = Registry("idea")
    assert found.register("good")("an idea") == "an idea"
    assert dict(found) == {"good": "an idea"}
    with pytest.raises(ValueError, match="there is an idea good already"):
        found.add("good", "another")
    for name in ("Two words", "Upper", "", "ümlaut", "3rd"):
        with pytest.raises(ValueError, match="is no name for an idea"):
            found.add(name, "none")
    with pytest.raises(ValueError, match="there is a rule one already"):
        rules: Registry[str] = Registry("rule")
        rules.add("one", "a rule")
        rules.add("one", "a rule")
    assert repr(found) == "Registry('idea': good)"
    assert "sgd" in repr(OPTIMIZERS)
