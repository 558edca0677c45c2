"""Several sets that are learned from together: `mnist,./mine*3`; their classes join by name."""

import math
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import blake2b
from itertools import permutations
from pathlib import Path

import numpy as np

from engine.data import catalog
from engine.data.dataset import Copies, DataSet, Digits, Doubt, SecondSet, stratified
from engine.data.doubts import doubts_of_test
from engine.data.repairs import joined, parted
from engine.errors import DataError
from engine.nn.arrays import Bytes, Indices
from engine.plural import counted

MOST_COPIES = 1000
"""How often the images of a set may be repeated."""

LARGEST_REPEATED = 2**30
"""Bytes of the images that an epoch shows once more, or more often."""

_WEIGHT = re.compile(r"(?P<name>.+)\*(?P<weight>\d{1,4}(?:\.\d{1,6})?)", re.DOTALL)
_FOLDER = ("./", "../", "/", "~")
"""How the name of a folder begins that may hold a comma."""


@dataclass(frozen=True, slots=True)
class Source:
    """One of the sets, by its name, and how often each of its training images is taken.

    weight: 2 repeats every image, 0.1 takes a tenth of them.
    """

    name: str
    weight: float = 1.0

    def __str__(self) -> str:
        weight = str(self.weight).removesuffix(".0")
        return self.name if self.weight == 1 else f"{self.name}*{weight}"


def sources(names: str) -> tuple[Source, ...]:
    """The sets that a list names: "mnist,./mine*3" -> mnist once, ./mine three times.

    A folder whose name holds a comma or ends like a weight begins with ./ or / and exists.

    Raises:
        DataError: a weight is 0 or too large, or there is nothing between two commas.
    """
    found = tuple(map(_source, _pieces(names)))
    if len(found) > 1 and not all(each.name for each in found):
        raise DataError(f"{names!r} names a set with nothing before or after a comma.")
    return found


def renamed(names: str, change: Callable[[str], str]) -> str:
    """The list with the name of each set changed."""
    return ",".join(str(replace(each, name=change(each.name))) for each in sources(names))


def with_repairs(names: str, repairs: Sequence[str]) -> str:
    """The list with every set repaired so, beside the repairs it has."""
    return renamed(names, lambda name: joined(name, repairs))


def absolute(names: str) -> str:
    """The list that asks for the same sets from any folder: folders become whole paths."""
    return renamed(names, lambda name: _whole(name) if catalog.is_folder(name) else name)


def _whole(name: str) -> str:
    path = Path(name)
    with suppress(RuntimeError):  # there is no such user
        path = path.expanduser()
    return str(path.absolute())


def find(
    names: str,
    on_progress: catalog.OnProgress = lambda done, total: None,
    *,
    downloads: Path | None = None,
    find_one: Callable[[str], DataSet] | None = None,
) -> DataSet:
    """The set that goes by a name, as `catalog.find`; several of them, with weights, are mixed.

    find_one: looks up a set by its own name, in place of the catalog.

    Raises:
        DataError, FormatError: one of them is missing or damaged, or they do not fit together.
    """
    wanted = sources(names)
    look = find_one or (lambda name: catalog.find(name, on_progress, downloads=downloads))
    found = [look(each.name) for each in wanted]
    if len(found) == 1 and wanted[0].weight == 1:
        return found[0]
    return mixed(found, [each.weight for each in wanted])


def mixed(sets: Sequence[DataSet], weights: Sequence[float]) -> DataSet:
    """The images of several sets as one; a class is the same where it has the same name.

    The first set's classes come first, in its order. Each training image is taken as often as its
    set's weight says; the test images of all sets are taken once.

    Raises:
        DataError: the images differ in size, classes without names differ in number, or there are
            more classes than a label can count.
    """
    names = _class_names(sets)
    labels = [np.array([names.index(name) for name in each.class_names], np.uint8) for each in sets]
    taken = [_taken(each, weight) for each, weight in zip(sets, weights, strict=True)]
    train, copies = _merged(
        _joined([each.train.take(rows) for each, (rows, _) in zip(sets, taken, strict=True)],
                labels, names),
        np.concatenate([copies for _, copies in taken]),
    )  # fmt: skip
    name = ",".join(str(Source(each.name, by)) for each, by in zip(sets, weights, strict=True))
    _check_size(name, train, copies)
    test = _joined([each.test for each in sets], labels, names)
    varied = any(each.varied for each in sets)
    return DataSet(name, train, test, varied, tuple(_doubts(sets)), copies)


def scored_beside(data: DataSet, second: DataSet, source: str) -> DataSet:
    """The data, with the test images of another set to be scored beside the validation.

    A class is the same where it has the same name. source: the name the other set was asked for by.

    Raises:
        DataError: the images differ in size, classes without names differ in number, or the other
            set has a class that the data have not.
    """
    _check_alike((data, second))
    unknown = [name for name in second.class_names if name not in data.class_names]
    if unknown:
        more = f" and {len(unknown) - 3} more" if len(unknown) > 3 else ""
        raise DataError(
            f"{second.name} cannot be scored beside {data.name}, which has no class "
            f"{', '.join(map(repr, unknown[:3]))}{more}."
        )
    of = np.array([data.class_names.index(name) for name in second.class_names], np.uint8)
    test = _joined([second.test], [of], data.class_names)
    doubts = (*data.doubts, *_doubts_beside(data, second, source))
    return replace(data, second=SecondSet(second.name, test, source), doubts=doubts)


def _doubts_beside(data: DataSet, second: DataSet, source: str) -> Iterator[Doubt]:
    """Those about the second set, and whether the data hold what it is scored on."""
    for doubt in second.doubts:
        mended = f" {source}+{doubt.mend} is mended." if doubt.mend else ""
        yield Doubt(f"{second.name}, scored beside: {doubt.what}{mended}")
    for doubt in doubts_of_test(data.train, second.test):
        yield replace(doubt, what=f"{second.name}, scored beside {data.name}: {doubt.what}")


def _merged(train: Digits, copies: Copies) -> tuple[Digits, Copies]:
    """Equal images of one class as one, taken as often as all of them: copies (n,) -> (m,).

    So none of them is learned from while another is validated on.
    """
    first: dict[tuple[bytes, int], int] = {}
    of = np.empty(len(train), np.intp)
    for row, (image, label) in enumerate(zip(train.images, train.labels.tolist(), strict=True)):
        of[row] = first.setdefault((blake2b(image, digest_size=16).digest(), label), row)
    often = np.bincount(of, copies, len(train)).astype(copies.dtype)
    rows = np.flatnonzero(often)
    return (train if len(rows) == len(train) else train.take(rows)), often[rows]


def _check_size(name: str, train: Digits, copies: Copies) -> None:
    """Make sure that repeated images do not take all the memory there is."""
    more = int(copies.sum()) - len(train)
    if more * train.pixels.shape[1] > LARGEST_REPEATED:
        raise DataError(
            f"{name} shows {counted(len(train) + more, 'image')} in an epoch, {more:,} of them "
            f"again, which take more than {LARGEST_REPEATED / 1e9:.1f} GB; lower the weights."
        )


def _doubts(sets: Sequence[DataSet]) -> Iterator[Doubt]:
    """Those about each set, and what one learns from that another is tested on."""
    for each in sets:
        yield from (replace(doubt, what=f"{each.name}: {doubt.what}") for doubt in each.doubts)
    for one, other in permutations(sets, 2):
        for doubt in doubts_of_test(one.train, other.test):
            yield replace(doubt, what=f"{other.name} beside {one.name}: {doubt.what}")


def _pieces(names: str) -> Iterator[str]:
    """Cut at commas, but not inside the path of a folder that is there."""
    words = names.split(",")
    while words:
        for count in range(len(words), 1, -1):
            longer = ",".join(words[:count])
            if longer.startswith(_FOLDER) and Path(_bare(longer)).is_dir():
                break
        else:
            count = 1
        yield ",".join(words[:count])
        del words[:count]


def _bare(piece: str) -> str:
    """The name without weight and repairs, as far as it is a folder's."""
    name = piece if Path(piece).is_dir() else _source(piece).name
    return parted(name)[0]


def _source(piece: str) -> Source:
    found = _WEIGHT.fullmatch(piece)
    if found is None or (piece.startswith(_FOLDER) and Path(piece).is_dir()):
        return Source(piece)
    weight = float(found["weight"])
    if not 0 < weight <= MOST_COPIES:
        raise DataError(
            f"{piece!r} has a weight that is not above 0 and at most {MOST_COPIES:,}; "
            "mnist*0.1 takes a tenth of the images, mnist*2 each of them twice."
        )
    return Source(found["name"], weight)


def _class_names(sets: Sequence[DataSet]) -> tuple[str, ...]:
    _check_alike(sets)
    names = tuple(dict.fromkeys(name for each in sets for name in each.class_names))
    if len(names) > catalog.MOST_CLASSES:
        raise DataError(
            f"Together the sets have {len(names)} classes; there may be {catalog.MOST_CLASSES}."
        )
    return names


def _check_alike(sets: Sequence[DataSet]) -> None:
    """Make sure that images have one size, and that it is known which classes are the same."""
    first = sets[0]
    for other in sets[1:]:
        one, two = (" x ".join(map(str, each.train.images.shape[1:])) for each in (first, other))
        if one != two:
            raise DataError(
                f"The images of {first.name} are {one} pixels, those of {other.name} {two}; "
                "sets that are used together have one size."
            )
    numbered = [each for each in sets if not each.train.named]
    for other in numbered[1:]:
        if other.train.classes != numbered[0].train.classes:
            raise DataError(
                f"The classes of {numbered[0].name} and {other.name} have no names, and there are "
                f"{numbered[0].train.classes} and {other.train.classes} of them; name them in "
                f"{catalog.CLASS_NAMES} of a folder, so that it is known which are the same."
            )


def _taken(data: DataSet, weight: float) -> tuple[Indices, Copies]:
    """The training images that are taken, rows (m,), and how often each: (m,).

    A weight of 2.5 takes each twice, and half of them once more; a part has each class if it can.
    """
    copies, part = divmod(weight, 1)
    count = round(part * len(data.train)) or (0 if copies else 1)
    order = np.random.default_rng(0).permutation(len(data.train))
    often = np.full(len(data.train), math.floor(copies), np.uint32)
    often[order[stratified(data.train.labels[order], count)]] += 1
    rows = np.flatnonzero(often)
    return rows, often[rows]


def _joined(parts: Sequence[Digits], labels: Sequence[Bytes], names: tuple[str, ...]) -> Digits:
    images = np.concatenate([part.images for part in parts])
    classes = [of[part.labels] for part, of in zip(parts, labels, strict=True)]
    return Digits(images, np.concatenate(classes), len(names), names)
