"""Whatever of the screen fails, the app ends with 1 and the run is saved, as if nothing had been.

Each handler is made to raise, by its name.
"""

import os
import sys
from contextlib import nullcontext
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from textual.css.stylesheet import Stylesheet

from engine.training.loop import train
from engine.training.run import Run, new_run
from numrec_tui import app as program
from numrec_tui.app import NumrecApp, run_app
from numrec_tui.session.session import Session
from numrec_tui.storage.checkpoints import newest_in
from numrec_tui.terminal.signals import Ending
from tests import scripted
from tests.reliability.budget import count
from tests.reliability.handlers import Handler, broken, handlers, put_in_place, tour
from tests.reliability.monkey import session
from tests.screens import style_cache
from tests.screens.pseudo_terminal import LEARNS, Terminal, assert_restored, assert_saved
from tests.waiting import wait_until

pytestmark = pytest.mark.reliability


def some(wanted: int) -> list[Handler]:
    """So many handlers from all over the app."""
    all_ = handlers()
    apart = max(len(all_) // max(wanted, 1), 1)
    return all_[apart // 2 :: apart][:wanted]


@pytest.fixture
def at_a_desk(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    """`run_app` as a person has it, but for the process: its signals, garbage and environment."""
    monkeypatch.chdir(home)
    monkeypatch.setattr(Stylesheet, "_parse_rules", style_cache.read)
    monkeypatch.setattr(program, "leaving_on_signals", lambda _session: nullcontext(Ending()))
    monkeypatch.setattr(NumrecApp, "hold_garbage", lambda _app: None)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("LINES", "24")


def run_into(fault: Handler, opened: Session, patch: pytest.MonkeyPatch) -> int:
    """Open the app on a run that trains, and use it until it ends; returns its exit code."""
    opened.start()
    wait_until(lambda: run_of(opened).step > 3, "some batches are learned")
    usual = NumrecApp.run
    guided = partial(tour, wanted=fault)
    patch.setattr(
        NumrecApp,
        "run",
        lambda app: usual(app, headless=True, size=(80, 24), auto_pilot=guided),
    )
    with put_in_place(fault, broken(str(fault))):
        return run_app(opened)


def run_of(opened: Session) -> Run:
    return opened._trainer.run


@pytest.mark.timeout(300)
@pytest.mark.usefixtures("at_a_desk")
@pytest.mark.parametrize("fault", some(count("handlers")), ids=str)
def test_a_handler_that_fails_ends_the_app_and_not_the_run(
    fault: Handler, home: Path, monkeypatch, capsys, record_property
) -> None:
    with session(home) as opened:
        code = run_into(fault, opened, monkeypatch)
        told = capsys.readouterr()
        assert code == 1
        assert f"Fault: {fault}" in told.err
        assert list((home / "models").glob("*.safetensors"))
        if run_of(opened).position and opened._trainer.state in ("training", "paused"):
            assert "Saved to" in told.out
            assert "the next start offers to go on" in told.out
            assert_kept(opened)
    record_property("handlers", 1)


def assert_kept(opened: Session) -> None:
    """What is on disk is the run as it is in memory."""
    folder = opened._trainer.files.kept_in
    assert folder is not None
    newest = newest_in(folder)
    assert newest is not None
    kept = newest.checkpoint.restore()
    assert kept.step == run_of(opened).step
    assert np.array_equal(kept.network.theta, run_of(opened).network.theta)


@pytest.mark.usefixtures("at_a_desk")
def test_a_run_whose_app_failed_has_the_bits_of_one_left_alone(home: Path, monkeypatch) -> None:
    settings = scripted.settings(**scripted.ENDLESS)
    [drawing] = [each for each in handlers() if str(each) == "TopBar.on_resize"]
    with session(home) as opened:
        assert run_into(drawing, opened, monkeypatch) == 1
        kept = run_of(opened)
    alone = new_run(settings, 784, 10)
    split = scripted.drawn_set().split(
        settings.validation, settings.validation_fraction, settings.seed
    )
    events = train(alone, split)
    while alone.step < kept.step:
        alone.hurry = True  # so that each batch is an event
        next(events)
    assert alone.step == kept.step
    assert np.array_equal(kept.network.theta, alone.network.theta)


@pytest.mark.alone
@pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX terminal")
@pytest.mark.parametrize(
    ("fault", "keys"),
    [
        ("NumrecApp.action_help", b"?"),
        ("DigitsScreen._read", b"2"),
        ("Pad.render_line", b"3"),
        ("RunsScreen.on_mount", b"5"),
    ][: count("handlers on a terminal")],
)
@pytest.mark.long
def test_a_terminal_is_as_before_after_a_fault(fault, keys, tmp_path) -> None:
    terminal = Terminal(tmp_path / "models", before=BREAK.format(fault))
    try:
        terminal.until(b"ready")
        os.write(terminal.master, b" ")
        terminal.until(LEARNS)
        os.write(terminal.master, keys)
        assert terminal.drain() == 1
        assert_restored(terminal)
        assert_saved(tmp_path / "models")
        assert terminal.seen.rindex(b"Saved to") > terminal.seen.rindex(b"\x1b[?1049l")
    finally:
        terminal.close()


BREAK = """
from tests.reliability.handlers import broken, handlers, put_in_place
[fault] = [each for each in handlers() if str(each) == {0!r}]
held = put_in_place(fault, broken({0!r}))
held.__enter__()
"""
