"""The view of why a drawing is read so: evidence, what is like it, a correction and its undoing."""

from dataclasses import replace

import numpy as np
import pytest
from textual.widgets import Label

from numrec_tui.modes.draw.label_prompt import WhichScreen
from numrec_tui.modes.draw.screen import DrawScreen
from numrec_tui.modes.draw.why import WhyScreen
from numrec_tui.storage.own_set_files import open_set
from numrec_tui.widgets.digit import DigitPicture
from numrec_tui.widgets.signed_map import SignedMap
from tests.modes.draw.test_draw_screen import NORMAL, draw_mode, draw_seven, told, words
from tests.screens.settled import settled, until

LEARNS = {"hidden": (16,), "epochs": 8, "batch_size": 4, "augment": "off"}


def said(lab, name):
    return str(lab.app.screen.query_one(f"#{name}", Label).content)


def title(lab):
    return str(lab.app.screen.query_one("Vertical").border_title)


async def why(lab, pilot):
    """A network that has learned, a drawing, and the view."""
    await draw_mode(lab, pilot)
    await pilot.press("space")
    await until(pilot, lambda: lab.app.mode.report.state == "finished")
    await draw_seven(lab, pilot)
    await settled(pilot)
    await pilot.press("p")
    await until(pilot, lambda: isinstance(lab.app.screen, WhyScreen))
    await settled(pilot)


async def test_p_shows_evidence_for_one_class_rather_than_another(opened):
    lab = opened(**LEARNS)
    async with lab.app.run_test(size=NORMAL) as pilot:
        await why(lab, pilot)
        first = title(lab)
        assert first.startswith("Why ")
        best, other = first.removeprefix("Why ").removesuffix("?").split(" rather than ")
        assert best in words_of(lab)
        legend = lab.app.screen.query_one(SignedMap)
        assert f"for {other}" in legend.render_line(14).text
        await pilot.press("right")
        assert title(lab) != first
        await pilot.press("left")
        assert title(lab) == first
        await pilot.press(*["left"] * 9)
        assert title(lab) == first  # once round: nine other classes


def words_of(lab):
    return said(lab, "verdict")


async def test_the_nearest_training_images_and_how_rare_such_drawings_are_are_told(opened):
    lab = opened(**LEARNS)
    async with lab.app.run_test(size=NORMAL) as pilot:
        await why(lab, pilot)
        assert said(lab, "like").startswith("most like it in training: ")
        assert said(lab, "like").count(",") == 2
        # nothing among rings and bars is like a drawn 7
        assert said(lab, "rarity") == "Hardly anything like it was in training."
        assert lab.app.screen.query_one("#nearest", DigitPicture)._image.any()


async def test_what_is_like_it_is_looked_for_anew_when_other_images_are_learned_from(opened):
    lab = opened(**LEARNS)
    async with lab.app.run_test(size=NORMAL) as pilot:
        await why(lab, pilot)
        page, view = lab.app.screen, lab.app.mode._view
        twos = view.split.train.take(np.flatnonzero(view.split.train.labels == 2))
        page.show_view(replace(view, split=replace(view.split, train=twos)))
        await settled(pilot)
        assert said(lab, "like") == "most like it in training: 2, 2, 2"


async def test_an_empty_pad_has_nothing_to_be_explained(opened):
    lab = opened()
    async with lab.app.run_test(size=NORMAL) as pilot:
        await draw_mode(lab, pilot)
        await pilot.press("p")
        assert told(lab)[-1].startswith("Nothing is drawn yet")
        assert isinstance(lab.app.screen, DrawScreen)


async def test_a_correction_is_one_key_and_the_class_and_one_key_takes_all_of_it_back(opened, home):
    lab = opened(**LEARNS)
    async with lab.app.run_test(size=NORMAL) as pilot:
        await why(lab, pilot)
        theta = lab.session._trainer.run.network.theta.copy()
        was = title(lab).split()[1]
        label = (int(was) + 4) % 10
        await pilot.press("c")
        await until(pilot, lambda: isinstance(lab.app.screen, WhichScreen))
        await pilot.press(str(label))
        await until(pilot, lambda: title(lab).startswith(f"Why {label} rather than "))
        await settled(pilot)
        assert f"are read as {label}, " in said(lab, "outcome")
        assert open_set(home / "drawings").labels.tolist() == [label]
        await pilot.press("U")
        await until(pilot, lambda: title(lab).startswith(f"Why {was} rather than "))
        await until(pilot, lambda: not list((home / "drawings").glob("t*ubyte")))
        await settled(pilot)
        assert said(lab, "outcome") == ""
        assert np.array_equal(lab.session._trainer.run.network.theta, theta)
        await pilot.press("escape")
        assert isinstance(lab.app.screen, DrawScreen)


@pytest.mark.long
async def test_a_correction_is_taken_back_on_the_pad_as_well(opened, home):
    lab = opened(**LEARNS)
    async with lab.app.run_test(size=NORMAL) as pilot:
        await why(lab, pilot)
        theta = lab.session._trainer.run.network.theta.copy()
        was = words(lab)
        label = (int(title(lab).split()[1]) + 4) % 10
        await pilot.press("c", str(label))
        await until(pilot, lambda: lab.app.mode.report.corrected is not None)
        await settled(pilot)
        await pilot.press("escape")
        assert words(lab) != was
        await until(pilot, lambda: "U" in lab.app.screen.active_bindings)
        await pilot.press("U")
        await until(pilot, lambda: words(lab) == was)
        await until(pilot, lambda: not list((home / "drawings").glob("t*ubyte")))
        assert np.array_equal(lab.session._trainer.run.network.theta, theta)


async def test_escape_ends_a_correction_before_it_closes_the_view(opened, home, monkeypatch):
    from numrec_tui.session import corrector

    def never_enough(_network, _image, _label, _beside, _seed, go_on):
        while go_on():
            pass

    monkeypatch.setattr(corrector, "correct", never_enough)
    lab = opened(**LEARNS)
    async with lab.app.run_test(size=NORMAL) as pilot:
        await why(lab, pilot)
        await pilot.press("c", "4")
        await until(pilot, lambda: said(lab, "outcome") == "Learning it … escape cancels.")
        await pilot.press("escape")
        await until(pilot, lambda: told(lab) and any("Canceled" in each for each in told(lab)))
        assert isinstance(lab.app.screen, WhyScreen)
        await pilot.press("escape")
        assert isinstance(lab.app.screen, DrawScreen)


@pytest.mark.long
async def test_what_the_keys_do_a_click_on_their_names_does_as_well(opened):
    lab = opened(**LEARNS)
    async with lab.app.run_test(size=NORMAL) as pilot:
        await why(lab, pilot)
        first = title(lab)

        async def click(word):
            box = lab.app.screen.query_one("Vertical")
            foot = box.render_lines(box.outer_size.region)[-1].text
            await pilot.click(box, offset=(foot.index(word), box.outer_size.height - 1))

        await click("other class")
        assert title(lab) != first
        await click("correct it")
        assert isinstance(lab.app.screen, WhichScreen)
        await pilot.press("escape")
        await click("escape")
        assert isinstance(lab.app.screen, DrawScreen)
