"""Before a run begins it is known whether there is memory for it."""

from pathlib import Path

import pytest

from engine.errors import SettingsError
from engine.training import memory
from engine.training.hyperparameters import settings_from

SMALL, LARGE = (784, 32, 10), (784, 8192, 4096, 10)


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A system of which a test says how much memory it has: 4 GB, and no limits."""
    (tmp_path / "proc" / "self").mkdir(parents=True)
    (tmp_path / "proc" / "meminfo").write_text("MemTotal: 9 kB\nMemAvailable:    4000000 kB\n")
    monkeypatch.setattr(memory, "PROC", tmp_path / "proc")
    monkeypatch.setattr(memory, "CGROUPS", tmp_path / "cgroup")
    return tmp_path


def test_a_small_network_fits(system: Path) -> None:
    memory.check(settings_from({"hidden": (32,)}), SMALL, 60_000)


def test_one_that_does_not_fit_is_told_with_what_it_needs_and_what_there_is(system: Path) -> None:
    (system / "proc" / "meminfo").write_text("MemAvailable:    1000000 kB\n")
    # 40,034,314 parameters of 4 bytes; momentum has one vector of its own: 4 (9 * 2 + 1) = 76 each
    with pytest.raises(SettingsError, match=r"takes 3\.0 GB of memory, and there are 1\.0 GB"):
        memory.check(settings_from({"hidden": LARGE[1:-1]}), LARGE)


def test_optimizer_batch_and_team_count(system: Path) -> None:
    def need(images: int = 0, **values: object) -> int:
        return memory.needed(settings_from({"hidden": (8192, 4096), **values}), LARGE, images)

    plain = need(optimizer="sgd")
    assert plain < need(optimizer="momentum") < need(optimizer="adam")
    assert plain < need(optimizer="sgd", processes=2) < need(optimizer="sgd", processes=3)
    assert need(images=10, batch_size=10**6) < need(images=10_000, batch_size=10**6)


@pytest.mark.parametrize("version", [1, 2])
def test_a_container_has_what_its_group_leaves(system: Path, version: int) -> None:
    group = system / "cgroup" / ("memory" if version == 1 else "") / "box"
    group.mkdir(parents=True)
    names = memory.OLD_NAMES if version == 1 else ("memory.max", "memory.current")
    (system / "proc" / "self" / "cgroup").write_text(
        "3:memory:/box\n" if version == 1 else "0::/box\n"
    )
    (group / names[0]).write_text("500000000\n")
    (group / names[1]).write_text("300000000\n")
    (group / "memory.stat").write_text("anon 5\ninactive_file 100000000\n")
    assert memory.available() == 300_000_000


def test_a_group_without_a_limit_leaves_what_the_system_has(system: Path) -> None:
    (system / "cgroup").mkdir()
    (system / "proc" / "self" / "cgroup").write_text("0::/\n")
    (system / "cgroup" / "memory.max").write_text("max\n")
    assert memory.available() == 4_096_000_000


def test_where_the_system_says_nothing_everything_is_tried(system: Path) -> None:
    (system / "proc" / "meminfo").unlink()
    assert memory.available() is None
    memory.check(settings_from({"hidden": LARGE[1:-1]}), LARGE)
