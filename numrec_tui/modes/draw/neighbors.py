"""The training images most like a drawing, and whether any are: remembered for the data in use."""

from collections.abc import Callable
from dataclasses import dataclass

from engine.data.dataset import Split
from engine.nn.arrays import Array, Bytes
from numrec_tui.insight.attribution import nearest
from numrec_tui.insight.familiarity import distance, in_words, rarity, usual_distances


@dataclass(frozen=True, slots=True)
class Found:
    """The rows of the training images most like it, the nearest first; what that says in words."""

    rows: tuple[int, ...]
    words: str


class Neighbors:
    """Finds them; how far training images are from each other is measured once for each data."""

    def __init__(self) -> None:
        self._usual: tuple[Split, Array] | None = None

    def find(
        self, split: Split, image: Bytes, count: int, go_on: Callable[[], bool]
    ) -> Found | None:
        """Those most like an image (rows, columns); None if `go_on` said no on the way."""
        rows = nearest(split.train, image, count, go_on=go_on)
        usual = self._usual_of(split, go_on) if rows is not None else None
        if rows is None or usual is None:
            return None
        far = distance(image, split.train.images[rows[0]])
        return Found(tuple(rows.tolist()), in_words(rarity(far, usual)))

    def _usual_of(self, split: Split, go_on: Callable[[], bool]) -> Array | None:
        known = self._usual
        if known is not None and known[0] is split:
            return known[1]
        usual = usual_distances(split.train, go_on=go_on)
        if usual is not None:
            self._usual = (split, usual)
        return usual
