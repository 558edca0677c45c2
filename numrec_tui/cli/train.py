"""`numrec-tui train`: a run from start to end without a screen."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from engine.errors import UsageError
from numrec_tui.cli.flags import (
    ConfigFlag,
    InvertFlag,
    MaybeDataFlag,
    ModelFlag,
    PresetFlag,
    ResumeFlag,
    ScaleFlag,
    ScoreOnFlag,
    WarmStartFlag,
)
from numrec_tui.cli.hyperparameter_flags import HyperparameterFlags
from numrec_tui.cli.loading import named, reading_ahead
from numrec_tui.cli.settings import settings
from numrec_tui.storage.settings_file import read_data, read_score_on


def train(
    *,
    data: MaybeDataFlag = None,
    score_on: ScoreOnFlag = None,
    invert: InvertFlag = False,
    scale: ScaleFlag = False,
    preset: PresetFlag = None,
    config: ConfigFlag = None,
    model: ModelFlag = None,
    warm_start: WarmStartFlag = None,
    resume: ResumeFlag = None,
    save: Annotated[
        Path | None,
        Parameter(
            help="where the model goes; its ending says the format, as for `convert` "
            "[the models folder]"
        ),
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
        if preset or config or model or warm_start:
            raise UsageError(
                "A run that goes on keeps its settings and its weights; leave out --preset, "
                "--config, --model and --warm-start."
            )
        if data is None and (invert or scale):
            raise UsageError("A run that goes on keeps its data; leave out --invert and --scale.")
        from numrec_tui.cli.job import taken_up

        job = taken_up(resume, named(data, invert, scale) if data else None, save, flags, score_on)
    else:
        settings(preset, config, flags)  # what is wrong is reported before anything is read
        recipe = read_data(config) if config and data is None else None
        score_on = score_on or (read_score_on(config) if config else None)
        source = named(data or recipe or ("bundled",), invert, scale)
        digits = reading_ahead(source)
        from numrec_tui.cli.job import Start, begun  # what it imports takes as long as reading

        begins_with = Start(model, warm_start)
        job = begun(source, digits, preset, config, begins_with, save, flags, score_on)
    from numrec_tui.cli.job import carry_out
    from numrec_tui.cli.reporters import Telling, narrator

    job.files.file.prepare(job.run.network)
    second = job.files.data.second is not None
    with narrator(Telling(json, quiet, csv, tensorboard, job.fitted, second), job.run) as tell:
        return carry_out(job, tell)
