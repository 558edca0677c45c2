"""The layout in figures: packages, layers, imports between them, cycles, and files that are long.

    python -m tests.layout [CHECKOUT]

The engine is one package here, as are the folders of the app; a file beside them counts as one,
too. An import counts wherever it stands, also in a function and for type checkers only.
"""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
TOPS = ("engine", "numrec_tui")
ALL = ("engine", "numrec_tui", "tests", "benchmarks", "examples", "data", "docs")


@dataclass(frozen=True)
class Layout:
    """packages: the name of each with the names of those it imports from."""

    packages: dict[str, frozenset[str]]
    loose: tuple[str, ...]
    """Files of the app and the engine that are in no folder."""

    @property
    def imports(self) -> int:
        """Pairs of packages, of which the first imports from the second."""
        return sum(map(len, self.packages.values()))

    @property
    def cycles(self) -> list[str]:
        """Packages that import from themselves by way of others."""
        return [name for name in self.packages if name in self._below(name)]

    @property
    def layers(self) -> int:
        """Packages on the longest way down; where there is a cycle there is no such way."""
        assert not self.cycles

        @cache
        def height(name: str) -> int:
            return 1 + max(map(height, self.packages[name]), default=0)

        return max(map(height, self.packages))

    def _below(self, name: str) -> set[str]:
        found: set[str] = set()
        left = [name]
        while left:
            new = self.packages[left.pop()] - found
            found |= new
            left += new
        return found


def layout(root: Path = ROOT) -> Layout:
    """The layout of a checkout."""
    modules = {name: path for top in TOPS for name, path in _modules(root, top)}
    packages: dict[str, set[str]] = {_package(name): set() for name in modules}
    for name, path in modules.items():
        for imported in _imports(path, modules):
            one, other = _package(name), _package(imported)
            packages[one] |= {other} - {one, "numrec_tui"}
    loose = tuple(
        name
        for name, path in modules.items()
        if name.count(".") == 1 and path.name != "__init__.py"
    )
    packages.pop("numrec_tui", None)
    return Layout({name: frozenset(packages[name]) for name in sorted(packages)}, loose)


def long_files(lines: int, root: Path = ROOT) -> dict[str, int]:
    """The files of Python with more lines than that."""
    counts = {
        str(path.relative_to(root)): path.read_text().count("\n")
        for folder in ALL
        for path in (root / folder).rglob("*.py")
    }
    return {name: count for name, count in sorted(counts.items()) if count > lines}


def _modules(root: Path, top: str) -> Iterator[tuple[str, Path]]:
    for path in sorted((root / top).rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


def _imports(path: Path, modules: dict[str, Path]) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names if each.name in modules)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in TOPS:
            names = (f"{node.module}.{each.name}" for each in node.names)
            yield from (name if name in modules else str(node.module) for name in names)


def _package(module: str) -> str:
    first, _, rest = module.partition(".")
    return first if first == "engine" or not rest else rest.partition(".")[0]


def _tell(root: Path = ROOT) -> None:
    found = layout(root)
    print(f"packages and files beside them  {len(found.packages)}")
    print(f"layers                          {'none' if found.cycles else found.layers}")
    print(f"imports between them            {found.imports}")
    print(f"packages in a cycle             {len(found.cycles)}")
    print(f"files in no folder              {len(found.loose)}")
    print(f"files of over 400 lines         {len(long_files(400, root))}")
    for name, imported in found.packages.items():
        print(f"  {name:12}{' '.join(sorted(imported))}")
    for name, lines in long_files(400, root).items():
        print(f"  {name} {lines}")


if __name__ == "__main__":
    _tell(*map(Path, sys.argv[1:]))
