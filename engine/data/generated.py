"""Data sets that a function makes when they are asked for; a decorator registers each."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from engine.data.dataset import DataSet, Digits
from engine.data.published import PUBLISHED, RESERVED
from engine.errors import DataError
from engine.registry import HYPHENS, Registry

Make: TypeAlias = Callable[[], tuple[Digits, Digits]]
"""Makes the training and the test images of a set; the same ones whenever it is called."""


@dataclass(frozen=True, slots=True)
class Generated:
    """A set that is made on demand: its name, what it shows in a few words, its function."""

    name: str
    about: str
    make: Make

    def data_set(self) -> DataSet:
        """Make it.

        Raises:
            DataError: its function fails, or gives something else.
        """
        try:
            train, test = self.make()
        except DataError:
            raise
        except Exception as error:
            why = f"{type(error).__name__}: {error}".rstrip(".: ")
            raise DataError(f"The data set {self.name} cannot be made: {why}.") from error
        if not (isinstance(train, Digits) and isinstance(test, Digits)):
            raise DataError(
                f"The data set {self.name} cannot be made: its function returns "
                f"{type(train).__name__} and {type(test).__name__}, not Digits twice."
            )
        return DataSet(self.name, train, test)


GENERATED: Registry[Generated] = Registry("data set", HYPHENS)
"""Every generated set by its name; all of them come from other packages and scripts."""


def data_set(name: str, about: str) -> Callable[[Make], Make]:
    """A decorator that registers the function below it as a data set.

    about: what the set shows, in a few words, for lists.

    Raises:
        ValueError: there is such a set already, or the name cannot be one.
    """
    if name in RESERVED or name in PUBLISHED:
        raise ValueError(f"there is a data set {name} already")

    def register(make: Make) -> Make:
        GENERATED.add(name, Generated(name, about, make))
        return make

    return register
