"""Draws the bundled digits: 12,000 to learn from and 2,000 to be tested on.

    python data/make_digits.py [FOLDER]

Without a folder the files beside this program are written anew; they come out bit for bit the same.
A contact sheet is drawn, too.
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image

from engine.data import idx
from engine.data.catalog import BUNDLED, FILES, draw_set
from engine.data.dataset import Digits

SHEET_COLUMNS = 24
"""Digits of each class on the contact sheet."""


def contact_sheet(digits: Digits) -> Image.Image:
    """The first digits of each class, a row a class, black on white, twice their size."""
    rows = [
        np.hstack(list(digits.images[digits.labels == digit][:SHEET_COLUMNS]))
        for digit in range(digits.classes)
    ]
    sheet = Image.fromarray(255 - np.vstack(rows))
    return sheet.resize((2 * sheet.width, 2 * sheet.height), Image.Resampling.NEAREST)


def main() -> None:
    """Draw and write everything."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent
    folder.mkdir(parents=True, exist_ok=True)
    digits = draw_set(BUNDLED)
    parts = {
        "training images": digits.train.images,
        "training labels": digits.train.labels,
        "test images": digits.test.images,
        "test labels": digits.test.labels,
    }
    for part, values in parts.items():
        idx.write(folder / f"{FILES[part]}.gz", values)
    contact_sheet(digits.train).save(folder / "contact-sheet.png", optimize=True)
    print(f"{len(digits.train):,} + {len(digits.test):,} digits written to {folder}")


if __name__ == "__main__":
    main()
