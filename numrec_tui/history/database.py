"""The file of the history: opened, brought up to date, and set aside when it is damaged."""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from engine.atomic_write import PRIVATE_FILE, make_private, saving
from engine.errors import HistoryError, SaveError
from numrec_tui.history.rows import as_text
from numrec_tui.storage.paths import make_home

BUSY_SECONDS = 5.0
"""How long a call waits for others who write."""

OURS = 0x6E756D72
"""Marks the file as a history of this program: "numr"."""

OLDEST_SQLITE = (3, 37)
"""The first that knows STRICT tables; an older one would take the file for a damaged one."""

DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """CREATE TABLE runs (
            id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE,
            name TEXT NOT NULL DEFAULT '', note TEXT NOT NULL DEFAULT '',
            begun REAL NOT NULL, ended REAL NOT NULL, program TEXT NOT NULL, data TEXT NOT NULL,
            network TEXT NOT NULL, optimizer TEXT NOT NULL, learning_rate REAL NOT NULL,
            seed INTEGER NOT NULL, parameters INTEGER NOT NULL, processes TEXT NOT NULL,
            epochs INTEGER NOT NULL, seconds REAL NOT NULL, best REAL, final REAL, test REAL,
            reason TEXT, model TEXT NOT NULL, checkpoints TEXT, settings TEXT NOT NULL
        ) STRICT""",
        "CREATE INDEX runs_by_time ON runs (begun)",
        "CREATE INDEX runs_by_model ON runs (model)",
        "CREATE INDEX runs_by_checkpoints ON runs (checkpoints)",
        """CREATE TABLE epochs (
            run INTEGER NOT NULL, epoch INTEGER NOT NULL, train_loss REAL, train_accuracy REAL,
            validation_loss REAL, validation_accuracy REAL, seconds REAL, PRIMARY KEY (run, epoch)
        ) STRICT, WITHOUT ROWID""",
        """CREATE TABLE changes (
            run INTEGER NOT NULL, place INTEGER NOT NULL, epoch REAL NOT NULL, name TEXT NOT NULL,
            before TEXT NOT NULL, after TEXT NOT NULL, PRIMARY KEY (run, place)
        ) STRICT, WITHOUT ROWID""",
    ),
    (
        "ALTER TABLE runs ADD COLUMN began_with TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE runs ADD COLUMN doubtful INTEGER NOT NULL DEFAULT 0",
    ),
)
"""What makes each version of the file out of the one before; the first out of nothing."""


class HistoryFile:
    """A SQLite file that is made when something is written first.

    Each call has a connection of its own, so that any thread may call.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.set_aside: str | None = None
        """What was done with a damaged file, as a sentence."""

    @property
    def is_new(self) -> bool:
        """Whether nothing has been written yet."""
        return not os.path.lexists(self.path)  # which never raises

    def stamp(self) -> tuple[tuple[int, int], ...]:
        """Something that differs when anything was written since."""
        stamps = []
        for path in (self.path, _beside(self.path, "-wal")):
            with suppress(OSError):
                facts = path.stat()
                stamps.append((facts.st_mtime_ns, facts.st_size))
        return tuple(stamps)

    def read(self, query: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        """The rows that answer a query; none where there is no file."""
        if self.is_new:
            return []
        with self._connection() as connection:
            return connection.execute(query, values).fetchall()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All of what is done in it is written, or none."""
        try:
            make_home(self.path.parent)
            with saving(self.path, "keep"), suppress(FileExistsError):
                self.path.touch(PRIVATE_FILE, exist_ok=False)  # SQLite would let others read it
        except SaveError as error:
            raise HistoryError(f"Cannot keep {self.path}: {error}") from error
        with self._connection() as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield connection  # after an error, closing the connection undoes the transaction
            connection.execute("COMMIT")

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        if sqlite3.sqlite_version_info < OLDEST_SQLITE:
            raise HistoryError(f"No history without SQLite 3.37; this is {sqlite3.sqlite_version}.")
        before = _identity(self.path)
        make_private(self.path)
        try:
            with closing(
                sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None)
            ) as connection:
                connection.text_factory = as_text
                self._prepare(connection)
                yield connection
        except UnicodeDecodeError as error:  # SQLite quotes what stands in place of its tables
            raise self._set_aside(before) from error
        except (sqlite3.Error, sqlite3.Warning) as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            if code in DAMAGED:
                raise self._set_aside(before) from error
            raise HistoryError(f"Cannot use the history in {self.path}: {error}.") from error

    def _prepare(self, connection: sqlite3.Connection) -> None:
        """Bring a new or an older file up to date.

        Raises:
            HistoryError: it is a newer program's, or no history at all.
        """
        connection.execute("PRAGMA synchronous = NORMAL")
        version = self._version(connection)
        if version == len(MIGRATIONS):
            return
        _log_ahead(connection)
        connection.execute("BEGIN IMMEDIATE")
        version = self._version(connection)  # others may have been quicker
        for statements in MIGRATIONS[version:]:
            for statement in statements:
                connection.execute(statement)
        if version == 1:
            from numrec_tui.history.repair import mend

            mend(connection)
        connection.execute(f"PRAGMA application_id = {OURS}")
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        connection.execute("COMMIT")

    def _version(self, connection: sqlite3.Connection) -> int:
        # In this order: another program may just be making the file, all of it in one step.
        [(tables,)] = connection.execute("SELECT count(*) FROM sqlite_schema")
        [(owner,)] = connection.execute("PRAGMA application_id")
        [(version,)] = connection.execute("PRAGMA user_version")
        if tables and owner != OURS:
            raise HistoryError(f"{self.path} is no history of numrec-tui; move it elsewhere.")
        if version > len(MIGRATIONS):
            raise HistoryError(
                f"The history in {self.path} was made by a newer numrec-tui; update this one, or "
                "move the file elsewhere to begin a new history."
            )
        return int(version)

    def _set_aside(self, found: object) -> HistoryError:
        """Give a damaged file another name, unless somebody did so meanwhile; says what was done.

        Its log goes first: it must never be taken for that of the file that comes next.
        """
        aside = _beside(self.path, f".damaged-{datetime.now():%Y%m%d-%H%M%S}")
        if found is not None and _identity(self.path) == found:
            try:
                for end in ("-wal", "-shm", ""):
                    with suppress(FileNotFoundError):
                        _beside(self.path, end).rename(_beside(aside, end))
            except OSError as error:
                return HistoryError(f"{self.path} is damaged, and stays: {error.strerror}.")
        self.set_aside = (
            f"The history in {self.path} was damaged; it is now {aside.name}, and a new one begins."
        )
        return HistoryError(self.set_aside)


def _log_ahead(connection: sqlite3.Connection) -> None:
    """Switch to the write-ahead log; while others do the same, SQLite refuses without waiting."""
    end = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > end:
                raise
            time.sleep(0.01)


def _identity(path: Path) -> tuple[int, int] | None:
    """Tells a file from another one of the same name."""
    try:
        facts = path.stat()
    except OSError:
        return None
    return facts.st_dev, facts.st_ino


def _beside(path: Path, end: str) -> Path:
    return path.with_name(path.name + end)
