"""What goes to stdout: whatever the terminal cannot show is replaced, never a reason to fail."""

import io
import sys


def say(text: str) -> None:
    """Write text for a person, such as the names of classes in any script."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    sys.stdout.write(text)
