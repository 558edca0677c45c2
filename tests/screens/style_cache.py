"""Style sheets are read once in all tests of the screen; to read them is a fifth of opening an app.

Textual keeps what it has read in each app for itself. The same text, from the same place and with
the same variables of a theme, means the same rules in every app.
"""

from typing import Any

from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet

_READ: dict[tuple[object, ...], list[RuleSet]] = {}
_read_anew = Stylesheet._parse_rules


def read(sheet: Stylesheet, css: str, *place: Any, **how: Any) -> list[RuleSet]:
    """What Textual's own method returns, from an earlier app if one had the same sheet."""
    key = (css, place, tuple(sorted(how.items())), tuple(sheet._variables.items()))
    if key not in _READ:
        _READ[key] = _read_anew(sheet, css, *place, **how)
    return _READ[key]
