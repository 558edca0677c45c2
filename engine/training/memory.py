"""How much memory a run needs, and how much there is: known before a run begins.

An allocation that fails in the middle of a run ends it, and a system that is out of memory ends the
whole program without a word.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from engine.errors import SettingsError
from engine.nn.network import count_parameters
from engine.nn.optimizers import OPTIMIZERS
from engine.training.hyperparameters import Hyperparameters
from engine.training.run import MOST_PARAMETERS

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

FLOAT = 4
"""Bytes of a number."""

COPIES = 9
"""Of parameters and optimizer state: the run, the crew that learns, three snapshots to go back to,
and what a checkpoint takes while it is taken and written. Measured for 12 million parameters."""

PROCESS = 60 * 2**20
"""Bytes that each process of a team takes for itself."""

TEAM_COPIES = 2
"""Of the parameters, in each process of a team."""

PROC, CGROUPS = Path("/proc"), Path("/sys/fs/cgroup")


def needed(settings: Hyperparameters, sizes: Sequence[int], images: int = 0) -> int:
    """The bytes that a run takes at most, beside the program and its data.

    images: to learn from; a batch is no larger. Without it, batches are left out.
    """
    parameters, vectors = count_parameters(sizes), OPTIMIZERS[settings.optimizer].vectors
    # "auto" falls back on one process where a team has no room
    processes = 1 if settings.processes == "auto" else int(settings.processes)
    rows = min(settings.batch_size, images)
    team = processes * (PROCESS + TEAM_COPIES * FLOAT * parameters) if processes > 1 else 0
    batch = FLOAT * rows * sum(sizes) * (2 + processes)
    return FLOAT * parameters * (COPIES * (1 + vectors) + processes) + batch + team


def available() -> int | None:
    """The bytes that this process can still have; None where the system does not say."""
    return min((max(free, 0) for free in _limits()), default=None)


def check(settings: Hyperparameters, sizes: Sequence[int], images: int = 0) -> None:
    """Make sure that there is memory for a run, if its network is not too large anyway.

    Raises:
        SettingsError: there is not; says what it needs and what there is.
    """
    wanted, there = needed(settings, sizes, images), available()
    is_possible = count_parameters(sizes) <= MOST_PARAMETERS
    if is_possible and there is not None and wanted > there:
        name = "-".join(map(str, sizes))
        raise SettingsError({
            "hidden": f"to train a {name} network takes {in_words(wanted)} of memory, and there "
            f"are {in_words(there)}; use fewer units, or fewer processes"
        })  # fmt: skip


def sentence(error: MemoryError) -> str:
    """What could not be had, and what there is, as NumPy and the system say it."""
    there = available()
    left = "" if there is None else f"; {in_words(there)} are left"
    return f"There is not enough memory: {error or 'something more was needed'}{left}."


def in_words(size: int) -> str:
    """Bytes as a person says them: 850 MB, 3.1 GB."""
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"


def _limits() -> Iterator[int]:
    """What is left of each limit there is."""
    with suppress(OSError, ValueError, StopIteration):
        lines = (PROC / "meminfo").read_text().splitlines()
        found = next(line for line in lines if line.startswith("MemAvailable:"))
        yield int(found.split()[1]) * 1024
    with suppress(OSError, ValueError):
        yield from _address_space()
    with suppress(OSError, ValueError):
        yield from _control_groups()


def _address_space() -> Iterator[int]:
    """What `ulimit -v` leaves."""
    if resource is not None:
        limit, _ = resource.getrlimit(resource.RLIMIT_AS)
        if limit != resource.RLIM_INFINITY:
            pages = int((PROC / "self" / "statm").read_text().split()[0])
            yield limit - pages * resource.getpagesize()


def _control_groups() -> Iterator[int]:
    """What a container leaves: its own limit, and those of the groups that it is in."""
    for line in (PROC / "self" / "cgroup").read_text().splitlines():
        _, kinds, path = line.split(":", 2)
        names = ("memory.max", "memory.current") if not kinds else OLD_NAMES
        if kinds and "memory" not in kinds.split(","):
            continue
        base = CGROUPS if not kinds else CGROUPS / "memory"
        group = base / path.lstrip("/")
        for folder in (group, *group.parents):
            with suppress(OSError, ValueError):
                limit = int((folder / names[0]).read_text())  # "max" is no number
                yield limit - int((folder / names[1]).read_text()) + _cached(folder)
            if folder == base:
                break


def _cached(folder: Path) -> int:
    """Files that are only in memory because there is room for them."""
    for line in (folder / "memory.stat").read_text().splitlines():
        name, _, value = line.partition(" ")
        if name in ("inactive_file", "total_inactive_file"):
            return int(value)
    return 0


OLD_NAMES = ("memory.limit_in_bytes", "memory.usage_in_bytes")
