"""Every command by name, and what a mistake looks like: one sentence on stderr, an exit code."""

import difflib
import sys
from collections.abc import Sequence
from typing import Any

from cyclopts import App, CycloptsError, Parameter, UnusedCliTokensError

from engine.errors import EngineError, SettingsError, UsageError
from numrec_tui import __version__
from numrec_tui.cli.data import DataFlag
from numrec_tui.cli.flags import PresetFlag

DONE, FAILED, WRONG_USAGE, TARGET_MISSED, INTERRUPTED = 0, 1, 2, 3, 130
"""Exit codes. A run ended by SIGTERM or SIGHUP gives 143 or 129."""

HELP = """A terminal lab for training a neural network on handwritten digits.

Without a command the app opens: space starts and pauses,
the arrow keys turn a setting, ? explains everything else.
"""

EXAMPLES = """Examples:
  numrec-tui
  numrec-tui train --save model.safetensors
  numrec-tui train --data mnist/ --preset seed
  numrec-tui train --data drawn:60000 --hidden 512,256
  numrec-tui train --until 0.96 --json | tail -n 1
  numrec-tui train --data mnist/ --preset seed --processes auto
  numrec-tui evaluate model.safetensors --data mnist/
  numrec-tui bench

Exit codes: 0 done; 1 failed, a bad file too; 2 wrong usage;
3 the run ended without reaching --until;
130, 143, 129 ended by SIGINT, SIGTERM, SIGHUP, after saving.
"""

BENCH_HELP = """Time this computer against its own floor.

Epochs of 784-256-10, batch 512, by one process and by one on each core. The floor is the time of
the bare matrix products, with as many threads as processes. It takes a few seconds; close other
programs, and compare ratios, not times, between computers.
"""

app = App(
    name="numrec-tui",
    help=HELP,
    help_epilogue=EXAMPLES,
    help_format="plaintext",
    version=__version__,
    default_parameter=Parameter(show_default=False, negative=()),
)
app.command("numrec_tui.cli.train:train", name="train", help="Train without a screen.")
app.command(
    "numrec_tui.cli.evaluate:evaluate", name="evaluate", help="Score a model on test digits."
)
app.command("numrec_tui.cli.bench:bench", name="bench", help=BENCH_HELP)


@app.default
def open_app(
    *,
    data: DataFlag = "bundled",
    preset: PresetFlag = None,
) -> int:
    """Open the app."""
    from numrec_tui.cli.open import open_app as open_it

    return open_it(data, preset)


def run(words: Sequence[str]) -> int:
    """Carry out a command line; returns the exit code."""
    try:
        result: Any = app(
            words, result_action="return_value", exit_on_error=False, print_error=False
        )
    except CycloptsError as error:
        return _complain(_sentence(error), WRONG_USAGE)
    except (SettingsError, UsageError) as error:
        return _complain(str(error), WRONG_USAGE)
    except EngineError as error:
        return _complain(str(error), FAILED)
    except KeyboardInterrupt:
        return INTERRUPTED
    return result if isinstance(result, int) else DONE


def _complain(sentence: str, code: int) -> int:
    if sys.stderr is not None:
        sys.stderr.write(f"numrec-tui: {sentence}\n")
    return code


def _sentence(error: CycloptsError) -> str:
    if isinstance(error, UnusedCliTokensError) and error.unused_tokens:
        word = error.unused_tokens[0]
        known = [name for name in app if not name.startswith("-")]
        close = difflib.get_close_matches(word, known, n=1)
        hint = f" Did you mean {close[0]}?" if close else f" The commands are {', '.join(known)}."
        return f"There is no use for {word!r} here.{hint}"
    return " ".join(str(error).split())
