"""`numrec-tui`: the way in."""

import gc
import sys


def main() -> None:
    """Run the command line and leave with its exit code."""
    gc.set_threshold(50_000)  # what is imported is no garbage: looking for it takes a moment
    from numrec_tui.cli.exits import run_and_report

    sys.exit(run_and_report(_carry_out))


def _carry_out() -> int:
    words = sys.argv[1:]
    if words:
        from numrec_tui.cli.commands import run

        return run(words)
    from numrec_tui.terminal.signals import end_at_once_on_signals

    end_at_once_on_signals()  # what comes next takes a moment
    from numrec_tui.cli.open import open_app  # the bare command opens the app: no words to parse

    return open_app()


if __name__ == "__main__":
    main()
