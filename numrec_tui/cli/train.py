"""`numrec-tui train`: a run from start to end without a screen."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from engine.errors import UsageError
from numrec_tui.cli.chosen import settings
from numrec_tui.cli.data import mended, reading_ahead
from numrec_tui.cli.flags import (
    ConfigFlag,
    HyperparameterFlags,
    InvertFlag,
    MaybeDataFlag,
    ModelFlag,
    PresetFlag,
    ResumeFlag,
    ScaleFlag,
)


def train(
    *,
    data: MaybeDataFlag = None,
    invert: InvertFlag = False,
    scale: ScaleFlag = False,
    preset: PresetFlag = None,
    config: ConfigFlag = None,
    model: ModelFlag = None,
    resume: ResumeFlag = None,
    save: Annotated[
        Path | None,
        Parameter(help="where the model goes: .safetensors, .onnx, or .txt [the models folder]"),
    ] = None,
    json: Annotated[bool, Parameter(help="print one JSON object a line instead of text")] = False,
    quiet: Annotated[bool, Parameter(help="say nothing but the result")] = False,
    csv: Annotated[Path | None, Parameter(help="write the scores of the epochs here")] = None,
    tensorboard: Annotated[
        Path | None, Parameter(help="a folder for event files that TensorBoard reads")
    ] = None,
    flags: HyperparameterFlags = None,
) -> int:
    """Train without a screen.

    Ctrl-C stops after the batch under way and saves; a second one leaves at once.
    """
    if resume is not None:
        if preset or config or model:
            raise UsageError(
                "A run that goes on keeps its settings; leave out --preset, --config and --model."
            )
        if data is None and (invert or scale):
            raise UsageError("A run that goes on keeps its data; leave out --invert and --scale.")
        from numrec_tui.cli.job import taken_up

        job = taken_up(resume, data and mended(data, invert, scale), save, flags)
    else:
        settings(preset, config, flags)  # what is wrong is told before anything is read
        source = mended("bundled" if data is None else data, invert, scale)
        digits = reading_ahead(source)
        from numrec_tui.cli.job import begun  # what it imports takes as long as reading

        job = begun(source, digits, preset, config, model, save, flags)
    from numrec_tui.cli.job import carry_out
    from numrec_tui.cli.narration import Telling, narrator

    job.files.file.prepare(job.run.hyperparameters.activation)
    with narrator(Telling(json, quiet, csv, tensorboard, job.fitted), job.run) as tell:
        return carry_out(job, tell)
