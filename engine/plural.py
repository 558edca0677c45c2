"""A number and what it counts, in words: "1 epoch", "2,000 epochs"."""


def counted(number: int, one: str, many: str = "") -> str:
    """The number and the noun that goes with it; many: the plural, where it is not one + "s"."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"
