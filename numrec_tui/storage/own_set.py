"""A set of one's own, as a value: its classes, its drawings, and which of them are held out.

Whatever changes it returns another one, so that undo is going back to the one before.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from engine.data.catalog import FEWEST_CLASSES
from engine.data.dataset import DataSet, Digits
from engine.data.normalize import FRAME
from engine.errors import DataError
from engine.nn.arrays import Bytes
from engine.plural import counted

HELD_OUT_EVERY, FIRST_HELD_OUT = 5, 2
"""Of each class the second drawing is held out, and from there on every fifth."""

MOST_OWN_CLASSES = 64

LONGEST_CLASS_NAME = 40
"""Signs in the name of a class."""

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class OwnSet:
    """classes: their names. images (n, rows, columns), labels (n,): in the order of drawing.

    held_out (n,): which drawings are never learned from, but test what was learned.
    """

    classes: tuple[str, ...]
    images: Bytes
    labels: Bytes
    held_out: Flags

    def __len__(self) -> int:
        return len(self.labels)

    def __repr__(self) -> str:
        return f"OwnSet({counted(len(self), 'drawing')} of {len(self.classes)} classes)"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, OwnSet):
            return NotImplemented
        pairs = zip(self._arrays, other._arrays, strict=True)
        return self.classes == other.classes and all(np.array_equal(*pair) for pair in pairs)

    __hash__ = None  # type: ignore[assignment]

    @property
    def _arrays(self) -> tuple[Bytes, Bytes, Flags]:
        return self.images, self.labels, self.held_out

    def count(self, label: int) -> int:
        """How many drawings a class has."""
        return int(np.count_nonzero(self.labels == label))

    @property
    def lacks(self) -> str | None:
        """Why no network can learn from it yet; None if one can."""
        learned = np.unique(self.labels[~self.held_out])
        if len(learned) < FEWEST_CLASSES:
            return "two classes need a drawing"
        if not self.held_out.any():
            return "one class needs a second drawing"
        return None

    def data_set(self, name: str) -> DataSet:
        """The same as any program reads it from its files: what is held out is the test.

        Raises:
            DataError: there are too few drawings.
        """
        if self.lacks is not None:
            raise DataError(f"{name} cannot be learned from yet: {self.lacks}.")
        train, test = (
            Digits(self.images[part], self.labels[part], len(self.classes), self.classes)
            for part in (~self.held_out, self.held_out)
        )
        return DataSet(name, train, test, varied=True)

    # What changes it.

    def add(self, picture: Bytes, label: int) -> "OwnSet":
        """With one drawing more (rows, columns), the last one.

        Every fifth of its class is held out; but what looks just the same as another drawing goes
        where that one is.

        Raises:
            DataError: it is of another size than the others, or there is no such class.
        """
        self._check_class(label)
        if len(self) and picture.shape != self.images.shape[1:]:
            size = " x ".join(map(str, self.images.shape[1:]))
            raise DataError(f"The drawings of this set are {size} pixels, this one is not.")
        images = self.images if len(self) else np.zeros((0, *picture.shape), np.uint8)
        return replace(
            self,
            images=np.concatenate([images, picture[None]]),
            labels=np.append(self.labels, np.uint8(label)),
            held_out=np.append(self.held_out, self._is_held_out(picture, label)),
        )

    def _is_held_out(self, picture: Bytes, label: int) -> bool:
        if len(self):
            same = np.flatnonzero((self.images == picture).all(axis=(1, 2)))
            if same.size:
                return bool(self.held_out[same[0]])
        of_class = self.labels == label
        number = int(np.count_nonzero(of_class)) + 1
        due = (number + HELD_OUT_EVERY - FIRST_HELD_OUT) // HELD_OUT_EVERY
        return int(np.count_nonzero(self.held_out & of_class)) < due

    def delete(self, index: int) -> "OwnSet":
        """Without one of the drawings.

        Raises:
            DataError: there is no such drawing.
        """
        self._check_drawing(index)
        return self._take(np.arange(len(self)) != index)

    def move(self, index: int, label: int) -> "OwnSet":
        """With a drawing in another class; whether it is held out stays.

        Raises:
            DataError: there is no such drawing or class.
        """
        self._check_drawing(index)
        self._check_class(label)
        labels = self.labels.copy()
        labels[index] = label
        return replace(self, labels=labels)

    def add_class(self, name: str) -> "OwnSet":
        """With one class more, the last one.

        Raises:
            DataError: it is called as another one, its name cannot be shown, or there are too many.
        """
        return replace(self, classes=checked_classes([*self.classes, name]))

    def rename_class(self, label: int, name: str) -> "OwnSet":
        """With another name for a class.

        Raises:
            DataError: as `add_class`.
        """
        self._check_class(label)
        names = list(self.classes)
        names[label] = name
        return replace(self, classes=checked_classes(names))

    def delete_class(self, label: int) -> "OwnSet":
        """Without a class and its drawings.

        Raises:
            DataError: it is one of the last two.
        """
        self._check_class(label)
        names = checked_classes([*self.classes[:label], *self.classes[label + 1 :]])
        kept = self._take(self.labels != label)
        labels = kept.labels - (kept.labels > label).astype(np.uint8)
        return replace(kept, classes=names, labels=labels)

    def _take(self, which: Flags) -> "OwnSet":
        return replace(
            self,
            images=self.images[which],
            labels=self.labels[which],
            held_out=self.held_out[which],
        )

    def _check_drawing(self, index: int) -> None:
        if not 0 <= index < len(self):
            raise DataError(f"There is no drawing {index + 1} in a set of {len(self)}.")

    def _check_class(self, label: int) -> None:
        if not 0 <= label < len(self.classes):
            raise DataError(f"There is no class {label} in a set of {len(self.classes)}.")


def new_set(classes: Sequence[str], shape: tuple[int, int] = (FRAME, FRAME)) -> OwnSet:
    """A set without a drawing."""
    nothing = np.zeros(0, np.uint8)
    return OwnSet(tuple(classes), np.zeros((0, *shape), np.uint8), nothing, np.zeros(0, np.bool_))


def checked_classes(names: Sequence[str]) -> tuple[str, ...]:
    """The names of classes as they are kept.

    Raises:
        DataError: one is empty, too long, there twice, or a terminal cannot show it; or there are
            too few, or too many.
    """
    kept = tuple(unicodedata.normalize("NFC", name).strip() for name in names)
    for name in kept:
        if not name:
            raise DataError("A class without a name cannot be told from others; name it.")
        if not name.isprintable():  # what a terminal would obey, or join to another sign
            raise DataError(
                f"{name[:LONGEST_CLASS_NAME]!r} cannot be shown; give the class another name."
            )
        if len(name) > LONGEST_CLASS_NAME:
            raise DataError(f"The name of a class has at most {LONGEST_CLASS_NAME} signs.")
    if twice := next((name for name in kept if kept.count(name) > 1), None):
        raise DataError(f"Two classes are called {twice}; give one of them another name.")
    if not FEWEST_CLASSES <= len(kept) <= MOST_OWN_CLASSES:
        raise DataError(
            f"A set of one's own has {FEWEST_CLASSES} to {MOST_OWN_CLASSES} classes, "
            f"not {len(kept)}."
        )
    return kept
