"""How a network reads a drawing, and how a person would say it."""

import math
from collections.abc import Sequence

import numpy as np
from textual.content import Content

from engine.data.dataset import Split
from engine.data.normalize import FRAME, resize
from engine.nn.arrays import Bytes
from engine.nn.network import Network
from numrec_tui.session.report import NetworkView
from numrec_tui.storage.drawings import with_article

SURE = 0.9
"""The probability from which on no second class is told."""


def probabilities(network: Network, picture: Bytes) -> tuple[float, ...]:
    """What the network makes of one picture (rows, columns), a number a class."""
    return tuple(map(float, network.predict(picture.ravel())))


def laid_out(seen: Bytes, shape: tuple[int, int]) -> Bytes:
    """A picture (28, 28) at another size, in the middle and in its proportions: (rows, columns)."""
    if shape == seen.shape:
        return seen
    side = min(shape)
    small = np.rint(resize(seen, side)).astype(np.uint8)
    framed = np.zeros(shape, np.uint8)
    top, left = (shape[0] - side) // 2, (shape[1] - side) // 2
    framed[top : top + side, left : left + side] = small
    return framed


def fitted(seen: Bytes, split: Split) -> Bytes:
    """A picture (28, 28) at the size of a set's images."""
    rows, columns = split.train.images.shape[1:]
    return laid_out(seen, (rows, columns))


def note_of(view: NetworkView | None) -> str:
    """What a person has to know to judge a reading; empty where that is nothing."""
    if view is None:
        return ""
    if not view.position:
        return "not trained in this run: space"
    rows, columns = view.split.train.images.shape[1:]
    return (
        "" if (rows, columns) == (FRAME, FRAME) else f"laid out at {rows} x {columns}, as its data"
    )


def in_words(outputs: Sequence[float], names: Sequence[str], gap: str = " ") -> Content:
    """The reading as a person would say it: "a 7, 61%, or a 1, 33%"; gap: what is before "or"."""
    if not all(map(math.isfinite, outputs)):
        return Content("the network has no finite answer")
    best, second = sorted(range(len(outputs)), key=lambda index: -outputs[index])[:2]
    article = with_article(names[best]).removesuffix(names[best])
    first = Content.from_markup(f"{article}[b]$name[/], {outputs[best]:.0%}", name=names[best])
    if outputs[best] >= SURE:
        return first
    other = f",{gap}or {with_article(names[second])}, {outputs[second]:.0%}"
    return first + Content(other)
