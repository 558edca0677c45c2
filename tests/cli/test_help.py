"""The help pages: every command has one, and every line they tell to try is understood."""

import re
import shlex
import shutil
import subprocess

import pytest

from numrec_tui.cli.commands import app

COMMANDS = [name for name in app if not name.startswith("-")]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_examples_and_exit_codes(numrec, command):
    text = numrec(command, "--help").out
    assert "Examples:" in text
    assert "Exit codes: 0 done; 1 failed" in text


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_every_example_is_understood(numrec, command, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")  # else long lines are broken
    text = numrec(*command.split(), "--help").out
    lines = re.findall(r"^  numrec-tui(.*)$", text, re.MULTILINE)
    assert lines
    for line in lines:
        words = shlex.split(re.split(r"[|><]", line)[0])
        app.parse_args(words, exit_on_error=False, print_error=False)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
@pytest.mark.short("bash")
def test_completion_knows_commands_and_settings(numrec, shell):
    script = numrec("completion", shell).out
    for word in ("train", "convert", "learning-rate", "resume"):
        assert word in script


def test_bash_understands_its_completion(numrec):
    script = numrec("completion", "bash").out
    bash = shutil.which("bash") or pytest.skip("there is no bash to ask")
    done = subprocess.run([bash, "-n"], input=script, text=True, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
