"""Where benchmarks write what they found: a section each in RESULTS.md, with the machine."""

import os
import platform
import re
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from threadpoolctl import threadpool_info

FILE = Path(__file__).with_name("RESULTS.md")

TITLE = """# Results

Written by the programs beside it. Times differ between machines: compare ratios.
"""


def machine() -> str:
    """Processor, cores, versions, and the kernels that the BLAS library chose."""
    names = ("numpy", "torch", "scikit-learn", "textual")
    versions = [f"Python {platform.python_version()}"]
    for name in names:
        try:
            versions.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    kernels = {
        f"{found['internal_api']} {found.get('version') or ''} ({found.get('architecture')})"
        for found in threadpool_info()
        if found["user_api"] == "blas"
    }
    return (
        f"{datetime.now(UTC):%Y-%m-%d} · {_processor()}, {os.cpu_count()} cores · "
        f"{', '.join(versions)} · {', '.join(sorted(kernels))}"
    )


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    found = re.search(r"model name\s*: (.*)", info.read_text()) if info.exists() else None
    return found[1] if found else platform.processor() or platform.machine()


def table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table; all columns but the first are set to the right."""
    lines = [heads, ["---", *["---:"] * (len(heads) - 1)], *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def bars(values: Mapping[str, float], unit: str, width: int = 50) -> str:
    """A bar chart for a fixed-width font."""
    longest, most = max(map(len, values)), max(values.values())
    lines = [
        f"{name:{longest}}  {'█' * max(round(value / most * width), 1)} {value:.2f} {unit}"
        for name, value in values.items()
    ]
    return "```\n" + "\n".join(lines) + "\n```"


def write(section: str, body: str) -> None:
    """Replace a section of RESULTS.md, or add it; and print it."""
    text = FILE.read_text() if FILE.exists() else TITLE
    heading = f"## {section}\n"
    new = f"{heading}\n{machine()}\n\n`{_command()}`\n\n{body}\n"
    parts = re.split(r"(?m)^(?=## )", text)
    indices = [k for k, part in enumerate(parts) if part.startswith(heading)]
    if indices:
        parts[indices[0]] = new + "\n"
    else:
        parts.append(new)
    FILE.write_text("\n\n".join(part.strip() for part in parts if part.strip()) + "\n")
    print(new)


def _command() -> str:
    words = [Path(sys.argv[0]).name, *sys.argv[1:]]
    if "--data" in words:
        words[words.index("--data") + 1] = "mnist"
    return "python benchmarks/" + " ".join(words)
