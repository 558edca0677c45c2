"""`numrec-tui data`: which data sets there are, and getting, showing and making them."""

import json as json_text
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from engine.errors import UsageError
from engine.plural import counted
from numrec_tui.cli.data import load_data, mended, tell_doubts
from numrec_tui.cli.exits import DONE, complain
from numrec_tui.cli.flags import InvertFlag, ScaleFlag
from numrec_tui.cli.help_texts import examples
from numrec_tui.cli.output import picture_lines
from numrec_tui.settings import data_folder

if TYPE_CHECKING:
    from engine.data.digits import DataSet, Digits

NAMES = """A name of the list comes before a folder of that name; such a folder is
written ./mnist or mnist/. NUMREC_MIRRORS=https://my.server/sets downloads
from there in place of the built-in mirrors, mnist from the folder mnist/.

"""

EXAMPLES = examples(
    "data list",
    "data get fashion-mnist",
    "train --data fashion-mnist",
    "data show mnist",
    "data pack pictures/ my-set/",
    "train --data my-set/",
)

data = App(
    name="data",
    help="List, download, show and pack data sets.",
    help_epilogue=NAMES + EXAMPLES,
    help_format="plaintext",
    default_parameter=Parameter(show_default=False, negative=()),
)

JsonFlag = Annotated[bool, Parameter(help="print JSON instead of text")]


@data.command(name="list")
def list_sets(*, json: JsonFlag = False) -> int:
    """List the data sets that have a name: what they are, and whether they are here."""
    sets = [_bundled(), _drawn(), *_published()]
    if json:
        sys.stdout.write(json_text.dumps(sets) + "\n")
        return DONE
    rows = [("NAME", "IMAGES", "CLASSES", "SIZE", "HERE", "WHAT")]
    for facts in sets:
        images = f"{facts['images']:,}" if facts["images"] else "any"
        here = "yes" if facts["here"] else "no"
        size = f"{facts['bytes'] / 1e6:.1f} MB" if facts["bytes"] else "-"
        rows.append((facts["name"], images, str(facts["classes"]), size, here, facts["about"]))
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    for row in rows:
        cells = [text.ljust(width) for text, width in zip(row, widths, strict=False)]
        sys.stdout.write("  ".join([*cells, row[5]]).rstrip() + "\n")
    sys.stdout.write(f"\nDownloads are kept in {data_folder()}\n")
    return DONE


@data.command
def get(name: str, /) -> int:
    """Download a set, or what is missing or damaged of it, and verify every byte.

    Parameters
    ----------
    name
        mnist, fashion-mnist or kmnist
    """
    from engine.data.published import PUBLISHED
    from numrec_tui.cli.fetch import fetch

    published = PUBLISHED.get(name)
    if published is None:
        raise UsageError(f"{name!r} cannot be downloaded; there are {', '.join(PUBLISHED)}.")
    folder = fetch(published)
    sys.stdout.write(f"{published.title} is in {folder}; use it with: --data {name}\n")
    return DONE


@data.command
def show(
    name: str,
    /,
    *,
    invert: InvertFlag = False,
    scale: ScaleFlag = False,
    json: JsonFlag = False,
) -> int:
    """Show a set: its counts and sizes, how many digits of each class, and a few of them.

    Parameters
    ----------
    name
        a name of the list, drawn:COUNT, or a folder with the four IDX files of a set
    """
    digits = load_data(mended(name, invert, scale))
    sys.stdout.write(_as_json(digits) if json else _as_text(digits))
    return DONE


@data.command
def pack(
    folder: Path,
    out: Path,
    /,
    *,
    raw: bool = False,
    invert: InvertFlag = False,
    scale: ScaleFlag = False,
    test_fraction: float = 1 / 6,
    seed: int = 0,
) -> int:
    """Make a set of pictures that lie in one folder a class, such as 3/any.png.

    Parameters
    ----------
    folder
        holds a folder for each class, named as the class
    out
        where the four IDX files and classes.txt go
    raw
        take the pictures as they are, all of one size, in place of finding the digit in each
    test_fraction
        the share of the pictures that is kept for the test
    seed
        which pictures that are
    """
    from rich.console import Console
    from rich.progress import Progress

    from engine.data.pack import pack as pack_pictures

    if (invert or scale) and not raw:
        raise UsageError(
            "--invert and --scale are for --raw; without it the ink of each picture is found, "
            "whatever its colors are."
        )
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("Packing pictures", total=None)
        packed = pack_pictures(
            folder,
            out,
            raw=raw,
            repairs=("scale",) * scale + ("invert",) * invert,
            test_fraction=test_fraction,
            seed=seed,
            told=lambda done, total: progress.update(task, completed=done, total=total),
        )
    for skipped in packed.skipped:
        complain(f"left out {skipped}")
    tell_doubts(str(out), packed.doubts)
    sys.stdout.write(
        f"{counted(packed.train, 'digit')} to learn from and {packed.test:,} to be tested on, "
        f"{len(packed.classes)} classes, are in {out}; use them with: --data {out}/\n"
    )
    return DONE


def _bundled() -> dict[str, Any]:
    from engine.data.bundled import bundled_folder
    from engine.data.catalog import BUNDLED, FILES

    folder = bundled_folder()
    files = [folder / f"{name}.gz" for name in FILES.values()]
    return {
        "name": "bundled",
        "title": "Bundled digits",
        "about": "digits drawn by a program, part of numrec-tui",
        "images": BUNDLED.train + BUNDLED.test,
        "classes": 10,
        "here": True,
        "bytes": sum(file.stat().st_size for file in files if file.is_file()),
        "where": str(folder),
    }


def _drawn() -> dict[str, Any]:
    return {
        "name": "drawn:COUNT",
        "title": "Drawn digits",
        "about": "as many as you like, drawn when they are asked for",
        "images": None,
        "classes": 10,
        "here": True,
        "bytes": None,
        "where": None,
    }


def _published() -> list[dict[str, Any]]:
    from engine.data.catalog import is_here
    from engine.data.published import PUBLISHED

    return [
        {
            "name": known.name,
            "title": known.title,
            "about": known.about,
            "images": sum(known.images),
            "classes": len(known.class_names),
            "here": is_here(known, data_folder()),
            "bytes": known.size,
            "where": str(data_folder() / known.name),
            "license": known.license,
            "source": known.source,
        }
        for known in PUBLISHED.values()
    ]


def _as_json(digits: "DataSet") -> str:
    rows, columns = digits.train.images.shape[1:]
    facts = {
        "name": digits.name,
        "train": len(digits.train),
        "test": len(digits.test),
        "rows": rows,
        "columns": columns,
        "classes": digits.class_names,
        "train_per_class": _counts(digits.train),
        "test_per_class": _counts(digits.test),
        "doubts": [{"what": doubt.what, "mend": doubt.mend} for doubt in digits.doubts],
    }
    return json_text.dumps(facts) + "\n"


def _as_text(digits: "DataSet") -> str:
    """Counts and sizes, digits a class, and two rows of pictures."""
    from rich.cells import cell_len

    rows, columns = digits.train.images.shape[1:]
    lines = [
        f"{digits.name}: {len(digits.train):,} to learn from, {len(digits.test):,} to be tested "
        f"on, {columns} x {rows} pixels (width x height), {digits.train.classes} classes",
        "",
    ]
    counts = zip(digits.class_names, _counts(digits.train), _counts(digits.test), strict=True)
    width = max(5, *map(cell_len, digits.class_names))
    lines.append(f"{'class':>{width}}  {'train':>9}  {'test':>9}")
    for name, train, test in counts:
        lines.append(f"{' ' * (width - cell_len(name))}{name}  {train:>9,}  {test:>9,}")
    room = shutil.get_terminal_size().columns
    fitting = max(1, room // (columns + 2))
    for start in (0, fitting):
        images = digits.train.images[start : start + fitting]
        if len(images):
            lines += ["", *picture_lines(images >= 128)]
    return "\n".join(lines) + "\n"


def _counts(digits: "Digits") -> list[int]:
    import numpy as np

    return [int(count) for count in np.bincount(digits.labels, minlength=digits.classes)]
