"""Every command by name, and what a mistyped one looks like."""

import difflib
import sys
from collections.abc import Sequence
from functools import partial
from typing import Any, Literal, cast

from cyclopts import App, CycloptsError, Parameter, UnusedCliTokensError

from engine.errors import UsageError
from numrec_tui import __version__
from numrec_tui.cli.exits import DONE, run_and_report
from numrec_tui.cli.flags import (
    InvertFlag,
    LossFlag,
    MaybeDataFlag,
    ModelFlag,
    PresetFlag,
    ResumeFlag,
    ScaleFlag,
    WarmStartFlag,
)
from numrec_tui.cli.help_texts import BENCH, COMPLETION, LEARN, PROGRAM, TRAIN, examples
from numrec_tui.cli.open_in_time import open_in_time
from numrec_tui.cli.output import LateConsole

app = App(
    name="numrec-tui",
    help=PROGRAM,
    help_epilogue=examples(
        "",
        "--data mnist --preset seed",
        "--resume last",
        "train --save model.safetensors",
        "evaluate model.safetensors --data mnist",
        "predict model.safetensors photo.jpg",
        "data get mnist",
        "bench",
    ),
    help_format="plaintext",
    version=__version__,
    default_parameter=Parameter(show_default=False, negative=()),
)
app.command(
    "numrec_tui.cli.train:train",
    name="train",
    help=TRAIN,
    help_epilogue=examples(
        "train --data drawn:60000 --hidden 512,256",
        "train --data mnist --preset seed --processes auto",
        "train --until 0.96 --json | tail -n 1",
        "train --config mine.toml --csv scores.csv",
        "train --resume last --epochs 60",
        "train --model model.safetensors --learning-rate 0.01",
    ),
)
app.command(
    "numrec_tui.cli.evaluate:evaluate",
    name="evaluate",
    help="Score a model on the test digits of a set: overall, and digit by digit.",
    help_epilogue=examples(
        "evaluate model.safetensors --data mnist",
        "evaluate seed.txt --loss quadratic",
        "evaluate model.onnx --json | jq .accuracy",
    ),
)
app.command(
    "numrec_tui.cli.predict:predict",
    name="predict",
    help="Read the digits in pictures with a model: every digit found, left to right.",
    help_epilogue=examples(
        "predict model.safetensors photo.jpg",
        "predict model.safetensors one.png two.png --json | jq .digit",
        "predict model.safetensors --interactive",
        "predict seed.txt digit.bmp --raw --loss quadratic",
        "predict model.safetensors < list-of-paths.txt",
    ),
)
app.command(
    "numrec_tui.cli.data:data",
    name="data",
    help="List, download, show and pack data sets; print sheets to draw on.",
)
app.command(
    "numrec_tui.cli.runs:runs", name="runs", help="List, show and export the runs that were made."
)
app.command(
    "numrec_tui.cli.convert:convert",
    name="convert",
    help="Turn a model file into another format, such as .onnx for other programs.",
    help_epilogue=examples(
        "convert model.safetensors model.onnx",
        "convert seed.txt model.safetensors --loss quadratic",
    ),
)
app.command(
    "numrec_tui.cli.bench:bench",
    name="bench",
    help=BENCH,
    help_epilogue=examples("bench", "bench --data mnist"),
)


@app.command(
    help=COMPLETION,
    help_epilogue=examples(
        "completion bash > ~/.local/share/bash-completion/completions/numrec-tui",
        'completion zsh > "${fpath[1]}/_numrec-tui"',
        "completion fish > ~/.config/fish/completions/numrec-tui.fish",
    ),
)
def completion(shell: Literal["bash", "zsh", "fish"], /) -> int:
    """Print the lines that teach a shell to complete this program's words."""
    sys.stdout.write(app.generate_completion(shell=shell))
    return DONE


app.command("numrec_tui.cli.learn:learn", name="learn", help=LEARN)


@app.default
def open_app(
    *,
    data: MaybeDataFlag = None,
    invert: InvertFlag = False,
    scale: ScaleFlag = False,
    preset: PresetFlag = None,
    model: ModelFlag = None,
    warm_start: WarmStartFlag = None,
    loss: LossFlag = None,
    resume: ResumeFlag = None,
) -> int:
    """Open the app."""
    return open_in_time(data, preset, model, warm_start, loss, resume, invert, scale)


def run(words: Sequence[str]) -> int:
    """Carry out a command line; returns the exit code."""
    return run_and_report(partial(_carry_out, words))


def _carry_out(words: Sequence[str]) -> int:
    try:
        result: Any = app(
            words,
            console=cast(Any, LateConsole()),
            result_action="return_value",
            exit_on_error=False,
            print_error=False,
        )
    except CycloptsError as error:
        raise UsageError(_sentence(error)) from error
    return result if isinstance(result, int) else DONE


def _sentence(error: CycloptsError) -> str:
    if isinstance(error, UnusedCliTokensError) and error.unused_tokens:
        word = error.unused_tokens[0]
        if error.command_chain:
            command = " ".join(["numrec-tui", *error.command_chain])
            return f"There is no use for {word!r} here; {command} --help says what it takes."
        known = [name for name in app if not name.startswith("-")]
        close = difflib.get_close_matches(word, known, n=1)
        hint = f" Did you mean {close[0]}?" if close else f" The commands are {', '.join(known)}."
        return f"There is no use for {word!r} here.{hint}"
    return " ".join(str(error).split())
