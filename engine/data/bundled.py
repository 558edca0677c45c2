"""Where the files that travel with the program are: in the package, or in the checkout."""

from pathlib import Path

from engine.errors import DataError


def bundled_folder() -> Path:
    """The folder with the bundled digits and the table of styles.

    Raises:
        DataError: the program was installed without it.
    """
    package = Path(__file__).parents[1]
    for folder in (package / "bundled", package.parent / "data"):
        if (folder / "styles.json").is_file():
            return folder
    raise DataError("The bundled digits are missing; install numrec-tui again.")
