"""What is asked about a digit's reading, and which pixels answer it: for a class, or against it."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from engine.data.dataset import Digits
from engine.nn.arrays import Array
from engine.nn.network import Network
from numrec_tui.insight.attribution import gradient_times_input, mean_gradient_times_input

Question: TypeAlias = Literal["reading", "contrast", "class"]
QUESTIONS: tuple[Question, ...] = ("reading", "contrast", "class")
"""Why it is read so; why so rather than as another class; what speaks for a class on average."""

MOST_AVERAGED = 200
"""Digits of a class that an average is taken over: as many as take no longer than a key may."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """The answer: values (rows, columns), above zero where they count for `name`.

    words: the question. against: what values below zero mean.
    """

    values: Array
    words: str
    name: str
    against: str = "against"


class Asked:
    """The question that is asked, and the class that it compares with or is about."""

    def __init__(self) -> None:
        self.question: Question = "reading"
        self._step = 0
        self._of: tuple[Network, Digits] | None = None
        self._averages: dict[int, Array] = {}
        """What speaks for a class, of the network and the set that were asked about last."""

    def next_question(self) -> None:
        """Ask the next question, about the class that comes first."""
        self.question = QUESTIONS[(QUESTIONS.index(self.question) + 1) % len(QUESTIONS)]
        self._step = 0

    def next_class(self, by: int) -> None:
        """Compare with another class, or ask about another one."""
        self._step += by

    def answer(self, network: Network, digits: Digits, row: int, outputs: Array) -> Evidence:
        """What the network says of a digit. outputs (classes,): its probabilities."""
        names, image = digits.class_names, digits.images[row]
        guess = int(np.argmax(outputs))
        if self.question == "class":
            return self._for_a_class(network, digits, (guess + self._step) % len(names))
        if self.question == "contrast" and len(names) > 1:
            others = alternatives(outputs, int(digits.labels[row]))
            other = others[self._step % len(others)]
            values = gradient_times_input(network, image, guess, other)
            words = f"why {names[guess]} rather than {names[other]}?"
            return Evidence(values, words, names[guess], f"for {names[other]}")
        values = gradient_times_input(network, image, guess)
        return Evidence(values, f"why {names[guess]}? · v asks more", names[guess])

    def _for_a_class(self, network: Network, digits: Digits, k: int) -> Evidence:
        name, rows = digits.class_names[k], np.flatnonzero(digits.labels == k)[:MOST_AVERAGED]
        if not len(rows):
            blank = np.zeros(digits.images.shape[1:], np.float32)
            return Evidence(blank, f"there is no {name} here", name)
        if self._of is None or self._of[0] is not network or self._of[1] is not digits:
            self._of, self._averages = (network, digits), {}
        if k not in self._averages:
            self._averages[k] = mean_gradient_times_input(network, digits.images[rows], k)
        words = f"speaks for {name}: mean of {len(rows)}"
        return Evidence(self._averages[k], words, name)


def alternatives(outputs: Array, label: int) -> list[int]:
    """The classes that a digit is not read as: the true one first, then the most probable ones."""
    ranked = np.argsort(-np.nan_to_num(outputs), kind="stable").tolist()
    guess = int(np.argmax(outputs))
    return sorted((k for k in ranked if k != guess), key=lambda k: k != label)
