"""Tests notice the faults that they are there for."""

import ast
from pathlib import Path

import pytest

from tests.reliability.budget import count
from tests.reliability.mutants import MUTANTS, ROOT, Mutant, copy_of_the_tree, run_test

pytestmark = pytest.mark.reliability

GREEN, RED = 0, 1
"""How pytest ends when all tests pass, and when some fail."""


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_what_is_replaced_is_there_and_so_is_the_test(mutant: Mutant) -> None:
    assert (ROOT / mutant.file).read_text().count(mutant.old) == 1
    path, _, name = mutant.test.partition("::")
    assert not name or name.partition("[")[0] in functions_in(ROOT / path)


def functions_in(path: Path) -> set[str]:
    tree = ast.parse(path.read_text())
    return {node.name for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}  # fmt: skip


@pytest.mark.alone
@pytest.mark.timeout(600)
@pytest.mark.parametrize("mutant", MUTANTS[: count("mutants")], ids=lambda mutant: mutant.name)
def test_a_fault_that_is_built_in_is_noticed(
    mutant: Mutant, tmp_path: Path, record_property
) -> None:
    tree = copy_of_the_tree(tmp_path / "tree")
    whole = run_test(tree, mutant.test)
    assert whole.returncode == GREEN, whole.stdout
    mutant.apply(tree)
    broken = run_test(tree, mutant.test)
    assert broken.returncode == RED, broken.stdout
    record_property("mutants", 1)
