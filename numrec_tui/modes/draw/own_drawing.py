"""A set of one's own while it is drawn: what comes next, what was done last, in words."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import numpy as np
from textual.content import Content

from engine.plural import counted
from numrec_tui.storage.own_set import OwnSet
from numrec_tui.text.cut import cut

GOAL = 20
"""Drawings of each class that a network learns well from."""

MOST_UNDONE = 200

LONGEST = 16
"""Cells of a class's name in a line with others."""

Edit: TypeAlias = Callable[[OwnSet], OwnSet]


class OwnDrawing:
    """The set in `folder` as it is now, and every set that it was before."""

    def __init__(self, folder: Path, own: OwnSet) -> None:
        self.folder = folder
        self.own = own
        self.awaited: list[int] = []
        """The classes of the drawings that are kept, and not yet on disk."""
        self._chosen: int | None = None
        """The class that a person wants to draw, until it has enough."""
        self._just_chosen = False
        self._past: list[tuple[OwnSet, OwnSet]] = []
        self._last: int | None = None
        """The class of the drawing that was kept last."""

    @property
    def name(self) -> str:
        """What the set is called."""
        return self.folder.name

    @property
    def next(self) -> int:
        """The class to draw next: the one that was chosen, or the one with the fewest drawings.

        A drawing that was kept counts at once, however slow the disk is.
        """
        own, chosen = self.own, self._chosen
        labels = np.append(own.labels, np.array(self.awaited, np.uint8))
        counts = np.bincount(labels, minlength=len(own.classes))[: len(own.classes)]
        if chosen is not None and chosen < len(counts) and counts[chosen] < GOAL:
            return chosen
        return int(np.argmin(counts))

    @property
    def next_name(self) -> str:
        """What the class to draw next is called."""
        return self.own.classes[self.next]

    def choose(self, label: int) -> None:
        """Draw this class next, and go on with it; what is on the pad belongs to it, too."""
        self._chosen, self._just_chosen = label, True

    def class_of(self, asked: str) -> int:
        """The class of a drawing that was begun when a class of this name was asked for."""
        just_chosen, self._just_chosen = self._just_chosen, False
        if just_chosen or asked not in self.own.classes:
            return self.next
        return self.own.classes.index(asked)

    def take(self, before: OwnSet, after: OwnSet) -> None:
        """The set was changed."""
        self.own = after
        self._last = int(after.labels[-1]) if len(after) > len(before) else None
        self._past = [*self._past, (before, after)][-MOST_UNDONE:]

    @property
    def can_undo(self) -> bool:
        """Whether there is a change to take back, or is about to be."""
        return bool(self._past or self.awaited)

    @property
    def undone(self) -> tuple[OwnSet, OwnSet] | None:
        """The set before the last change, and after it; None if there was none."""
        return self._past[-1] if self._past else None

    def take_undone(self) -> None:
        """The last change was taken back."""
        (self.own, _), self._last = self._past.pop(), None

    def reopen(self, own: OwnSet) -> None:
        """Another program has changed the set: what was done before cannot be taken back."""
        self.own, self._last = own, None
        self._past.clear()

    # How it is said.

    def class_name(self, label: int) -> str:
        """A class's name, cut to its room."""
        return cut(self.own.classes[label], LONGEST)

    def title(self) -> Content:
        """What to draw, over the pad."""
        return Content.from_markup("Draw: [b]$name[/]", name=self.class_name(self.next))

    def status(self) -> Content:
        """What was kept last, and what comes next."""
        own, after = self.own, self.next
        name, count = self.class_name(after), own.count(after)
        if self._last is None:
            text = "[b]$name[/]: $count of $goal. Draw one, d keeps it."
            return Content.from_markup(text, name=name, count=count, goal=GOAL)
        return Content.from_markup(
            "[$text-success]✓[/] $last $had of $goal · next: [b]$name[/] $count of $goal",
            last=self.class_name(self._last), had=own.count(self._last),
            name=name, count=count, goal=GOAL,
        )  # fmt: skip

    def counts(self) -> Content:
        """How many drawings each class has; what is missing to learn from them."""
        own = self.own
        if own.lacks is not None:
            return Content.from_markup(
                "[$text-warning]The network waits:[/] $lacks.", lacks=own.lacks
            )
        each = " · ".join(f"{self.class_name(k)} {own.count(k)}" for k in range(len(own.classes)))
        held_out = int(np.count_nonzero(own.held_out))
        return Content(f"{counted(len(own), 'drawing')}, {held_out} held out: {each}")
