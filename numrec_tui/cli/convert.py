"""`numrec-tui convert`: a model file turned into another format."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from engine.errors import SaveError
from engine.models import files
from engine.models.formats import named
from engine.models.model import Model
from numrec_tui.cli.exits import DONE, complain
from numrec_tui.cli.flags import LossFlag
from numrec_tui.cli.output import say
from numrec_tui.storage.model_file import with_program


def convert(
    model: Annotated[Path, Parameter(help=f"a model file: {named()}")],
    out: Annotated[
        Path, Parameter(help=f"the file to write; its ending says the format: {named()}")
    ],
    /,
    *,
    loss: LossFlag = None,
    force: Annotated[bool, Parameter(help="replace the file if it is there already")] = False,
) -> int:
    """Turn a model file into another format, such as .onnx for other programs."""
    files.check(out)
    if not force and (out.exists() or out.is_symlink()):
        raise SaveError(f"{out} is there already; --force replaces it.")
    found = with_program(files.load(model, loss))
    files.save(out, found)
    say(f"{out}: {_described(found)}, {out.stat().st_size:,} bytes")
    if not files.format_of(out).knows_loss:
        complain(left_out(found.network.loss.name))
    return DONE


def _described(model: Model) -> str:
    network = model.network
    sizes = "-".join(map(str, network.sizes))
    return f"{sizes}, {network.activation.name}, {network.loss.name}"


def left_out(loss: str) -> str:
    """What the seed's text does not hold, and what follows for its readers. loss: its name."""
    flag = "" if loss == "cross_entropy" else f"; read it with --loss {loss}"
    return f"The text format holds no loss, settings, data set or accuracy{flag}."
