"""A plug-in that registers something and then fails leaves nothing of it in the lists."""

# ruff: noqa: F811 - pytest hands over the fixture by its name

from pathlib import Path

from tests.engine.test_registry import LION, SWISH, Run, installed  # noqa: F401 - a fixture
from tests.plug_ins import install

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
