"""What is imported when: the quick commands stay quick, the engine stays alone."""

import subprocess
import sys

import pytest

HEAVY = {
    "--version": ("textual", "numpy", "plotext"),
    "--help": ("textual", "numpy", "plotext"),
    "train --help": ("textual", "plotext"),
}


@pytest.mark.parametrize("words", HEAVY)
def test_quick_commands_import_nothing_heavy(words):
    program = (
        "import sys; from numrec_tui.cli.commands import run; "
        f"run({words.split()!r}); "
        f"print([name for name in {HEAVY[words]!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_training_without_a_screen_imports_no_textual():
    program = (
        "import sys, numrec_tui.cli.job, numrec_tui.session.session; "
        "print([name for name in ('textual', 'plotext') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_the_engine_is_ours_and_not_another_package_of_that_name():
    import engine
    import numrec_tui

    assert engine.__file__ is not None
    assert numrec_tui.__file__ is not None
    engine_home = engine.__file__.removesuffix("engine/__init__.py")
    assert numrec_tui.__file__.startswith(engine_home)
