"""What a session says of the data it learns from: the size, and what can hardly be right."""

from dataclasses import dataclass
from functools import cache

from engine.data.digits import DataSet, Doubt
from engine.training.hyperparameters import Hyperparameters, settings_from
from engine.training.presets import preset as values_of
from engine.training.small_sets import SetSize, adapted, explain, fitted, size_of
from numrec_tui.wanted import Wanted


@dataclass(frozen=True, slots=True)
class DataFacts:
    """size: how large the set is. hidden: whether a person has read the doubts and hidden them."""

    size: SetSize
    doubts: tuple[Doubt, ...]
    hidden: bool = False


@cache
def settings_of(preset: str, size: SetSize | None = None) -> Hyperparameters:
    """A preset's settings, fitted to a set of this size; without one as for a large set."""
    values = values_of(preset)
    return settings_from(values) if size is None else fitted(values, size)


def facts_of(data: DataSet, wanted: Wanted, hidden: bool) -> DataFacts:
    """All of it; that nothing could be held out is a doubt, too."""
    size = size_of(data)
    plain, fit = settings_of(wanted.preset), settings_of(wanted.preset, size)
    doubts = data.doubts
    if "validation" in adapted(fit, plain) and wanted.settings.validation == "test":
        doubts += (Doubt(explain(fit, plain, size)),)
    return DataFacts(size, doubts, hidden)
