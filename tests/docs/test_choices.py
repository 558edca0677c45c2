"""docs/choices.md has a row for everything that is registered."""

import runpy
from pathlib import Path

import pytest

from engine.data.published import PUBLISHED
from engine.models import files
from engine.nn.activations import ACTIVATIONS
from engine.nn.initializers import INITIALIZERS
from engine.nn.losses import LOSSES
from engine.nn.optimizers import OPTIMIZERS
from engine.nn.schedules import SCHEDULES
from numrec_tui.modes.registry import MODES

DOCS = Path(__file__).parents[2] / "docs"
TEXT = (DOCS / "choices.md").read_text(encoding="utf-8")

NAMES = [
    *OPTIMIZERS, *ACTIVATIONS, *LOSSES, *SCHEDULES, *INITIALIZERS, *PUBLISHED, *files.suffixes(),
    *(str(key) for key in range(1, len(MODES) + 1)),
]  # fmt: skip


def test_the_page_is_what_the_code_says() -> None:
    made = runpy.run_path(str(DOCS / "make_choices.py"))["page"]()
    assert made == TEXT, "python docs/make_choices.py writes it anew"


@pytest.mark.parametrize("name", NAMES)
def test_each_has_a_row_that_describes_it(name: str) -> None:
    [row] = [line for line in TEXT.splitlines() if line.startswith(f"| `{name}` |")]
    assert all(cell.strip() for cell in row.strip("|").split("|"))
