"""Digits and confusion matrices as a notebook shows them; text from outside is escaped."""

import html
from base64 import b64encode
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from engine.nn.arrays import Bytes

MOST_PICTURES = 40
"""Pictures that are shown at a time."""

MOST_CLASSES = 32
"""Rows of a confusion matrix; of more classes those with the most mistakes are shown."""

SIDE = 48
"""The height of a picture on the page."""

_FIGURE = "display:inline-block;margin:2px;text-align:center;font-size:small"
_IMAGE = f"height:{SIDE}px;image-rendering:pixelated;display:block;margin:auto"
_PNG = "data:image/png;base64,"
_CELL = "text-align:right;padding:2px 6px"


def gallery(title: str, images: Bytes, captions: Iterable[str]) -> str:
    """The first pictures of images (n, rows, columns), each above its caption."""
    from engine.data.pictures import png

    shown = zip(images[:MOST_PICTURES], captions, strict=False)
    figures = [
        f'<figure style="{_FIGURE}">'
        f'<img style="{_IMAGE}" alt="" src="{_PNG}{b64encode(png(image)).decode()}">'
        f"<figcaption>{html.escape(caption)}</figcaption></figure>"
        for image, caption in shown
    ]
    return f"<div><p>{html.escape(title)}</p>{''.join(figures)}</div>"


def confusion_table(title: str, confusion: NDArray[np.int64], names: Sequence[str]) -> str:
    """How often each class (row) was read as each class (column): (classes, classes)."""
    rows = _worst(confusion)
    left_out = len(confusion) - len(rows)
    note = f" ({left_out} classes with fewer mistakes are left out)" if left_out else ""
    head = "".join(f'<th style="{_CELL}">{html.escape(names[row])}</th>' for row in rows)
    body = "".join(
        f'<tr><th style="{_CELL}">{html.escape(names[row])}</th>'
        + "".join(_cell(int(confusion[row, column]), row == column) for column in rows)
        + "</tr>"
        for row in rows
    )
    return (
        f"<div><p>{html.escape(title + note)}</p><table><thead><tr>"
        f'<th style="{_CELL}">true \\ read as</th>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _cell(count: int, is_right: bool) -> str:
    weight = "font-weight:bold" if is_right else "opacity:0.3" if not count else ""
    return f'<td style="{_CELL};{weight}">{count}</td>'


def _worst(confusion: NDArray[np.int64]) -> list[int]:
    """The classes to show, in their order."""
    mistakes = confusion.sum(axis=0) + confusion.sum(axis=1) - 2 * np.diag(confusion)
    return sorted(np.argsort(-mistakes, kind="stable")[:MOST_CLASSES].tolist())
