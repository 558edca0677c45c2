"""The set that is scored beside the validation, of a run that goes on."""

from collections.abc import Callable
from dataclasses import replace

from engine.data.dataset import DataSet
from engine.data.mixture import scored_beside
from engine.errors import EngineError
from engine.training.checkpoint import Origin, origin_of_second


def with_second_of(
    origin: Origin, data: DataSet, find: Callable[[str], DataSet]
) -> tuple[DataSet, str]:
    """The data of a run that was left, with its second set; and what has happened to that.

    origin: of the run. find: loads a set by its name. The sentence is empty if all is as it was;
    a set that is not there any more is left out.
    """
    alone, was = replace(data, second=None), origin.second
    if was is None:
        return alone, ""
    try:
        beside = scored_beside(alone, find(was.source), was.source)
    except EngineError as error:
        return alone, f"{was.name} is no longer scored beside the validation: {error}"
    now = origin_of_second(beside)
    if now is not None and now.digest != was.digest:
        return beside, (
            f"{was.name}, which is scored beside the validation, has changed since: its scores "
            "from here on are of other images."
        )
    return beside, ""
