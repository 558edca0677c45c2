"""Every command line in the documents is one that the program takes."""

import re
import shlex

import pytest
from cyclopts import MissingArgumentError

from numrec_tui.cli.commands import app, run
from tests.docs.documents import NAMES, blocks, spans

CHEAP = ("data", "runs")
"""Commands that have a `list`, which costs nothing."""


def lines() -> list[tuple[str, str]]:
    """Each page with the command lines in it, without comments and what follows a pipe."""
    found = []
    for name in NAMES:
        for block in blocks(name, "sh"):
            found += [(name, line) for line in block.code.splitlines()]
        found += [(name, span) for span in spans(name) if "[" not in span]
    words = [(name, re.split(r"\s+#|\s[|<>]", line)[0]) for name, line in found]
    commands = ((name, re.sub(r"^(\w+=\S+ )+", "", line.strip())) for name, line in words)
    return sorted({each for each in commands if re.match(r"numrec-tui\b", each[1])})


def test_there_are_some() -> None:
    assert len(lines()) > 20
    assert {name for name, _ in lines()} >= {"README.md", "docs/command-line.md", "docs/data.md"}


@pytest.mark.parametrize(("name", "line"), lines(), ids=lambda each: each)
def test_the_program_takes_it(name: str, line: str) -> None:
    del name
    words = [word.replace("…", "") for word in shlex.split(line)[1:]]
    try:
        app.parse_args(words, exit_on_error=False, print_error=False)
    except MissingArgumentError:
        assert words in ([each] for each in app)  # the command is only named


def test_what_it_does_not_take_would_be_noticed() -> None:
    with pytest.raises(Exception, match="no-such-flag"):
        app.parse_args(["train", "--no-such-flag"], exit_on_error=False, print_error=False)
    with pytest.raises(Exception, match="nonsense"):
        app.parse_args(["nonsense"], exit_on_error=False, print_error=False)


def test_every_command_is_in_the_documents() -> None:
    named = {shlex.split(line)[1] for _, line in lines() if " " in line}
    assert {name for name in app if not name.startswith("-")} <= named


@pytest.mark.parametrize(
    "words", [*([name, "list"] for name in CHEAP), ["--version"]], ids=" ".join
)
def test_the_cheap_ones_run(words: list[str]) -> None:
    assert run(words) == 0


def test_every_flag_in_the_prose_is_one_of_some_command(
    capfd: pytest.CaptureFixture[str],
) -> None:
    for name in app:
        if not name.startswith("-"):
            assert run([name, "--help"]) == 0
    for words in (["--help"], ["data", "show", "--help"], ["data", "pack", "--help"],
                  ["data", "sheet", "--help"],
                  ["runs", "list", "--help"], ["runs", "export", "--help"]):  # fmt: skip
        assert run(words) == 0
    known = set(re.findall(r"--[a-z][a-z-]*", capfd.readouterr().out))
    flags = {
        flag
        for name in NAMES
        for span in spans(name)
        if re.match(r"--|numrec-tui", span)
        for flag in re.findall(r"(?<!\S)--[a-z][a-z-]*", span)
    }
    assert len(flags) > 10
    assert sorted(flags - known) == []
