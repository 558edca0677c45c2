"""Printed sheets that somebody has filled in, and photographs of them.

They are taken as those of `tests.photos` are (paper, shadow, table, noise), and seen at a slant.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from PIL import Image, ImageFilter

from engine.data.bundled import bundled_folder
from engine.data.sheet.layout import CELL, Layout
from engine.data.sheet.marks import homography
from engine.data.sheet.page import DPI, draw_page, new_layout
from engine.data.synthetic import draw, read_styles
from tests.photos import PAPER, WOOD, light

MILLIMETER = DPI / 25.4
DIGITS = tuple("0123456789")
EMPTY = ((2, 5), (9, 11))
"""Cells of the example without a drawing: class and number."""


@dataclass(frozen=True)
class Example:
    """A filled sheet, and what is drawn on it: images (n, 28, 28) with their classes."""

    sheet: Image.Image
    images: np.ndarray
    labels: list[int]


def drawings(layout: Layout, seed: int) -> np.ndarray:
    """Digits by a program, white on black, for each class and cell: (classes, each, 28, 28)."""
    digits = draw(read_styles(bundled_folder() / "styles.json"), 14 * layout.each + 100, seed, 0.7)
    return np.array(
        [
            digits.images[digits.labels == label % 10][: layout.each]
            for label in range(layout.classes)
        ]
    )


def filled(
    layout: Layout, names: tuple[str, ...], images: np.ndarray, page: int = 0, seed: int = 0,
    ink: int = 40, skip: tuple[tuple[int, int], ...] = (),
) -> Image.Image:  # fmt: skip
    """A page with a drawing in each cell, somewhere in it; skip: (label, number) of those empty."""
    chance = np.random.default_rng((7, seed))
    sheet = draw_page(layout, page, names).astype(np.float64)
    for cell in layout.cells(page):
        if (cell.label, cell.number) in skip:
            continue
        side = round(CELL * chance.uniform(0.72, 0.92) * MILLIMETER)
        room = (CELL - 0.6) * MILLIMETER - side
        left = round(cell.left * MILLIMETER + 4 + chance.uniform(0, room))
        top = round(cell.top * MILLIMETER + 4 + chance.uniform(0, room))
        large = Image.fromarray(images[cell.label, cell.number]).resize(
            (side, side), Image.Resampling.BICUBIC
        )
        cover = np.clip((np.asarray(large) / 255 - 0.3) * 3, 0, 1)
        part = sheet[top : top + side, left : left + side]
        part[...] = np.minimum(part, 255 - cover * (255 - ink))
    return Image.fromarray(np.rint(sheet).astype(np.uint8))


@dataclass(frozen=True)
class Shot:
    """How a sheet is photographed.

    turned: degrees. slant: how much shorter the far edge is than the near one, to the right and
    downwards. size: of the page in the picture. pixels: the longer side of the picture.
    """

    turned: float = 0
    slant: tuple[float, float] = (0, 0)
    shadow: float = 0
    paper: tuple[int, int, int] = (235, 233, 228)
    table: tuple[int, int, int] = WOOD
    noise: float = 4
    blur: float = 0.8
    size: float = 0.9
    pixels: int = 1600


SHOTS = {
    "flat": Shot(),
    "shadow": Shot(turned=6, shadow=0.55),
    "tilted-left": Shot(-15, slant=(0.1, 0.12), shadow=-0.6, paper=PAPER, size=0.75),
    "tilted-right": Shot(20, slant=(-0.12, 0.1), shadow=0.5, noise=8, size=0.7),
    "leaning": Shot(-4, slant=(0, 0.25), table=(60, 62, 70), noise=12, blur=1.2),
    "upside-down": Shot(182, slant=(0.1, -0.1), shadow=0.4, paper=(150, 150, 150)),
    "sideways": Shot(90, shadow=-0.4, size=0.7),
}


@cache
def example(seed: int = 0, ink: int = 40) -> Example:
    """A sheet of ten classes with twelve digits each; two of its cells are empty."""
    layout = new_layout(DIGITS, 12, "a4")
    images = drawings(layout, seed)
    sheet = filled(layout, DIGITS, images, seed=seed, ink=ink, skip=EMPTY)
    there = [(cell.label, cell.number) for cell in layout.cells(0)]
    kept = [each for each in there if each not in EMPTY]
    return Example(sheet, np.array([images[each] for each in kept]), [label for label, _ in kept])


def photographed(sheet: Image.Image, shot: Shot, seed: int = 0) -> Image.Image:
    """The sheet on a table, taken so."""
    chance = np.random.default_rng((2026, seed))
    rows, columns = shot.pixels, shot.pixels * 3 // 4
    shrunk = sheet.reduce(max(int(sheet.height / (shot.size * rows * 1.2)), 1))
    width, height = shrunk.size
    inside = np.array([(0, 0), (width, 0), (width, height), (0, height)], float)
    corners = inside / height - np.array((width / height, 1)) / 2
    far = 1 + corners @ np.array(shot.slant)
    angle = np.radians(shot.turned)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    seen = (corners / far[:, None]) @ turn * shot.size * rows + (columns / 2, rows / 2)
    back = homography(seen, inside)

    def taken(picture: Image.Image) -> np.ndarray:
        found = picture.transform(
            (columns, rows), Image.Transform.PERSPECTIVE, tuple(back.ravel()[:8]),
            Image.Resampling.BICUBIC,
        )  # fmt: skip
        return np.asarray(found, np.float64)[:, :, None] / 255

    cover = taken(Image.new("L", shrunk.size, 255))
    levels = cover * taken(shrunk) * np.array(shot.paper) + (1 - cover) * np.array(shot.table)
    picture = Image.fromarray(np.clip(levels, 0, 255).astype(np.uint8))
    picture = picture.filter(ImageFilter.GaussianBlur(shot.blur))
    levels = np.asarray(picture, np.float64) * light(rows, columns, shot.shadow)[:, :, None]
    levels += chance.normal(0, shot.noise, levels.shape)
    return Image.fromarray(np.clip(np.rint(levels), 0, 255).astype(np.uint8))


def gray_levels(picture: Image.Image) -> np.ndarray:
    """A picture as `engine.data.pictures.read` gives it."""
    return np.asarray(picture.convert("L"))
