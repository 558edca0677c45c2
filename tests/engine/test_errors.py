"""Errors: each is one sentence that names what, where, and what was expected."""

import ast
import re
from pathlib import Path

import pytest

import engine
from engine import errors
from engine.errors import EngineError, FormatError, SettingsError


def test_a_format_error_names_file_place_expected_and_found() -> None:
    error = FormatError(Path("digits/x.gz"), "header", "16 bytes", "3")
    assert str(error) == f"{Path('digits/x.gz')}: header: expected 16 bytes, found 3."
    assert (error.path, error.where) == (Path("digits/x.gz"), "header")
    assert (error.expected, error.found) == ("16 bytes", "3")


def test_a_settings_error_names_every_problem_and_where_it_stands() -> None:
    problems = {"epochs": "must be at least 1", "leak": "must be at most 1"}
    listed = "epochs: must be at least 1; leak: must be at most 1."
    assert str(SettingsError(problems)) == listed
    assert str(SettingsError(problems, "mine.toml")) == f"mine.toml: {listed}"
    assert SettingsError(problems).problems == problems


@pytest.mark.parametrize("name", ["DataError", "FormatError", "SaveError", "SettingsError"])
def test_every_error_a_person_can_cause_has_one_base(name: str) -> None:
    assert issubclass(getattr(errors, name), EngineError)


def test_every_error_of_the_engine_has_that_base() -> None:
    kinds = [each for each in vars(errors).values() if isinstance(each, type)]
    assert all(issubclass(each, EngineError) for each in kinds if issubclass(each, Exception))


COMMAND_LINE = re.compile(r"(?<![\w-])--[a-z]|numrec-tui (?!that)[a-z]+ |\b[Pp]ress\b")
"""A flag, a command, a key."""


def test_the_engine_speaks_of_no_command_line() -> None:
    """Whoever calls it may be a notebook; the command line adds its flags itself."""
    said = []
    for path in Path(engine.__file__).parent.glob("**/*.py"):
        tree = ast.parse(path.read_bytes())
        texts = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        said += [
            (path.name, node.value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and id(node) not in texts
            if isinstance(node.value, str) and COMMAND_LINE.search(node.value)
        ]
    assert said == []
