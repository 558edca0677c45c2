"""`numrec-tui evaluate`: how well a saved model reads the test digits of a set."""

import json as json_text
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from engine.errors import DataError
from engine.models.safetensors_file import load
from engine.training.metrics import Evaluation, Evaluator
from numrec_tui.cli.commands import DONE
from numrec_tui.cli.data import DataFlag, load_data


def evaluate(
    model: Annotated[Path, Parameter(help="a model file, as train saves it")],
    /,
    *,
    data: DataFlag = "bundled",
    json: Annotated[bool, Parameter(help="print one JSON object instead of text")] = False,
) -> int:
    """Score a model on the test digits of a set: overall, and digit by digit."""
    network = load(model).network
    digits = load_data(data).test
    shape = (digits.pixels.shape[1], digits.classes)
    if (network.sizes[0], network.sizes[-1]) != shape:
        raise DataError(
            f"{model} reads {network.sizes[0]} pixels as {network.sizes[-1]} classes, "
            f"but the digits have {shape[0]} pixels and {shape[1]} classes."
        )
    result = Evaluator(network, digits).evaluate()
    sys.stdout.write(_as_json(result) if json else _as_text(result))
    return DONE


def _as_json(result: Evaluation) -> str:
    facts = {
        "images": result.images,
        "correct": result.correct,
        "accuracy": result.accuracy,
        "loss": result.loss,
        "confusion": result.confusion.tolist(),
    }
    return json_text.dumps(facts) + "\n"


def _as_text(result: Evaluation) -> str:
    """The score, then for each digit how often it was read right and its commonest misreading."""
    lines = [
        f"{result.correct:,} of {result.images:,} read right: "
        f"{result.accuracy:.2%}, loss {result.loss:.4f}"
    ]
    for digit, row in enumerate(result.confusion):
        wrong = row.copy()
        wrong[digit] = 0
        worst = int(wrong.argmax())
        recall = row[digit] / max(int(row.sum()), 1)
        misread = f"   most often read as {worst} ({wrong[worst]})" if wrong[worst] else ""
        lines.append(f"{digit:3}   {recall:7.2%}{misread}")
    return "\n".join(lines) + "\n"
