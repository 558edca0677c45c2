"""From a terminal's bytes to keys, mouse and paste: whatever comes, and however it is cut up."""

import re
from codecs import getincrementaldecoder
from collections.abc import Iterator

from textual import events
from textual.constants import ESCAPE_DELAY
from textual.message import Message

from numrec_tui.terminal.sequences import (
    END_OF_PASTE,
    LONGEST,
    PASTE,
    STRINGS,
    Meanings,
    is_begun,
    is_complete,
    is_tail,
)

ALONE = ESCAPE_DELAY
"""Seconds after which what follows ESC was pressed after it, not with it: 0.1, or `ESCDELAY`."""

ALONE_ON_A_SLOW_LINE = 0.5
"""Seconds after which ESC is the escape key, on a line that may tear a sequence apart."""

SILENCE = 1.0
"""Seconds of silence that end what has begun: a sequence, a string, a paste."""

LATE = 3.0
"""Seconds after an escape key in which the rest of a torn sequence may still come."""

LONGEST_PASTE = 1 << 20
"""Bytes of a paste that are kept."""

ESC, BEL, CAN, SUB = b"\x1b\x07\x18\x1a"
_LONE = (b"\x1b", b"\x1b\x1b")
KEYS_AS_WELL = b"]P"
"""Of what begins a string behind ESC: the keys that a person may press behind the escape key."""

_BEGINS_A_STRING = b"0123456789>!+?lLG"
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class TerminalInput:
    """A reader that keeps its place between two reads, and knows how long a silence was.

    Whoever finds nothing to read calls `tick`. What is no key, no mouse, no paste and no focus
    gives nothing. now: seconds, of one clock.
    """

    def __init__(self) -> None:
        self.slow = True
        """Whether the line may tear sequences apart; a quick answer of the terminal says no."""
        self._meanings = Meanings()
        self._text = getincrementaldecoder("utf-8")("ignore")
        self._held = b""
        """A sequence that is not complete: its first `LONGEST` bytes, and the last one."""
        self._apart = False
        """Whether the second byte of what is held came long after its ESC."""
        self._unwanted = False
        """Whether what is held is the rest of a torn sequence: it gives nothing."""
        self._closing = False
        """Whether what is held is the ESC that ends a string, before its backslash."""
        self._alt = False
        """Whether the next character was pressed with alt."""
        self._string: int | None = None
        """The last byte of a string that is being swallowed."""
        self._paste: bytearray | None = None
        self._last = 0.0
        self._escaped = -LATE
        """When ESC was last taken for the escape key because nothing followed."""

    def feed(self, data: bytes, now: float) -> Iterator[Message]:
        """What these bytes mean, with those before them."""
        if not self._held and now - self._escaped < LATE and is_tail(data):
            self._hold(b"\x1b", unwanted=True)
        elif self._held in _LONE:
            apart = now - self._last >= ALONE
            self._apart = apart and not (self._unwanted or self._closing)
        self._last = now
        for byte in data:
            yield from self._take(byte)

    def tick(self, now: float) -> Iterator[Message]:
        """What a silence until now means."""
        if now - self._last < self._patience():
            return
        held, self._held, self._string = self._held, b"", None
        if self._paste is not None:
            yield from self._pasted(self._paste)
        elif self._unwanted or self._closing:
            return
        elif held in _LONE:
            self._escaped = now
            yield from map(_escape, held)
        elif self._apart and len(held) == 2:
            yield _escape()
            yield from self._character(held[1])

    def _patience(self) -> float:
        if self._held not in _LONE:
            return SILENCE
        return ALONE_ON_A_SLOW_LINE if self.slow else ALONE

    def _take(self, byte: int) -> Iterator[Message]:
        if self._paste is not None:
            yield from self._take_pasted(self._paste, byte)
        elif self._string is not None:
            self._take_of_string(byte)
        elif self._held:
            yield from self._take_held(byte)
        elif byte == ESC:
            self._text.reset()
            self._hold(b"\x1b")
        else:
            yield from self._character(byte)

    def _hold(self, held: bytes, unwanted: bool = False, closing: bool = False) -> None:
        self._held, self._apart = held, False
        self._unwanted, self._closing = unwanted, closing

    def _take_pasted(self, paste: bytearray, byte: int) -> Iterator[Message]:
        paste.append(byte)
        if paste.endswith(END_OF_PASTE):
            yield from self._pasted(paste)
        elif len(paste) > LONGEST_PASTE + len(END_OF_PASTE):
            del paste[LONGEST_PASTE]

    def _pasted(self, paste: bytearray) -> Iterator[Message]:
        """The text of a paste, without what would steer a terminal."""
        text = paste.removesuffix(END_OF_PASTE)[:LONGEST_PASTE].decode("utf-8", "ignore")
        self._paste = None
        yield events.Paste(_CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n")))

    def _take_of_string(self, byte: int) -> None:
        """Swallow one; the 8-bit end may be a part of a letter as well."""
        before, self._string = self._string, byte
        if byte in (BEL, CAN, SUB) or (byte == 0x9C and before in (*range(0x80), 0xC2)):
            self._string = None
        elif byte == ESC:  # a backslash follows, or else the string was cut off
            self._string = None
            self._hold(b"\x1b", closing=True)

    def _take_held(self, byte: int) -> Iterator[Message]:
        """Go on with a sequence."""
        before, self._held = self._held, self._held[:LONGEST] + bytes([byte])
        if is_complete(self._held):
            yield from self._complete()
        elif is_begun(self._held):
            return
        elif byte == ESC:
            yield from self._begin_again(before)
        elif before in _LONE:
            yield from self._second(byte)
        else:
            yield from self._broken(before, byte)

    def _complete(self) -> Iterator[Message]:
        held, self._held = self._held, b""
        if self._unwanted or len(held) > LONGEST or held.startswith(b"\x1b\x1b"):
            return
        if held == PASTE:
            self._paste = bytearray()
        else:
            yield from self._meanings.of_sequence(held)

    def _begin_again(self, before: bytes) -> Iterator[Message]:
        """ESC where a sequence was to go on: that was none. Two of them may be a key with alt."""
        wanted, apart = not (self._unwanted or self._closing), self._apart
        self._hold(b"\x1b")
        if before not in _LONE or not wanted:
            return
        if before == b"\x1b" and not apart:
            self._held = b"\x1b\x1b"
        else:
            yield from map(_escape, before)

    def _second(self, byte: int) -> Iterator[Message]:
        """After ESC comes what begins no sequence: a string, or a key with alt or after escape."""
        if byte in KEYS_AS_WELL and self._apart:
            return  # what comes next decides
        self._held = b""
        if byte in STRINGS:
            self._string = byte
        elif self._apart:
            yield _escape()
            yield from self._take(byte)
        elif byte not in (CAN, SUB) and not (self._unwanted or self._closing):
            self._alt = True
            yield from self._character(byte)

    def _broken(self, before: bytes, byte: int) -> Iterator[Message]:
        """A sequence goes on as none does: it was none, and the byte is passed on by itself."""
        self._held = b""
        if before[1] in KEYS_AS_WELL and byte in _BEGINS_A_STRING:
            self._string = byte
            return
        if self._apart and len(before) == 2:
            yield _escape()
            yield from self._character(before[1])
        if byte not in (CAN, SUB):
            yield from self._take(byte)

    def _character(self, byte: int) -> Iterator[Message]:
        """A byte of text; what is no UTF-8 is left out, a control of 8 bits begins a sequence."""
        is_first = not self._text.getstate()[0]
        is_control = is_first and 0x80 <= byte <= 0x9F
        text = chr(byte) if is_control else self._text.decode(bytes([byte]))
        for character in text:
            alt, self._alt = self._alt, False
            if "\x80" <= character <= "\x9f":
                yield from self._take_8_bit(ord(character) - 0x40)
            else:
                yield from self._meanings.of_character(character, alt)

    def _take_8_bit(self, second: int) -> Iterator[Message]:
        """A control of the upper half, which is short for ESC and a letter."""
        if second in b"[O" or second in STRINGS:
            self._hold(b"\x1b")
            yield from self._take_held(second)


def _escape(_byte: int = ESC) -> events.Key:
    return events.Key("escape", "\x1b")
