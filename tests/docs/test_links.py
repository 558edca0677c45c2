"""Every link leads somewhere, and whatever the documents name is there."""

import ast
import re
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

from tests.docs.documents import NAMES, ROOT, anchors, links, prose, spans, text_of

FOLDERS = ("engine", "numrec_tui", "tests", "docs", "examples", "benchmarks", "data", ".ci")
CODE = ("engine", "numrec_tui", "tests", "docs", "examples", "benchmarks", "data")
pages = pytest.mark.parametrize("name", NAMES)


@pages
def test_every_relative_link_and_anchor_leads_somewhere(name: str) -> None:
    broken = []
    for target in links(name):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        file = (ROOT / name).parent / path if path else ROOT / name
        page = file.resolve().relative_to(ROOT).as_posix() if file.exists() else ""
        if not page or (anchor and anchor not in anchors(page)):
            broken.append(target)
    assert broken == []


def test_no_page_is_without_a_link_from_the_readme() -> None:
    assert {name for name in NAMES if name != "README.md"} <= set(links("README.md"))


@pages
def test_every_file_that_is_named_exists(name: str) -> None:
    named = re.findall(r"(?<![\w/.*])(?:[\w.-]+/)*[\w*-]+\.(?:py|tcss)\b", text_of(name))
    missing = [path for path in named if not is_file(path)]
    for span in spans(name):
        path = span.partition("::")[0]
        if re.fullmatch(rf"(?:{'|'.join(map(re.escape, FOLDERS))})/[\w./*-]*", path):
            missing += [] if any(ROOT.glob(path.rstrip("/"))) else [path]
    assert missing == []


CLASS = re.compile(r"[A-Z]\w*[a-z]\w*[A-Z]\w*")
MEMBER = re.compile(r"[A-Z]\w+\.[a-z]\w+")
FUNCTION = re.compile(r"[a-z]\w*\(\)")
CONSTANT = re.compile(r"[A-Z_]{2,}")
NOT_CODE = ("NUMREC_HOME", "NUMREC_MNIST", "NUMREC_MIRRORS", "PICTURES", "DIR", "FILE", "NaN")
"""What looks like a name of the code, and is none."""


@pages
def test_every_name_of_the_code_is_in_the_code(name: str) -> None:
    """A class in two words or more, a member of a class, a function with brackets, a constant."""
    names: set[str] = set()
    for span in spans(name):
        if span in NOT_CODE or span.endswith(".md"):
            continue
        if any(each.fullmatch(span) for each in (CLASS, MEMBER, FUNCTION, CONSTANT)):
            names.update(span.removesuffix("()").split("."))
    assert sorted(names - defined()) == []


@pages
def test_every_module_that_is_run_exists(name: str) -> None:
    modules = set(re.findall(r"python -m (tests[\w.]*)", text_of(name)))
    files = [ROOT / module.replace(".", "/") for module in modules]
    assert [
        file for file in files if not (file.is_dir() or file.with_suffix(".py").is_file())
    ] == []


def test_the_site_has_the_links_of_the_repository() -> None:
    hooks = ModuleType("hooks")
    hooks.__file__ = str(ROOT / "docs/hooks.py")
    exec((ROOT / "docs/hooks.py").read_text(encoding="utf-8"), hooks.__dict__)  # noqa: S102
    text = "![a](docs/train.svg) [b](engine/nn/plain.py#x) [c](examples) [d](#e) [f](https://g.h)"
    assert hooks.in_site(text, "README.md") == (
        "![a](train.svg) [b](engine/nn/plain.py#x) c [d](#e) [f](https://g.h)"
    )
    assert hooks.in_site("[a](../CONTRIBUTING.md) [b](app.md)", "docs/data.md") == (
        "[a](CONTRIBUTING.md) [b](app.md)"
    )


def test_every_page_is_in_the_site() -> None:
    listed = re.findall(r": ([\w/-]+\.md)$", text_of("mkdocs.yml"), re.MULTILINE)
    assert {name.removeprefix("docs/") for name in NAMES} <= set(listed)
    for page in listed:
        assert (ROOT / page).is_file() or (ROOT / "docs" / page).is_file()


def test_the_site_can_be_made_without_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("mkdocs", reason="the extra `docs` is not installed")
    pytest.importorskip("material", reason="the extra `docs` is not installed")
    from mkdocs.commands.build import build
    from mkdocs.config import load_config

    monkeypatch.setenv("NO_MKDOCS_2_WARNING", "1")
    build(load_config(str(ROOT / "mkdocs.yml"), strict=True, site_dir=str(tmp_path)))
    assert (tmp_path / "index.html").is_file()
    assert (tmp_path / "engine/nn/plain.py").is_file()


def is_file(path: str) -> bool:
    """Whether a file of the code has this path, or one that ends so; `*` stands for any letters."""
    wanted = re.compile(r"(?:.*/)?" + re.escape(path).replace(r"\*", "[^/]*"))
    return any(wanted.fullmatch(file) for file in code_files())


@cache
def code_files() -> tuple[str, ...]:
    found = [path for folder in CODE for path in (ROOT / folder).rglob("*")]
    return tuple(path.relative_to(ROOT).as_posix() for path in found)


@cache
def defined() -> frozenset[str]:
    """Every name that the code defines: classes, functions, fields, constants."""
    names: set[str] = set()
    for path in code_files():
        if not path.endswith(".py") or path.startswith(("tests/", "benchmarks/")):
            continue
        for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
            match node:
                case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
                    names.add(name)
                case ast.Name(id=name, ctx=ast.Store()):
                    names.add(name)
                case ast.ImportFrom(names=aliases):
                    names.update(alias.name for alias in aliases)
    return frozenset(names)


def test_what_is_looked_for_is_found() -> None:
    """The patterns above see what they should: a document of every kind of mistake."""
    assert is_file("loop.py")
    assert is_file("engine/training/loop.py")
    assert not is_file("oop.py")
    assert not is_file("engine/nn/loop.py")
    assert {"Shard", "OPTIMIZERS", "write_atomic", "diverged"} <= defined()
    assert "NoSuchClass" not in defined()
    assert prose("README.md").count("```") == 0
