"""What goes to stdout and stderr: lines, JSON, and what Rich draws."""

import sys
from typing import TYPE_CHECKING, Any

from numrec_tui.text.escaping import printable
from numrec_tui.text.strict_json import strict_json

if TYPE_CHECKING:
    from numrec_tui.text.console import PrintableConsole


def say(*lines: str) -> None:
    """Write lines to stdout; whatever names and paths hold, each is one line."""
    sys.stdout.write("".join(f"{printable(line)}\n" for line in lines))


def say_json(value: object) -> None:
    """Write a line of JSON to stdout, all of it in ASCII; null for a number that is not finite."""
    sys.stdout.write(strict_json(value) + "\n")


def console(*, stderr: bool = True, quiet: bool = False) -> "PrintableConsole":
    """Where Rich draws: with colors and bars of its own, but nobody else's; without markup."""
    from numrec_tui.text.console import PrintableConsole

    return PrintableConsole(sys.stderr if stderr else sys.stdout, quiet=quiet)


class LateConsole:
    """The console of the help pages, made when one is shown: to import Rich takes a while."""

    def __getattr__(self, name: str) -> Any:
        return getattr(console(stderr=False), name)
