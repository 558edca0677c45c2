"""`numrec-tui data`: which data sets there are, and getting, showing and making them."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from engine.data.generated import GENERATED
from engine.data.published import PUBLISHED
from engine.errors import UsageError
from engine.plural import counted
from numrec_tui.cli.exits import DONE, complain
from numrec_tui.cli.flags import ClassesFlag, InvertFlag, ScaleFlag, names_of
from numrec_tui.cli.help_texts import examples
from numrec_tui.cli.ink import picture_lines
from numrec_tui.cli.loading import load_data, named, tell_doubts
from numrec_tui.cli.output import console, say, say_json
from numrec_tui.cli.sheet import sheet
from numrec_tui.storage.known_sets import own_sets
from numrec_tui.storage.paths import data_folder

if TYPE_CHECKING:
    from engine.data.dataset import DataSet, Digits

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
    "data sheet sheet.pdf --classes heart,star,moon",
    "data pack photo.jpg my-set/",
    "train --data my-set/",
)

data = App(
    name="data",
    help="List, download, show and pack data sets; print sheets to draw on.",
    help_epilogue=NAMES + EXAMPLES,
    help_format="plaintext",
    default_parameter=Parameter(show_default=False, negative=()),
)

JsonFlag = Annotated[bool, Parameter(help="print JSON instead of text")]


@data.command(name="list")
def list_sets(*, json: JsonFlag = False) -> int:
    """List the data sets that have a name: what they are, and whether they are here."""
    sets = [*_own(), _bundled(), _drawn(), *_generated(), *_published()]
    if json:
        say_json(sets)
        return DONE
    rows = [("NAME", "IMAGES", "CLASSES", "SIZE", "HERE", "WHAT")]
    for facts in sets:
        images = (
            "-" if facts["images"] is None else f"{facts['images']:,}" if facts["images"] else "any"
        )
        here = "yes" if facts["here"] else "no"
        size = f"{facts['bytes'] / 1e6:.1f} MB" if facts["bytes"] else "-"
        rows.append(
            (facts["name"], images, str(facts["classes"] or "-"), size, here, facts["about"])
        )
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    for row in rows:
        cells = [text.ljust(width) for text, width in zip(row, widths, strict=False)]
        say("  ".join([*cells, row[5]]).rstrip())
    say("", f"Downloads are kept in {data_folder()}")
    return DONE


@data.command
def get(name: Annotated[str, Parameter(help=f"one of {', '.join(PUBLISHED)}")], /) -> int:
    """Download a set, or what is missing or damaged of it, and verify every byte."""
    from numrec_tui.cli.fetch import fetch

    published = PUBLISHED.get(name)
    if published is None:
        raise UsageError(f"{name!r} cannot be downloaded; there are {', '.join(PUBLISHED)}.")
    folder = fetch(published)
    say(f"{published.title} is in {folder}; use it with: --data {name}")
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
    digits = load_data(named([name], invert, scale))
    if json:
        say_json(_facts(digits))
    else:
        say(*_lines(digits))
    return DONE


@data.command
def pack(
    *paths: Path,
    raw: bool = False,
    invert: InvertFlag = False,
    scale: ScaleFlag = False,
    classes: ClassesFlag = (),
    test_fraction: float = 1 / 6,
    seed: int = 0,
) -> int:
    """Make a set of pictures: of folders named by class, such as 3/any.png, and of sheets.

    Parameters
    ----------
    paths
        PICTURES... OUT: folders that hold a folder for each class, and photographs or scans of
        sheets (see data sheet), also in such a folder; then where the four IDX files and
        classes.txt go
    raw
        take the pictures as they are, all of one size, in place of finding the digit in each
    classes
        what the classes of the sheets are called, in the place of what they tell
    test_fraction
        the share of the pictures that is kept for the test
    seed
        which pictures that are
    """
    from rich.progress import Progress

    from engine.data.pack import pack as pack_pictures

    if len(paths) < 2:
        raise UsageError("Say what to pack and which folder to make: data pack PICTURES... OUT")
    *sources, out = paths
    if (invert or scale) and not raw:
        raise UsageError(
            "--invert and --scale are for --raw; without it the ink of each picture is found, "
            "whatever its colors are."
        )
    drawn = console()
    with Progress(console=drawn, transient=True, disable=not drawn.is_terminal) as progress:
        task = progress.add_task("Packing pictures", total=None)
        packed = pack_pictures(
            sources,
            out,
            raw=raw,
            repairs=("scale",) * scale + ("invert",) * invert,
            classes=names_of(classes),
            test_fraction=test_fraction,
            seed=seed,
            on_progress=lambda done, total: progress.update(task, completed=done, total=total),
        )
    for skipped in packed.skipped:
        complain(f"left out {skipped}")
    for note in packed.notes:
        complain(note)
    tell_doubts(str(out), packed.doubts)
    say(
        f"{counted(packed.train, 'digit')} to learn from and {packed.test:,} to be tested on, "
        f"{len(packed.classes)} classes, are in {out}; use them with: --data {out}/"
    )
    return DONE


data.command(sheet)


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


def _own() -> list[dict[str, Any]]:
    """Those that a person draws in the app; a folder elsewhere than among the sets by its path."""
    return [_uncounted(known.name, known.about, where=known.folder) for known in own_sets()]


def _generated() -> list[dict[str, Any]]:
    """Those that other packages make on demand."""
    return [
        _uncounted(known.name, known.about, source=known.make.__module__)
        for known in GENERATED.values()
    ]


def _uncounted(
    name: str, about: str, where: str | None = None, source: str | None = None
) -> dict[str, Any]:
    """A set whose images and classes are counted once it is loaded."""
    return {
        "name": name,
        "title": name,
        "about": about,
        "images": None,
        "classes": None,
        "here": True,
        "bytes": 0,
        "where": where,
        "license": None,
        "source": source,
    }


def _published() -> list[dict[str, Any]]:
    from engine.data.catalog import is_here

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


def _facts(digits: "DataSet") -> dict[str, Any]:
    rows, columns = digits.train.images.shape[1:]
    return {
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


def _lines(digits: "DataSet") -> list[str]:
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
    return lines


def _counts(digits: "Digits") -> list[int]:
    import numpy as np

    return [int(count) for count in np.bincount(digits.labels, minlength=digits.classes)]
