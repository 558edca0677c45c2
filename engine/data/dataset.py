"""Images with their labels, kept as bytes; sets of them for training, validation and test."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from engine.errors import DataError, HoldOutError
from engine.nn.arrays import Array, Blocks, Bytes, Indices
from engine.nn.pixels import scale_pixels
from engine.plural import counted


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something about a set that can hardly be right, in a sentence, and how to mend it.

    mend: which repair of `engine.data.repairs` does it; empty where none does.
    """

    what: str
    mend: str = ""


@dataclass(frozen=True, slots=True)
class Digits:
    """Pictures of n digits and what they are.

    images (n, rows, columns): 0-255, white on black, top row first.
    labels (n,): 0 … classes - 1. class_names: one a class; their numbers unless told.

    Raises:
        DataError: the counts differ, there are none, the pictures have no pixels, a label is no
            class, or there are more or fewer names than classes.
    """

    images: Bytes
    labels: Bytes
    classes: int = 10
    class_names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.class_names:
            object.__setattr__(self, "class_names", tuple(map(str, range(self.classes))))
        if len(self.images) != len(self.labels):
            raise DataError(
                f"There are {counted(len(self.images), 'image')} but "
                f"{counted(len(self.labels), 'label')}; "
                "they must come from the same set."
            )
        if self.images.size == 0:
            raise DataError("There is no image in the set.")
        if self.labels.max() >= self.classes:
            raise DataError(
                f"A label is {self.labels.max()}, but the classes go from 0 to {self.classes - 1}."
            )
        if len(self.class_names) != self.classes:
            raise DataError(
                f"There are {self.classes} classes but {len(self.class_names)} names for them."
            )

    def __len__(self) -> int:
        return len(self.labels)

    def __repr__(self) -> str:
        return f"Digits({self.summary})"

    def _repr_html_(self) -> str:
        """The first pictures with their classes, in a notebook."""
        return self.page(self.summary)

    def page(self, title: str) -> str:
        """The first pictures with their classes as HTML, below a title."""
        from engine.data.html import gallery

        return gallery(title, self.images, (self.class_names[label] for label in self.labels))

    @property
    def summary(self) -> str:
        """How many there are, of which size and in how many classes."""
        return f"{counted(len(self), 'image')} of {_size(self)} pixels, {self.classes} classes"

    @property
    def named(self) -> bool:
        """Whether the classes are called anything but their numbers."""
        return self.class_names != tuple(map(str, range(self.classes)))

    @property
    def pixels(self) -> Bytes:
        """The images as rows: (n, rows·columns), a view."""
        return self.images.reshape(len(self.images), -1)

    def take(self, rows: Indices) -> "Digits":
        """A copy of some of the digits: rows (m,)."""
        return Digits(self.images[rows], self.labels[rows], self.classes, self.class_names)


Copies: TypeAlias = NDArray[np.uint32]
"""How often each image is shown in an epoch: (n,)."""


@dataclass(frozen=True, slots=True)
class SecondSet:
    """Digits of another set that are scored beside the validation; they steer nothing.

    digits: its test images, in the classes of the set that is learned from.
    source: the name that it was asked for by.
    """

    name: str
    digits: Digits
    source: str


@dataclass(frozen=True, slots=True)
class DataSet:
    """A named set as it was published: digits to learn from, and digits to be tested on.

    varied: whether it helps to change the images from epoch to epoch: those that a program drew,
    that were packed from pictures, or that are few. doubts: what cannot be right about them.
    copies (n,): how often an epoch shows each training image; once, if there is none.
    second: what is scored beside the validation, if anything is.
    """

    name: str
    train: Digits
    test: Digits
    varied: bool = False
    doubts: tuple[Doubt, ...] = ()
    copies: Copies | None = None
    second: SecondSet | None = None

    def __post_init__(self) -> None:
        if self.train.images.shape[1:] != self.test.images.shape[1:]:
            raise DataError(
                f"The training images of {self.name} are {_size(self.train)} pixels, "
                f"the test images {_size(self.test)}."
            )
        if self.train.class_names != self.test.class_names:
            raise DataError(f"The training and the test digits of {self.name} differ in classes.")

    def __repr__(self) -> str:
        return (
            f"DataSet({self.name!r}, {len(self.train):,} to learn from, "
            f"{len(self.test):,} to test, {_size(self.train)} pixels, {self.train.classes} classes)"
        )

    def _repr_html_(self) -> str:
        """The first training pictures, in a notebook."""
        return self.train.page(f"{self.name}: {len(self.test):,} to test; {self.train.summary}")

    @property
    def class_names(self) -> tuple[str, ...]:
        """What each class is called."""
        return self.train.class_names

    def split(self, validation: str, fraction: float, seed: int) -> "Split":
        """Decide what training is steered by.

        validation: "held-out" keeps a random `fraction` of the training digits apart,
        chosen by `seed`, one of each class at least where there are enough; "test" trains on all
        of them and validates on the test digits.

        Raises:
            HoldOutError: the fraction leaves nothing to learn from, or nothing to validate on.
        """
        if validation == "test":
            train = (
                self.train if self.copies is None else self._repeated(np.arange(len(self.train)))
            )
            return Split(self.name, train, self.test, self.test, self.varied, self.second)
        held_out = round(fraction * len(self.train))
        if not 0 < held_out < len(self.train):
            raise HoldOutError(
                f"A validation fraction of {fraction} of {counted(len(self.train), 'digit')} "
                f"leaves {held_out} to validate on; choose another fraction, gather more images, "
                "or let the test images validate."
            )
        order = np.random.default_rng((seed, 0, HOLD_OUT)).permutation(len(self.train))
        chosen = stratified(self.train.labels[order], held_out)
        kept = np.sort(order[~chosen])  # ascending, so that reading memory stays quick
        held = self.train.take(order[chosen])
        return Split(self.name, self._repeated(kept), held, self.test, self.varied, self.second)

    def _repeated(self, rows: Indices) -> Digits:
        """Training images by their rows (m,), each as often as it is to be shown."""
        return self.train.take(rows if self.copies is None else np.repeat(rows, self.copies[rows]))


def stratified(labels: Bytes, count: int) -> NDArray[np.bool_]:
    """Which images are in a sample of `count`: labels (n,) in the order of the draw -> (n,).

    The first `count`, but before all others the first of each class, and the last of each class
    after all others: so each class is in the sample, and in what is left, where there are enough.
    """
    rank = np.arange(len(labels))
    rank[np.unique(labels, return_index=True)[1]] -= len(labels)
    last = len(labels) - 1 - np.unique(labels[::-1], return_index=True)[1]
    rank[last] = np.arange(len(labels))[last] + len(labels)
    chosen = np.zeros(len(labels), np.bool_)
    chosen[np.argsort(rank, kind="stable")[:count]] = True
    return chosen


HOLD_OUT = 0x5EED
"""Keeps the draw of the held-out digits apart from every other draw of the same seed."""


@dataclass(frozen=True, slots=True)
class Split:
    """The three parts of a set that one run uses, and a second set if one is scored beside it."""

    name: str
    train: Digits
    validation: Digits
    test: Digits
    varied: bool = False
    second: SecondSet | None = None

    def __repr__(self) -> str:
        return (
            f"Split({self.name!r}, {len(self.train):,} to learn from, "
            f"{len(self.validation):,} to validate, {len(self.test):,} to test)"
        )

    @property
    def class_names(self) -> tuple[str, ...]:
        """What each class is called."""
        return self.train.class_names


class BatchReader:
    """Gathers rows of pixels into float32 in [0, 1], through one small buffer made once."""

    def __init__(self, pixels: Bytes, batch_size: int) -> None:
        self._pixels = pixels
        self._bytes = np.empty((batch_size, pixels.shape[1]), np.uint8)

    def read(self, rows: Indices | slice, out: Array, blocks: Blocks | None = None) -> None:
        """rows (n,), n at most the batch size, or as stored from … to -> out (n, pixels).

        blocks: which part of the rows to read; all of it unless told.
        """
        if isinstance(rows, slice):
            read = self._pixels[rows]
        else:
            read = self._bytes[: len(rows)]
            np.take(self._pixels, rows, axis=0, out=read, mode="clip")
        for columns, count in blocks or ((slice(None), len(read)),):
            scale_pixels(read[:count, columns], out[:count, columns])


def _size(digits: Digits) -> str:
    return " x ".join(map(str, digits.images.shape[1:]))
