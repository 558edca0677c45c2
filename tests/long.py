"""Long tests: each has a short twin, which the usual command runs; `-m long` runs the others.

`@pytest.mark.short("80x24")` above a test with parameters names those that are its short twin:
whose id holds one of the words. The others are marked `long`.
"""

import pytest

SHORT, LONG = "short", "long"


def mark(items: list[pytest.Item], whole: bool) -> None:
    """Mark as long what no word of `short` names.

    whole: whether tests come with all of their parameters.

    Raises:
        pytest.UsageError: the words of a test name none of its parameters.
    """
    twins: dict[str, set[bool]] = {}
    for item in items:
        words = item.get_closest_marker(SHORT)
        if words is None:
            continue
        parameters = item.name[item.name.find("[") :]
        is_short = any(word in parameters for word in words.args)
        twins.setdefault(item.nodeid.partition("[")[0], set()).add(is_short)
        if not is_short:
            item.add_marker(LONG)
    for name, kinds in twins.items():
        if whole and True not in kinds:
            raise pytest.UsageError(f"{name}: no parameter is its short twin")
