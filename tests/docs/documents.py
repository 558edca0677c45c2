"""The documents, and what is found in them: links, headings, code."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md")))
NAMES = [page.relative_to(ROOT).as_posix() for page in PAGES]

FENCE = re.compile(r"^```(\w*)(?: title=\"([^\"]*)\")?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A block of code: its language, its title, its lines."""

    language: str
    title: str
    code: str


@cache
def text_of(name: str) -> str:
    """A page, by its path from the root."""
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(name: str, language: str | None = None) -> list[Block]:
    """The blocks of code of a page."""
    found = [Block(*block) for block in FENCE.findall(text_of(name))]
    return [block for block in found if language in (None, block.language)]


def block(name: str, title: str) -> str:
    """The code of the one block with a title."""
    [found] = [each.code for each in blocks(name) if each.title == title]
    return found


def prose(name: str) -> str:
    """A page without its blocks of code."""
    return FENCE.sub("", text_of(name))


def spans(name: str) -> list[str]:
    """What stands between backticks, in one line each."""
    return [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", prose(name))]


def links(name: str) -> Iterator[str]:
    """Where the links and pictures of a page lead."""
    yield from re.findall(r"\]\(([^)\s]+)\)", prose(name))


def anchors(name: str) -> set[str]:
    """The anchors of a page's headings, as GitHub and the site make them."""
    headings = re.findall(r"^#+ (.+)$", prose(name), re.MULTILINE)
    return {
        re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-") for heading in headings
    }
