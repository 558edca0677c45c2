"""Packages of others as they are once installed: their modules, and what they are known by."""

import os
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]


def install(site: Path, name: str, files: Mapping[str, str], group: str) -> Path:
    """Put a package in a folder; returns the file of its entry points, without which it has none.

    files: its modules; one alone, called as the package, is no folder. group: of the entry point.
    """
    site.mkdir(exist_ok=True)
    for path, text in files.items():
        (site / path).parent.mkdir(exist_ok=True)
        (site / path).write_text(text)
    facts = site / f"{name}-1.0.dist-info"
    facts.mkdir(exist_ok=True)
    (facts / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    points = facts / "entry_points.txt"
    points.write_text(f"[{group}]\n{name} = {name}\n")
    return points


def environment(site: Path, home: Path) -> dict[str, str]:
    """That of a program for which the packages in a folder are installed."""
    paths = os.pathsep.join([str(site), str(ROOT)])
    return {**os.environ, "PYTHONPATH": paths, "NUMREC_HOME": str(home)}
