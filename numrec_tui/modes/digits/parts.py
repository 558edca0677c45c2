"""The parts of a set that the mode shows."""

from typing import Literal, TypeAlias

from engine.data.dataset import Digits, Split

Part: TypeAlias = Literal["validation", "test", "train"]
PARTS: tuple[Part, ...] = ("validation", "test", "train")
TITLES: dict[Part, str] = {"validation": "validation", "test": "test", "train": "training"}


def part_of(split: Split, part: Part) -> Digits:
    """The digits of a part."""
    return {"validation": split.validation, "test": split.test, "train": split.train}[part]
