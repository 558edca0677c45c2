"""Mode 5, Runs: every run that was made, in a table; curves side by side; settings to use again."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget

from engine.errors import EngineError
from engine.plural import counted
from engine.training.hyperparameters import settings_from
from numrec_tui.charts.chart import Chart
from numrec_tui.charts.picture import Curve
from numrec_tui.history.columns import ARROWS, COLUMNS, DAMAGED, Column, matching, sort, title
from numrec_tui.history.export import to_csv, to_json
from numrec_tui.history.history import EpochScores, History, PastRun
from numrec_tui.modes.mode import CANCEL_LOADING, ModeScreen
from numrec_tui.modes.runs.curves import NOW, as_row, curve, labels, sign
from numrec_tui.modes.runs.run_facts import RunFacts
from numrec_tui.modes.runs.run_prompt import RunPrompt
from numrec_tui.modes.runs.run_store import MOST_DRAWN, RunStore
from numrec_tui.modes.runs.run_table import RunTable
from numrec_tui.session.report import Point, Report
from numrec_tui.storage.exports import write
from numrec_tui.storage.kept_runs import is_busy
from numrec_tui.storage.paths import exports_folder, history_file

if TYPE_CHECKING:
    from numrec_tui.session.session import Session

HINT = "No runs yet: press space, and this one is the first."
NOTHING_FOUND = "No run has these words; escape shows all."

FOR_A_RUN = ("mark", "use", "edit", "delete", "export")
"""The actions that need a run."""

MOST_MARKED = MOST_DRAWN - 1
"""With the one under the cursor, as many curves as can be told apart."""

LOOKS = ("-table", "-chart", "-facts")
"""What a small window shows, in turn."""


class RunsScreen(ModeScreen):
    """A table of runs, the curves of those that are marked, and all about the one chosen.

    The first row is the run of this app.
    """

    name_of_mode = "runs"
    CSS_PATH = Path("screen.tcss")
    AUTO_FOCUS = "RunTable"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "step", "Batch", show=False, id="train.step", tooltip="Train one batch"),
        Binding("s", "save", "Save", show=False, id="train.save", tooltip="Save the model"),
        Binding("slash", "filter", "Filter", key_display="/", id="runs.filter",
                tooltip="Show only runs with these words: name, data, optimizer=adam"),
        Binding("o", "sort", "Sort", id="runs.sort", tooltip="Sort by the next column"),
        Binding("O", "turn_round", "Reverse", show=False, key_display="O", id="runs.reverse",
                tooltip="The other way round"),
        Binding("m,enter", "mark", "Mark", key_display="m", id="runs.mark",
                tooltip="Draw this run's curve beside others, or no longer"),
        Binding("u", "use", "Use", id="runs.use",
                tooltip="Use this run's settings for the next run"),
        Binding("e", "edit", "Name", id="runs.edit", tooltip="Give the run a name and a note"),
        Binding("x", "delete", "Delete", id="runs.delete",
                tooltip="Forget the run, after asking; its model file stays"),
        Binding("w", "export", "Export", id="runs.export",
                tooltip="Write the runs shown to a CSV and a JSON file"),
        Binding("l", "loss", "Loss", show=False, id="runs.loss",
                tooltip="Loss in place of accuracy, or back"),
        Binding("v", "view", "View", id="runs.view",
                tooltip="The chart, or all about the run, or back"),
        CANCEL_LOADING,
        Binding("escape", "calm", "Show all", show=False, id="runs.all",
                tooltip="Show all runs, ask nothing"),
    ]  # fmt: skip

    def __init__(self, session: "Session") -> None:
        super().__init__(session)
        self._store = RunStore(History(history_file()))
        self._epoch_shown: tuple[int, int] | None = None
        self._ordered: list[PastRun] = []
        self._now: PastRun | None = None
        self._words = ""
        self._sorted: tuple[Column, bool] = (COLUMNS[1], True)
        self._marked: list[int] = []
        self._deleting: int | None = None
        self._naming: tuple[PastRun, str] | None = None
        self._show_loss = False
        self._look = 0
        self._table = RunTable(HINT)
        self._prompt = RunPrompt()
        self._chart = Chart("no epoch is done yet")
        self._facts = RunFacts()

    def panels(self) -> Iterable[Widget]:
        """The table; below it the curves, and all about the run under the cursor."""
        yield self._table
        yield self._prompt
        yield Horizontal(self._chart, self._facts, id="lower")
        yield self._store

    def on_mount(self) -> None:
        """Say what the table is about."""
        self._facts.border_title = "Run"
        self._entitle()

    def on_screen_resume(self) -> None:
        """The mode is opened: there may be new runs."""
        self._store.read()

    def flush(self) -> None:
        """Draw the newest data now, not at the chart's next turn."""
        self._chart.flush()

    def show_report(self, report: Report) -> None:
        """The run of this app is the first row as soon as it has begun."""
        now = as_row(report)
        if now != self._now:
            self._now = now
            self._show_rows()
            self._show_chosen()
        shown = (report.number, report.epoch)
        if shown != self._epoch_shown:
            self._epoch_shown = shown
            self._store.read_soon()

    @on(RunStore.Listed)
    def _show_runs(self) -> None:
        here = {NOW, *(run.id for run in self._store.runs)}
        self._marked = [number for number in self._marked if number in here]
        self._order()

    @on(RunStore.Detailed)
    def _show_details(self) -> None:
        self._show_chosen(read=False)

    # What is shown.

    def _order(self) -> None:
        self._ordered = sort(matching(self._store.runs, self._words), *self._sorted)
        self._show_rows()
        self._show_chosen()

    def _show_rows(self) -> None:
        recorded = self._recorded()
        rows = [run for run in self._ordered if run.id != recorded]
        now = [self._now] if self._now is not None and matching([self._now], self._words) else []
        self._table.hint = NOTHING_FOUND if self._words else HINT
        self._table.show(now + rows, *self._sorted)
        self._entitle()

    def _recorded(self) -> int | None:
        """The number that this app's run has in the history, where it is not to stand twice."""
        recorder = getattr(self.session, "recorder", None)
        return getattr(recorder, "id", None) if self._now is not None else None

    def _entitle(self) -> None:
        column, falls = self._sorted
        shown, every = len(self._table.runs), len(self._store.runs)
        words = f"Runs · {shown:,}" if not self._words else f"Runs with “{self._words}” · {shown:,}"
        words += f" of {every:,}" if self._words else ""
        asked = self._deleting is not None
        ask = f"x again forgets run #{self._deleting}; its model file stays · escape keeps it"
        self._table.border_title = Content(words)
        self._table.border_subtitle = ask if asked else f"by {column.name} {ARROWS[falls]}"
        self._table.set_class(asked, "-asks")

    def _show_chosen(self, read: bool = True) -> None:
        """The curves of the marked runs and of the one under the cursor, and all about that."""
        chosen = self._table.chosen
        rows = {run.id: run for run in [*self._store.runs, *([self._now] if self._now else [])]}
        drawn = [rows[number] for number in self._marked if number in rows]
        self._table.show_signs({run.id: (sign(i), i) for i, run in enumerate(drawn)})
        if chosen is not None and chosen.id not in self._marked:
            drawn.append(chosen)
        missing = [run for run in drawn if run.id != NOW and not self._store.has_details(run)]
        if missing and read:
            self._store.read_details(missing)
        names = labels(drawn)
        curves = [self._curve(run, names[index], index) for index, run in enumerate(drawn)]
        what = "validation loss" if self._show_loss else "validation"
        self._chart.show(curves, title=what, percent=not self._show_loss)
        known = self._store.details.get(chosen.id) if chosen is not None else None
        changes = known.changes if known else ()
        if chosen is not None and chosen.id == NOW and self.report is not None:
            changes = self.report.changes
        self._facts.show(chosen, changes)

    def _curve(self, run: PastRun, label: str, index: int) -> Curve:
        known = self._store.details.get(run.id)
        points: Sequence[EpochScores | Point] = known.scores if known else ()
        if run.id == NOW and self.report is not None:
            points = self.report.validated
        return curve(label, points, self._show_loss, index)

    # What a person does.

    @on(RunTable.Moved)
    def _follow(self) -> None:
        self._deleting = None
        self._entitle()
        self._show_chosen()

    @on(RunTable.SortAsked)
    def _sort_by(self, message: RunTable.SortAsked) -> None:
        column, falls = self._sorted
        again = message.column is column
        self._sorted = (message.column, not falls if again else message.column.falls)
        self._order()

    def action_sort(self) -> None:
        """Sort by the next column."""
        following = COLUMNS[(COLUMNS.index(self._sorted[0]) + 1) % len(COLUMNS)]
        self._sorted = (following, following.falls)
        self._order()

    def action_turn_round(self) -> None:
        """Sort the other way round."""
        self._sorted = (self._sorted[0], not self._sorted[1])
        self._order()

    @on(RunTable.MarkAsked)
    def action_mark(self) -> None:
        """Draw the curve of the run under the cursor beside others, or no longer."""
        chosen = self._table.chosen
        if chosen is None:
            return
        if chosen.id in self._marked:
            self._marked.remove(chosen.id)
        elif len(self._marked) < MOST_MARKED:
            self._marked.append(chosen.id)
        else:
            self.notify(f"{MOST_MARKED} runs are marked; more could not be told apart.")
        self._show_chosen()

    def action_use(self) -> None:
        """Set every knob as it was in the run under the cursor."""
        chosen = self._table.chosen
        if chosen is None:
            return
        if "settings" in chosen.damage.split(", "):
            self.notify(DAMAGED.format(columns=chosen.damage), severity="error")
            return
        try:
            settings = settings_from(
                json.loads(chosen.settings), f"The settings of {title(chosen)}"
            )
        except EngineError as error:
            self.notify(str(error), severity="error")
            return
        self.session.use(settings)
        begun = self.report is not None and self.report.state != "ready"
        how = "r begins a new run with them" if begun else "space begins a run with them"
        self.notify(f"The settings of {title(chosen)} are set: {how}.")

    def action_filter(self) -> None:
        """Ask for words."""
        self._prompt.ask("filter", "Runs with", self._words)

    def action_edit(self) -> None:
        """Ask for a name, then for a note."""
        chosen = self._recorded_run()
        if chosen is not None:
            self._naming = (chosen, chosen.name)
            self._prompt.ask("name", f"Name of #{chosen.id}:", chosen.name)

    def _recorded_run(self) -> PastRun | None:
        """The run under the cursor as the history has it; else it is said that it has not."""
        chosen = self._table.chosen
        number = self._recorded() if chosen is not None and chosen.id == NOW else None
        if chosen is None or chosen.id != NOW:
            return chosen
        found = next((run for run in self._store.runs if run.id == number), None)
        if found is None:
            self.notify("This run is not in the history yet.")
        return found

    @on(RunPrompt.Typed)
    def _take_text(self, message: RunPrompt.Typed) -> None:
        if message.what == "filter":
            self._words = message.text.strip()
            self._order()
        if not message.done:
            return
        if message.what == "name" and self._naming is not None:
            run = self._naming[0]
            self._naming = (run, message.text.strip())
            self._prompt.ask("note", f"Note on #{run.id}:", run.note)
            return
        if message.what == "note" and self._naming is not None:
            run, name = self._naming
            note = message.text.strip()
            self._store.change(partial(self._store.history.describe, run.id, name, note))
        self._leave_prompt()

    @on(RunPrompt.Escaped)
    def _leave_prompt(self, message: RunPrompt.Escaped | None = None) -> None:
        if message is not None and message.what == "filter":
            self._words = ""
            self._order()
        self._naming = None
        self._prompt.close()
        self._focus_something()

    def action_calm(self) -> None:
        """Ask nothing, and show all runs."""
        if self._deleting is not None:
            self._deleting = None
            self._entitle()
        elif self._words:
            self._words = ""
            self._order()

    def action_delete(self) -> None:
        """Ask whether the run is to be forgotten; the second time, forget it."""
        chosen = self._table.chosen
        if chosen is None:
            return
        if chosen.id == NOW:
            self.notify("This run is still here; r begins a new one, then it can be deleted.")
        elif chosen.checkpoints and is_busy(Path(chosen.checkpoints)):
            self.notify(
                f"Run #{chosen.id} is being trained by another numrec-tui; it can be forgotten "
                "when that has ended."
            )
        elif self._deleting == chosen.id:
            self._deleting = None
            number = chosen.id
            self._store.change(
                partial(self._store.history.delete, number), f"Run #{number} is forgotten."
            )
        else:
            self._deleting = chosen.id
        self._entitle()

    def action_export(self) -> None:
        """Write the runs that are shown as CSV and as JSON."""
        shown = [run for run in self._table.runs if run.id != NOW]
        if shown:
            self._store.change(partial(_export, self._store.history, shown))
        else:
            self.notify("There are no runs to export.")

    def action_loss(self) -> None:
        """Show the loss in place of the accuracy, or back."""
        self._show_loss = not self._show_loss
        self._show_chosen()

    def action_view(self) -> None:
        """In a small window, show the chart or the facts, or the table again."""
        tall = not (self.has_class("-narrow") or self.has_class("-short"))
        indices = (0, 2) if tall else (0, 1, 2)
        self._look = next((index for index in indices if index > self._look), 0)
        for index, name in enumerate(LOOKS):
            self.set_class(index == self._look and index > 0, name)
        self.call_after_refresh(self._focus_something)

    def _focus_something(self) -> None:
        """The table; in its place, where it is hidden, what is shown."""
        panels = (self._table, self._chart, self._facts)
        shown = (panel for panel in panels if panel.region.area and panel.display)
        self.set_focus(next(shown, self._table))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only what makes sense now."""
        if action == "view":
            return not (self.has_class("-wide") and self.has_class("-tall"))
        return super().check_action(action, parameters)

    def applies(self, action: str) -> bool:
        """Whether there is a run to do it with."""
        return action not in FOR_A_RUN or self._table.chosen is not None

    def on_resize(self) -> None:
        """Another size, other keys that make sense."""
        self.refresh_bindings()


def _export(history: History, runs: Sequence[PastRun]) -> str:
    """Write both files; says where they are."""
    name = f"runs-{datetime.now():%Y%m%d-%H%M%S}"
    contents = {".csv": to_csv(runs), ".json": to_json(history, runs)}
    table, whole = write(exports_folder(), name, contents)
    they_are = counted(len(runs), "run is", "runs are")
    return f"{they_are} in {table}, and with their curves in {whole.name}"
