"""`numrec-tui evaluate`: how well a saved model reads the test digits of a set."""

from math import isfinite
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter
from rich.cells import cell_len

from engine.data.dataset import Digits
from engine.errors import DataError
from engine.models.files import load
from engine.training.metrics import Evaluation, interval
from engine.training.metrics import evaluate as score
from numrec_tui.cli.exits import DONE
from numrec_tui.cli.flags import MODEL_HELP, DataFlag, InvertFlag, LossFlag, ScaleFlag
from numrec_tui.cli.loading import load_data, named
from numrec_tui.cli.output import say, say_json
from numrec_tui.insight.accuracy import with_interval


def evaluate(
    model: Annotated[Path, Parameter(help=MODEL_HELP)],
    /,
    *,
    data: DataFlag = ("bundled",),
    invert: InvertFlag = False,
    scale: ScaleFlag = False,
    loss: LossFlag = None,
    json: Annotated[bool, Parameter(help="print one JSON object instead of text")] = False,
) -> int:
    """Score a model on the test digits of a set: overall, and digit by digit."""
    network = load(model, loss).network
    digits = load_data(named(data, invert, scale)).test
    result = score(network, digits, str(model))
    if not isfinite(result.loss):
        raise DataError(f"{model} answers with numbers that are not finite.")
    if json:
        say_json(_facts(result, digits))
    else:
        say(*_lines(result, digits.class_names))
    return DONE


def _facts(result: Evaluation, digits: Digits) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "images": result.images,
        "correct": result.correct,
        "accuracy": result.accuracy,
        "interval": interval(result.accuracy, result.images),
        "loss": result.loss,
        "confusion": result.confusion.tolist(),
    }
    if digits.named:
        facts["classes"] = digits.class_names
    return facts


def _lines(result: Evaluation, names: tuple[str, ...]) -> list[str]:
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
    return lines
