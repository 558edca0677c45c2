"""`train` is killed at a random moment: at most ten seconds are lost, and nothing stays behind."""

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import time

import pytest

from numrec_tui.storage.checkpoints import LONGEST_GAP
from numrec_tui.storage.kept_runs import newest_in, runs_in
from tests.reliability.budget import FORM, count
from tests.waiting import wait_until

pytestmark = [
    pytest.mark.reliability,
    pytest.mark.alone,
    pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks into /proc"),
]

ENDLESS = ["--epochs", "100000", "--learning-rate", "1e-6", "--schedule", "constant",
           "--until", "1", "--json"]  # fmt: skip

LATEST = {"short": 1.0, "ci": 5.0, "long": 25.0}[FORM]
"""Seconds from the first batch to the latest kill."""

KILLS = [
    *[("small", 1, seed) for seed in range(count("kills of small runs"))],
    *[("small", 2, seed) for seed in range(count("kills of teams"))],
    *[("large", 1 + seed % 2, seed) for seed in range(count("kills of large runs"))],
]
NETWORKS = {"small": "32", "large": "2048,2048"}


@dataclass(frozen=True)
class Loss:
    """What a kill has cost, and what writing the checkpoint had taken, both in seconds."""

    seconds: float
    writing: float
    kept: bool


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("network", "processes", "seed"), KILLS)
def test_a_run_that_is_killed_loses_ten_seconds_at_most_and_leaves_nothing(
    network: str, processes: int, seed: int, home: Path, record_property
) -> None:
    words = ["--hidden", NETWORKS[network], "--processes", str(processes), *ENDLESS]
    moment = random.Random(f"{network} {processes} {seed}").uniform(0, LATEST)  # noqa: S311
    with subprocess.Popen(
        [sys.executable, "-m", "numrec_tui", "train", *words],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    ) as training:  # fmt: skip
        assert training.stdout is not None
        assert '"started"' in training.stdout.readline()
        begun = time()
        with pytest.raises(subprocess.TimeoutExpired):
            training.wait(moment)
        shared = list(shared_memory(home))
        training.kill()
        killed = time()
    loss = loss_of(home, begun, killed)
    assert loss.seconds <= LONGEST_GAP + 3 * loss.writing
    wait_until(lambda: not list(pids_of(home)), "no process is left", lambda: list(pids_of(home)))
    assert not [path for path in shared if path.exists()]
    assert training.returncode == -signal.SIGKILL
    record_property("kills", 1)
    record_property("longest loss (s)", round(loss.seconds, 1))
    record_property(f"longest writing of a {network} run (s)", round(loss.writing, 2))
    record_property("kills before the first checkpoint", int(not loss.kept))


def loss_of(home: Path, begun: float, killed: float) -> Loss:
    """How much of the time until the kill is in no whole checkpoint."""
    folders = list(runs_in(home / "checkpoints")) if (home / "checkpoints").is_dir() else []
    newest = newest_in(folders[0]) if folders else None
    if newest is None:
        return Loss(killed - begun, 0.0, kept=False)
    saved = newest.checkpoint.facts.saved.timestamp()
    return Loss(killed - saved, newest.path.stat().st_mtime - saved, kept=True)


def pids_of(home: Path) -> Iterator[int]:
    """The living processes that have this home."""
    ours = f"NUMREC_HOME={home}".encode()
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if ours in (folder / "environ").read_bytes().split(b"\0"):
                yield int(folder.name)


def shared_memory(home: Path) -> Iterator[Path]:
    """The files with a name that processes of this home share."""
    for pid in pids_of(home):
        with suppress(OSError):
            for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
                path = Path(line[73:].strip() or os.sep)
                if path.is_relative_to("/dev/shm") and not path.name.endswith("(deleted)"):  # noqa: S108
                    yield path
