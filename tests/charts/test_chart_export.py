"""A chart as files: its picture as SVG, its numbers as CSV, and never over another file."""

import csv
import io
from xml.etree import ElementTree

import pytest

from engine.errors import SaveError
from numrec_tui.charts.export import export, to_csv
from numrec_tui.charts.picture import Curve, Mark, Picture
from numrec_tui.charts.svg import COLORS, to_svg
from numrec_tui.storage.paths import exports_folder
from tests import scripted
from tests.screens.charts import accuracies
from tests.screens.settled import until

SVG = "{http://www.w3.org/2000/svg}"
EARLIER = Curve("run 1", (1.0, 2.0), (0.4, 0.5), joined=False, dot="+", faint=True)
MARKS = (Mark(2.2, "learning rate 0.1→0.3"),)


def accuracy_and_loss():
    loss = Curve("train", (1.0, 2.0, 3.0), (2.3, 0.0, 0.04))
    return [
        Picture((*accuracies(), EARLIER), MARKS, "accuracy", "epoch"),
        Picture((loss,), MARKS, "loss", "epoch", percent=False, log=True, note="log"),
    ]


def parsed(svg):
    return ElementTree.fromstring(svg)  # noqa: S314 - it is our own


def texts(svg):
    return ["".join(text.itertext()) for text in parsed(svg).iter(f"{SVG}text")]


# SVG


def test_the_picture_names_axes_curves_and_changes():
    said = texts(to_svg(accuracy_and_loss(), "drawn, run 1"))
    assert {"accuracy", "loss · log", "epoch", "100%", "10", "0.1"} <= set(said)
    assert {"train 95.0%", "validation 93.0%", "run 1 50.0%", "train 0.04"} <= set(said)
    assert said.count("learning rate 0.1→0.3") == 2


def test_a_curve_goes_where_its_numbers_are():
    # 790 pixels for epochs 0 to 4 from 80 on, 320 for 0 to 100 % up from 390.
    line = Curve("train", (1.0, 3.0), (0.25, 0.75))
    svg = to_svg([Picture((line,), x_max=4, y_limits=(0.0, 1.0))], "")
    assert 'points="277.5,310.0 672.5,150.0"' in svg


def test_kinds_of_points_have_shapes_of_their_own():
    root = parsed(to_svg(accuracy_and_loss()[:1], ""))
    used = {use.get("href") for use in root.iter(f"{SVG}use")}
    assert len(used) == 2
    assert used <= {f"#{group.get('id')}" for group in root.iter(f"{SVG}g")}


def test_what_lies_outside_has_an_arrow_at_the_edge_in_its_own_color():
    falling, x = tuple(2.0 * 0.8**n for n in range(12)), tuple(map(float, range(12)))
    good = Curve("good", x, falling)
    broken = Curve("broken", x, (*falling[:9], 50.0, 1e24, 1e25), joined=False)
    root = parsed(to_svg([Picture((good, broken), title="loss", percent=False)], ""))
    [group] = [g for g in root.iter(f"{SVG}g") if g.findall(f"{SVG}path[@class='beyond']")]
    [arrow] = group
    assert group.get("color") == COLORS[1]
    # Epoch 9 of 20 on 790 pixels from 80 on; the upper edge is at 70.
    assert arrow.get("transform") == "translate(435.5 70)"
    assert {"0", "2"} <= set(texts(to_svg([Picture((good, broken), percent=False)], "")))


def test_names_of_changes_that_are_too_near_are_counted():
    places = (1.0, 5.0, 5.01, 5.02, 9.0)
    marks = tuple(Mark(x, f"rate {n}→{n + 1}") for n, x in enumerate(places, 1))
    said = texts(to_svg([Picture(tuple(accuracies()), marks)], ""))
    assert [text for text in said if "rate" in text] == ["rate 5→6", "rate 4→5 +2", "rate 1→2"]


def test_a_picture_without_points_is_still_a_picture():
    assert texts(to_svg([Picture((Curve("train", (), ()),), title="loss")], "")) == ["loss"]


def test_signs_of_markup_in_a_name_are_no_markup():
    picture = Picture((Curve("<a> & b", (1.0,), (0.5,)),), title="<t>")
    assert {"<t>", "<a> & b 50.0%"} <= set(texts(to_svg([picture], "a < b")))


# CSV


def test_the_table_has_a_line_a_point_and_a_line_a_change():
    table = list(csv.DictReader(io.StringIO(to_csv(accuracy_and_loss()))))
    assert table[0] == {
        "quantity": "accuracy",
        "curve": "train",
        "epoch": "0.1",
        "value": repr(accuracies()[0].y[0]),
        "smoothed": "",
    }
    run_1 = [(row["epoch"], row["value"]) for row in table if row["curve"] == "run 1"]
    assert run_1 == [("1.0", "0.4"), ("2.0", "0.5")]
    assert [row["value"] for row in table if row["quantity"] == "loss"] == ["2.3", "0.0", "0.04"]
    changes = [row for row in table if row["quantity"] == "change"]
    assert [(row["curve"], row["epoch"]) for row in changes] == [("learning rate 0.1→0.3", "2.2")]


def test_a_smooth_curve_is_told_both_ways():
    # share 0.5: 4, then (0.25 4 + 0.5 1) / 0.75 = 2.
    curve = Curve("train", (1.0, 2.0), (4.0, 1.0), smoothing=0.5)
    lines = to_csv([Picture((curve,), title="loss")]).splitlines()
    assert lines[1:] == ["loss,train,1.0,4.0,4.0", "loss,train,2.0,1.0,2.0"]


# Files


def test_a_second_export_of_the_same_name_leaves_the_first_alone(tmp_path):
    folder = tmp_path / "exports"
    first = export(accuracy_and_loss(), folder, "chart")
    before = first.svg.read_bytes(), first.csv.read_bytes()
    second = export(accuracy_and_loss()[:1], folder, "chart")
    assert (second.svg.name, second.csv.name) == ("chart-2.svg", "chart-2.csv")
    assert (first.svg.read_bytes(), first.csv.read_bytes()) == before


def test_the_two_files_have_one_name_even_if_only_one_of_them_is_taken(tmp_path):
    (tmp_path / "chart.csv").write_text("mine")
    exported = export(accuracy_and_loss(), tmp_path, "chart")
    assert (exported.svg.name, exported.csv.name) == ("chart-2.svg", "chart-2.csv")
    assert (tmp_path / "chart.csv").read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "chart-2.csv",
        "chart-2.svg",
        "chart.csv",
    ]


def test_a_folder_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "exports").write_text("a file")
    with pytest.raises(SaveError, match="Cannot write to"):
        export(accuracy_and_loss(), tmp_path / "exports", "chart")


# By key


async def until_told(lab, pilot):
    """Wait for a notification."""
    return await until(pilot, lambda: next(iter(lab.app._notifications), None))


async def test_w_writes_both_files_and_names_them(opened, tmp_path, monkeypatch):
    monkeypatch.setenv("NUMREC_HOME", str(tmp_path))
    lab = opened(scripted.epochs(2))
    async with lab.app.run_test(size=(120, 34)) as pilot:
        await lab.until(pilot, lambda report: report.state == "ready")
        await pilot.press("space")
        await lab.until(pilot, lambda report: report.validated != ())
        await pilot.press("w")
        said = await until_told(lab, pilot)
    table, svg = sorted(exports_folder().iterdir())
    assert svg.name.startswith("drawn-accuracy-run1-")
    assert (table.suffix, svg.suffix) == (".csv", ".svg")
    assert str(svg) in said.message
    assert table.name in said.message
    assert "accuracy,validation,1.0," in table.read_text()
    assert "accuracy" in texts(svg.read_text())


async def test_w_before_a_run_says_that_there_is_nothing(opened, tmp_path, monkeypatch):
    monkeypatch.setenv("NUMREC_HOME", str(tmp_path))
    lab = opened(scripted.epochs(2))
    async with lab.app.run_test(size=(120, 34)) as pilot:
        await lab.until(pilot, lambda report: report.state == "ready")
        await pilot.press("w")
        said = await until_told(lab, pilot)
    assert said.message == "There is no curve to write yet."
    assert not exports_folder().exists()


async def test_w_that_fails_says_why_and_the_app_lives(opened, tmp_path, monkeypatch):
    monkeypatch.setenv("NUMREC_HOME", str(tmp_path))
    (tmp_path / "exports").write_text("a file")
    lab = opened(scripted.epochs(2))
    async with lab.app.run_test(size=(120, 34)) as pilot:
        await lab.until(pilot, lambda report: report.state == "ready")
        await pilot.press("space")
        await lab.until(pilot, lambda report: report.validated != ())
        await pilot.press("w")
        said = await until_told(lab, pilot)
        assert said.severity == "error"
        assert said.message.startswith("Cannot write to")
