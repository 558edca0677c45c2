"""One is singular wherever something is counted."""

import ast
from pathlib import Path

import numpy as np
import pytest

from engine.data.dataset import Digits
from engine.errors import DataError
from engine.plural import counted
from numrec_tui.modes.runs.run_facts import _lines
from tests.past_runs import past

ROOT = Path(__file__).parents[2]
COUNTED = ("epoch", "image", "run", "drawing", "parameter", "unit", "batch", "step", "time", "file")


@pytest.mark.parametrize(
    ("number", "said"), [(0, "0 epochs"), (1, "1 epoch"), (2, "2 epochs"), (1234, "1,234 epochs")]
)
def test_a_number_goes_with_its_noun(number, said):
    assert counted(number, "epoch") == said


def test_a_plural_of_its_own_is_named():
    assert counted(1, "class", "classes") == "1 class"
    assert counted(3, "class", "classes") == "3 classes"


def test_a_run_of_one_epoch_says_so():
    words = "\n".join(line for line, _ in _lines(past(epochs=1), ()))
    assert "1 epoch in" in words


def test_an_error_about_one_image_says_so():
    with pytest.raises(DataError, match="There are 1 image but 2 labels"):
        Digits(np.zeros((1, 2, 2), np.uint8), np.zeros(2, np.uint8))


def bare_plurals(source: str) -> list[str]:
    """Plurals that stand right behind a number of an f-string, whatever the number is."""
    found = []
    for text in ast.walk(ast.parse(source)):
        if isinstance(text, ast.JoinedStr):
            for before, after in zip(text.values, text.values[1:], strict=False):
                if isinstance(before, ast.FormattedValue) and isinstance(after, ast.Constant):
                    first, _, rest = str(after.value).strip().partition(" ")
                    noun = first.strip(".,;:")
                    if str(after.value).startswith(" ") and noun in {f"{one}s" for one in COUNTED}:
                        name = before.value.id if isinstance(before.value, ast.Name) else ""
                        several = name.isupper() or name == "part"  # a limit; "training images"
                        found += [] if several else [f"{noun} {rest}"]
    return found


def test_no_sentence_has_its_own_way_to_count():
    found = {
        str(path.relative_to(ROOT)): bare
        for package in ("engine", "numrec_tui")
        for path in (ROOT / package).rglob("*.py")
        if (bare := bare_plurals(path.read_text()))
    }
    assert found == {}
