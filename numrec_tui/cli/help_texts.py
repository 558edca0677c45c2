"""What `--help` says of each command: what it is for, and lines to try."""

EXIT_CODES = """Exit codes: 0 done; 1 failed, a bad file too; 2 wrong usage;
3 the run ended without reaching --until;
130, 143, 129 ended by SIGINT, SIGTERM, SIGHUP, after saving;
141 the reader of the output has closed it.
"""

PROGRAM = """A terminal lab for training a neural network on handwritten digits.

Without a command the app opens: space starts and pauses,
the arrow keys turn a setting, ? explains everything else.
"""

TRAIN = """Train without a screen.

Progress goes to stderr, the result to stdout. Ctrl-C stops after the batch under way and saves;
--resume last goes on with the same bits, a second Ctrl-C leaves at once.
"""

BENCH = """Time this computer against its own floor.

Epochs of 784-256-10, batch 512, by one process and by one on each core. The floor is the time of
the bare matrix products, with as many threads as processes. It takes a few seconds; close other
programs, and compare ratios, not times, between computers.
"""

LEARN = """Open the app where the network is explained, number by number.

A network of 3-2-3 units is followed through one step of training: sums,
activation, output, loss, errors, the gradient of one weight, its update. Each
number is asked for before it is shown; every weight, input, rate and
activation can be changed. Key 6 opens the same in the app.

Ten experiments show on real runs what a learning rate does, momentum, the
batch size, overfitting, dead units and more (x in that mode): each says what
to do, asks what will happen, and checks what the run did. Meanwhile your own
run waits, and comes back as it was. Lessons of your own are TOML files, in
the folder lessons of the home or named here.
"""

COMPLETION = """Print the lines that teach a shell to complete this program's words."""


def examples(*lines: str) -> str:
    """The end of a help page: command lines, and what the exit codes mean."""
    listed = "\n".join(f"  numrec-tui {line}".rstrip() for line in lines)
    return f"Examples:\n{listed}\n\n{EXIT_CODES}"
