"""The fixtures of all tests of the session."""

from tests.session.watching import folder, opened

__all__ = ["folder", "opened"]
