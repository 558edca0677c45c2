"""The tests of this mode open the app in it."""

import pytest


@pytest.fixture
def first_mode() -> str:
    return "runs"
