"""`numrec-tui evaluate`: how well a saved model reads the test digits of a set."""

import json as json_text
import sys
from math import isfinite
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.cells import cell_len

from engine.data.digits import Digits
from engine.errors import DataError
from engine.models.files import load
from engine.plural import counted
from engine.training.metrics import Evaluation, Evaluator, interval
from numrec_tui.accuracy import with_interval
from numrec_tui.cli.data import load_data, mended
from numrec_tui.cli.exits import DONE
from numrec_tui.cli.flags import DataFlag, InvertFlag, LossFlag, ScaleFlag


def evaluate(
    model: Annotated[Path, Parameter(help="a model file: .safetensors, .txt or .onnx")],
    /,
    *,
    data: DataFlag = "bundled",
    invert: InvertFlag = False,
    scale: ScaleFlag = False,
    loss: LossFlag = None,
    json: Annotated[bool, Parameter(help="print one JSON object instead of text")] = False,
) -> int:
    """Score a model on the test digits of a set: overall, and digit by digit."""
    network = load(model, loss).network
    digits = load_data(mended(data, invert, scale)).test
    shape = (digits.pixels.shape[1], digits.classes)
    if (network.sizes[0], network.sizes[-1]) != shape:
        raise DataError(
            f"{model} reads {counted(network.sizes[0], 'pixel')} as {network.sizes[-1]} classes, "
            f"but the digits have {counted(shape[0], 'pixel')} and {shape[1]} classes."
        )
    result = Evaluator(network, digits).evaluate()
    if not isfinite(result.loss):
        raise DataError(f"{model} answers with numbers that are not finite.")
    sys.stdout.write(_as_json(result, digits) if json else _as_text(result, digits.class_names))
    return DONE


def _as_json(result: Evaluation, digits: Digits) -> str:
    facts = {
        "images": result.images,
        "correct": result.correct,
        "accuracy": result.accuracy,
        "interval": interval(result.accuracy, result.images),
        "loss": result.loss,
        "confusion": result.confusion.tolist(),
    }
    if digits.named:
        facts["classes"] = digits.class_names
    return json_text.dumps(facts) + "\n"


def _as_text(result: Evaluation, names: tuple[str, ...]) -> str:
    """The score, then for each class how often it was read right and its commonest misreading."""
    lines = [
        f"{result.correct:,} of {result.images:,} read right: "
        f"{with_interval(result.accuracy, result.images)}, loss {result.loss:.4f}"
    ]
    width = max(3, *map(cell_len, names))
    for label, row in enumerate(result.confusion):
        wrong = row.copy()
        wrong[label] = 0
        worst = int(wrong.argmax())
        recall = row[label] / max(int(row.sum()), 1)
        misread = f"   most often read as {names[worst]} ({wrong[worst]})" if wrong[worst] else ""
        indent = " " * (width - cell_len(names[label]))
        lines.append(f"{indent}{names[label]}   {recall:7.2%}{misread}")
    return "\n".join(lines) + "\n"
