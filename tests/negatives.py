"""A data set whose images are negatives: black ink on white paper."""

from pathlib import Path

from engine.data import idx
from engine.data.catalog import FILES, find


def write_negatives(folder: Path) -> Path:
    """Write sixty drawn digits, inverted, to a new folder; returns it."""
    data = find("drawn:60")
    folder.mkdir()
    parts = (255 - data.train.images, data.train.labels, 255 - data.test.images, data.test.labels)
    for name, values in zip(FILES.values(), parts, strict=True):
        idx.write(folder / name, values)
    return folder
