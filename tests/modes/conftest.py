"""What tests of the screen have: an app over drawn digits, a clock that is turned by hand."""

from tests.screens.fixtures import *  # noqa: F403 - pytest looks for fixtures by their names here
