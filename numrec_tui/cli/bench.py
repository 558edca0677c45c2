"""`numrec-tui bench`: how quickly this computer learns, and how near that is to what it can do."""

import statistics
import sys

from engine.errors import DataError
from engine.plural import counted
from engine.training.benchmark import Measurement, measure
from engine.training.hyperparameters import MOST_PROCESSES, settings_from
from engine.training.threads import cores
from numrec_tui.cli.exits import DONE
from numrec_tui.cli.flags import DataFlag
from numrec_tui.cli.loading import load_data, named
from numrec_tui.cli.output import say

HEAD = "processes   s/epoch    floor   epoch/floor    images/s"


def bench(*, data: DataFlag = ("bundled",)) -> int:
    """Time epochs of 784-256-10 (batch 512) against their floor, alone and on every core.

    The floor is the time of the bare matrix products, with as many BLAS threads as processes. It
    takes a few seconds; close other programs, and compare ratios, not times, between computers.
    """
    digits = load_data(named(data))
    split = digits.split("test", 0.1, 0)
    say(counted(len(split.train), "image"), HEAD)
    for processes in dict.fromkeys((1, min(cores(), MOST_PROCESSES))):
        settings = settings_from({
            "optimizer": "sgd", "learning_rate": 0.1, "batch_size": 512, "schedule": "constant",
            "augment": "off", "epochs": 9, "processes": processes,
        })  # fmt: skip
        say(_line(processes, list(measure(split, settings))))
        sys.stdout.flush()
    return DONE


def _line(processes: int, found: list[Measurement]) -> str:
    """Medians over the epochs.

    Raises:
        DataError: there is no epoch to measure.
    """
    if not found:
        raise DataError("Every digit was read right at once: too few to measure with.")
    epoch = statistics.median(each.epoch for each in found)
    floor = statistics.median(each.floor for each in found)
    ratio = statistics.median(each.ratio for each in found)
    images = found[0].images / epoch
    return f"{processes:9}   {epoch:7.3f}  {floor:7.3f}   {ratio:11.2f}   {images:9,.0f}"
