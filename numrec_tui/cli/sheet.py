"""`numrec-tui data sheet`: an empty sheet to print, to draw on and to photograph."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from engine.errors import SaveError, UsageError
from engine.plural import counted
from numrec_tui.cli.exits import DONE, complain
from numrec_tui.cli.flags import ClassesFlag, names_of
from numrec_tui.cli.loading import load_data, named
from numrec_tui.cli.output import say


def sheet(
    out: Annotated[Path, Parameter(help="the file to write: .pdf, or .png, one for each page")],
    /,
    *,
    classes: ClassesFlag = (),
    data: tuple[str, ...] | None = None,
    each: int = 12,
    page: Literal["a4", "letter"] = "a4",
    font: Path | None = None,
    force: Annotated[bool, Parameter(help="replace files that are there already")] = False,
) -> int:
    """Print an empty sheet for one's classes; `data pack` makes a set of its photographs.

    Print it, draw one in each box, photograph it with all four corner marks in the picture.

    Parameters
    ----------
    classes
        the names of the classes, 2 to 64, with commas or one flag each
    data
        take the classes of this set, in place of --classes
    each
        how many boxes each class has [12]
    page
        the paper [a4]
    font
        a font file with the letters of the names; without it there is ASCII
    """
    from engine.atomic_write import write_atomic
    from engine.data.pictures import pdf, png
    from engine.data.sheet.page import DPI, draw_page, new_layout, unwritten

    if bool(classes) == bool(data):
        raise UsageError("Name the classes by --classes heart,star,moon or by --data NAME.")
    if out.suffix.lower() not in (".pdf", ".png"):
        raise UsageError(f"A sheet is written as .pdf or .png, not as {out.name!r}.")
    names = names_of(classes) or load_data(named(data or ())).class_names
    layout = new_layout(names, each, page)
    is_pdf = out.suffix.lower() == ".pdf"
    files = _files(out, 1 if is_pdf else layout.pages)
    for file in files:
        if not force and (file.exists() or file.is_symlink()):
            raise SaveError(f"{file} is there already; --force replaces it.")
    odd = unwritten(layout, names, font)
    pages = (draw_page(layout, number, names, font) for number in range(layout.pages))
    contents = [pdf(list(pages), DPI)] if is_pdf else [png(each_page, DPI) for each_page in pages]
    for file, content in zip(files, contents, strict=True):
        write_atomic(file, content)
    for name in odd:
        complain(
            f"{name} stands on the sheet as class {names.index(name) + 1}: it is too long to be "
            "printed, or has letters that the font lacks; --font FILE names another font."
        )
    if not layout.name_bytes:
        complain(
            "The names are too long to be read from a photograph; name them again then: "
            "data pack --classes"
        )
    boxes = counted(layout.classes * each, "box", "boxes")
    say(
        f"{', '.join(map(str, files))}: {counted(layout.pages, 'page')}, {boxes} for "
        f"{layout.classes} classes. Print without scaling, draw one in each box, then: "
        "numrec-tui data pack PHOTO... OUT"
    )
    return DONE


def _files(out: Path, pages: int) -> list[Path]:
    """The file of each page: sheet-1.png, sheet-2.png, where there are several."""
    if pages == 1:
        return [out]
    return [out.with_name(f"{out.stem}-{number + 1}{out.suffix}") for number in range(pages)]
