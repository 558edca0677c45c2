"""What tells runs apart that stand side by side."""

from numrec_tui.history.differences import told_apart


def test_only_what_differs_is_told() -> None:
    runs = [
        {"optimizer": "sgd", "learning_rate": 0.05, "hidden": [256]},
        {"optimizer": "sgd", "learning_rate": 0.5, "hidden": [64, 32]},
    ]
    assert told_apart(runs) == ["rate 0.05, hidden 256", "rate 0.5, hidden 64-32"]


def test_runs_with_the_same_settings_have_nothing_that_tells_them_apart() -> None:
    assert told_apart([{"seed": 1}, {"seed": 1}]) == ["", ""]
