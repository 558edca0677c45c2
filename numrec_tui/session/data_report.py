"""What a session reports about its data: the size, and doubts about them."""

from dataclasses import dataclass
from functools import cache

from engine.data.dataset import DataSet, Doubt
from engine.training.hyperparameters import Hyperparameters, settings_from
from engine.training.presets import preset as values_of
from engine.training.small_sets import SetSize, adapted, explain, fitted, size_of
from numrec_tui.session.pending_settings import PendingSettings


@dataclass(frozen=True, slots=True)
class DataFacts:
    """size: of the set. hidden: whether a person has read the doubts and hidden them."""

    size: SetSize
    doubts: tuple[Doubt, ...]
    hidden: bool = False


@cache
def settings_of(preset: str, size: SetSize | None = None) -> Hyperparameters:
    """A preset's settings, fitted to a set of this size; without one as for a large set."""
    values = values_of(preset)
    return settings_from(values) if size is None else fitted(values, size)


def fitted_again(
    settings: Hyperparameters, preset: str, before: SetSize, after: SetSize
) -> Hyperparameters:
    """The settings for another set: what fitted the one before, and nobody chose, fits this one."""
    old, new = settings_of(preset, before), settings_of(preset, after)
    adapts = adapted(old, settings_of(preset)) + adapted(new, settings_of(preset))
    free = {name for name in adapts if getattr(settings, name) == getattr(old, name)}
    return settings.changed(**{name: getattr(new, name) for name in free})


def facts_of(data: DataSet, wanted: PendingSettings, hidden: bool, own: bool = False) -> DataFacts:
    """The facts of a data set; that nothing could be held out is a doubt, too.

    own: whether it is one's own set, whose test part is held out so that it validates.
    """
    size = size_of(data)
    plain, fit = settings_of(wanted.preset), settings_of(wanted.preset, size)
    doubts = data.doubts
    if not own and "validation" in adapted(fit, plain) and wanted.settings.validation == "test":
        doubts += (Doubt(explain(fit, plain, size)),)
    return DataFacts(size, doubts, hidden)
