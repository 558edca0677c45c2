"""What a small set lacks, in a sentence: images of a class, or what tells two classes apart."""

import numpy as np

from engine.data.catalog import FEW
from engine.data.dataset import Digits
from engine.nn.arrays import Indices
from engine.nn.network import Network
from engine.plural import counted
from numrec_tui.insight.predictions import Counts

LACKING = 0.5
"""A class with fewer images than this share of what half of the classes have lacks some."""

FEWEST = 3
"""Images that a class needs to be learned, however few the others have; and mistakes between two
classes until they are told to look alike: fewer may be chance."""

ALIKE = 0.15
"""The share of the images of two classes that is taken for the other one, from which on it is
told."""

JUDGED = 10
"""Images of two classes, at least, by which it is told that they look alike."""

LOOKED_AT = 500
"""Images at most that are read to find two classes that look alike."""


def class_hint(network: Network, train: Digits, validation: Digits) -> str | None:
    """What is to be done about a small set, once a network has learned it; None for nothing.

    The class with the fewest images comes first, then the two taken for each other most.
    """
    if len(train) >= FEW:
        return None
    lacking = lacking_hint(train)
    if lacking is not None:
        return lacking
    some = validation.take(np.arange(min(len(validation), LOOKED_AT)))
    return alike_hint(some, network.predict(some.pixels).argmax(axis=1))


def lacking_hint(train: Digits) -> str | None:
    """Which class has far fewer images than the others, with the counts."""
    counts = np.bincount(train.labels, minlength=train.classes)
    fewest, usual = int(counts.argmin()), float(np.median(counts))
    count = int(counts[fewest])
    if count >= max(LACKING * usual, FEWEST):
        return None
    name = train.class_names[fewest]
    if count == usual:
        return (
            f"{name} has {counted(count, 'image')} to learn from; {FEWEST} a class are the fewest."
        )
    return (
        f"{name} has {counted(count, 'image')} to learn from, half of the classes {usual:,.0f} or "
        f"more: add some of {name}."
    )


def alike_hint(digits: Digits, predicted: Indices) -> str | None:
    """Which two classes are taken for each other most, if that is more than chance."""
    matrix: Counts = np.zeros((digits.classes, digits.classes), np.int64)
    np.add.at(matrix, (digits.labels, predicted), 1)
    mistaken = np.triu(matrix + matrix.T, 1)  # [a, b]: a taken for b or b for a, a before b
    a, b = divmod(int(mistaken.argmax()), digits.classes)
    mistakes, images = int(mistaken[a, b]), int(matrix[[a, b]].sum())
    others = int(mistaken.sum()) - mistakes
    if images < JUDGED or mistakes < max(FEWEST, ALIKE * images):
        return None
    if others > ALIKE * len(digits):
        return None  # it has not learned yet; every class is taken for others
    one, other = digits.class_names[a], digits.class_names[b]
    return (
        f"{one} and {other} look alike: {mistakes:,} of {counted(images, 'image')} are taken for "
        "the other one; add some of both."
    )
