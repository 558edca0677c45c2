"""The Train screen by its keys: what a person presses and what then happens."""

from dataclasses import replace

import pytest
from textual.widgets import Input, Label

from numrec_tui.charts.chart import Chart
from numrec_tui.modes.help_screen import HelpScreen
from numrec_tui.modes.messages import SessionReport
from numrec_tui.modes.run_chart import RunChart
from numrec_tui.modes.train.knob_list import KNOBS, KnobList
from numrec_tui.modes.train.progress_line import ProgressLine
from numrec_tui.widgets.digit_panel import DigitPanel
from tests import scripted

WIDE = (120, 34)


def is_training(report):
    return report.state == "training"


def is_ready(report):
    return report.state == "ready"


def is_paused(report):
    return report.state == "paused"


async def test_space_starts_and_the_curve_begins(opened):
    lab = opened(**scripted.ENDLESS)
    async with lab.app.run_test(size=WIDE) as pilot:
        await lab.until(pilot, is_ready)
        await pilot.press("space")
        await lab.until(pilot, lambda report: report.train != ())


async def test_space_pauses_and_goes_on(opened):
    lab = opened(scripted.epochs(1000))
    async with lab.app.run_test(size=WIDE) as pilot:
        await lab.until(pilot, is_ready)
        await pilot.press("space")
        await lab.until(pilot, is_training)
        await pilot.press("space")
        paused = await lab.until(pilot, is_paused)
        await pilot.press("space")
        await lab.until(pilot, lambda report: report.position > paused.position)


async def test_n_trains_one_batch(opened):
    lab = opened()
    async with lab.app.run_test(size=WIDE) as pilot:
        await lab.until(pilot, is_ready)
        await pilot.press("n")
        report = await lab.until(pilot, is_paused)
        assert report.batch == 1


async def test_r_begins_a_new_run(opened):
    lab = opened()
    async with lab.app.run_test(size=WIDE) as pilot:
        await lab.until(pilot, is_ready)
        await pilot.press("n")
        await lab.until(pilot, is_paused)
        await pilot.press("r")
        report = await lab.until(pilot, is_ready)
        assert report.run == 2
        assert report.train == ()


async def test_raising_the_rate_while_training_marks_the_chart(opened):
    lab = opened(scripted.epochs(1000))
    async with lab.app.run_test(size=WIDE) as pilot:
        await lab.until(pilot, is_ready)
        await pilot.press("space")
        await lab.until(pilot, lambda report: report.train != ())
        await pilot.press("right")
        report = await lab.until(pilot, lambda report: report.changes != ())
        assert report.running.learning_rate == 0.1
        chart = lab.screen.query_one(Chart)
        chart.flush()
        drawn = "".join(chart.render_line(y).text for y in range(chart.size.height))
        assert "0.05→0.1" in drawn


async def test_down_chooses_the_next_knob_and_left_turns_it_down(opened):
    lab = opened()
    async with lab.app.run_test(size=WIDE) as pilot:
        await lab.until(pilot, is_ready)
        await pilot.press("down", "left")
        report = await lab.until(pilot, lambda report: report.settings.momentum != 0.9)
        assert report.settings.momentum == 0.85


async def test_up_at_the_top_and_down_at_the_bottom_stay_there(opened):
    lab = opened()
    async with lab.app.run_test(size=(80, 24)) as pilot:
        await lab.until(pilot, is_ready)
        knobs = lab.screen.query_one(KnobList)
        await pilot.press("home", "up")
        assert KNOBS[knobs.chosen].name == "hidden"
        await pilot.press("end", "down")
        assert KNOBS[knobs.chosen].name == "seed"
        assert knobs.scroll_offset.y > 0


async def test_another_knob_waits_for_the_next_run(opened):
    lab = opened()
    async with lab.app.run_test(size=WIDE) as pilot:
        await lab.until(pilot, is_ready)
        await pilot.press("n")
        await lab.until(pilot, is_paused)
        await pilot.press("home", "right")
        report = await lab.until(pilot, lambda report: report.settings.hidden == (16,))
        assert report.running.hidden == (8,)


async def test_enter_opens_a_field_and_takes_what_is_typed(opened):
    lab = opened()
    async with lab.app.run_test(size=WIDE) as pilot:
        await lab.until(pilot, is_ready)
        await pilot.press("enter", *"0.33", "enter")
        report = await lab.until(pilot, lambda report: report.settings.learning_rate != 0.05)
        assert report.settings.learning_rate == 0.33
        assert not lab.screen.query_one(Input).display
        assert isinstance(lab.screen.focused, KnobList)


async def test_a_wrong_value_is_refused_at_the_field_with_the_reason(opened):
    lab = opened()
    async with lab.app.run_test(size=WIDE) as pilot:
        await lab.until(pilot, is_ready)
        await pilot.press("enter", *"fast", "enter")
        refusal = lab.screen.query_one("#refusal", Label)
        assert refusal.display
        assert "valid number, not 'fast'" in str(refusal.content)
        assert lab.screen.query_one(Input).display
        await pilot.press("escape")
        assert not refusal.display
        assert lab.report.settings.learning_rate == 0.05


async def test_leaving_the_field_changes_nothing(opened):
    lab = opened()
    async with lab.app.run_test(size=WIDE) as pilot:
        await lab.until(pilot, is_ready)
        await pilot.press("enter", *"0.07", "shift+tab", "down", "enter")
        field = lab.screen.query_one(Input)
        assert field.value == "0.9"  # the field is the momentum's now
        await pilot.press("enter")
        await pilot.pause()
        assert lab.report.settings.learning_rate == 0.05
        assert lab.report.settings.momentum == 0.9


@pytest.mark.long
async def test_a_zoomed_panel_takes_its_field_along(opened):
    lab = opened()
    async with lab.app.run_test(size=WIDE) as pilot:
        await lab.until(pilot, is_ready)
        await pilot.press("z", "enter")
        assert lab.screen.query_one(Input).region.width > 0


def test_a_sentence_is_not_replaced_by_a_later_report(tmp_path):
    reports = []
    session = scripted.session(tmp_path)
    session.listen(reports.append)
    session.close()
    [report] = reports
    silent, telling = SessionReport(report), SessionReport(replace(report, message="Saved"))
    assert silent.can_replace(telling)
    assert not telling.can_replace(silent)


@pytest.mark.long
async def test_letters_typed_into_the_field_are_no_commands(opened):
    lab = opened()
    async with lab.app.run_test(size=WIDE) as pilot:
        await lab.until(pilot, is_ready)
        await pilot.press("enter", "q", "n", "r", "space")
        assert lab.app.is_running
        assert lab.screen.query_one(Input).value == "qnr "
        assert lab.report.state == "ready"


@pytest.mark.parametrize(
    ("name", "typed", "value"),
    [("hidden", "32,16", (32, 16)), ("shuffle", "off", False), ("optimizer", "adam", "adam")],
)
@pytest.mark.short("hidden")
async def test_any_kind_of_value_can_be_typed(opened, name, typed, value):
    lab = opened()
    async with lab.app.run_test(size=WIDE) as pilot:
        await lab.until(pilot, is_ready)
        lab.screen.query_one(KnobList).chosen = [knob.name for knob in KNOBS].index(name)
        await pilot.press("enter", *typed, "enter")
        await lab.until(pilot, lambda report: getattr(report.settings, name) == value)


async def test_s_saves_and_says_where(opened, tmp_path):
    lab = opened()
    async with lab.app.run_test(size=WIDE) as pilot:
        await lab.until(pilot, is_ready)
        await pilot.press("n")
        await lab.until(pilot, is_paused)
        await pilot.press("s")
        await lab.until(pilot, lambda report: bool(report.message))
        assert len(list((tmp_path / "models").iterdir())) == 1


async def test_l_shows_the_loss_and_again_the_accuracy(opened):
    lab = opened()
    async with lab.app.run_test(size=WIDE) as pilot:
        await lab.until(pilot, is_ready)
        chart = lab.screen.query_one(Chart)
        assert chart.border_title.startswith("accuracy")
        await pilot.press("l")
        assert chart.border_title.startswith("loss")
        await pilot.press("l")
        assert chart.border_title.startswith("accuracy")


async def test_comma_and_full_stop_go_through_the_digits(opened):
    lab = opened()
    async with lab.app.run_test(size=WIDE) as pilot:
        await lab.until(pilot, is_ready)
        await pilot.press("full_stop", "full_stop", "comma")
        report = await lab.until(pilot, lambda report: report.reading.index == 1)
        assert lab.screen.query_one(DigitPanel).border_title == "Image #1"
        await pilot.press("comma", "comma")
        last = len(report.validation) - 1
        await lab.until(pilot, lambda report: report.reading.index == last)


async def test_the_arrows_go_through_the_digits_once_their_panel_has_the_focus(opened):
    lab = opened()
    async with lab.app.run_test(size=WIDE) as pilot:
        await lab.until(pilot, is_ready)
        lab.screen.query_one(DigitPanel).focus()
        await pilot.press("right", "right", "left")
        await lab.until(pilot, lambda report: report.reading.index == 1)
        assert lab.report.settings.learning_rate == 0.05


async def test_the_reading_is_refreshed_while_the_network_learns(opened):
    lab = opened(**scripted.ENDLESS)
    async with lab.app.run_test(size=WIDE) as pilot:
        first = await lab.until(pilot, is_ready)
        await pilot.press("space")
        await lab.until(
            pilot,
            lambda report: report.train != () and report.reading != first.reading,
        )


async def test_h_is_offered_only_after_a_divergence_and_goes_on_with_half_the_rate(opened):
    script = [*scripted.epochs(2), scripted.progress(3, 1), scripted.stopped("diverged", 2)]
    lab = opened(script, learning_rate=0.002)
    async with lab.app.run_test(size=WIDE) as pilot:
        await lab.until(pilot, is_ready)
        assert "h" not in lab.screen.active_bindings
        await pilot.press("space")
        await lab.until(pilot, lambda report: report.state == "diverged")
        assert "h" in lab.screen.active_bindings
        await pilot.press("h")
        report = await lab.until(pilot, is_training)
        assert report.running.learning_rate == 0.001
        assert report.epoch == 2


@pytest.mark.long
async def test_h_is_offered_to_a_run_that_is_ruined_though_its_numbers_are_finite(opened):
    after = [scripted.progress(4, batch) for batch in range(1, 5)]
    lab = opened([*scripted.epochs(2), scripted.ruined_epoch(3), *after], learning_rate=0.002)
    async with lab.app.run_test(size=WIDE) as pilot:
        await lab.until(pilot, is_ready)
        await pilot.press("space")
        ruined = await lab.until(pilot, lambda report: report.way_back is not None)
        assert ruined.state == "training"
        assert (ruined.way_back.epoch, ruined.way_back.learning_rate) == (2, 0.001)
        said = str(lab.screen.query_one(ProgressLine).content)
        assert "the loss is 3e+25, 12% of the digits are read right" in said
        assert "goes back to epoch 2 with half its rate, 0.001" in said
        await pilot.press("h")
        report = await lab.until(pilot, lambda report: report.running.learning_rate == 0.001)
        assert (report.epoch, report.way_back) == (2, None)
        assert "h" not in lab.screen.active_bindings


async def test_z_zooms_the_focused_panel_and_back(opened):
    lab = opened()
    async with lab.app.run_test(size=WIDE) as pilot:
        await lab.until(pilot, is_ready)
        lab.screen.query_one(Chart).focus()
        await pilot.press("z")
        assert lab.screen.maximized is lab.screen.query_one(RunChart)
        await pilot.press("z")
        assert lab.screen.maximized is None


async def test_v_shows_the_digit_in_a_small_window(opened):
    lab = opened()
    async with lab.app.run_test(size=(60, 20)) as pilot:
        await lab.until(pilot, is_ready)
        panel = lab.screen.query_one(DigitPanel)
        assert not panel.display
        await pilot.press("v")
        assert panel.display
        assert not lab.screen.query_one("#center").display


async def test_question_mark_lists_the_keys_and_escape_closes(opened):
    lab = opened()
    async with lab.app.run_test(size=WIDE) as pilot:
        await lab.until(pilot, is_ready)
        await pilot.press("question_mark")
        assert isinstance(lab.app.screen, HelpScreen)
        await pilot.press("escape")
        assert not isinstance(lab.app.screen, HelpScreen)


@pytest.mark.parametrize("key", ["q", "ctrl+q"])
@pytest.mark.short("[q]")
async def test_q_leaves(opened, key):
    lab = opened()
    async with lab.app.run_test(size=WIDE) as pilot:
        await lab.until(pilot, is_ready)
        await pilot.press(key)
    assert lab.app.return_code == 0


async def test_the_palette_offers_the_actions_and_presets(opened):
    lab = opened()
    async with lab.app.run_test(size=WIDE) as pilot:
        await lab.until(pilot, is_ready)
        titles = [command.title for command in lab.app.get_system_commands(lab.app.screen)]
        assert {"Run/pause", "Batch", "Preset seed"} <= set(titles)
        assert "Halve rate" not in titles


async def test_a_preset_from_the_palette_sets_every_knob(opened):
    lab = opened()
    async with lab.app.run_test(size=WIDE) as pilot:
        await lab.until(pilot, is_ready)
        commands = {
            command.title: command.callback
            for command in lab.app.get_system_commands(lab.app.screen)
        }
        commands["Preset seed"]()
        report = await lab.until(pilot, lambda report: report.settings.batch_size == 512)
        assert report.settings.optimizer == "sgd"


async def test_a_click_chooses_a_knob(opened):
    lab = opened()
    async with lab.app.run_test(size=WIDE) as pilot:
        await lab.until(pilot, is_ready)
        await pilot.click(KnobList, offset=(3, 1))  # below the name of the group
        assert lab.screen.query_one(KnobList).chosen == 0


@pytest.mark.long
async def test_an_exception_in_a_handler_leaves_the_run_saved(opened, tmp_path):
    lab = opened(scripted.epochs(1000))

    def fail() -> None:
        raise RuntimeError("a fault of ours")

    with pytest.raises(RuntimeError, match="a fault of ours"):
        async with lab.app.run_test(size=WIDE) as pilot:
            await lab.until(pilot, is_ready)
            await pilot.press("space")
            await lab.until(pilot, lambda report: report.train != ())
            lab.screen.action_save = fail
            await pilot.press("s")
    said = lab.session.close()
    [saved] = (tmp_path / "models").iterdir()
    assert said == f"Saved to {saved}"


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 34), (200, 50), (40, 10), (10, 3)])
@pytest.mark.short("size1")
async def test_every_size_can_be_used_and_left(opened, size):
    lab = opened(scripted.epochs(1000))
    async with lab.app.run_test(size=size) as pilot:
        await lab.until(pilot, is_ready)
        await pilot.press("space")
        await lab.until(pilot, lambda report: report.train != ())
        await pilot.press("q")
    assert lab.app.return_code == 0
