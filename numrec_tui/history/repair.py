"""What an older program recorded wrongly: knobs turned after a run was over changed its record.

The model file has the settings that the run really had. Where it is gone, the record is marked as
doubtful.
"""

import json
import sqlite3
from pathlib import Path
from typing import Any

from engine.errors import EngineError
from engine.models.files import load
from engine.training.changes import FORK, Change, began_with


def mend(connection: sqlite3.Connection) -> None:
    """Bring every record in order; to be called within the transaction that adds the columns."""
    query = "SELECT id, epochs, final, model, settings FROM runs"
    for number, epochs, final, model, settings in connection.execute(query).fetchall():
        rows = connection.execute(
            "SELECT epoch, name, before, after FROM changes WHERE run = ? ORDER BY place", (number,)
        )
        try:
            changes = [
                Change(at, name, json.loads(old), json.loads(new)) for at, name, old, new in rows
            ]
            ended, kept, doubtful = dict(json.loads(settings)), changes, False
            late = any(change.epoch >= epochs for change in changes)
            path = Path(model)
        except (
            ValueError,
            TypeError,
            RecursionError,
            OverflowError,
        ):  # it is damaged, and stays as it is
            continue
        if late:
            truth = _settings_in(path, epochs, final)
            found = None if truth is None else _without_late(ended, changes, epochs, truth)
            doubtful = found is None
            ended, kept = found or (ended, changes)
        rate = ended.get("learning_rate")
        connection.execute("DELETE FROM changes WHERE run = ? AND place >= ?", (number, len(kept)))
        connection.execute(
            "UPDATE runs SET settings = ?, began_with = ?, learning_rate = ?, doubtful = ? "
            "WHERE id = ?",
            (
                json.dumps(ended), json.dumps(began_with(ended, kept)),
                rate if isinstance(rate, int | float) else 0.0, doubtful, number,
            ),
        )  # fmt: skip


def _without_late(
    ended: dict[str, Any], changes: list[Change], epochs: int, truth: dict[str, Any]
) -> tuple[dict[str, Any], list[Change]] | None:
    """Settings and changes without those after the end; None if they do not lead to `truth`."""
    settings, kept = dict(ended), list(changes)
    while {**settings, **truth} != settings:
        if not kept or kept[-1].epoch < epochs:
            return None
        change = kept.pop()
        settings[change.name.removeprefix(FORK)] = change.before
    return settings, kept


def _settings_in(path: Path, epochs: int, final: float | None) -> dict[str, Any] | None:
    """The settings in a model's file, if it is still the one of the run as it ended."""
    try:
        model = load(path)
    except (EngineError, OSError):
        return None
    noted = (model.notes.get("epoch"), model.notes.get("validation_accuracy"))
    return (
        dict(model.hyperparameters) if model.hyperparameters and noted == (epochs, final) else None
    )
