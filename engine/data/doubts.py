"""What can hardly be right about a set of images: each doubt in a sentence, and how to mend it.

Nothing is refused, as all of it may be meant. Most checks
look at a sample of the images.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from engine.data.dataset import DataSet, Digits, Doubt
from engine.nn.arrays import Bytes

SAMPLE = 1000
"""Images that are looked at where a sample is enough."""

FAINTEST = 128
"""The brightest pixel of a whole set is at least this."""

HEADER = (0, 0, 8, 1)
"""How an IDX file of labels begins; then the count follows in 4 bytes."""

SHOWN = 6
"""Classes that are named at most."""

MIDDLE = 128
"""Pixels in the middle of an image that tell it from most others."""

MOST_SHARED, FEWEST_SHARED = 0.01, 2
"""The share of the test images that may be training images too, and the fewest that are reported:
the first drawing of all is in both parts of its set."""


def doubts(data: DataSet) -> tuple[Doubt, ...]:
    """All that can hardly be right about a set."""
    train, test = data.train, data.test
    return (*_of_labels(train), *_of_pixels(train.images), *doubts_of_test(train, test))


def _of_labels(train: Digits) -> Iterator[Doubt]:
    """A class without images, or labels that are the file's header."""
    counts = np.bincount(train.labels, minlength=train.classes)
    present = int(np.count_nonzero(counts))
    if _begin_with_header(train.labels, counts):
        yield Doubt(
            f"The first 8 labels are the header of the label file ({train.classes} classes): each "
            "image has the label of another; cut the first 8 bytes off when the file is made."
        )
    elif 2 * present < train.classes:
        yield Doubt(
            f"There are {train.classes} classes, but only {present} of them have an image; "
            "are these the labels? classes.txt can name those that are meant."
        )
    elif present < train.classes:
        empty = [train.class_names[label] for label in np.flatnonzero(counts == 0)]
        named = ", ".join(empty[:SHOWN]) + (", …" if len(empty) > SHOWN else "")
        which = f"Class {named} has" if len(empty) == 1 else f"The classes {named} have"
        yield Doubt(f"{which} no image to learn from; the labels may begin at 1.")


def _begin_with_header(labels: Bytes, counts: NDArray[np.intp]) -> bool:
    first = labels[:8].tolist()
    if len(first) < 8 or tuple(first[:4]) != HEADER:
        return False
    count = int.from_bytes(bytes(first[4:]), "big")
    rest = np.bincount(labels[8:], minlength=len(counts))
    return count in (len(labels), len(labels) - 8) or any(not rest[label] for label in first)


def _of_pixels(images: Bytes) -> Iterator[Doubt]:
    """Equal images, a scale that is not 0 to 255, black ink on white paper."""
    sample = images[:: max(len(images) // SAMPLE, 1)][:SAMPLE]
    if len(images) > 1 and (sample == sample[0]).all() and (images == images[0]).all():
        yield Doubt("All images to learn from are equal; there is nothing to learn.")
        return
    brightest = int(images.max())
    if brightest < FAINTEST:
        yield Doubt(
            f"The brightest pixel is {brightest}, not 255: the levels seem to go from 0 to "
            f"{brightest}.",
            "scale",
        )
    border = np.concatenate(
        [side.ravel() for side in (sample[:, 0], sample[:, -1], sample[:, :, 0], sample[:, :, -1])]
    )
    bright = np.count_nonzero(sample > brightest / 2) / sample.size
    if np.median(border) >= 0.8 * brightest and bright > 0.5:
        yield Doubt("The paper is white and the ink black; it should be white on black.", "invert")


def doubts_of_test(train: Digits, test: Digits) -> tuple[Doubt, ...]:
    """Whether test images are training images, too."""
    shared = count_shared(train.images, test.images)
    if shared < max(MOST_SHARED * len(test), FEWEST_SHARED):
        return ()
    return (
        Doubt(
            f"{shared:,} of the {len(test):,} test images are training images too; the test "
            "score says little about unseen ones."
        ),
    )


def count_shared(train: Bytes, test: Bytes) -> int:
    """How many test images are training images too.

    Keys of the middle of each image find the few that may be; those are compared by all pixels.
    """
    shapes = train.shape[1:], test.shape[1:]
    if shapes[0] != shapes[1]:
        return 0
    middles = [_middles(images) for images in (train, test)]
    keys = [_keys(part) for part in middles]
    maybe = np.flatnonzero(np.isin(keys[1], keys[0]))
    if not len(maybe):
        return 0
    like = np.flatnonzero(np.isin(keys[0], keys[1][maybe]))
    known = {train[row].tobytes() for row in like}
    return sum(test[row].tobytes() in known for row in maybe)


def _middles(images: Bytes) -> Bytes:
    """The pixels in the middle of each image, in order: (n, rows, columns) -> (n, up to 128)."""
    rows = images.reshape(len(images), -1)
    start = max((rows.shape[1] - MIDDLE) // 2, 0) // 8 * 8
    return rows[:, start : start + MIDDLE]


def _keys(rows: Bytes) -> NDArray[np.uint64]:
    """A number for each row (n, m) -> (n,): the sum, modulo 2⁶⁴, of its words times odd numbers."""
    padded = np.zeros((len(rows), -(-rows.shape[1] // 8) * 8), np.uint8)
    padded[:, : rows.shape[1]] = rows
    words = padded.view(np.uint64)
    odd = np.random.default_rng(0).integers(0, 2**63, words.shape[1], np.uint64) * np.uint64(2)
    return np.asarray(words @ (odd + np.uint64(1)))
