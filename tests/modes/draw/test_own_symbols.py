"""A set of one's own symbols from nothing: named, drawn, learned while it is drawn, and changed."""

import threading

import numpy as np
import pytest
from textual.widgets import Input, Label

from engine.training.hyperparameters import settings_from
from numrec_tui.cli.loading import find_data
from numrec_tui.modes.draw import own_sets
from numrec_tui.modes.draw.label_prompt import WhichScreen
from numrec_tui.modes.draw.pad import Pad
from numrec_tui.modes.draw.set_screen import SetScreen
from numrec_tui.session.config import SessionConfig
from numrec_tui.session.session import Session
from numrec_tui.storage.own_set_files import change, folder_named, open_set
from tests.modes.draw.own_symbols import (
    NAMES,
    a_set,
    counts,
    draw_mode,
    drawings,
    keep,
    make_set,
    open_it,
    own,
    read,
    status,
    told,
    type_in,
)
from tests.screens.fixtures import Opened
from tests.screens.settled import until


@pytest.mark.parametrize(("each", "least"), [(4, 40), (20, 57)], ids=["4 each", "20 each"])
@pytest.mark.short("4 each")
async def test_three_signs_are_read_while_they_are_drawn_and_unseen_ones_of_other_hands(
    opened, each, least
):
    mine, others = drawings(each, 5, 100), drawings(20, 20, 900)
    lab = opened(hidden=(32,))
    async with lab.app.run_test(size=(80, 24)) as pilot:
        await draw_mode(lab, pilot)
        await make_set(lab, pilot)
        assert status(lab) == "cross: 0 of 20. Draw one, d keeps it."
        assert counts(lab).startswith("The network waits: two classes need a drawing.")
        for k in range(each):
            for sign in NAMES:
                await keep(lab, pilot, mine[sign][k])
        assert status(lab) == f"✓ wave {each} of 20 · next: cross {each} of 20"
        await until(pilot, lambda: lab.app.mode.report.state == "finished")
        await until(pilot, lambda: lab.app.mode._view.position == lab.app.mode.report.position)
        unseen = [(sign, picture) for sign in NAMES for picture in others[sign]]
        right = sum(read(lab, picture) == sign for sign, picture in unseen)
        assert (len(unseen), right >= least) == (60, True), right
        assert lab.app.mode.report.run == 1  # the same run, whatever was added
        kept = open_set(folder_named("signs"))
        assert [kept.count(label) for label in range(3)] == [each] * 3
        assert np.count_nonzero(kept.held_out) == 3 * ((each + 3) // 5)


async def test_while_a_name_is_typed_every_key_is_text(opened):
    lab = opened(hidden=(8,))
    async with lab.app.run_test(size=(60, 20)) as pilot:
        await draw_mode(lab, pilot)
        await make_set(lab, pilot, "1 q 6", "2 q,☺,ᚠ space")
        assert own(lab).classes == ("2 q", "☺", "ᚠ space")
        assert folder_named("1 q 6").is_dir()
        assert lab.app.mode.report.state == "ready"


async def test_names_that_cannot_be_are_asked_for_again_with_what_was_typed(opened):
    a_set(0)
    lab = opened(hidden=(8,))
    async with lab.app.run_test(size=(80, 24)) as pilot:
        await draw_mode(lab, pilot)
        await pilot.press("m", "0")
        for name, said in (("signs", "There is a set called signs already"), ("a,b", "No set can")):
            await until(pilot, lambda: isinstance(lab.app.focused, Input))
            lab.app.focused.value = name
            await pilot.press("enter")
            await until(pilot, lambda said=said: any(said in each for each in told(lab)))
        await until(pilot, lambda: isinstance(lab.app.focused, Input))
        assert lab.app.focused.value == "a,b"
        lab.app.focused.value = "runes"
        await pilot.press("enter")
        await until(pilot, lambda: "classes of runes" in str(lab.app.screen._box.border_title))
        lab.app.focused.value = "one"
        await pilot.press("enter")
        await until(pilot, lambda: any("2 to 64 classes, not 1" in each for each in told(lab)))
        await pilot.press("escape")
        assert own(lab) is None
        assert not folder_named("runes").exists()


async def test_with_nothing_drawn_it_says_what_to_do_first(opened):
    a_set(0)
    lab = opened(hidden=(8,))
    async with lab.app.run_test(size=(60, 20)) as pilot:
        await open_it(lab, pilot)
        await pilot.press("d")
        assert told(lab)[-1].startswith("Draw cross first: drag the mouse")
        assert counts(lab) == "The network waits: two classes need a drawing."


async def test_the_last_drawing_is_taken_back_and_what_comes_next_can_be_chosen(opened):
    folder = a_set()
    lab = opened(hidden=(8,))
    async with lab.app.run_test(size=(80, 24)) as pilot:
        await open_it(lab, pilot)
        before = own(lab)
        await pilot.press("t", "2")
        await until(pilot, lambda: status(lab).startswith("wave: 2 of 20"))
        await keep(lab, pilot, drawings(1, 1, 3)["wave"][0])
        assert status(lab) == "✓ wave 3 of 20 · next: wave 3 of 20"
        assert lab.app.mode.query_one(Pad).is_empty
        await pilot.press("U")
        await until(pilot, lambda: own(lab) == before)
        assert open_set(folder) == before


@pytest.fixture
def disk(monkeypatch):
    """A disk that writes no set until it is let go."""
    gate = threading.Event()

    def slow(*given, **named):
        assert gate.wait(60)
        return change(*given, **named)

    monkeypatch.setattr(own_sets, "change", slow)
    yield gate
    gate.set()


STROKE = ("enter", "right", "right", "enter")


def asked(lab):
    return lab.app.mode.query_one(Pad).border_title


async def test_who_draws_quicker_than_the_disk_writes_draws_what_the_pad_says(opened, disk):
    folder = a_set(0)
    lab = opened(hidden=(8,))
    async with lab.app.run_test(size=(80, 24)) as pilot:
        await open_it(lab, pilot)
        for number in range(7):
            assert asked(lab) == f"Draw: [b]{NAMES[number % 3]}[/b]"
            await pilot.press(*STROKE, *["down"] * (number + 1), "d")
        assert len(own(lab)) == 0
        disk.set()
        await until(pilot, lambda: len(own(lab)) == 7)
        assert open_set(folder).labels.tolist() == [0, 1, 2, 0, 1, 2, 0]


@pytest.mark.long
async def test_a_drawing_is_what_the_pad_asked_for_when_it_was_begun(opened, disk):
    a_set(0)
    lab = opened(hidden=(8,))
    async with lab.app.run_test(size=(80, 24)) as pilot:
        await open_it(lab, pilot)
        await pilot.press(*STROKE, "d", "U")
        assert asked(lab) == "Draw: [b]anchor[/b]"
        await pilot.press(*STROKE)
        disk.set()
        await until(pilot, lambda: asked(lab) == "Draw: [b]cross[/b]")
        await pilot.press("d")
        await until(pilot, lambda: own(lab).labels.tolist() == [1])
        await pilot.press(*STROKE, "t", "2")
        await until(pilot, lambda: asked(lab) == "Draw: [b]wave[/b]")
        await pilot.press("d")
        await until(pilot, lambda: own(lab).labels.tolist() == [1, 2])


@pytest.mark.long
async def test_what_was_kept_a_moment_ago_is_taken_back_before_it_is_on_disk(opened, disk):
    folder = a_set(3)
    lab = opened(hidden=(8,))
    async with lab.app.run_test(size=(80, 24)) as pilot:
        await open_it(lab, pilot)
        before = own(lab)
        await pilot.press(*STROKE, "d", "U")
        disk.set()
        await until(pilot, lambda: not lab.app.mode._sets.busy)
        assert (told(lab), own(lab)) == ([], before)
        assert open_set(folder) == before


async def test_classes_and_drawings_are_changed_and_each_change_taken_back(opened):
    folder = a_set()
    lab = opened(hidden=(8,))
    async with lab.app.run_test(size=(80, 24)) as pilot:
        await open_it(lab, pilot)
        await pilot.press("x")
        await until(pilot, lambda: isinstance(lab.app.screen, SetScreen))
        steps = [own(lab)]

        async def done():
            await until(pilot, lambda: own(lab) != steps[-1])
            steps.append(own(lab))

        await pilot.press("m", "2")
        await done()
        assert steps[-1].labels.tolist() == [2, 1, 2, 0, 1, 2]
        await pilot.press("x")
        await done()
        assert steps[-1].labels.tolist() == [2, 1, 2, 1, 2]
        await pilot.press("r")
        await until(pilot, lambda: isinstance(lab.app.focused, Input))
        lab.app.focused.value = "plus"
        await pilot.press("enter")
        await done()
        await pilot.press("a")
        await type_in(pilot, "☺")
        await done()
        assert steps[-1].classes == ("plus", "anchor", "wave", "☺")
        await pilot.press("down", "X", "0")
        assert own(lab) == steps[-1]
        await pilot.press("X", "1")
        await done()
        assert steps[-1].classes == ("plus", "wave", "☺")
        assert open_set(folder) == steps[-1]
        for before in reversed(steps[:-1]):
            await pilot.press("U")
            await until(pilot, lambda before=before: own(lab) == before)
        assert open_set(folder) == steps[0]


async def test_a_class_more_is_learned_without_a_command(opened):
    a_set(9)
    lab = opened(hidden=(8,))
    async with lab.app.run_test(size=(80, 24)) as pilot:
        await open_it(lab, pilot)
        await until(pilot, lambda: lab.app.mode.report.state == "finished")
        await pilot.press("x", "a")
        await type_in(pilot, "ring")
        await until(pilot, lambda: lab.app.mode.report.run == 2)
        await pilot.press("escape")
        await until(pilot, lambda: lab.app.mode.report.state == "finished")
        await until(pilot, lambda: lab.app.mode._view.split.class_names[-1] == "ring")


async def test_another_program_that_changes_the_set_is_seen_and_loses_nothing(opened):
    folder = a_set()
    lab = opened(hidden=(8,))
    async with lab.app.run_test(size=(80, 24)) as pilot:
        await open_it(lab, pilot)
        await keep(lab, pilot, drawings(1, 1, 3)["cross"][0])
        change(folder, lambda now: now.rename_class(0, "plus"))
        await pilot.press("U")
        await until(pilot, lambda: any("Another program" in each for each in told(lab)))
        await until(pilot, lambda: own(lab).classes[0] == "plus")
        assert len(open_set(folder)) == 7


async def test_the_set_that_is_learned_from_is_drawn_for_and_nothing_begins_by_itself(over_set):
    lab = over_set
    async with lab.app.run_test(size=(80, 24)) as pilot:
        await draw_mode(lab, pilot)
        await until(pilot, lambda: own(lab) is not None)
        assert lab.app.mode.report.state == "ready"
        await keep(lab, pilot, drawings(1, 1, 3)["cross"][0])
        await until(pilot, lambda: lab.app.mode.report.state == "finished")


@pytest.fixture
def over_set(home):
    """An app that was opened on the set, as by `--data signs`."""
    folder = a_set(9)
    settings = settings_from({"hidden": (8,)})
    config = SessionConfig(find_data("signs"), settings, home / "models", source=str(folder))
    session = Session(config)
    yield Opened(session, "draw")
    session.close()


async def test_by_mouse_a_drawing_is_made_and_kept_and_taken_back(opened):
    a_set()
    lab = opened(hidden=(8,))
    async with lab.app.run_test(size=(60, 20)) as pilot:
        await draw_mode(lab, pilot)
        await click_on(lab, pilot, "#keys", "own symbols")
        await until(pilot, lambda: isinstance(lab.app.screen, WhichScreen))
        await pilot.click("OptionList", offset=(3, 1))
        await until(pilot, lambda: own(lab) is not None)
        await pilot.mouse_down(Pad, offset=(8, 5))
        await pilot.hover(Pad, offset=(8, 10))
        await pilot.mouse_up(Pad, offset=(8, 10))
        assert not lab.app.mode.query_one(Pad).is_empty
        await click_on(lab, pilot, "#links", "d")
        await until(pilot, lambda: len(own(lab)) == 7)
        await click_on(lab, pilot, "#links", "U")
        await until(pilot, lambda: len(own(lab)) == 6)


async def click_on(lab, pilot, selector, words):
    """Click on words in a label."""
    label = lab.app.mode.query_one(selector, Label)
    for y in range(label.size.height):
        if (x := label.render_line(y).text.find(words)) >= 0:
            await pilot.click(label, offset=(x, y))
            return
    raise AssertionError(f"{words!r} is not there")
