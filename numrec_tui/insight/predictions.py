"""What a network takes the digits of a set for: choosing among them, counting, remembering."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from engine.data.dataset import Digits
from engine.nn.arrays import Array, Bytes, Indices
from engine.nn.network import Network

Outcome: TypeAlias = Literal["all", "wrong", "right", "forgotten"]
Order: TypeAlias = Literal["stored", "unsure", "mistakes"]
Flags: TypeAlias = NDArray[np.bool_]
Counts: TypeAlias = NDArray[np.int64]

CHUNK = 4000
"""Digits that are read at a time; between two chunks others may have the processor."""

MOST_REMEMBERED = 64
"""Epochs that a history keeps; then every second one is dropped."""


@dataclass(frozen=True, slots=True)
class Predictions:
    """What `network`, as it was at `position`, takes each of n digits for.

    guesses (n,): the most probable class. sure (n,): its probability, 0 where it is no number.
    """

    digits: Digits
    network: Network
    run: int
    position: float
    predicted: Indices
    confidence: Array

    @property
    def right(self) -> Flags:
        """Which digits were read right: (n,)."""
        return np.equal(self.predicted, self.digits.labels)


def go_on_always() -> bool:
    """Never ends a reading."""
    return True


def read(
    network: Network,
    digits: Digits,
    run: int = 1,
    position: float = 0.0,
    go_on: Callable[[], bool] = go_on_always,
) -> Predictions | None:
    """Let the network read all digits, some thousands at a time.

    go_on: called after each chunk; may rest, and ends the reading by False: then there is none.
    """
    count = len(digits)
    predicted, confidence = np.empty(count, np.intp), np.empty(count, np.float32)
    for start in range(0, count, CHUNK):
        outputs = network.predict(digits.pixels[start : start + CHUNK])
        guess = outputs.argmax(axis=1)
        predicted[start : start + CHUNK] = guess
        confidence[start : start + CHUNK] = outputs[np.arange(len(guess)), guess]
        if not go_on():
            return None
    return Predictions(
        digits, network, run, position, predicted, np.nan_to_num(confidence, nan=0.0)
    )


@dataclass(frozen=True, slots=True)
class Filter:
    """Which digits are looked at, and in which order; None is any class."""

    outcome: Outcome = "all"
    true: int | None = None
    guess: int | None = None
    order: Order = "stored"

    def turned(self, what: Literal["outcome", "order"]) -> "Filter":
        """With the next outcome, or the next order; the first follows the last."""
        choices: tuple[str, ...] = get_args(Outcome if what == "outcome" else Order)
        index = choices.index(getattr(self, what)) + 1
        return replace(self, **{what: choices[index % len(choices)]})  # type: ignore[arg-type]

    def with_next(self, what: Literal["true", "guess"], by: int, classes: int) -> "Filter":
        """With the class `by` places on; any class is before the first and after the last."""
        now: int | None = getattr(self, what)
        index = ((0 if now is None else now + 1) + by) % (classes + 1)
        then = index - 1 if index else None
        if what == "true":
            return replace(self, true=then)
        return replace(self, guess=then)

    @property
    def words(self) -> str:
        """How it reads, without the classes."""
        said = {
            "all": "",
            "wrong": "wrong",
            "right": "right",
            "forgotten": "right before, wrong now",
        }
        order = {"stored": "", "unsure": "least sure first", "mistakes": "surest mistakes first"}
        return ", ".join(filter(None, (said[self.outcome], order[self.order])))

    def in_words(self, names: Sequence[str]) -> str:
        """How it reads: "wrong · true 4, read as 9"; empty if every digit is shown as stored."""
        classes = [] if self.true is None else [f"true {names[self.true]}"]
        classes += [] if self.guess is None else [f"read as {names[self.guess]}"]
        return " · ".join(filter(None, (", ".join(classes), self.words)))


def choose(
    digits: Digits, predictions: Predictions | None, wanted: Filter, forgotten: Flags | None = None
) -> Indices:
    """The rows of the digits that are wanted, in the order that is wanted: (m,).

    readings: None while the digits are still unread; then only their true class counts.
    forgotten (n,): which were right before and are wrong now.
    """
    keep = np.ones(len(digits), np.bool_)
    if wanted.true is not None:
        keep &= digits.labels == wanted.true
    if predictions is None:
        return np.flatnonzero(keep)
    right = predictions.right
    if wanted.guess is not None:
        keep &= predictions.predicted == wanted.guess
    if wanted.outcome == "forgotten":
        keep &= ~right if forgotten is None else forgotten
    elif wanted.outcome != "all":
        keep &= right if wanted.outcome == "right" else ~right
    rows = np.flatnonzero(keep)
    if wanted.order == "unsure":
        return rows[np.argsort(predictions.confidence[rows], kind="stable")]
    if (
        wanted.order == "mistakes"
    ):  # the mistakes, the surest first; then the rest, least sure first
        confidence = predictions.confidence[rows]
        return rows[np.argsort(np.where(right[rows], confidence, -confidence), kind="stable")]
    return rows


class LearningLog:
    """Which digits of a set were right, one bit each, at most once an epoch; bounded."""

    def __init__(self, most: int = MOST_REMEMBERED) -> None:
        self._most = most
        self._epochs: list[int] = []
        self._bits: list[Bytes] = []
        self._count = 0

    def __len__(self) -> int:
        return len(self._epochs)

    def add(self, position: float, right: Flags) -> None:
        """Remember which were right, right (n,), in place of an earlier look at the same epoch.

        What was remembered of later epochs is forgotten: the run went back.
        """
        epoch = ceil(position)
        while self._epochs and self._epochs[-1] >= epoch:
            self._epochs.pop()
            self._bits.pop()
        self._epochs.append(epoch)
        self._bits.append(np.packbits(right))
        self._count = len(right)
        if len(self._epochs) > self._most:
            del self._epochs[1:-1:2], self._bits[1:-1:2]

    def forgotten(self) -> Flags | None:
        """Which were right in an earlier epoch and are not in the last: (n,); None if unknown."""
        if len(self._bits) < 2:
            return None
        before = np.bitwise_or.reduce(self._bits[:-1])
        return np.unpackbits(before & ~self._bits[-1], count=self._count).astype(np.bool_)

    def story(self, row: int) -> str:
        """The last turns of one digit, as far as readings know: "learned in epoch 3".

        A turn between two readings that are further apart: "learned in epochs 4–7".
        """
        if len(self._epochs) < 2:
            return ""
        right = [bool(bits[row // 8] >> (7 - row % 8) & 1) for bits in self._bits]
        turns = [
            f"{'learned' if now else 'forgotten'} in {_span(last + 1, epoch)}"
            for last, epoch, before, now in zip(
                self._epochs, self._epochs[1:], right, right[1:], strict=False
            )
            if now != before
        ]
        if not turns:
            kind = "right" if right[0] else "wrong"
            span = _span(self._epochs[0], self._epochs[-1])
            return f"{kind} in all {len(right)} readings kept, of {span}"
        return ", ".join(turns[-3:])


def _span(first: int, last: int) -> str:
    return f"epoch {last}" if first >= last else f"epochs {first}–{last}"


def confusion(predictions: Predictions) -> Counts:
    """How often each class (row) was read as each class (column): (classes, classes)."""
    classes = predictions.digits.classes
    cells = predictions.digits.labels.astype(np.intp) * classes + predictions.predicted
    return np.bincount(cells, minlength=classes**2).reshape(classes, classes).astype(np.int64)


def precision_and_recall(matrix: Counts) -> tuple[Array, Array]:
    """Of what was read as a class, the share that is one; of a class, the share read as one.

    matrix (k, k) -> (k,), (k,); nan where there is nothing to take a share of.
    """
    hits = np.diag(matrix)
    with np.errstate(all="ignore"):
        return hits / matrix.sum(axis=0), hits / matrix.sum(axis=1)


def worst_pairs(matrix: Counts, most: int = 3) -> list[tuple[int, int, int]]:
    """The commonest mistakes, the worst first: (true class, read as, times)."""
    mistakes = matrix - np.diag(np.diag(matrix))
    cells = np.argsort(-mistakes, axis=None, kind="stable")[:most]
    pairs = [(int(index) // len(matrix), int(index) % len(matrix)) for index in cells]
    return [(true, guess, int(mistakes[true, guess])) for true, guess in pairs
            if mistakes[true, guess]]  # fmt: skip
