"""Twenty pictures as people take them: pens, shadows, tables, noise; each of one known digit.

    python -m tests.photos FOLDER

writes them as 07-shadow-3.jpg: the last number is the digit. The digits are strokes of the bundled
styles, each a mean no network has seen bent like this, drawn large and smooth.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from engine.data.bundled import bundled_folder
from engine.data.synthetic import Style, read_styles

Picture = NDArray[np.float64]

SIDE = 640
"""Columns of a picture; it has three rows for each four columns."""


@dataclass(frozen=True)
class Photo:
    """How one picture is taken; ink and paper are (red, green, blue)."""

    name: str
    digit: int
    pen: float = 0.11
    ink: tuple[int, int, int] = (40, 40, 45)
    paper: tuple[int, int, int] = (235, 233, 228)
    table: tuple[int, int, int] | None = None
    turned: float = 0
    shadow: float = 0
    noise: float = 2
    place: tuple[float, float] = (0.5, 0.5)
    size: float = 0.55
    suffix: str = "jpg"


PAPER, BLUE, WOOD = (200, 196, 188), (45, 70, 170), (96, 70, 50)
PHOTOS = (
    Photo("plain", 0),
    Photo("plain", 1, suffix="png"),
    Photo("gray-paper", 2, paper=(150, 150, 150)),
    Photo("gray-paper", 7, paper=(120, 122, 118), ink=(30, 30, 30)),
    Photo("shadow", 3, shadow=0.55),
    Photo("shadow", 8, shadow=-0.6, paper=PAPER),
    Photo("shadow", 5, shadow=0.5, ink=BLUE, noise=6),
    Photo("blue-ink", 4, ink=BLUE),
    Photo("blue-ink", 6, ink=(70, 110, 200), paper=PAPER),
    Photo("thin-pen", 2, pen=0.022),
    Photo("thin-pen", 9, pen=0.03, noise=4),
    Photo("thick-pen", 3, pen=0.19),
    Photo("thick-pen", 0, pen=0.2, paper=PAPER),
    Photo("table", 5, table=WOOD, turned=9, size=0.4),
    Photo("table", 7, table=(60, 62, 70), turned=-12, size=0.4, noise=5),
    Photo("table", 4, table=WOOD, turned=6, shadow=0.4, size=0.38),
    Photo("off-center", 6, place=(0.2, 0.3), size=0.35),
    Photo("off-center", 1, place=(0.85, 0.7), size=0.4, paper=PAPER),
    Photo("noise", 8, noise=18),
    Photo("chalk", 9, ink=(225, 228, 222), paper=(45, 75, 60), noise=6),
)


def paint(photo: Photo, number: int) -> Image.Image:
    """Take one picture; the same number bends the digit and speckles the picture the same way."""
    draw = np.random.default_rng((2026, number))
    rows, columns = SIDE * 3 // 4, SIDE
    sheet = Image.new("RGB", (columns, rows), photo.paper)
    ink = digit_mask(photo, draw, rows, columns)
    sheet.paste(Image.new("RGB", sheet.size, photo.ink), mask=ink)
    if photo.table is not None:
        sheet = on_table(sheet, photo.table, photo.turned)
    levels = np.asarray(sheet.filter(ImageFilter.GaussianBlur(0.8)), np.float64)
    levels = levels * light(rows, columns, photo.shadow)[:, :, None]
    levels += draw.normal(0, photo.noise, levels.shape)
    return Image.fromarray(np.clip(np.rint(levels), 0, 255).astype(np.uint8))


def digit_mask(photo: Photo, draw: np.random.Generator, rows: int, columns: int) -> Image.Image:
    """The strokes of the digit's commonest style, bent and slanted a little: white on black."""
    style = max(styles(photo.digit), key=lambda style: style.share)
    height = photo.size * rows
    bent = style.points + style.residual * draw.normal(0, 0.5, style.points.shape)
    angle, slant = np.radians(draw.normal(0, 3)), draw.uniform(0, 0.2)
    middle = (bent.min(axis=0) + bent.max(axis=0)) / 2
    points = (bent - middle) * height
    points[:, 0] -= slant * points[:, 1]
    points = points @ np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    points += np.array(photo.place) * (columns, rows)
    mask = Image.new("L", (4 * columns, 4 * rows))
    canvas = ImageDraw.Draw(mask)
    radius = 2 * photo.pen * height
    for stroke in style.strokes:
        for segment in stroke:
            for x, y in 4 * curve(points[list(segment)]):
                canvas.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    return mask.resize((columns, rows), Image.Resampling.BOX)


def styles(digit: int) -> list[Style]:
    return [
        style for style in read_styles(bundled_folder() / "styles.json") if style.digit == digit
    ]


def curve(points: Picture, steps: int = 80) -> Picture:
    """A smooth line through points (p, 2) -> (t, 2)."""
    p = np.concatenate([2 * points[:1] - points[1:2], points, 2 * points[-1:] - points[-2:-1]])
    t = np.linspace(0, 1, steps)[:, None]
    spans = [
        0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2
               + (3 * b - a - 3 * c + d) * t**3)
        for a, b, c, d in zip(p[:-3], p[1:-2], p[2:-1], p[3:], strict=True)
    ]  # fmt: skip
    return np.concatenate(spans)


def on_table(sheet: Image.Image, table: tuple[int, int, int], turned: float) -> Image.Image:
    """The sheet cut to three quarters and laid on a table, turned by some degrees."""
    columns, rows = sheet.size
    paper = Image.new("L", sheet.size)
    box = (columns // 6, rows // 8, columns * 5 // 6, rows * 7 // 8)
    paper.paste(255, box)
    turn = {"resample": Image.Resampling.BICUBIC}
    photo = Image.new("RGB", sheet.size, table)
    photo.paste(sheet.rotate(turned, **turn), mask=paper.rotate(turned, **turn))
    return photo


def light(rows: int, columns: int, shadow: float) -> Picture:
    """How bright the light is: a shadow of this depth comes from the left, or, below 0, the top."""
    y, x = np.mgrid[:rows, :columns] / max(rows, columns)
    along = (0.8 * x + 0.3 * y) if shadow >= 0 else (0.2 * x + 1.2 * y)
    return np.asarray(1 - abs(shadow) * (1 - np.clip(along, 0, 1)))


def write(folder: Path) -> list[tuple[Path, int]]:
    """Write the twenty pictures; returns their paths with the digits."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for number, photo in enumerate(PHOTOS, 1):
        path = folder / f"{number:02}-{photo.name}-{photo.digit}.{photo.suffix}"
        picture = paint(photo, number)
        picture.save(path, **({"quality": 82} if photo.suffix == "jpg" else {}))
        written.append((path, photo.digit))
    return written


if __name__ == "__main__":
    write(Path(sys.argv[1]))
