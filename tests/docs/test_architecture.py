"""The architecture that the document tells of is that of the code."""

import re
import tomllib

import pytest

from tests.docs.documents import ROOT, block, text_of

PAGE = "docs/architecture.md"
NOT_YET = re.compile(r"\s*\|?\s*\(\w+\)")
"""Packages that a contract allows, but that are not there yet: in brackets."""


@pytest.mark.parametrize("package", ["numrec_tui", "engine"])
def test_the_layers_are_those_of_the_contract(package: str) -> None:
    settings = tomllib.loads(text_of("pyproject.toml"))
    [contract] = [
        each
        for each in settings["tool"]["importlinter"]["contracts"]
        if each.get("containers") == [package]
    ]
    wanted = [
        " | ".join(word for word in layer.split(" | ") if _is_there(package, word))
        for layer in contract["layers"]
    ]
    assert block(PAGE, f"layers of {package}").splitlines() == list(filter(None, wanted))


def _is_there(package: str, word: str) -> bool:
    name = word.strip("()")
    is_there = any((ROOT / package).glob(f"{name}*"))
    assert is_there or word != name
    return is_there


@pytest.mark.parametrize("package", ["numrec_tui", "engine"])
def test_every_folder_stands_in_the_layout(package: str) -> None:
    layout = block(PAGE, "folders")
    for path in (ROOT / package).rglob("__init__.py"):
        if path.parent != ROOT / package:
            assert f"{path.parent.name}/" in layout
    for name in re.findall(r"^ *([\w/]+/|\w+\.py)", layout, re.MULTILINE):
        assert any(ROOT.glob(name.rstrip("/"))) or any(ROOT.glob(f"*/**/{name.rstrip('/')}"))


def test_every_thread_has_its_owner() -> None:
    threads = text_of(PAGE).partition("## Who owns which thread")[2].partition("## Glossary")[0]
    missing = []
    for package in ("engine", "numrec_tui"):
        for path in sorted((ROOT / package).rglob("*.py")):
            code = path.read_text(encoding="utf-8")
            found = re.findall(r"\bThread\([^\n]*name=\"([\w-]+)\"", code)
            found += re.findall(r"@work\(thread=True[^\n]*group=\"(\w+)\"", code)
            missing += [(path.name, name) for name in found if f"`{name}`" not in threads]
    assert missing == []


def test_what_can_be_added_is_where_the_table_says() -> None:
    rows = re.findall(r"^\| .*`([A-Z]+)`, `([\w/.]+)`", text_of("CONTRIBUTING.md"), re.MULTILINE)
    assert len(rows) >= 6
    for constant, path in rows:
        assert re.search(rf"^{constant}\b.*=", text_of(path), re.MULTILINE), (constant, path)
