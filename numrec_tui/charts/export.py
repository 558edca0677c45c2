"""A chart written to files: its picture as SVG, its numbers as CSV, never over another file."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from numrec_tui.charts.picture import EPOCHS, Picture
from numrec_tui.charts.svg import to_svg
from numrec_tui.storage.exports import write
from numrec_tui.text.escaping import csv_text

HEADING = ("quantity", "curve", "{}", "value", "smoothed")
"""The columns; the third is named by what the x axis counts."""


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
    contents = {".svg": to_svg(pictures, name), ".csv": to_csv(pictures)}
    return Exported(*write(folder, name, contents))


def to_csv(pictures: Sequence[Picture]) -> str:
    """A heading, one line a point of every curve, and one line a change that was made.

    A change stands where the name of a curve does; values are empty where there are none.
    """
    counted = pictures[0].x_label if pictures else EPOCHS
    rows: list[Sequence[object]] = [[name.format(counted or EPOCHS) for name in HEADING]]
    for picture in pictures:
        for curve in picture.curves:
            x, raw = replace(curve, smoothing=0.0).points()
            drawn: list[float | str] = [""] * len(x)
            if curve.smoothing:
                drawn = curve.points()[1].tolist()
            for row in zip(x.tolist(), raw.tolist(), drawn, strict=True):
                rows.append([picture.title, curve.label, *row])
    for mark in pictures[0].marks if pictures else ():
        rows.append(["change", mark.text, mark.x, "", ""])
    return csv_text(rows)
