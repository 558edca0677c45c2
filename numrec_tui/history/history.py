"""The runs that were made, in one SQLite file of the user's; several programs may write at once.

A killed program leaves the file whole (write-ahead log), a damaged file is set aside under another
name, and one of a newer program is left alone. Everything that can go wrong is a `HistoryError`.
"""

import json
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from itertools import groupby

from engine.training.changes import Change
from engine.training.events import EpochDone
from numrec_tui.history.database import HistoryFile
from numrec_tui.history.rows import Row, checked, from_json, is_epoch, storable
from numrec_tui.history.rows import number as value_of


@dataclass(frozen=True)
class PastRun:
    """A run as it is recorded, without its curves; the fields are the columns of the table."""

    id: int
    name: str
    note: str
    begun: float
    """Seconds since 1970, as `ended`: when it was written last."""
    ended: float
    program: str
    data: str
    network: str
    """Its layers: 784-256-10."""
    optimizer: str
    learning_rate: float
    seed: int
    parameters: int
    processes: str
    epochs: int
    """Finished."""
    seconds: float
    """Spent training and scoring."""
    best: float | None
    """Validation accuracy of the best epoch, and of the network as it is left."""
    final: float | None
    test: float | None
    reason: str | None
    """Why it stopped; None while it runs, and for one that was left."""
    model: str
    checkpoints: str | None
    settings: str
    """Every hyperparameter that the run ended with, as JSON."""
    began_with: str = ""
    """Those it began with."""
    doubtful: bool = False
    """Whether an older program may have changed the record after the run was over."""
    damage: str = ""
    """The columns that hold what cannot be right; in their place stand values that say nothing."""

    @cached_property
    def words(self) -> str:
        """What a filter looks through, in small letters."""
        settings = self.settings.replace('"', "").replace(": ", "=")
        fields = (
            f"#{self.id}",
            self.name,
            self.note,
            self.data,
            self.network,
            self.reason or "open",
        )
        return "\n".join((*fields, settings)).casefold()


@dataclass(frozen=True, slots=True)
class EpochScores:
    """One epoch of a run's curves; None stands for a number that was none."""

    epoch: int
    train_loss: float | None
    train_accuracy: float | None
    validation_loss: float | None
    validation_accuracy: float | None
    seconds: float | None


COLUMNS = tuple(field.name for field in fields(PastRun) if field.name != "damage")
NOT_WRITTEN = ("id", "name", "note", "best", "doubtful")
WRITTEN = tuple(name for name in COLUMNS if name not in NOT_WRITTEN)
SETTLED = ("begun", "checkpoints")
"""What a run that goes on keeps."""

SCORES = tuple(field.name for field in fields(EpochScores))


_SET = ", ".join(f"{name} = :{name}" for name in WRITTEN if name not in SETTLED)
UPDATE = (  # the names are those of our own columns
    f"UPDATE runs SET {_SET}, checkpoints = coalesce(:checkpoints, checkpoints) "  # noqa: S608
    "WHERE key = :key RETURNING id"
)
INSERT = (
    f"INSERT INTO runs (key, {', '.join(WRITTEN)}) "  # noqa: S608
    f"VALUES (:key, {', '.join(f':{name}' for name in WRITTEN)}) RETURNING id"
)


class History(HistoryFile):
    """The recorded runs."""

    def write(
        self, key: str, run: PastRun, scores: Sequence[EpochDone], changes: Sequence[Change]
    ) -> int:
        """Record a run as it is now, and what epochs it has finished since; returns its id.

        key: what the run is known by; `name`, `note`, `id` and `best` of `run` are not looked at.
        scores: in order; an epoch that was recorded already is replaced, and later ones with it.
        changes: all of them.
        """
        facts = {"key": key, **{name: storable(getattr(run, name)) for name in WRITTEN}}
        with self.transaction() as connection:
            # not "on conflict do update": that would use up a number at every write
            known = connection.execute(UPDATE, facts).fetchall()
            [(number,)] = known or connection.execute(INSERT, facts).fetchall()
            for done in scores:
                forget = "DELETE FROM epochs WHERE run = ? AND epoch >= ?"
                connection.execute(forget, (number, done.epoch))
                row = (number, *(getattr(done, name) for name in SCORES))
                connection.execute("INSERT INTO epochs VALUES (?,?,?,?,?,?,?)", row)
            connection.execute(
                "DELETE FROM epochs WHERE run = ? AND epoch > ?", (number, run.epochs)
            )
            connection.execute("DELETE FROM changes WHERE run = ?", (number,))
            rows = [
                (number, index, change.epoch, change.name, _to_json(change.before),
                 _to_json(change.after))
                for index, change in enumerate(changes)
            ]  # fmt: skip
            connection.executemany("INSERT INTO changes VALUES (?,?,?,?,?,?)", rows)
            connection.execute(
                "UPDATE runs SET best = (SELECT max(validation_accuracy) FROM epochs"
                " WHERE run = id) WHERE id = ?",
                (number,),
            )
        return int(number)

    def key_of(self, model: str, checkpoints: str | None) -> str | None:
        """What the newest run is known by that has these checkpoints or, failing that, this model.

        None if none has.
        """
        same_folder = "SELECT key FROM runs WHERE checkpoints = ? ORDER BY id DESC LIMIT 1"
        same_model = (
            "SELECT key FROM runs WHERE model = ? AND (checkpoints IS NULL OR ? IS NULL) "
            "ORDER BY id DESC LIMIT 1"
        )
        paths = (storable(model), storable(checkpoints))
        rows = self.read(same_folder, paths[1:]) if checkpoints else []
        rows = rows or self.read(same_model, paths)
        return str(rows[0][0]) if rows else None

    def number_of(self, key: str) -> int | None:
        """The number of the run that is known by `key`; None if there is none."""
        rows = self.read("SELECT id FROM runs WHERE key = ?", (key,))
        return int(rows[0][0]) if rows else None

    def runs(self, limit: int | None = None) -> list[PastRun]:
        """The runs, or only `limit` of them, the newest first."""
        query = f"SELECT {', '.join(COLUMNS)} FROM runs ORDER BY begun DESC, id DESC LIMIT ?"  # noqa: S608
        rows = self.read(query, (-1 if limit is None else limit,))
        return [_run(row, -index) for index, row in enumerate(_sharing(rows), 1)]

    def run(self, number: int) -> PastRun | None:
        """One run; None if there is none of this number."""
        query = f"SELECT {', '.join(COLUMNS)} FROM runs WHERE id = ?"  # noqa: S608
        return next((_run(row, number) for row in self.read(query, (number,))), None)

    def scores(self, number: int) -> tuple[EpochScores, ...]:
        """The curves of a run, in order."""
        query = f"SELECT {', '.join(SCORES)} FROM epochs WHERE run = ? ORDER BY epoch"  # noqa: S608
        return _scores(self.read(query, (number,)))

    def changes(self, number: int) -> tuple[Change, ...]:
        """What was changed on the way, in order; the values as JSON has them."""
        query = "SELECT epoch, name, before, after FROM changes WHERE run = ? ORDER BY place"
        return tuple(_change(*row) for row in self.read(query, (number,)))

    def all_scores(self) -> dict[int, tuple[EpochScores, ...]]:
        """The curves of every run that has some, by its number."""
        query = f"SELECT run, {', '.join(SCORES)} FROM epochs ORDER BY run, epoch"  # noqa: S608
        return {number: _scores(row[1:] for row in rows) for number, rows in self._by_run(query)}

    def all_changes(self) -> dict[int, tuple[Change, ...]]:
        """What was changed on the way, by the run's number."""
        query = "SELECT run, epoch, name, before, after FROM changes ORDER BY run, place"
        runs = self._by_run(query)
        return {number: tuple(_change(*row[1:]) for row in rows) for number, rows in runs}

    def _by_run(self, query: str) -> Iterable[tuple[int, Iterable[Row]]]:
        """The rows of each run; the first column is its number."""
        rows = [row for row in self.read(query, ()) if is_epoch(row[0])]
        return groupby(rows, key=lambda row: int(row[0]))

    def describe(self, number: int, name: str, note: str) -> None:
        """Give a run a name and a note."""
        with self.transaction() as connection:
            statement = "UPDATE runs SET name = ?, note = ? WHERE id = ?"
            connection.execute(statement, (storable(name), storable(note), number))

    def delete(self, number: int) -> None:
        """Forget a run; its files stay."""
        with self.transaction() as connection:
            connection.execute("DELETE FROM epochs WHERE run = ?", (number,))
            connection.execute("DELETE FROM changes WHERE run = ?", (number,))
            connection.execute("DELETE FROM runs WHERE id = ?", (number,))


def _sharing(rows: Iterable[Row]) -> Iterator[Row]:
    """The same rows, equal texts but once: the settings of most runs are some that others had."""
    known: dict[str, str] = {}
    for row in rows:
        yield tuple(known.setdefault(each, each) if isinstance(each, str) else each for each in row)


def _run(row: Row, number: int) -> PastRun:
    """A run as it was recorded. number: what it is called if its own number is damaged."""
    values, damage = checked(row, COLUMNS)
    return PastRun(**{**values, "id": values["id"] or number, "damage": damage})


def _scores(rows: Iterable[Row]) -> tuple[EpochScores, ...]:
    return tuple(EpochScores(row[0], *map(value_of, row[1:])) for row in rows if is_epoch(row[0]))


def _change(epoch: object, name: object, before: object, after: object) -> Change:
    """A change as it was recorded; what is damaged is named so."""
    at, values = value_of(epoch), [from_json(value) for value in (before, after)]
    known = [
        value != "null" and read is None
        for value, read in zip((before, after), values, strict=True)
    ]
    if at is not None and not math.isfinite(at):
        at = None
    if at is None or not isinstance(name, str) or any(known):
        return Change(
            at or 0.0, f"{name if isinstance(name, str) else ''} (damaged)".strip(), "?", "?"
        )
    return Change(at, name, *values)


def _to_json(value: object) -> str:
    return json.dumps(value, default=str)
