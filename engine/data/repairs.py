"""What mends the images of a whole set, and is part of its name: `my-set+scale+invert`.

So a run that goes on finds the same images again, and its record says what it learned from.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np

from engine.data.dataset import DataSet, Digits
from engine.nn.arrays import Bytes


def scale(images: Bytes, brightest: int) -> Bytes:
    """Stretch levels 0 … brightest to 0 … 255; what is brighter still becomes 255."""
    levels = np.minimum(np.arange(256) * 255 // max(brightest, 1), 255).astype(np.uint8)
    return levels[images]


def invert(images: Bytes, brightest: int) -> Bytes:
    """Black on white becomes white on black: level v becomes brightest - v, but at least 0."""
    levels = np.maximum(brightest - np.arange(256), 0).astype(np.uint8)
    return levels[images]


REPAIRS: dict[str, Callable[[Bytes, int], Bytes]] = {"scale": scale, "invert": invert}
"""Every repair by its name, in the order in which they are done.

brightest: the brightest pixel of the training images, as the repair before has left them.
"""


def parted(name: str) -> tuple[str, tuple[str, ...]]:
    """The set that a name asks for, and its repairs: "./set+invert" -> ("./set", ("invert",)).

    A folder that is really called so is taken as it is.
    """
    bare, found = name, set()
    while True:
        before, plus, word = bare.rpartition("+")
        if not (plus and before and word in REPAIRS) or Path(bare).is_dir():
            break
        bare = before
        found.add(word)
    return bare, tuple(repair for repair in REPAIRS if repair in found)


def joined(name: str, repairs: Iterable[str]) -> str:
    """The name of a set with these repairs, beside those it has."""
    bare, had = parted(name)
    wanted = {*had, *repairs}
    return bare + "".join(f"+{repair}" for repair in REPAIRS if repair in wanted)


def repair_images(train: Bytes, test: Bytes, repairs: Iterable[str]) -> tuple[Bytes, Bytes]:
    """Images to learn from and to be tested on, mended alike."""
    for name in repairs:
        brightest = int(train.max(initial=0))
        train, test = (REPAIRS[name](images, brightest) for images in (train, test))
    return train, test


def repaired(data: DataSet, repairs: tuple[str, ...]) -> DataSet:
    """The set with its images mended; its name says so."""
    images = repair_images(data.train.images, data.test.images, repairs)
    train, test = (
        Digits(mended, part.labels, part.classes, part.class_names)
        for mended, part in zip(images, (data.train, data.test), strict=True)
    )
    name = data.name + "".join(f"+{repair}" for repair in repairs)
    return replace(data, name=name, train=train, test=test)
