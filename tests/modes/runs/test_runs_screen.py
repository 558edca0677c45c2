"""The Runs screen as a person uses it: look, sort, filter, compare, name, use again, delete."""

import csv
import json
import sqlite3

import pytest
from textual.widgets import Input

from engine.training.changes import Change
from engine.training.hyperparameters import settings_from
from numrec_tui.charts.chart import Chart
from numrec_tui.charts.legend import COLORS
from numrec_tui.history.columns import COLUMNS, fitting, sort
from numrec_tui.history.history import History
from numrec_tui.modes.runs.curves import curve, sign
from numrec_tui.modes.runs.run_facts import RunFacts
from numrec_tui.modes.runs.run_table import RunTable
from numrec_tui.modes.runs.screen import MOST_MARKED, RunsScreen
from tests import scripted
from tests.past_runs import done, past
from tests.screens.settled import settled
from tests.screens.settled import until as seen

WIDE = (120, 34)

FIVE_EPOCHS = [*scripted.epochs(5), *(scripted.progress(6, batch) for batch in range(1, 7))]

OTHER = json.dumps(settings_from({"optimizer": "adam", "hidden": (32, 16)}).model_dump(mode="json"))


@pytest.fixture
def history(home):
    """Three runs: a good one long ago, one with a name, and a diverged one."""
    history = History(home / "history.db")
    good = [done(epoch, accuracy) for epoch, accuracy in ((1, 0.9), (2, 0.97))]
    history.write("a", past(1, optimizer="sgd", settings=OTHER), good, [])
    change = Change(0.5, "learning_rate", 0.1, 0.05)
    named = history.write("b", past(2, network="784-64-10"), [done(1, 0.95)], [change])
    history.describe(named, "the favorite", "try more units")
    history.write("c", past(3, data="kmnist", reason="diverged", test=None), [done(1, 0.2)], [])
    return history


async def asked(pilot, key):
    """Press a key that opens the field, and wait until what is typed goes there."""
    await pilot.press(key)
    await seen(pilot, lambda: isinstance(pilot.app.focused, Input))


def ids(screen):
    return [run.id for run in screen.query_one(RunTable).runs]


def drawn(widget):
    return "\n".join(widget.render_line(y).text for y in range(widget.size.height))


def curves(screen):
    screen.query_one(Chart).flush()
    return str(screen.query_one(Chart).border_title)


class opening:
    """The app in mode 5, with so many runs read."""

    def __init__(self, lab, count=3, size=WIDE):
        self.lab, self.count = lab, count
        self.test = lab.app.run_test(size=size)

    async def __aenter__(self):
        pilot = await self.test.__aenter__()
        await seen(pilot, lambda: self.lab.app.mode is not None and self.lab.report is not None)
        await pilot.press("5")
        await seen(pilot, lambda: isinstance(self.lab.app.mode, RunsScreen))
        screen = self.lab.app.mode
        store = screen._store
        await seen(pilot, lambda: store._stamp is not None and len(ids(screen)) == self.count)
        return pilot, screen

    async def __aexit__(self, *problem):
        await self.test.__aexit__(*problem)


async def test_an_empty_history_says_how_to_begin(opened):
    async with opening(opened(), 0) as (pilot, screen):
        assert "press space" in drawn(screen.query_one(RunTable))
        await pilot.press("m", "u", "e", "x", "w", "o", "down", "end", "l", "escape")
        assert ids(screen) == []


async def test_the_runs_are_listed_the_newest_first(opened, history):
    async with opening(opened()) as (_, screen):
        assert ids(screen) == [3, 2, 1]
        text = drawn(screen.query_one(RunTable))
        assert "#2 the favorite" in text
        assert "97.00%" in text
        assert "diverged" in text


async def test_o_sorts_by_the_next_column_and_capital_o_turns_it_round(opened, history):
    async with opening(opened()) as (pilot, screen):
        while screen._sorted[0].name != "best":
            await pilot.press("o")
        assert ids(screen) == [1, 2, 3]
        await pilot.press("O")
        assert ids(screen) == [3, 2, 1]


async def test_a_click_on_a_heading_sorts_and_a_second_one_turns_it_round(opened, history):
    async with opening(opened()) as (pilot, screen):
        table = screen.query_one(RunTable)
        at = table.render_line(0).text.index("best") + 1
        await pilot.click(RunTable, offset=(at + 1, 1))
        await seen(pilot, lambda: ids(screen) == [1, 2, 3])
        await pilot.click(RunTable, offset=(at + 1, 1))
        await seen(pilot, lambda: ids(screen) == [3, 2, 1])


async def test_a_click_chooses_a_run_and_its_sign_marks_it(opened, history):
    async with opening(opened()) as (pilot, screen):
        await pilot.click(RunTable, offset=(12, 3))
        assert screen.query_one(RunTable).chosen.id == 2
        await pilot.click(RunTable, offset=(2, 4))
        assert screen._marked == [1]


async def test_a_filter_shows_what_has_all_words_and_escape_shows_all(opened, history):
    async with opening(opened()) as (pilot, screen):
        await asked(pilot, "slash")
        await pilot.press(*"more fav", "enter")
        assert ids(screen) == [2]
        assert screen.focused is screen.query_one(RunTable)
        await pilot.press("escape")
        assert ids(screen) == [3, 2, 1]
        await asked(pilot, "slash")
        await pilot.press(*"optimizer=adam")
        assert ids(screen) == [1]
        await pilot.press(*"nonsense", "enter")
        assert ids(screen) == []
        assert "No run has these words" in drawn(screen.query_one(RunTable))


async def test_letters_typed_into_the_filter_are_no_commands(opened, history):
    async with opening(opened()) as (pilot, screen):
        await asked(pilot, "slash")
        await pilot.press(*"xqm 1", "space")
        assert screen.query_one(Input).value == "xqm 1 "
        assert screen._marked == []


async def test_the_chart_shows_the_run_under_the_cursor_and_those_that_are_marked(opened, history):
    async with opening(opened()) as (pilot, screen):
        await seen(pilot, lambda: "20.0%" in curves(screen))
        await pilot.press("down", "m", "down")
        await seen(pilot, lambda: "95.0%" in curves(screen) and "97.0%" in curves(screen))
        assert "20.0%" not in curves(screen)
        row = screen.query_one(RunTable).render_line(2).text
        assert row.startswith(" ⠒⠒ #2")
        await pilot.press("up", "m", "down")
        await seen(pilot, lambda: "95.0%" not in curves(screen))


async def test_no_more_curves_are_marked_than_can_be_told_apart(opened, history):
    for number in range(4, 12):
        history.write(str(number), past(number), [done(1)], [])
    async with opening(opened(), 11) as (pilot, screen):
        for _ in range(9):
            await pilot.press("m", "down")
        assert len(screen._marked) == 7


def test_up_to_four_curves_are_told_apart_without_color_and_all_eight_with_it():
    every = [curve(past(place), [], loss=False, index=place) for place in range(MOST_MARKED + 1)]
    assert len({one.sign for one in every[:4]}) == 4
    assert len({(one.sign, place % len(COLORS)) for place, one in enumerate(every)}) == len(every)
    assert [sign(place).strip() for place in range(len(every))] == [one.sign for one in every]


async def test_all_about_a_run_stands_beside_the_chart(opened, history):
    async with opening(opened()) as (pilot, screen):
        await pilot.press("down")
        await seen(pilot, lambda: bool(screen._store.details.get(2)))
        text = str(screen.query_one(RunFacts).children[0].render())
        assert "try more units" in text
        assert "learning rate 0.1→0.05" in text
        assert "/models/2.safetensors" in text


async def test_l_shows_the_loss(opened, history):
    async with opening(opened()) as (pilot, screen):
        await seen(pilot, lambda: "20.0%" in curves(screen))
        await pilot.press("l")
        await seen(pilot, lambda: "0.4" in curves(screen))


async def test_e_gives_a_run_a_name_and_a_note(opened, history):
    async with opening(opened()) as (pilot, screen):
        await asked(pilot, "e")
        await pilot.press(*"[b]deep", "enter", *"as deep as it gets", "enter")
        await seen(pilot, lambda: history.run(3).note == "as deep as it gets")
        assert history.run(3).name == "[b]deep"
        await seen(pilot, lambda: "#3 [b]deep" in drawn(screen.query_one(RunTable)))


async def test_escape_leaves_name_and_note_as_they_were(opened, history):
    async with opening(opened()) as (pilot, screen):
        await pilot.press("down", "e", *"other", "enter", *"other", "escape")
        await pilot.press("up", "down")
        assert history.run(2).name == "the favorite"
        assert screen.focused is screen.query_one(RunTable)


async def test_u_uses_the_settings_again(opened, history):
    lab = opened()
    async with opening(lab) as (pilot, screen):
        await pilot.press("end", "u")
        await seen(pilot, lambda: screen.report.settings.hidden == (32, 16))
        assert screen.report.settings.optimizer == "adam"


async def test_settings_of_another_program_that_mean_nothing_here_are_refused(opened, history):
    history.write("d", past(9, settings='{"speed": 3}'), [], [])
    lab = opened()
    async with opening(lab, 4) as (pilot, screen):
        before = screen.report.settings
        await pilot.press("u")
        assert lab.app.is_running
        assert screen.report.settings == before
        assert any("speed" in note.message for note in lab.app._notifications)


async def test_x_asks_and_a_second_x_deletes(opened, history):
    async with opening(opened()) as (pilot, screen):
        await pilot.press("x")
        assert "x again" in str(screen.query_one(RunTable).border_subtitle)
        await pilot.press("x")
        await seen(pilot, lambda: ids(screen) == [2, 1])
        assert history.run(3) is None


@pytest.mark.parametrize("key", ["escape", "down"])
@pytest.mark.short("escape")
async def test_anything_else_than_x_keeps_the_run(opened, history, key):
    async with opening(opened()) as (pilot, screen):
        await pilot.press("x", key)
        assert "x again" not in str(screen.query_one(RunTable).border_subtitle)
        await pilot.press("x", "up", "down")
        assert len(history.runs()) == 3


async def test_w_writes_the_runs_that_are_shown_and_says_where(opened, history, home):
    lab = opened()
    async with opening(lab) as (pilot, _screen):
        await asked(pilot, "slash")
        await pilot.press(*"favorite", "enter", "w")
        await seen(pilot, lambda: len(list(home.glob("exports/runs-*.json"))) == 1)
        [table] = home.glob("exports/runs-*.csv")
        await seen(pilot, lambda: any(table.name in n.message for n in lab.app._notifications))
    [row] = csv.DictReader(table.read_text().splitlines())
    assert row["name"] == "the favorite"
    [run] = json.loads(table.with_suffix(".json").read_text())
    assert run["curves"][0]["validation_accuracy"] == 0.95


async def test_the_run_under_way_is_the_first_row_and_its_curve_grows(opened, history):
    lab = opened(FIVE_EPOCHS)
    async with opening(lab) as (pilot, screen):
        await pilot.press("space")
        await seen(pilot, lambda: screen.report.epoch == 5)
        assert ids(screen) == [0, 3, 2, 1]
        row = screen.query_one(RunTable).render_line(1).text
        assert "now" in row
        assert "learning" in row
        await pilot.press("home", "m")
        await seen(pilot, lambda: "now" in curves(screen))
        assert screen.query_one(RunTable).chosen.epochs == 5
        await pilot.press("x", "x", "e")
        assert len(history.runs()) == 3


async def test_the_run_under_way_stands_once_though_it_is_recorded(opened, history):
    lab = opened(FIVE_EPOCHS)
    lab.session.recorder.id = 3
    async with opening(lab) as (pilot, screen):
        await pilot.press("space")
        await seen(pilot, lambda: ids(screen) == [0, 2, 1])
        await pilot.press("home")
        await asked(pilot, "e")
        await pilot.press(*"mine", "enter", "enter")
        await seen(pilot, lambda: history.run(3).name == "mine")


async def test_runs_of_other_programs_come_in_when_an_epoch_is_done(opened, history):
    lab = opened(scripted.epochs(1000))
    async with opening(lab) as (pilot, screen):
        await pilot.press("space")
        history.write("d", past(8), [done(1)], [])
        await seen(pilot, lambda: 4 in ids(screen))


async def test_a_damaged_history_is_told_and_the_app_goes_on(opened, home):
    (home / "history.db").write_bytes(b"no database at all" * 100)
    lab = opened()
    async with opening(lab, 0) as (pilot, screen):
        await seen(pilot, lambda: any("was damaged" in n.message for n in lab.app._notifications))
        assert ids(screen) == []


async def test_a_history_of_a_newer_program_is_told_once_and_left_alone(opened, history):
    with sqlite3.connect(history.path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    lab = opened()
    async with opening(lab, 0) as (pilot, _screen):
        await pilot.press("1", "5")
        await settled(pilot)
        told = [note for note in lab.app._notifications if "newer numrec-tui" in note.message]
        assert len(told) == 1


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 34), (200, 50), (40, 10), (10, 3)])
@pytest.mark.short("size1")
async def test_every_size_can_be_used_and_left(opened, history, size):
    lab = opened(scripted.epochs(1000))
    async with opening(lab, size=size) as (pilot, _screen):
        await pilot.press("space", "down", "m", "v", "up", "v", "down", "v", "slash", "a", "escape")
        await pilot.press("x", "escape", "o", "pagedown", "pageup", "home", "end", "q")
    assert lab.app.return_code == 0


@pytest.mark.parametrize(("size", "turns"), [((60, 20), 3), ((80, 24), 2)])
@pytest.mark.short("size1")
async def test_v_shows_chart_and_facts_where_there_is_no_room_for_all(opened, history, size, turns):
    async with opening(opened(), size=size) as (pilot, screen):
        panels = [screen.query_one(kind) for kind in (RunTable, Chart, RunFacts)]
        shown = set()
        for _ in range(turns):
            shown |= {panel for panel in panels if panel.region.area}
            await pilot.press("v")
            await pilot.pause()
        assert shown == set(panels)
        assert screen.query_one(RunTable).region.area


def test_what_has_no_value_is_sorted_last_either_way():
    runs = [past(number, id=number, test=test) for number, test in ((1, None), (2, 0.9), (3, 0.8))]
    column = next(column for column in COLUMNS if column.name == "test")
    assert [run.id for run in sort(runs, column, falls=True)] == [2, 3, 1]
    assert [run.id for run in sort(runs, column, falls=False)] == [3, 2, 1]


def test_of_equal_runs_the_newest_is_first_either_way():
    runs = [past(number, id=number) for number in (1, 2, 3)]
    column = next(column for column in COLUMNS if column.name == "data")
    assert [run.id for run in sort(runs, column, falls=True)] == [3, 2, 1]
    assert [run.id for run in sort(runs, column, falls=False)] == [3, 2, 1]


@pytest.mark.parametrize("width", [1, 20, 54, 74, 114, 200])
def test_the_columns_never_need_more_room_than_there_is(width):
    columns = fitting(width)
    assert columns[0][0].name == "run"
    if width > 16:
        assert sum(wide + 1 for _, wide in columns) - 1 <= width


async def test_a_damaged_record_is_shown_as_damaged_and_the_others_stay(opened, history):
    with sqlite3.connect(history.path) as connection:
        connection.execute("UPDATE runs SET begun = 1e300, settings = '{' WHERE id = 2")
    lab = opened()
    async with lab.app.run_test(size=WIDE) as pilot:
        await pilot.press("5")
        await seen(pilot, lambda: isinstance(lab.app.screen, RunsScreen) and ids(lab.app.screen))
        screen = lab.app.screen
        assert sorted(ids(screen)) == [1, 2, 3]
        await pilot.press(*["down"] * ids(screen).index(2))
        await pilot.press("u")
        await settled(pilot)
        assert "damaged" in drawn(screen.query_one(RunTable))
        assert (
            "begun, settings cannot be read" in lab.app._notifications.__iter__().__next__().message
        )
