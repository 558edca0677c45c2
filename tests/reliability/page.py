"""docs/reliability.md, made of the promises and of what their tests have measured.

Tests tell their figures as properties in pytest's JUnit files. What the last run of each test said
is kept in docs/reliability.json, of which the page is made.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from tests.reliability.promises import NOT_PROMISED, PROMISES, Promise

ROOT = Path(__file__).parents[2]
DATA, PAGE = ROOT / "docs/reliability.json", ROOT / "docs/reliability.md"

Results = dict[str, dict[str, Any]]
"""By the name of a test: date, form, how many of its cases passed and failed, and its figures."""


def results_in(report: Path, form: str, date: str) -> Results:
    """What a JUnit file of pytest says of each test, all of its parameters together."""
    results: Results = defaultdict(
        lambda: {"date": date, "form": form, "passed": 0, "failed": 0, "figures": {}}
    )
    for case in ElementTree.parse(report).iter("testcase"):  # noqa: S314 - pytest wrote it
        if case.find("skipped") is not None:
            continue
        failed = case.find("failure") is not None or case.find("error") is not None
        name = case.attrib["name"].partition("[")[0]
        result = results[f"{case.attrib['classname'].replace('.', '/')}.py::{name}"]
        result["failed" if failed else "passed"] += 1
        for each in case.iter("property"):
            add(result["figures"], each.attrib["name"], each.attrib["value"])
    return dict(results)


def add(figures: dict[str, Any], name: str, value: str) -> None:
    """Put the figure of one case to those of the others: the largest, the sum, or all of them."""
    if name.startswith(("longest", "most")):
        figures[name] = max(figures.get(name, 0.0), float(value))
    elif name == "seeds":
        figures[name] = " ".join(filter(None, (figures.get(name), value)))
    else:
        figures[name] = figures.get(name, 0) + int(value)


def update(reports: Iterable[Path], form: str, date: str) -> None:
    """Keep what is new, and make the page anew."""
    results: Results = json.loads(DATA.read_text()) if DATA.exists() else {}
    known = {test for promise in PROMISES for test in promise.tests}
    for report in reports:
        found = results_in(report, form, date)
        results |= {test: result for test, result in found.items() if test in known}
    DATA.write_text(json.dumps(dict(sorted(results.items())), indent=1) + "\n")
    PAGE.write_text(render(results))


def render(results: Mapping[str, Mapping[str, Any]]) -> str:
    """The page."""
    rows = [row(promise, results) for promise in PROMISES]
    held = [
        f"- **{promise.goal}** " + "; ".join(f"`{test}`" for test in promise.tests)
        for promise in PROMISES
        if promise.tests
    ]
    elsewhere = [f"- **{each.goal}** {each.elsewhere}" for each in PROMISES if each.elsewhere]
    not_promised = [f"- {sentence}" for sentence in NOT_PROMISED]
    return "\n".join([*HEAD, *rows, *TESTS, *held, *ELSEWHERE, *elsewhere, *NOT, *not_promised, ""])


HEAD = [
    "# What can be relied on",
    "",
    "Made by `python -m tests.reliability long`, which runs the tests in their long form and",
    "writes down what they have measured; `ci` and `short` do less. Figures are of the last run",
    "of each test.",
    "",
    "| Goal | Promise | Here | Figures |",
    "|---|---|---|---|",
]  # fmt: skip
TESTS = ["", "## The tests that hold it", ""]
ELSEWHERE = ["", "## What cannot be measured here, and how it would be", ""]
NOT = ["", "## What is not promised", ""]


def row(promise: Promise, results: Mapping[str, Mapping[str, Any]]) -> str:
    """A line of the table."""
    found = [results[test] for test in promise.tests if test in results]
    cells = [promise.goal, promise.sentence, state(promise, found), "; ".join(told(found))]
    return f"| {' | '.join(cells)} |"


def state(promise: Promise, found: list[Mapping[str, Any]]) -> str:
    """Whether it holds here, as far as the tests have said."""
    if not promise.tests:
        return "cannot be measured here"
    if any(each["failed"] for each in found):
        return "**does not hold**"
    if len(found) < len(promise.tests):
        return "not measured yet"
    return "holds here"


def told(found: list[Mapping[str, Any]]) -> list[str]:
    """The figures of a promise's tests, and when and how much was measured."""
    figures: dict[str, Any] = {}
    for each in found:
        for name, value in each["figures"].items():
            add(figures, name, str(value))
    cases = sum(each["passed"] for each in found)
    words = [f"{name} {value}" for name, value in figures.items()]
    whens = sorted({f"{each['form']} form, {each['date']}" for each in found})
    return [*words, *([f"{cases} cases"] if cases else []), *whens]
