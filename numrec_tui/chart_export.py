"""A chart written to files: its picture as SVG, its numbers as CSV, never over another file."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

from engine.errors import SaveError
from engine.files import write_atomic
from numrec_tui.chart_svg import to_svg
from numrec_tui.widgets.picture import Picture

HEADING = ("quantity", "curve", "epoch", "value", "smoothed")


@dataclass(frozen=True, slots=True)
class Exported:
    """Where a chart was written to: two files of one name."""

    svg: Path
    csv: Path

    def __str__(self) -> str:
        return f"The chart is in {self.svg}, its data in {self.csv.name}"


def export(pictures: Sequence[Picture], folder: Path, name: str) -> Exported:
    """Write the pictures to `folder`, which is made if it is not there, as files called `name`.

    If there are such files, a number is added to the name.

    Raises:
        SaveError: the folder cannot be made, or a file cannot be written.
    """
    svg, table = to_svg(pictures, name), to_csv(pictures)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        exported = _claim(folder, name)
    except OSError as error:
        raise SaveError(f"Cannot write to {folder}: {error.strerror or error}.") from error
    write_atomic(exported.svg, svg.encode())
    write_atomic(exported.csv, table.encode())
    return exported


def to_csv(pictures: Sequence[Picture]) -> str:
    """A heading, one line a point of every curve, and one line a change that was made.

    A change stands where the name of a curve does; values are empty where there are none.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADING)
    for picture in pictures:
        for curve in picture.curves:
            x, raw = replace(curve, smoothing=0.0).points()
            drawn: list[float | str] = [""] * len(x)
            if curve.smoothing:
                drawn = curve.points()[1].tolist()
            for row in zip(x.tolist(), raw.tolist(), drawn, strict=True):
                writer.writerow([picture.title, curve.label, *row])
    for mark in pictures[0].marks if pictures else ():
        writer.writerow(["change", mark.text, mark.x, "", ""])
    return text.getvalue()


def _claim(folder: Path, name: str) -> Exported:
    """Two names that nobody has, made as empty files, so that nobody else gets them."""
    for number in count(1):
        stem = name if number == 1 else f"{name}-{number}"
        files = Exported(folder / f"{stem}.svg", folder / f"{stem}.csv")
        try:
            files.svg.touch(exist_ok=False)
        except FileExistsError:
            continue
        try:
            files.csv.touch(exist_ok=False)
        except FileExistsError:
            files.svg.unlink()
            continue
        return files
    raise AssertionError("there is always another number")
