"""The glossary: nothing on the screen goes without an entry, and each entry has what it needs."""

import re
import textwrap
from collections import Counter
from typing import get_args

import pytest
from textual.widget import Widget
from textual.widgets import Input, OptionList

from engine.nn.activations import ACTIVATIONS
from engine.nn.initializers import INITIALIZERS
from engine.nn.losses import LOSSES
from engine.nn.optimizers import OPTIMIZERS
from engine.nn.schedules import SCHEDULES
from engine.training.hyperparameters import knobs
from numrec_tui.app import NumrecApp
from numrec_tui.history.columns import COLUMNS
from numrec_tui.insight.health import Off
from numrec_tui.insight.predictions import Filter, Order, Outcome
from numrec_tui.insight.units import VERDICTS
from numrec_tui.lessons.glossary import SUBJECTS, entries, entry_of, listed, named_in, search
from numrec_tui.lessons.steps import STEPS
from numrec_tui.lessons.worked_example import Example
from numrec_tui.modes.digits.one_digit import FACES
from numrec_tui.modes.digits.screen import TITLES
from numrec_tui.modes.keymap import binding_keys
from numrec_tui.modes.learn.picks import FIRST_PARAMETER, PICKS
from numrec_tui.modes.network.screen import SHEETS
from numrec_tui.modes.registry import MODES
from numrec_tui.modes.run_chart import SHOWN, SMOOTHING
from numrec_tui.modes.train.knob_list import IN_FORCE
from numrec_tui.widgets.top_bar import STATES

REGISTRIES = (ACTIVATIONS, LOSSES, INITIALIZERS, OPTIMIZERS, SCHEDULES)

ORDERS_AND_OUTCOMES = [
    *(Filter(outcome=outcome).words for outcome in get_args(Outcome)),
    *(Filter(order=order).words for order in get_args(Order)),
]


def missing(words) -> list[str]:
    return [word for word in filter(None, words) if entry_of(word) is None]


def test_every_knob_has_an_entry():
    assert missing(knob.label for knob in knobs().values()) == []
    assert missing([IN_FORCE]) == []


@pytest.mark.parametrize("registry", REGISTRIES, ids=lambda registry: registry.kind)
def test_whatever_a_knob_can_be_set_to_has_an_entry(registry):
    assert missing(registry) == []


def test_every_word_of_the_health_line_and_of_its_warnings_has_an_entry():
    words = [verdict.split(":")[0] for _, verdict in VERDICTS]
    assert missing([*words, "gradient", "dead", "update", "broken"]) == []
    for off in Off:
        assert named_in(off), off


@pytest.mark.parametrize(
    "labels",
    [
        ("accuracy", "loss", "learning rate", *(word for both in SHOWN for word in both)),
        ("train", "validation", "validation loss", "second set", *(word for _, word in SMOOTHING)),
        STATES,
        ("parameters", "epoch", "images/s", "left", "interval", "not saved", "doubts", "preset"),
        ("●", "○", "*", "≈", "▵", "◆"),
        TITLES.values(),
        FACES,
        ORDERS_AND_OUTCOMES,
        ("confusion matrix", "recall", "precision", "prec.", "gallery"),
        ("what the network sees", "reading", "evidence", "most like it", "own set", "correction"),
        (*SHEETS, "weights", "bias", "speaks for", "near 0", "active", "time line", "checkpoint"),
        [column.name for column in COLUMNS],
        [step(Example(), FIRST_PARAMETER).title for step in STEPS],
        {pick.term for pick in PICKS},
    ],
    ids=[
        "chart", "curves", "states", "progress", "signs", "sets", "faces", "filters", "matrix",
        "draw", "network", "columns", "steps", "picks",
    ],
)  # fmt: skip
def test_every_label_has_an_entry(labels):
    assert missing(labels) == []


def test_every_panel_that_takes_the_cursor_says_what_it_shows():
    """A new panel fails here until F1 explains it."""
    binding_keys(NumrecApp)  # which imports every mode
    panels = {
        kind
        for kind in _below(Widget)
        if kind.__module__.startswith(("numrec_tui.modes.", "numrec_tui.charts."))
        and kind.__dict__.get("can_focus")
        and not issubclass(kind, OptionList | Input)  # of a dialog
    }
    assert len(panels) >= 8
    unexplained = {kind.__name__ for kind in panels if not hasattr(kind, "term")}
    assert unexplained - {"Sheet"} == set()  # whose term is what it shows, set by the mode
    fixed = [kind.term for kind in panels if isinstance(getattr(kind, "term", None), str)]
    assert missing(fixed) == []


def _below(kind: type[Widget]) -> set[type[Widget]]:
    return {kind}.union(*map(_below, kind.__subclasses__()))


def test_every_mode_has_words_of_its_own():
    assert set(SUBJECTS) == {mode.name for mode in MODES.values() if mode.is_ours}
    used = {subject for subjects in SUBJECTS.values() for subject in subjects}
    assert used == {entry.subject for entry in entries()}


def test_an_entry_has_two_sentences_and_a_formula_and_fits_into_the_lowest_window():
    for entry in entries():
        assert len(re.findall(r"\.(?:\s|$)", entry.about)) == 2, entry.name
        assert entry.formula, entry.name
        parts = (f"{entry.name}  {', '.join(entry.names[1:])}", entry.about, entry.formula)
        lines = [len(textwrap.wrap(part, 33)) for part in (*parts, entry.turn) if part]
        assert sum(lines) + len(lines) - 1 <= 16, entry.name


def test_no_name_has_two_entries():
    names = Counter(name.casefold() for entry in entries() for name in entry.names)
    assert [name for name, count in names.items() if count > 1] == []


def test_a_word_is_found_however_it_is_written():
    assert entry_of("learning_rate") is entry_of("Learning Rate") is entry_of("rate") is not None
    assert entry_of("no such word") is None


def test_words_in_a_line_are_found_and_of_two_that_overlap_the_longer_one():
    found = named_in("gradient 0.3 · update 1.0e-3 healthy · batch size 64, ⚠ it hardly moves")
    assert [entry.name for entry in found] == [
        "gradient", "update", "healthy", "batch size", "hardly moves",
    ]  # fmt: skip
    assert named_in("relubrious") == []


def test_the_picked_word_comes_first_then_what_is_said_then_the_modes_own_then_all_others():
    found = [entry.name for entry in listed("train", ["momentum"], "it hardly moves")]
    assert found[:3] == ["momentum", "hardly moves", "hidden"]
    assert len(found) == len(entries())
    assert listed("draw")[0].name == "what the network sees"
    assert len(listed("a mode of another package")) == len(entries())


def test_a_search_finds_names_before_texts():
    found = [entry.name for entry in search(entries(), "Decay")]
    assert found[:2] == ["decay", "decay epochs"]
    assert found[2] == "weight decay"
    assert "adamw" in found[3:]
    assert search(entries(), "qqq") == []
