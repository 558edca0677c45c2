"""The connected parts of a mask, and which of them are one digit."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Part:
    """A connected part and its box: rows top … bottom - 1, columns left … right - 1."""

    number: int
    top: int
    bottom: int
    left: int
    right: int
    contact: tuple[int, ...]
    """How many of its pixels are in the picture's first and last row, first and last column."""

    @property
    def height(self) -> int:
        """Its rows."""
        return self.bottom - self.top

    @property
    def width(self) -> int:
        """Its columns."""
        return self.right - self.left

    @property
    def longer(self) -> int:
        """The longer side of its box."""
        return max(self.height, self.width)

    def lies_along_border(self, shape: tuple[int, ...]) -> bool:
        """Whether it is cut off by the picture's border, as a table around the paper is.

        A digit that just reaches the border touches it with less than half of its side.
        """
        sides = (self.width, self.width, self.height, self.height)
        lying = [2 * touching >= side for touching, side in zip(self.contact, sides, strict=True)]
        across = self.height == shape[0] or self.width == shape[1]
        return any(lying) or (across and sum(touching > 0 for touching in self.contact) > 1)

    def contains(self, other: "Part") -> bool:
        """Whether the other's box is inside this one's."""
        return (
            self.top < other.top
            and other.bottom < self.bottom
            and self.left < other.left
            and other.right < self.right
        )


def parts_of(mask: Mask) -> tuple[NDArray[np.intp], list[Part]]:
    """The connected parts of a mask, corners connect too.

    mask (rows, columns) -> the number of the part at each pixel, -1 where there is none, and the
    parts by number. Each pixel points to a neighbor's root until all roots of a part are one.
    """
    index = np.full(mask.shape, -1, np.intp)
    index[mask] = np.arange(np.count_nonzero(mask))
    root = np.arange(np.count_nonzero(mask))
    one, other = _neighbors(index)
    while one.size:
        lower = np.minimum(root[one], root[other])
        np.minimum.at(root, root[one], lower)
        np.minimum.at(root, root[other], lower)
        while (root[root] != root).any():
            root = root[root]
        apart = root[one] != root[other]
        one, other = one[apart], other[apart]
    _, number = np.unique(root, return_inverse=True)
    labels = index
    labels[mask] = number
    return labels, _boxes(labels, mask)


def _neighbors(index: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Pairs of pixels that touch: to the right, below, and below to both sides."""
    pairs = [
        (index[:, :-1], index[:, 1:]),
        (index[:-1], index[1:]),
        (index[:-1, :-1], index[1:, 1:]),
        (index[:-1, 1:], index[1:, :-1]),
    ]
    both = [(one >= 0) & (other >= 0) for one, other in pairs]
    ones = [one[there] for (one, _), there in zip(pairs, both, strict=True)]
    others = [other[there] for (_, other), there in zip(pairs, both, strict=True)]
    return np.concatenate(ones), np.concatenate(others)


def _boxes(labels: NDArray[np.intp], mask: Mask) -> list[Part]:
    rows, columns = np.nonzero(mask)
    number = labels[mask]
    count = int(number.max(initial=-1)) + 1
    low = np.full((2, count), max(mask.shape))
    high = np.zeros((2, count), np.intp)
    for axis, positions in enumerate((rows, columns)):
        np.minimum.at(low[axis], number, positions)
        np.maximum.at(high[axis], number, positions + 1)
    sides = (labels[0], labels[-1], labels[:, 0], labels[:, -1])
    contact = [np.bincount(side[side >= 0], minlength=count) for side in sides]
    boxes = np.stack([low[0], high[0], low[1], high[1]], axis=1).tolist()
    contacts = np.stack(contact, axis=1).tolist()
    return [
        Part(number, top, bottom, left, right, tuple(touching))
        for number, ((top, bottom, left, right), touching) in enumerate(
            zip(boxes, contacts, strict=True)
        )
    ]


def together(parts: list[Part], labels: NDArray[np.intp]) -> list[list[Part]]:
    """Which parts are one digit: a separate bar of a 5 belongs to it, specks to nothing.

    labels (rows, columns): the number of the part that each pixel is of.
    """
    bodies = _bodies(parts, labels)
    if not bodies:
        return []
    largest = max(body.longer for body in bodies)
    digits: list[list[Part]] = []
    for part in sorted(bodies, key=lambda body: -body.height):
        home = next((digit for digit in digits if _belongs(part, digit[0])), None)
        if home is None:
            digits.append([part])
        else:
            home.append(part)
    crumbs = [part for part in parts if 0.06 * largest <= part.longer < 0.25 * largest]
    for crumb in crumbs:  # a stroke that a weak pen broke up
        home = next((digit for digit in digits if _overlap(crumb, digit[0], 0.05)), None)
        if home is not None:
            home.append(crumb)
    return digits


def _bodies(parts: list[Part], labels: NDArray[np.intp]) -> list[Part]:
    """The parts of a digit's size, without a frame around others: that is the paper's edge."""
    largest = max((part.longer for part in parts), default=0)
    sized = [part for part in parts if part.longer >= 0.15 * largest]
    around = [part for part in sized if any(part.contains(other) for other in sized)]
    frames = [part for part in around if _is_edge_of_paper(part, labels)]
    inside = [part for part in sized if part not in frames]
    largest = max((part.longer for part in inside), default=0)
    return [part for part in inside if part.longer >= 0.25 * largest]


RECTANGULAR = 0.87
"""The share of its box, however it is turned, that the inside of a sheet's edge fills; a ring's is
π/4, and an open shape, such as a stem with a bar, has no inside."""


def _is_edge_of_paper(part: Part, labels: NDArray[np.intp]) -> bool:
    """Whether a part that has others inside its box is the outline of a sheet, and no symbol."""
    own = labels[part.top : part.bottom, part.left : part.right] == part.number
    rows, columns = np.nonzero(between(own, 0) & between(own, 1))
    return rows.size >= RECTANGULAR * float(np.prod(turned_box(rows, columns)))


def between(mask: NDArray[np.bool_], axis: int) -> NDArray[np.bool_]:
    """What has pixels of the mask before it and behind it."""
    before = np.maximum.accumulate(mask, axis)
    behind = np.flip(np.maximum.accumulate(np.flip(mask, axis), axis), axis)
    inside: NDArray[np.bool_] = before & behind
    return inside


def turned_box(rows: NDArray[np.intp], columns: NDArray[np.intp]) -> tuple[float, float]:
    """The sides of the smallest box around pixels, turned as suits them best: shorter, longer."""
    angles = np.radians(np.arange(0, 90, 5))[:, None]
    across = columns * np.cos(angles) + rows * np.sin(angles)  # (18, pixels)
    down = rows * np.cos(angles) - columns * np.sin(angles)
    boxes = np.stack([np.ptp(across, axis=1) + 1, np.ptp(down, axis=1) + 1], axis=1)  # (18, 2)
    shorter, longer = np.sort(min(boxes, key=np.prod))
    return float(shorter), float(longer)


def _belongs(part: Part, body: Part) -> bool:
    """Whether a lower part is a piece of a taller digit: above or below it, or within its rows."""
    shared = min(part.right, body.right) - max(part.left, body.left)
    gap = max(part.top, body.top) - min(part.bottom, body.bottom)
    if 2 * shared < min(part.width, body.width):
        return False
    return gap <= 0 or (gap < 0.2 * body.height and 2 * part.height < body.height)


def _overlap(part: Part, body: Part, margin: float) -> bool:
    """Whether two boxes overlap once the body's has grown by a share of its longer side."""
    more = margin * body.longer
    return (
        part.left < body.right + more
        and part.right > body.left - more
        and part.top < body.bottom + more
        and part.bottom > body.top - more
    )


def reading_order(digits: list[list[Part]]) -> list[list[Part]]:
    """The digits line by line, from left to right; who shares half of its height shares a line."""
    lines: list[list[list[Part]]] = []
    for digit in sorted(digits, key=_top):
        line = next((line for line in lines if _same_line(digit, line[-1])), None)
        if line is None:
            lines.append([digit])
        else:
            line.append(digit)
    return [digit for line in lines for digit in sorted(line, key=_left)]


def _same_line(digit: list[Part], other: list[Part]) -> bool:
    shared = min(_bottom(digit), _bottom(other)) - max(_top(digit), _top(other))
    return 2 * shared >= min(_bottom(digit) - _top(digit), _bottom(other) - _top(other))


def _top(digit: list[Part]) -> int:
    return min(part.top for part in digit)


def _bottom(digit: list[Part]) -> int:
    return max(part.bottom for part in digit)


def _left(digit: list[Part]) -> int:
    return min(part.left for part in digit)
