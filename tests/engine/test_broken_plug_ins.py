"""A plug-in that fails is one sentence, leaves nothing in the lists, and harms no other."""

# ruff: noqa: F811 - pytest hands over the fixture by its name

from pathlib import Path

import pytest

from engine.nn.optimizers import OPTIMIZERS
from engine.registry import GROUP, PLUG_INS, PlugIns, _undo
from tests.engine.test_registry import LION, SWISH, Run, installed  # noqa: F401 - a fixture
from tests.plug_ins import install

BROKEN = pytest.mark.parametrize(
    ("code", "why"),
    [
        ("raise RuntimeError('no such luck')", "RuntimeError: no such luck"),
        ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
        (LION.replace("lion", "adam"), "ValueError: there is an optimizer adam already"),
        ("import sys; sys.exit('over')", "SystemExit: over"),
    ],
    ids=["raises", "imports-nothing", "takes-a-name", "ends-the-program"],
)
LEFT_OUT = "The plug-in a_broken_one of a_broken_one cannot be used and is left out: {}."


@BROKEN
def test_one_that_is_broken_is_one_sentence_and_the_others_are_registered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, why: str
) -> None:
    PLUG_INS.load()  # what is installed here, so that nobody asks later
    for name, text in (("a_broken_one", code), ("lion_rule", LION)):
        install(tmp_path / "site", name, {f"{name}.py": text}, GROUP)
    monkeypatch.syspath_prepend(tmp_path / "site")
    assert PlugIns(GROUP).load().take_problems() == [LEFT_OUT.format(why)]
    assert "lion" in OPTIMIZERS
    _undo("lion_rule", set())


@BROKEN
@pytest.mark.short("[raises]")
def test_one_that_is_broken_is_one_sentence_and_everything_else_works(
    installed: Run, code: str, why: str
) -> None:
    words = "train", "--data", "drawn:300", "--epochs", 1, "--optimizer", "lion", "--quiet"
    packages = {"a_broken_one": code, "lion_rule": LION}
    done = installed(packages, *words, "--learning-rate", 0.001)
    assert done.returncode == 0
    assert done.stderr == f"numrec-tui: {LEFT_OUT.format(why)}\n"


TWO_IN_A_PACKAGE = {
    "a_pair/__init__.py": "import a_pair.unit\nfrom a_pair import rule\n1 / 0",
    "a_pair/unit.py": SWISH,
    "a_pair/rule.py": "import engine.models.formats\n" + LION,
}
"""A package that has registered two things, and had ours registered, before it fails."""


def test_one_that_registers_something_and_then_fails_leaves_nothing(
    installed: Run, tmp_path: Path
) -> None:
    install(tmp_path / "site", "a_pair", TWO_IN_A_PACKAGE, "numrec.engine")
    broken = {"a_broken_one": LION.replace("lion", "tiger") + "\n1 / 0"}
    wrong = installed(broken, "train", "--optimizer", "tiger", "--activation", "swish")
    assert wrong.returncode == 2
    assert "'adam' or 'adamw', not 'tiger'" in wrong.stderr
    assert "'sigmoid' or 'tanh', not 'swish'" in wrong.stderr
    for name in ("a_pair", "a_broken_one"):
        assert (
            f"The plug-in {name} of {name} cannot be used and is left out: ZeroDivisionError: "
            "division by zero.\n"
        ) in wrong.stderr
    told = " ".join(installed({}, "convert", "--help").stdout.split())
    assert ".safetensors, .txt (the seed's text) or .onnx" in told  # ours, which it imported first


def test_a_part_of_a_package_works_where_another_part_fails(installed: Run, tmp_path: Path) -> None:
    points = install(tmp_path / "site", "a_pair", TWO_IN_A_PACKAGE, "numrec.engine")
    (tmp_path / "site" / "a_pair" / "__init__.py").write_text("")
    (tmp_path / "site" / "a_pair" / "both.py").write_text("import a_pair.unit, a_pair.rule\n1 / 0")
    points.write_text("[numrec.engine]\na = a_pair.both\nb = a_pair.rule\n")
    wrong = installed({}, "train", "--optimizer", "tiger", "--activation", "swish")
    assert "'adamw' or 'lion', not 'tiger'" in wrong.stderr
    assert "'sigmoid' or 'tanh', not 'swish'" in wrong.stderr
