"""Hooks of the site: README.md and others are pages of it, and what pages link to is there.

The documents link to files as they lie in the repository. In the site README.md is the first page;
a linked file that is no page, such as `engine/nn/plain.py`, is copied to where the link leads. A
folder can be no target there, so a link to one becomes plain text.
"""

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
AT_THE_ROOT = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")
"""Pages that lie beside `docs`, not in it."""

LINK = re.compile(r"(!?\[[^\]]*\])\(([^)\s]+)\)")


def on_files(files: Any, config: Any) -> Any:
    """Add what lies outside of `docs`."""
    from mkdocs.structure.files import File

    inside = [path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").glob("*.md")]
    wanted = {target for page in (*inside, *AT_THE_ROOT) for target in linked(page)}
    for path in sorted({*AT_THE_ROOT, *wanted}):
        if not path.startswith("docs/") and (ROOT / path).is_file():
            content = (ROOT / path).read_bytes()
            files.append(File.generated(config, path, content=content))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Let the links of a page lead to where things are in the site."""
    source = page.file.src_uri
    return in_site(markdown, source if (ROOT / source).is_file() else f"docs/{source}")


def linked(page: str) -> Iterator[str]:
    """The files that a page links to, as paths from the root. page: its own path."""
    for _, target in LINK.findall((ROOT / page).read_text(encoding="utf-8")):
        if "://" not in target and not target.startswith("#"):
            yield posixpath.normpath(posixpath.join(posixpath.dirname(page), target.split("#")[0]))


def in_site(markdown: str, page: str) -> str:
    """The text of a page with its links as they are in the site. page: its path from the root."""

    def changed(link: re.Match[str]) -> str:
        text, target = link.groups()
        if "://" in target or target.startswith("#"):
            return link[0]
        path, _, anchor = target.partition("#")
        path = posixpath.normpath(posixpath.join(posixpath.dirname(page), path))
        if (ROOT / path).is_dir():
            return text[1:-1]
        here = posixpath.dirname(page.removeprefix("docs/"))
        place = posixpath.relpath(path.removeprefix("docs/"), here or ".")
        return f"{text}({place}{'#' if anchor else ''}{anchor})"

    return LINK.sub(changed, markdown)
