"""Runs as CSV, one a line with every setting in a column of its own, and as JSON, with curves."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from engine.training.changes import Change
from engine.training.hyperparameters import knobs
from numrec_tui.history.history import EpochScores, History, PastRun
from numrec_tui.text.escaping import csv_text
from numrec_tui.text.strict_json import strict_json, with_finite_numbers


def facts(run: PastRun) -> dict[str, Any]:
    """What is known of a run, without its curves, as JSON has it."""
    record = asdict(run)
    record["begun"], record["ended"] = _moment(run.begun), _moment(run.ended)
    record["settings"] = json.loads(run.settings)
    record["began_with"] = json.loads(run.began_with or run.settings)
    record["doubtful"] = bool(run.doubtful)
    record["damage"] = run.damage or None
    return {name: with_finite_numbers(value) for name, value in record.items()}


def with_curves(
    run: PastRun, scores: Sequence[EpochScores], changes: Sequence[Change]
) -> dict[str, Any]:
    """A run and its curves, and what was changed on the way."""
    return {
        **facts(run),
        "changes": list(map(asdict, changes)),
        "curves": list(map(asdict, scores)),
    }


def to_json(history: History, runs: Sequence[PastRun]) -> str:
    """A list of runs with their curves, one a line."""
    scores, changes = history.all_scores(), history.all_changes()
    record = [with_curves(run, scores.get(run.id, ()), changes.get(run.id, ())) for run in runs]
    lines = ",\n".join(strict_json(one) for one in record)
    return f"[\n{lines}\n]\n" if lines else "[]\n"


def to_csv(runs: Sequence[PastRun]) -> str:
    """A heading and one line a run; settings that a run does not know are left empty."""
    rows = []
    for run in runs:
        row = facts(run)
        settings, began = row.pop("settings"), row.pop("began_with")
        ended_with = {f"settings.{name}": _cell(value) for name, value in settings.items()}
        began_with = {f"began_with.{name}": _cell(began.get(name)) for name in LIVE}
        rows.append({**row, **ended_with, **began_with})
    heading = list(dict.fromkeys(name for row in rows for name in row)) or list(_HEADING)
    return csv_text([heading, *([row.get(name, "") for name in heading] for row in rows)])


_HEADING = tuple(
    name for name in PastRun.__dataclass_fields__ if name not in ("settings", "began_with")
)

LIVE = tuple(knob.name for knob in knobs().values() if knob.live)
"""The settings that may change on the way."""


def _cell(value: object) -> object:
    return ",".join(map(str, value)) if isinstance(value, list) else value


def _moment(when: float) -> str:
    return datetime.fromtimestamp(when).astimezone().isoformat(timespec="seconds")
