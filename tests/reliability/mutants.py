"""Faults that somebody might build in, each with the test that has to notice.

A mutant is a small replacement in the source, made in a copy of the tree; its test must fail there.
"""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
CODE = ("engine", "numrec_tui", "tests", "data", "pyproject.toml")


@dataclass(frozen=True)
class Mutant:
    """A replacement in a file. test: the name of the test that holds what is broken by it."""

    name: str
    file: str
    old: str
    new: str
    test: str

    def apply(self, tree: Path) -> None:
        """Make the replacement.

        Raises:
            AssertionError: the text is not there, or more than once.
        """
        path = tree / self.file
        source = path.read_text()
        assert source.count(self.old) == 1, f"{self.name}: {source.count(self.old)} times"
        path.write_text(source.replace(self.old, self.new))


MUTANTS = [
    Mutant(
        "history without a transaction",
        "numrec_tui/history/database.py",
        """            connection.execute("BEGIN IMMEDIATE")
            yield connection  # after an error, closing the connection undoes the transaction
            connection.execute("COMMIT")
""",
        "            yield connection\n",
        "tests/reliability/test_faults.py::test_whichever_statement_fails_the_history_is_as_before",
    ),
    Mutant(
        "history without a write-ahead log",
        "numrec_tui/history/database.py",
        "PRAGMA journal_mode = WAL",
        "PRAGMA journal_mode = DELETE",
        "tests/history/test_history.py::test_somebody_who_reads_keeps_nobody_from_writing",
    ),
    Mutant(
        "history that waits for no disk",
        "numrec_tui/history/database.py",
        "PRAGMA synchronous = NORMAL",
        "PRAGMA synchronous = OFF",
        "tests/history/test_history.py::test_what_is_written_is_made_to_last",
    ),
    Mutant(
        "ONNX that fetches numbers from another file",
        "engine/models/onnx_file.py",
        "proto = _parsed(path, content)",
        "proto = library().load(path)",
        "tests/engine/models/test_onnx_file.py::test_numbers_in_another_file_are_not_fetched",
    ),
    Mutant(
        "ONNX that overlooks where numbers are said to be",
        "engine/models/onnx_file.py",
        "        or tensor.data_location != TensorProto.DEFAULT\n",
        "",
        "tests/engine/models/test_onnx_file.py::test_numbers_in_another_file_are_not_fetched",
    ),
    Mutant(
        "no look for the parent between two batches",
        "engine/training/parallel/worker.py",
        "if looks % LOOKS_FOR_LIFE == 0 and self._pipe.poll():",
        "if looks < 0:",
        "tests/engine/training/parallel/test_pool.py::test_who_waits_for_another_notices_that_the_parent_is_gone",
    ),
    Mutant(
        "nobody watches for the end of a process",
        "engine/training/parallel/pool.py",
        "connection.wait([*missing, *ends], TICK)",
        "connection.wait(missing, TICK)",
        "tests/engine/training/parallel/test_recovery.py::test_one_that_dies_after_its_answer_is_noticed_at_once",
    ),
    Mutant(
        "no signs of life",
        "engine/training/parallel/pool.py",
        "if monitor.is_lost():",
        "if monitor.is_lost() and False:",
        "tests/engine/training/parallel/test_recovery.py::test_a_lost_process_is_replaced_and_the_same_bits_come_of_it[stopped]",
    ),
    Mutant(
        "bytes that are not synced",
        "engine/atomic_write.py",
        "                os.fsync(file.fileno())\n",
        "",
        "tests/reliability/test_power_cut.py",
    ),
    Mutant(
        "bytes that are synced before they are there",
        "engine/atomic_write.py",
        "                file.flush()\n                os.fsync(file.fileno())\n",
        "                os.fsync(file.fileno())\n                file.flush()\n",
        "tests/reliability/test_power_cut.py",
    ),
    Mutant(
        "a name that is not synced",
        "engine/atomic_write.py",
        "    _sync_folder(target.parent)\n",
        "",
        "tests/engine/test_atomic_write.py::test_the_new_name_is_made_to_last_too",
    ),
    Mutant(
        "an export that leaves an empty file",
        "numrec_tui/storage/exports.py",
        "        except OSError as error:\n            for other in made:",
        "        except FileExistsError as error:\n            for other in made:",
        "tests/reliability/test_faults.py::test_whichever_call_fails_the_old_file_stays",
    ),
    Mutant(
        "a temporary file that stays after a fault",
        "engine/atomic_write.py",
        "                temporary.unlink()\n",
        "                pass\n",
        "tests/reliability/test_faults.py::test_whichever_call_fails_the_old_file_stays",
    ),
]


def copy_of_the_tree(folder: Path) -> Path:
    """The code and its tests, in a folder that is made."""
    for name in CODE:
        source, target = ROOT / name, folder / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            folder.mkdir(exist_ok=True)
            shutil.copy(source, target)
    return folder


def run_test(tree: Path, test: str) -> subprocess.CompletedProcess[str]:
    """Run a test in a copy of the tree, in its short form."""
    environment = {**os.environ, "PYTHONPATH": str(tree), "NUMREC_RELIABILITY": "short"}
    words = ["-n", "0", "-x", "-m", "", "--timeout", "90", "-p", "no:cacheprovider", test]
    return subprocess.run(
        [sys.executable, "-B", "-m", "pytest", *words],
        cwd=tree, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
