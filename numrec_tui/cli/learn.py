"""`numrec-tui learn`: the mode that explains, its lessons, and what was done of them."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from engine.errors import UsageError
from engine.plural import counted
from numrec_tui.cli.exits import DONE
from numrec_tui.cli.flags import MaybeDataFlag
from numrec_tui.cli.help_texts import LEARN, examples
from numrec_tui.cli.open_in_time import open_in_time
from numrec_tui.cli.output import say, say_json
from numrec_tui.storage.paths import lessons_folder
from numrec_tui.text.escaping import printable

if TYPE_CHECKING:
    from numrec_tui.storage.lesson_progress import Done

learn = App(
    name="learn",
    help=LEARN,
    help_epilogue=examples(
        "learn",
        "learn overfitting",
        "learn mine.toml",
        "learn --report",
        "learn check mine.toml",
    ),
    help_format="plaintext",
    default_parameter=Parameter(show_default=False, negative=()),
)


@learn.default
def open_learn(
    lesson: str | None = None,
    /,
    *,
    report: Annotated[bool, Parameter(help="print which lessons were done, and how")] = False,
    json: Annotated[bool, Parameter(help="with --report: a JSON object a line")] = False,
    data: MaybeDataFlag = None,
) -> int:
    """Open the app where the network is explained, or at one of the experiments there.

    Parameters
    ----------
    lesson
        an experiment by its name or number, or a lesson's file
    """
    if report:
        if lesson or data:
            raise UsageError("--report prints all lessons; leave out the lesson and --data.")
        return _report(json)
    if json:
        raise UsageError("--json goes with --report.")
    if lesson is None:
        return open_in_time(data=data, mode="learn")
    from numrec_tui.lessons.shelf import find_lesson

    found = find_lesson(lesson, lessons_folder())  # a wrong one is told before the screen is there
    subject = str(Path(lesson).absolute()) if Path(lesson).suffix else found.key
    return open_in_time(data=data, mode="learn", subject=subject)


@learn.command
def check(file: Path, /) -> int:
    """Check a lesson's file: what is wrong with it, by the line, or what it holds.

    Parameters
    ----------
    file
        the lesson, a TOML file
    """
    from numrec_tui.lessons.lesson import read_lesson

    lesson = read_lesson(file)
    say(f"{file}: {lesson.title}, {counted(len(lesson.steps), 'step')}")
    for number, step in enumerate(lesson.steps, 1):
        asks = f", {counted(len(step.choices), 'choice')}" if step.choices else ""
        checks = f", {counted(len(step.checks), 'check')}" if step.checks else ""
        run = f", begins the run {step.run}" if step.run else ""
        say(f"  {number} {step.title}{run}{asks}{checks}")
    return DONE


def _report(json: bool) -> int:
    """Print what was done of each lesson, also of those that are gone."""
    from numrec_tui.lessons.shelf import shelf
    from numrec_tui.storage.lesson_progress import read_progress

    progress = read_progress(lessons_folder())
    lessons = shelf(lessons_folder())
    titles = {each.key: each.lesson.title for each in lessons if each.lesson}
    known: dict[str, Done | None] = {**dict.fromkeys(titles), **progress}
    if json:
        for key, done in known.items():
            say_json({"lesson": key, **(asdict(done) if done else {"title": titles[key]})})
        return DONE
    width = max(len(done.title if done else titles[key]) for key, done in known.items())
    for key, done in known.items():
        title = printable(done.title if done else titles[key]).ljust(width)
        say(f"{title}  {_how(done)}")
    complete = sum(done is not None and done.is_complete for done in known.values())
    say(f"{complete} of {len(known)} done")
    return DONE


def _how(done: "Done | None") -> str:
    """How one was done."""
    if done is None:
        return "not begun"
    when = printable(done.when[:16].replace("T", " "))
    predicted = f", {done.right} of {done.asked} predicted rightly" if done.asked else ""
    if done.is_complete:
        times = "" if done.times == 1 else f", {counted(done.times, 'time')}"
        return f"done {when}{times}{predicted}"
    return f"{done.steps} of {counted(done.of, 'step')}, {when}{predicted}"
