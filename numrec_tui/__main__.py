"""`numrec-tui`: the way in; turns every mistake into one sentence and an exit code."""

import sys

from numrec_tui.cli.commands import run


def main() -> None:
    """Run the command line and leave with its exit code."""
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
