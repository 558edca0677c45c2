"""How much the tests of reliability do, in one table.

NUMREC_RELIABILITY chooses the column: `short` for the usual test command, `ci` for every change,
`long` for a night. `python -m tests.reliability long` runs that form and writes down its figures.
"""

import os

FORMS = ("short", "ci", "long")

FORM = os.environ.get("NUMREC_RELIABILITY", "short")
if FORM not in FORMS:
    raise ValueError(f"NUMREC_RELIABILITY is one of {', '.join(FORMS)}, not {FORM!r}.")

COUNTS = {
    #                         short     ci     long
    "monkey seeds":              (1,     2,      20),
    "monkey events":            (60,   500,  10_000),
    "disk states":             (150, 2_000,  80_000),
    "handlers":                  (1,    16,  10_000),
    "handlers on a terminal":    (1,     2,      10),
    "fault codes":               (1,     4,       5),
    "calls to the next fault":   (3,     1,       1),
    "file size limits":          (2,    10,      30),
    "kills of small runs":       (1,     4,     200),
    "kills of teams":            (0,     3,     200),
    "kills of large runs":       (0,     0,     100),
    "fuzzed inputs":           (200, 5_000, 100_000),
    "fuzzed histories":         (40, 1_000, 100_000),
    "signals":                   (1,    12,     200),
    "endings":                   (1,    12,      54),
    "sequences of keys":         (3,    20,     300),
    "mutants":                   (0,     0,     100),
    "soaks":                     (0,     0,       3),
}  # fmt: skip
"""The most of each; where there are fewer, it is all of them."""


def count(what: str) -> int:
    """How many of something this form of the tests does."""
    return COUNTS[what][FORMS.index(FORM)]
