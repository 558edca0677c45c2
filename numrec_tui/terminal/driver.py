"""The terminal as Textual sees it: what it sends is read whole, and taking it away does no harm.

Textual 8.2's own driver ends with the first byte that is no UTF-8, obeys replies of the terminal
as keys, starts a second reader when a stopped process goes on, and believes COLUMNS and LINES.
"""

import os
import select
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from threading import Thread
from time import monotonic
from typing import TextIO, cast

from textual import events
from textual.constants import DISABLE_KITTY_KEY
from textual.drivers._writer_thread import WriterThread
from textual.drivers.linux_driver import LinuxDriver
from textual.geometry import Size

from numrec_tui.terminal.input import TerminalInput
from numrec_tui.terminal.restore import ENTER, KITTY_KEYS, RESTORE, TERMINAL, raw, set_line
from numrec_tui.terminal.sequences import Identified

TICK = 0.1
"""Seconds between two looks at whether a silence means something."""

QUICK = 0.15
"""Seconds in which a terminal answers that is not at the end of a slow line."""

WHO_ARE_YOU = "\x1b[c"
"""A question that every terminal answers (primary device attributes)."""


class TerminalDriver(LinuxDriver):
    """Textual's driver for Linux and macOS, for whatever comes."""

    _asked = 0.0
    """When the terminal was asked who it is."""

    def start_application_mode(self) -> None:
        """Take over the terminal: line, screen, mouse, keys."""
        TERMINAL.enter()
        file = cast(TextIO, self._file)  # who has no terminal never comes here
        os.set_blocking(file.fileno(), True)  # another program may have changed that
        self._writer_thread = Writer(file)
        self._writer_thread.start()
        signal.signal(signal.SIGWINCH, lambda *_: self._soon(self._send_size))
        self._take_over()
        self._key_thread = Thread(target=self._run_input_thread, name="textual-input", daemon=True)
        self._key_thread.start()
        self._request_terminal_sync_mode_support()
        self._asked = monotonic()
        self.write(WHO_ARE_YOU)
        if self._must_signal_resume:
            self._must_signal_resume = False
            self.send_message(self.SignalResume())

    def _take_over(self) -> None:
        """Switch on all that is needed, also where somebody has switched it off."""
        set_line(raw(TERMINAL.before))
        self.write(ENTER)
        if not DISABLE_KITTY_KEY:
            self.write(f"\x1b[>{KITTY_KEYS}u")
        self._send_size()

    def stop_application_mode(self) -> None:
        """Leave the terminal as it was."""
        self.disable_input()
        set_line(TERMINAL.before)
        self.write(RESTORE)

    def close(self) -> None:
        """Wait until all is written."""
        super().close()
        TERMINAL.left()

    def _soon(self, call: Callable[[], None]) -> bool:
        """Call something in the loop, from a signal handler; tells whether there is a loop."""
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(call)
            return True
        return False

    def _sigtstp_application(self, *_: object) -> None:
        if not self._soon(self._stop):
            os.kill(os.getpid(), signal.SIGSTOP)

    def _stop(self) -> None:
        """Hand the terminal back and stop, until somebody lets the process go on."""
        if self._auto_restart and TERMINAL.entered:
            self.suspend_application_mode()
            self._must_signal_resume = True
        os.kill(os.getpid(), signal.SIGSTOP)

    def _sigcont_application(self, *_: object) -> None:
        self._soon(self._go_on)

    def _go_on(self) -> None:
        """Take over the terminal again, whatever has used it meanwhile.

        SIGSTOP cannot be caught: then the app still believes to have the terminal, while the shell
        has put its own settings in force.
        """
        if self._must_signal_resume:
            self.resume_application_mode()
        elif self._auto_restart and TERMINAL.entered:
            if not DISABLE_KITTY_KEY:
                self.write("\x1b[<u")  # or they would be switched on twice
            self._take_over()
        self._app.refresh(layout=True)

    def _get_terminal_size(self) -> tuple[int, int]:
        """Columns and rows of the real terminal, whatever the environment says."""
        for stream in (sys.__stderr__, sys.__stdin__):
            with suppress(OSError, ValueError):
                if stream is not None:
                    columns, rows = os.get_terminal_size(stream.fileno())
                    return columns or 80, rows or 24
        return 80, 24

    def _send_size(self) -> None:
        size = Size(*self._get_terminal_size())
        self.send_message(events.Resize(size, size))

    def _run_input_thread(self) -> None:
        try:
            self.run_input_thread()
        except Exception as error:  # noqa: BLE001 - or nobody would hear of it
            self._soon(partial(self._fail, error))

    def _fail(self, error: Exception) -> None:
        """End the app as with any other fault."""
        try:
            raise error
        except type(error):
            self._app._handle_exception(error)

    def run_input_thread(self) -> None:
        """Read until the app ends."""
        reader = TerminalInput()
        while not self.exit_event.is_set():
            data = self._read()
            try:
                found = reader.feed(data, monotonic()) if data else reader.tick(monotonic())
                messages = list(found)
            except Exception:  # noqa: BLE001 - no byte may end the app
                reader = TerminalInput()
                continue
            for message in messages:
                if isinstance(message, Identified):
                    reader.slow = monotonic() - self._asked > QUICK
                else:
                    self.process_message(message)

    def _read(self) -> bytes:
        """What has come; nothing after a while, or when there is nobody any more."""
        try:
            if select.select([self.fileno], [], [], TICK)[0]:
                data = os.read(self.fileno, 4096)
                if data:
                    return data
                self.exit_event.wait(TICK)
        except (OSError, ValueError):  # the terminal is gone, or another process group has it
            self.exit_event.wait(TICK)
        return b""


class Writer(WriterThread):
    """Textual's writer; a terminal that is gone does not make the app wait for ever."""

    def write(self, text: str) -> None:
        """Have text written; when nobody writes any more it is left out."""
        if self.is_alive():
            super().write(text)

    def run(self) -> None:
        """Write until the end, or until nobody takes it."""
        with suppress(OSError, ValueError):
            super().run()
            return
        while self._queue.get() is not None:
            pass
