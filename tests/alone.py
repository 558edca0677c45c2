"""Tests of processes, signals and terminals run alone: in the end, one by one, when no other runs.

The workers of pytest-xdist leave those that are marked `alone` out and name them to the process
that started them, which runs them itself once all workers are gone. Without workers they come last.
"""

import pytest

MARK = "alone"

_NAMED = pytest.StashKey[set[str]]()


def hold_back(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave marked tests to the process that started this worker, or put them last."""
    alone = [item for item in items if item.get_closest_marker(MARK)]
    others = [item for item in items if not item.get_closest_marker(MARK)]
    if hasattr(config, "workeroutput"):
        config.workeroutput[MARK] = [item.nodeid for item in alone]
        items[:] = others
    else:
        items[:] = others + alone


def remember(config: pytest.Config, output: dict[str, list[str]]) -> None:
    """Take what a worker that is gone has left out; each of them names the same."""
    config.stash.setdefault(_NAMED, set()).update(output.get(MARK, ()))


def named(config: pytest.Config) -> bool:
    """Whether tests are taken by the names that workers have left out: not all of their kind."""
    return bool(config.stash.get(_NAMED, set()))


def run(session: pytest.Session) -> None:
    """Run what the workers have left out."""
    named = session.config.stash.get(_NAMED, set())
    if not named or session.shouldfail or session.shouldstop:
        return
    before = session.testscollected
    items = session.perform_collect(sorted(named))
    session.testscollected = before + len(items)
    for item, following in zip(items, [*items[1:], None], strict=True):
        session.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.shouldfail:
            raise session.Failed(session.shouldfail)
        if session.shouldstop:
            raise session.Interrupted(session.shouldstop)
