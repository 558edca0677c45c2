"""docs/reliability.md is what was measured, and every test that it names is there."""

import json
from pathlib import Path

from tests.reliability.page import DATA, PAGE, ROOT, add, render, results_in, state
from tests.reliability.promises import PROMISES, Promise
from tests.reliability.test_mutants import functions_in

REPORT = """<testsuites><testsuite>
<testcase classname="tests.x.test_y" name="test_z[1]"><properties>
<property name="kills" value="2"/><property name="longest loss (s)" value="1.5"/></properties>
</testcase>
<testcase classname="tests.x.test_y" name="test_z[2]"><properties>
<property name="kills" value="3"/><property name="longest loss (s)" value="0.5"/></properties>
</testcase>
<testcase classname="tests.x.test_y" name="test_other"><failure/></testcase>
<testcase classname="tests.x.test_y" name="test_none"><skipped/></testcase>
</testsuite></testsuites>"""


def test_the_page_is_made_of_what_was_measured() -> None:
    assert PAGE.read_text() == render(json.loads(DATA.read_text()))


def test_every_test_that_is_named_is_there() -> None:
    named = {test for promise in PROMISES for test in promise.tests}
    for test in named:
        path, _, name = test.partition("::")
        assert name in functions_in(ROOT / path), test
    assert json.loads(DATA.read_text()).keys() <= named


def test_the_goals_are_all_there_with_a_test_or_a_recipe() -> None:
    assert [promise.goal for promise in PROMISES] == [f"G{number}" for number in range(1, 24)]
    assert all(promise.tests or promise.elsewhere for promise in PROMISES)


def test_figures_of_all_cases_are_put_together(tmp_path: Path) -> None:
    (tmp_path / "report.xml").write_text(REPORT)
    results = results_in(tmp_path / "report.xml", "ci", "2030-01-01")
    one, other = results["tests/x/test_y.py::test_z"], results["tests/x/test_y.py::test_other"]
    assert (one["passed"], one["failed"]) == (2, 0)
    assert one["figures"] == {"kills": 5, "longest loss (s)": 1.5}
    assert len(results) == 2
    promise = Promise("G0", "It holds.", ("a", "b"))
    assert state(promise, [one, one]) == "holds here"
    assert state(promise, [one]) == "not measured yet"
    assert state(promise, [one, other]) == "**does not hold**"


def test_seeds_are_listed() -> None:
    figures: dict[str, object] = {}
    for seed in ("1", "2"):
        add(figures, "seeds", seed)
    assert figures == {"seeds": "1 2"}
