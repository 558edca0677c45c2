"""What comes from a terminal: keys are keys however they are cut up, all else does nothing."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events
from textual.message import Message

from numrec_tui.terminal.input import ALONE, ALONE_ON_A_SLOW_LINE, LONGEST_PASTE, TerminalInput


class Line:
    """A terminal's line into a reader, with a clock of its own."""

    def __init__(self) -> None:
        self.reader = TerminalInput()
        self.now = 100.0

    def send(self, *chunks: bytes, pause: float = 0.0) -> list[str]:
        """What is read: keys by name, pastes as text, other events by class; a silence follows."""
        read: list[Message] = []
        for chunk in chunks:
            read += self.reader.feed(chunk, self.now)
            read += self.wait(pause)
        return [name(message) for message in [*read, *self.wait(5.0)]]

    def wait(self, seconds: float) -> list[Message]:
        read: list[Message] = []
        end = self.now + seconds
        while self.now < end:
            self.now = min(self.now + 0.1, end)
            read += self.reader.tick(self.now)
        return read


def name(message: Message) -> str:
    match message:
        case events.Key():
            return message.key
        case events.Paste():
            return f"paste {message.text}"
    return type(message).__name__


REPLIES = {
    "color": b"\x1b]11;rgb:ffff/qqqq/0000\x07",
    "color, properly ended": b"\x1b]10;rgb:ffff/qqqq/0000\x1b\\",
    "title": b"\x1b]lqqq \xc3\x9c\x1b\\",
    "clipboard": b"\x1b]52;c;cXFx\x07",
    "version": b"\x1bP>|xterm(370)q\x1b\\",
    "setting": b"\x1bP1$r0;qm\x1b\\",
    "graphics": b"\x1b_Gi=1;OK q\x1b\\",
    "private message": b"\x1b^q q\x1b\\",
    "start of string": b"\x1bXq q\x1b\\",
    "primary attributes": b"\x1b[?62;1;6;22c",
    "secondary attributes": b"\x1b[>41;370;0c",
    "cursor": b"\x1b[24;80R",
    "cursor in the first line": b"\x1b[1;2R",
    "status": b"\x1b[0n",
    "color scheme": b"\x1b[?997;1n",
    "mode": b"\x1b[?2004;1$y",
    "kitty's flags": b"\x1b[?31u",
    "kitty's key that is released": b"\x1b[113;1:3u",
    "kitty's key that there is not": b"\x1b[65;1A",
    "a letter beyond all": b"\x1b[1114112u",
    "half a letter": b"\x1b[55357u",
    "size": b"\x1b[8;24;80t",
    "size, unasked": b"\x1b[48;0;0;0;0t",
    "8 bits": b"\x9b24;80R\x9d0;q\x9c",
    "8 bits in UTF-8": b"\xc2\x9b24;80R",
    "byte mouse far to the right": b"\x1b[M \xc3\xa9",
    "urxvt's mouse": b"\x1b[32;200;10M",
    "no UTF-8": b"\xff\xfe\xc3\xe2\x82",
    "endless numbers": b"\x1b[" + b"9;" * 5000 + b"u",
    "alt and a bracket": b"\x1b]",
}


@pytest.mark.parametrize("reply", REPLIES)
def test_what_is_no_key_press_does_nothing_and_the_next_key_counts(reply):
    read = Line().send(REPLIES[reply], b"", pause=0.2)
    assert [each for each in read if each != "Identified"] == []
    line = Line()
    line.send(REPLIES[reply])
    assert line.send(b"q") == ["q"]


@pytest.mark.parametrize("reply", REPLIES)
def test_a_reply_that_comes_byte_by_byte_does_nothing(reply):
    data = REPLIES[reply]
    if reply in ("8 bits", "endless numbers", "alt and a bracket"):
        return
    read = Line().send(*(data[i : i + 1] for i in range(len(data))), pause=0.2)
    assert [each for each in read if each != "Identified"] == []


KEYS = {
    b"\x1b[A": "up",
    b"\x1bOB": "down",
    b"\x1b[1;5C": "ctrl+right",
    b"\x1b[3~": "delete",
    b"\x1b[15~": "f5",
    b"\x1b[[A": "f1",
    b"\x1b[27u": "escape",
    b"\x1b[113u": "q",
    b"\x1b[97;5u": "ctrl+a",
    "é".encode(): "é",
    "😀".encode(): "grinning_face",
    b"\x1b[<0;10;10M": "MouseDown",
    b"\x1b[I": "AppFocus",
    b"\x1b[O": "AppBlur",
}


@pytest.mark.parametrize("pause", [0.0, 0.05, 0.2, 0.4])
@pytest.mark.parametrize("key", KEYS)
def test_a_key_is_one_key_wherever_a_slow_line_cuts_it(key, pause):
    for cut in range(len(key)):
        assert Line().send(key[:cut], key[cut:], pause=pause) == [KEYS[key]]
    assert Line().send(*(key[i : i + 1] for i in range(len(key))), pause=pause) == [KEYS[key]]


def test_after_a_long_silence_the_rest_of_a_key_is_at_least_no_other_key():
    assert Line().send(b"\x1b", b"[A", pause=1.5) == ["escape"]
    assert Line().send(b"\x1b", b"]11;rgb:q\x07", pause=1.5) == ["escape"]


def test_escape_is_a_key_when_nothing_follows_sooner_on_a_quick_line():
    line = Line()
    list(line.reader.feed(b"\x1b", line.now))
    assert line.wait(ALONE_ON_A_SLOW_LINE - 0.15) == []
    assert [name(each) for each in line.wait(0.3)] == ["escape"]
    line.reader.slow = False
    list(line.reader.feed(b"\x1b", line.now))
    assert [name(each) for each in line.wait(2 * ALONE)] == ["escape"]


def test_a_key_after_escape_is_one_of_its_own_and_with_it_at_once_is_alt():
    assert Line().send(b"\x1b", b"q", pause=0.2) == ["escape", "q"]
    assert Line().send(b"\x1b", b"]", b"q", pause=0.2) == ["escape", "right_square_bracket", "q"]
    assert Line().send(b"\x1b\x1b") == ["escape", "escape"]
    assert Line().send(b"\x1bq") == ["alt+q"]
    assert Line().send(b"\x1b[A\x1b") == ["up", "escape"]


def test_a_paste_is_text_whatever_it_holds():
    assert Line().send(b"\x1b[200~0.1\r\n\x1b[Aq\x00\x1b[201~q") == ["paste 0.1\n[Aq", "q"]
    assert Line().send(b"\x1b[200~never", b" ended") == ["paste never ended"]
    assert Line().send(b"\x1b[200~" + b"a" * (LONGEST_PASTE + 99) + b"\x1b[201~q") == [
        "paste " + "a" * LONGEST_PASTE,
        "q",
    ]


def test_a_string_that_does_not_end_is_over_with_the_next_sequence_or_a_silence():
    assert Line().send(b"\x1b]11;rgb\x1b[A") == ["up"]
    line = Line()
    assert line.send(b"\x1b]11;rgb") == []
    assert line.send(b"q") == ["q"]


@given(
    st.lists(st.tuples(st.binary(max_size=40), st.sampled_from([0.0, 0.2, 0.7, 2.0])), max_size=6)
)
def test_no_bytes_raise(chunks):
    line = Line()
    for chunk, pause in chunks:
        line.send(chunk, pause=pause)
    assert line.send(b"q") == ["q"]


def test_thousands_of_broken_sequences_leave_a_reader_that_reads():
    pieces = [bytes([byte]) for byte in b"[]PO_\\\x07;1<?$MuRtyA~\xc3\xa9\x9b\xff\x18"] + [
        b"\x1b"
    ] * 6
    draw, line = random.Random(7), Line()  # noqa: S311
    for _ in range(5000):
        data = b"".join(draw.choices(pieces, k=draw.randrange(1, 30)))
        for message in line.reader.feed(data, line.now):
            if isinstance(message, events.Key):
                message.key.encode()
                (message.character or "").encode()
        line.now += draw.choice((0.0, 0.05, 0.3, 1.2))
        list(line.reader.tick(line.now))
    line.send()
    assert line.send(b"q") == ["q"]
