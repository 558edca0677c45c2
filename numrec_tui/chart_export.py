"""A chart written to files: its picture as SVG, its numbers as CSV, never over another file."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from numrec_tui.chart_svg import to_svg
from numrec_tui.exports import write
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
    contents = {".svg": to_svg(pictures, name), ".csv": to_csv(pictures)}
    return Exported(*write(folder, name, contents))


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
