"""Runs as CSV, one a line with every setting in a column of its own, and as JSON, with curves."""

import csv
import io
import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from engine.training.hyperparameters import knobs
from engine.training.run import Change
from numrec_tui.history import History, PastRun, Scores


def facts(run: PastRun) -> dict[str, Any]:
    """What is known of a run, without its curves, as JSON has it."""
    told = asdict(run)
    told["begun"], told["ended"] = _moment(run.begun), _moment(run.ended)
    told["settings"] = json.loads(run.settings)
    told["began_with"] = json.loads(run.began_with or run.settings)
    told["doubtful"] = bool(run.doubtful)
    return {name: _number(value) for name, value in told.items()}


def with_curves(
    run: PastRun, scores: Sequence[Scores], changes: Sequence[Change]
) -> dict[str, Any]:
    """A run and its curves, and what was changed on the way."""
    curves = [{name: _number(value) for name, value in asdict(one).items()} for one in scores]
    return {**facts(run), "changes": [asdict(change) for change in changes], "curves": curves}


def to_json(history: History, runs: Sequence[PastRun]) -> str:
    """A list of runs with their curves, one a line."""
    scores, changes = history.all_scores(), history.all_changes()
    told = [with_curves(run, scores.get(run.id, ()), changes.get(run.id, ())) for run in runs]
    lines = ",\n".join(json.dumps(one, allow_nan=False) for one in told)
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
    text = io.StringIO()
    writer = csv.DictWriter(text, heading, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


_HEADING = tuple(
    name for name in PastRun.__dataclass_fields__ if name not in ("settings", "began_with")
)

LIVE = tuple(knob.name for knob in knobs().values() if knob.live)
"""The settings that may change on the way."""


def _cell(value: object) -> object:
    return ",".join(map(str, value)) if isinstance(value, list) else value


def _number(value: object) -> object:
    """JSON knows neither infinite numbers nor those that are none."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _moment(when: float) -> str:
    return datetime.fromtimestamp(when).astimezone().isoformat(timespec="seconds")
