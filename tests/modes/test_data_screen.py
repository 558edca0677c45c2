"""What to learn from is chosen in the app: a set, a part of one, or several together."""

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest

from engine.data.dataset import Digits
from engine.data.generated import GENERATED, Generated
from numrec_tui.charts.chart import Chart
from numrec_tui.modes.data_screen import DataScreen, SetList
from numrec_tui.storage.own_set import OwnSet
from numrec_tui.storage.own_set_files import change, create, folder_named
from tests import scripted
from tests.screens.fixtures import Opened
from tests.screens.settled import settled

Open = Callable[..., Opened]


def lines(app) -> list[str]:
    sets = app.screen.query_one(SetList)
    return [str(sets.get_option_at_index(at).prompt) for at in range(sets.option_count)]


async def open_the_list(opened: Opened, pilot) -> None:
    await opened.until(pilot, lambda report: report.state == "ready")
    await pilot.press("D")
    await settled(pilot)
    assert isinstance(opened.app.screen, DataScreen)


async def choose(pilot, name: str, *keys: str) -> None:
    """Go to a set and press keys there."""
    sets = pilot.app.screen.query_one(SetList)
    while f" {name}" not in lines(pilot.app)[sets.highlighted]:
        await pilot.press("down")
    await pilot.press(*keys)
    await settled(pilot)


@pytest.mark.parametrize("size", [(60, 20), (80, 24)])
@pytest.mark.short("size1")
async def test_another_set_begins_a_new_run_with_the_same_settings(opened: Open, size) -> None:
    lab = opened(learning_rate=0.02)
    async with lab.app.run_test(size=size) as pilot:
        await open_the_list(lab, pilot)
        await choose(pilot, "bundled", "enter")
        report = await lab.until(pilot, lambda report: report.data == "bundled")
        assert report.state == "ready"
        assert report.settings.learning_rate == 0.02


async def test_a_part_of_a_set_is_two_keys(opened: Open) -> None:
    lab = opened()
    async with lab.app.run_test(size=(80, 24)) as pilot:
        await open_the_list(lab, pilot)
        await choose(pilot, "bundled", *["left"] * 6, "enter")
        report = await lab.until(pilot, lambda report: report.data == "bundled*0.01")
        assert report.about_data is not None
        assert report.about_data.size.train == 120


@pytest.mark.long
async def test_an_overfitting_experiment_is_two_keys_and_so_is_the_way_back(opened: Open) -> None:
    lab = opened()
    async with lab.app.run_test(size=(80, 24)) as pilot:
        await open_the_list(lab, pilot)
        await choose(pilot, "bundled", "enter")
        await lab.until(pilot, lambda report: report.data == "bundled")
        await pilot.press("D", "o")
        report = await lab.until(pilot, lambda report: report.data == "bundled*0.01")
        assert report.about_data is not None
        assert report.about_data.size.train == 120
        assert (report.running.augment, report.running.validation) == ("off", "test")
        assert len(report.validation) == 2000
        await pilot.press("D", "o")
        report = await lab.until(pilot, lambda report: report.data == "bundled")
        assert (report.running.augment, report.running.validation) == ("auto", "held-out")


@pytest.mark.long
async def test_a_hundredth_is_taken_of_each_set_that_is_marked(opened: Open) -> None:
    lab = opened()
    async with lab.app.run_test(size=(80, 24)) as pilot:
        await open_the_list(lab, pilot)
        await choose(pilot, "drawn", "space")
        await pilot.press("tab", *"bundled,drawn:300*2", "shift+tab", "o")
        report = await lab.until(pilot, lambda report: "bundled" in report.data)
        assert report.data == "bundled*0.01,drawn:300*0.01"


async def test_a_set_is_scored_beside_the_validation_until_it_is_chosen_no_more(
    opened: Open,
) -> None:
    lab = opened(hidden=(4,), epochs=1)
    async with lab.app.run_test(size=(80, 24)) as pilot:
        await open_the_list(lab, pilot)
        await choose(pilot, "bundled", "b")
        assert lines(lab.app)[0].startswith("● drawn  in use")
        assert lines(lab.app)[1].startswith("○ bundled ▵  12,000")
        await pilot.press("tab", *["backspace"] * 5, *"drawn:60", "enter")
        report = await lab.until(pilot, lambda report: report.data == "drawn:60")
        assert (report.second_name, report.second) == ("bundled", ())
        await pilot.press("space")
        report = await lab.until(pilot, lambda report: report.state == "finished")
        assert [point.epoch for point in report.second] == [1]
        legend = str(lab.screen.query(Chart).first().border_title)
        assert "▵" in legend
        assert "bundl" in legend
        await pilot.press("r")  # a new run: the same two sets
        report = await lab.until(pilot, lambda report: report.state == "ready")
        assert report.second_name == "bundled"
        await pilot.press("D")
        await choose(pilot, "bundled", "b", "tab", "enter")
        report = await lab.until(pilot, lambda report: not report.second_name)
        assert report.data == "drawn:60"


async def test_a_second_set_that_does_not_fit_is_one_sentence_and_changes_nothing(
    opened: Open, monkeypatch
) -> None:
    monkeypatch.setitem(GENERATED._entries, "hearts", Generated("hearts", "two", hearts))
    lab = opened()
    async with lab.app.run_test(size=(80, 24)) as pilot:
        await open_the_list(lab, pilot)
        await pilot.press("tab", *["backspace"] * 5, *"drawn:60", "shift+tab")
        await choose(pilot, "hearts", "b", "enter")
        await lab_says(lab, pilot, "hearts cannot be scored beside drawn:60, which has no class")


def hearts() -> tuple[Digits, Digits]:
    digits = scripted.drawn_digits(20)
    few = Digits(digits.images, digits.labels % 2, 2, ("heart", "star"))
    return few, few


async def test_several_sets_are_marked_and_learned_from_together(opened: Open) -> None:
    lab = opened()
    async with lab.app.run_test(size=(120, 34)) as pilot:
        await open_the_list(lab, pilot)
        assert lines(lab.app)[0].startswith("● drawn  in use")
        await choose(pilot, "drawn", "space")
        await choose(pilot, "bundled", "space")
        await pilot.press("tab", "end", *",drawn:60*2", "enter")
        report = await lab.until(pilot, lambda report: "bundled" in report.data)
        assert report.data == "bundled,drawn:60*2"


async def test_escape_changes_nothing_and_keys_of_the_run_are_no_keys_here(opened: Open) -> None:
    lab = opened()
    async with lab.app.run_test(size=(80, 24)) as pilot:
        await open_the_list(lab, pilot)
        await pilot.press("tab", *"q1 6", "escape")
        await settled(pilot)
        report = await lab.until(pilot, lambda report: report.state == "ready")
        assert report.data == "drawn"


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("bundled*0", "has a weight that is not above 0"),
        ("no-such-set", "There is no folder"),
        ("bundled,,bundled", "nothing before or after a comma"),
    ],
)
@pytest.mark.short("no-such-set")
async def test_what_cannot_be_learned_from_is_one_sentence_and_changes_nothing(
    opened: Open, typed: str, sentence: str
) -> None:
    lab = opened()
    async with lab.app.run_test(size=(80, 24)) as pilot:
        await open_the_list(lab, pilot)
        await pilot.press("tab", *typed, "enter")
        await settled(pilot)
        await lab_says(lab, pilot, sentence)


async def lab_says(lab: Opened, pilot, sentence: str) -> None:
    await settled(pilot)
    said = " ".join(notice.message for notice in lab.app._notifications)
    assert sentence in said
    assert lab.session.source == "drawn"


async def test_a_network_that_fits_learns_on(opened: Open) -> None:
    lab = opened(hidden=(6,), epochs=2)
    async with lab.app.run_test(size=(80, 24)) as pilot:
        await lab.until(pilot, lambda report: report.state == "ready")
        await pilot.press("space")
        await lab.until(pilot, lambda report: report.state == "finished")
        learned = lab.session._trainer.run.network.theta.copy()
        await pilot.press("D")
        await choose(pilot, "bundled", "k")
        report = await lab.until(pilot, lambda report: report.data == "bundled")
        assert report.state == "ready"
        assert (lab.session._trainer.run.network.theta == learned).all()


async def test_what_is_typed_is_marked_in_the_list_and_counts_there_too(opened: Open) -> None:
    lab = opened()
    async with lab.app.run_test(size=(80, 24)) as pilot:
        await open_the_list(lab, pilot)
        await pilot.press("tab", *"bundled*0.01")
        await settled(pilot)
        marked = [line for line in lines(lab.app) if line.startswith("●")]
        assert [line.partition("  ")[0] for line in marked] == ["● bundled *0.01"]
        await pilot.press("shift+tab", "enter")
        await lab.until(pilot, lambda report: report.data == "bundled*0.01")


async def test_a_set_of_ones_own_that_is_in_use_is_listed_once_by_its_name(opened: Open) -> None:
    folder, generator = folder_named("runes"), np.random.default_rng(0)
    create(folder, ("a", "b"))
    for number in range(10):
        drawing = generator.integers(0, 255, (28, 28), dtype=np.uint8)
        change(folder, partial(OwnSet.add, picture=drawing, label=number % 2))
    lab = opened()
    async with lab.app.run_test(size=(80, 24)) as pilot:
        await open_the_list(lab, pilot)
        await choose(pilot, "runes", "enter")
        await lab.until(pilot, lambda report: report.data == "runes")
        await open_the_list(lab, pilot)
        assert [line for line in lines(lab.app) if "runes" in line] == ["● runes  drawn by you"]
