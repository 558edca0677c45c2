"""The layout stays one that a stranger can live in."""

from pathlib import Path

from tests.layout import layout, long_files

LINES = 400


def test_packages_are_few_and_import_one_another_downwards() -> None:
    found = layout()
    assert found.cycles == []
    assert len(found.packages) <= 20
    assert found.layers <= 9
    assert found.imports <= 50
    assert len(found.loose) <= 12


def test_no_file_is_long() -> None:
    assert long_files(LINES) == {}


def test_what_is_counted(tmp_path: Path) -> None:
    files = {
        "engine/nn/network.py": "import numpy\n",
        "engine/errors.py": "",
        "numrec_tui/app.py": "from numrec_tui.modes import draw\nfrom engine.errors import Oh\n",
        "numrec_tui/modes/draw.py": "def later():\n    import engine.nn.network\n",
        "numrec_tui/text/cut.py": "",
    }
    write(tmp_path, files)
    found = layout(tmp_path)
    assert found.packages == {"app": {"engine", "modes"}, "engine": set(), "modes": {"engine"},
                              "text": set()}  # fmt: skip
    assert (found.layers, found.imports, found.cycles) == (3, 3, [])
    assert found.loose == ("engine.errors", "numrec_tui.app")
    write(tmp_path, {"numrec_tui/modes/draw.py": "from numrec_tui import app\n"})
    assert layout(tmp_path).cycles == ["app", "modes"]
    assert long_files(1, tmp_path) == {"numrec_tui/app.py": 2}


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
