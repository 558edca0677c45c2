"""Writes docs/choices.md: everything that can be chosen by a name, from where it is registered."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from engine.data.published import PUBLISHED
from engine.models import files  # noqa: F401 - which registers our formats
from engine.models.formats import FORMATS
from engine.nn.activations import ACTIVATIONS
from engine.nn.initializers import INITIALIZERS
from engine.nn.losses import LOSSES
from engine.nn.optimizers import OPTIMIZERS
from engine.nn.schedules import SCHEDULES
from numrec_tui.modes.registry import KEYS, MODES

PAGE = Path(__file__).with_name("choices.md")

TOP = """# What can be chosen

Everything that goes by a name, in the order in which it is listed. This page is written from the
code by `python docs/make_choices.py`, and a test holds it. [CONTRIBUTING.md](../CONTRIBUTING.md)
says how another is added, here or in a package of one's own.
"""


def first_line(described: Callable[..., object]) -> str:
    """What a function's text says in its first line."""
    return (described.__doc__ or "").strip().partition("\n")[0]


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A heading and a table."""
    lines = [columns, ["---"] * len(columns), *rows]
    cells = [[str(cell).replace("|", r"\|") for cell in line] for line in lines]
    return "\n".join([f"\n## {title}\n", *(f"| {' | '.join(line)} |" for line in cells), ""])


def page() -> str:
    """The whole page."""
    tables = [
        table("Optimizers", ("`--optimizer`", "what a step does", "vectors remembered"), (
            (f"`{name}`", first_line(rule.update), rule.vectors)
            for name, rule in OPTIMIZERS.items()
        )),
        table("Activations", ("`--activation`", "what it is", "initializer that suits it"), (
            (f"`{name}`", first_line(make), f"`{make(0.0).initializer}`")
            for name, make in ACTIVATIONS.items()
        )),
        table("Losses", ("`--loss`", "what it is", "output"), (
            (f"`{name}`", first_line(loss.value), first_line(loss.output))
            for name, loss in LOSSES.items()
        )),
        table("Schedules", ("`--schedule`", "what the rate is multiplied by"), (
            (f"`{name}`", first_line(schedule)) for name, schedule in SCHEDULES.items()
        )),
        table("Initializers", ("`--initializer`", "how weights are drawn"), (
            (f"`{name}`", first_line(draw)) for name, draw in INITIALIZERS.items()
        )),
        table("Published data sets", ("`--data`", "what it is", "images", "classes", "size"), (
            (f"`{name}`", each.about, f"{sum(each.images):,}", len(each.class_names),
             each.megabytes)
            for name, each in PUBLISHED.items()
        )),
        table("Model formats", ("suffix", "what it holds or is for"), (
            (f"`{each.suffix}`", each.about) for each in FORMATS.values()
        )),
        table("Modes", ("key", "mode", "what it is for"), (
            (f"`{key}`" if key else "", each.title, each.about)
            for key, each in zip(KEYS.ljust(len(MODES)), MODES.values(), strict=False)
        )),
    ]  # fmt: skip
    return TOP + "".join(tables)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
