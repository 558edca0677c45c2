"""What an escape sequence of a terminal is: complete or not, a key, or a reply to be swallowed.

Textual takes a sequence that it does not know for the keys it is spelled with, and some replies
for keys. Here a sequence is read to its end by its grammar (ECMA-48), and means what it means or
nothing.
"""

import re
from collections.abc import Iterable

from textual import events
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual._keyboard_protocol import FUNCTIONAL_KEYS
from textual._xterm_parser import XTermParser
from textual.keys import Keys
from textual.message import Message
from textual.messages import TerminalSupportsSynchronizedOutput

ESC = 0x1B
STRINGS = b"]P_^X"
"""After ESC: what begins a string (OSC, DCS, APC, PM, SOS) that only a terminal sends."""

PASTE, END_OF_PASTE = b"\x1b[200~", b"\x1b[201~"

LONGEST = 64
"""Bytes of a sequence that can mean something; longer ones are read to their end all the same."""

_COMPLETE = re.compile(
    rb"\x1b{1,2}(?:"
    rb"\[\[."  # the function keys of Linux's console
    rb"|\[M..."  # a mouse that counts in bytes
    rb"|\[[0-9]+\$"  # rxvt's keys with shift
    rb"|\[(?![\[M])[0-?]*[ -/]*[@-~]"
    rb"|O[0-9;]*[ -/:<-~])",
    re.DOTALL,
)
_BEGUN = re.compile(rb"\x1b{1,2}(?:\[(?:\[|M.{0,2}|(?![\[M])[0-?]*[ -/]*)|O[0-9;]*)", re.DOTALL)
_TAIL = re.compile(rb"(?:\[[0-?]*[ -/]*[A-Za-z~]|O[A-Za-z]|[\]P_^X][0-9>!+?].)", re.DOTALL)
_KITTY_KEY = re.compile(
    r"\x1b\[(\d{0,7})(?::\d{0,7}){0,2}(?:;(\d{0,3})(?:;[\d:]{0,40})?)?([u~A-HPQS])"
)
_MOUSE = re.compile(r"\x1b\[<\d{1,4};\d{1,5};\d{1,5}[Mm]")


def is_complete(held: bytes) -> bool:
    """Whether these bytes are a whole sequence; strings never are, they end by themselves."""
    return _COMPLETE.fullmatch(held) is not None


def is_begun(held: bytes) -> bool:
    """Whether these bytes may become a whole sequence."""
    return _BEGUN.fullmatch(held) is not None


def is_tail(data: bytes) -> bool:
    """Whether bytes begin as a sequence does behind its ESC, and as a person's keys do not."""
    return _TAIL.match(data) is not None


class Identified(Message):
    """The terminal answered the question who it is."""


_NO_KEYS: tuple[tuple[re.Pattern[str], type[Message] | None], ...] = (
    (re.compile(r"\x1b\[I"), events.AppFocus),
    (re.compile(r"\x1b\[O"), events.AppBlur),
    (re.compile(r"\x1b\[\?2026;[1-9]\$y"), TerminalSupportsSynchronizedOutput),
    (re.compile(r"\x1b\[\?[\d;]*c"), Identified),
    (re.compile(r"\x1b\[\d+;\d+R"), None),  # the cursor's place; F3 with shift looks the same
)


class Meanings:
    """Textual's table of what keys and mouse are in a terminal, asked for whole sequences only."""

    def __init__(self) -> None:
        self._table = XTermParser()

    def of_sequence(self, held: bytes) -> Iterable[Message]:
        """What a complete sequence means: keys, the mouse, the focus; a reply means nothing."""
        sequence = held.decode("latin-1")
        for form, meaning in _NO_KEYS:
            if form.fullmatch(sequence):
                return [meaning()] if meaning else []
        if _MOUSE.fullmatch(sequence):
            event = self._table.parse_mouse_code(sequence)
            return [event] if event else []
        if sequence in ANSI_SEQUENCES_KEYS or _is_kitty_key(sequence):
            return self._keys(sequence)
        return []

    def of_character(self, character: str, alt: bool = False) -> Iterable[Message]:
        """The key that types a character, with alt or without."""
        if not alt:
            return self._keys(character)
        if f"\x1b{character}" in ANSI_SEQUENCES_KEYS:
            return self._keys(f"\x1b{character}")
        return self._keys(character, alt=True) if character.isalnum() else []

    def _keys(self, sequence: str, alt: bool = False) -> Iterable[Message]:
        try:
            keys = list(self._table._sequence_to_key_events(sequence, alt))
        except (ValueError, OverflowError):  # a number that is no character
            return []
        return [key for key in keys if key.key != Keys.Ignore and _is_text(key)]


def _is_kitty_key(sequence: str) -> bool:
    """Whether it is a key press of the kitty protocol; others of its form are replies."""
    match = _KITTY_KEY.fullmatch(sequence)
    if match is None:
        return False
    number, _modifiers, end = match.groups()
    return end == "u" or f"{number or 1}{end}" in FUNCTIONAL_KEYS


def _is_text(key: events.Key) -> bool:
    """Whether what a key types can be written; a surrogate cannot."""
    return not any("\ud800" <= letter <= "\udfff" for letter in f"{key.key}{key.character or ''}")
