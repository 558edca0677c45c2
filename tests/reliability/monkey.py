"""A monkey at the real app: keys, bursts of them, clicks, wheel and new sizes, by a seed.

What it does is a list of words, which can be played again: "p", "click 10 5", "wheel 10 5 up",
"size 80 24", and "rest", where it waits for the screen. When a list ends the app, `shortest` finds
a shorter one that does so, too.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from time import monotonic

from textual import events
from textual.geometry import Size
from textual.keys import key_to_character
from textual.pilot import Pilot

from engine.training.hyperparameters import Hyperparameters
from numrec_tui.app import NumrecApp
from numrec_tui.history.history import History
from numrec_tui.session.config import SessionConfig
from numrec_tui.session.session import Session
from tests import scripted
from tests.screens.settled import painted

SIZES = [(80, 24), (120, 34), (200, 50), (60, 20), (40, 10), (3, 3), (4, 3), (149, 78), (100, 32),
         (224, 70), (83, 20), (1, 1), (2, 40), (80, 4), (300, 100)]  # fmt: skip
"""Windows, the usual ones and those that have ended the app before."""

ANY_KEY = [*"abcxyzQ019 -=+[](){}/.,;'", "up", "down", "left", "right", "enter", "escape", "tab",
           "shift+tab", "backspace", "delete", "home", "end", "pageup", "pagedown", "ctrl+p",
           "space", "f1", "ctrl+a", "ctrl+u"]  # fmt: skip

NEVER = {"ctrl+z", "ctrl+c"}
"""Keys that stop this very process."""

WHEEL = {"up": events.MouseScrollUp, "down": events.MouseScrollDown}


@dataclass
class Coverage:
    """The bound keys that were there to be pressed, and those that were."""

    bound: set[tuple[str, str]] = field(default_factory=set)
    pressed: set[tuple[str, str]] = field(default_factory=set)

    def __str__(self) -> str:
        left = sorted(self.bound - self.pressed)
        rest = f"; not pressed: {', '.join(f'{s}.{k}' for s, k in left)}" if left else ""
        return f"{len(self.pressed & self.bound)} of {len(self.bound)} bound keys pressed{rest}"


class Monkey:
    """Chooses what to do next by chance, with a liking for bound keys that it never pressed.

    keys: those it may press; None for all.
    """

    def __init__(self, seed: int, keys: Sequence[str] | None = None) -> None:
        self._random = Random(seed)  # noqa: S311
        self._keys = keys
        self.seed = seed
        self.coverage = Coverage()

    def next(self, app: NumrecApp) -> list[str]:
        """A burst, and a rest after it."""
        words = [self._word(app) for _ in range(self._random.choice((1, 1, 2, 3, 8, 20)))]
        return [*words, "rest"]

    def _word(self, app: NumrecApp) -> str:
        chance = self._random.random()
        width, height = app.size
        x, y = self._random.randrange(max(width, 1)), self._random.randrange(max(height, 1))
        if chance < 0.80:
            return self._key(app)
        if chance < 0.88:
            return f"click {x} {y}"
        if chance < 0.93:
            return f"wheel {x} {y} {self._random.choice(('up', 'down'))}"
        return "size {} {}".format(*self._random.choice(SIZES))

    def _key(self, app: NumrecApp) -> str:
        if self._keys is not None:
            return self._random.choice(self._keys)
        screen = type(app.screen).__name__
        bound = sorted(
            key for key, binding in app.screen.active_bindings.items()
            if binding.enabled and key not in NEVER
        )  # fmt: skip
        self.coverage.bound |= {(screen, key) for key in bound}
        new = [key for key in bound if (screen, key) not in self.coverage.pressed]
        if new and self._random.random() < 0.5:
            key = self._random.choice(new)
        elif bound and self._random.random() < 0.6:
            key = self._random.choice(bound)
        else:
            key = self._random.choice(ANY_KEY)
        self.coverage.pressed.add((screen, key))
        return key


def event_of(word: str) -> list[events.Event]:
    """What the terminal's driver would send."""
    kind, *rest = word.split(" ")
    match kind, rest:
        case "click", [x, y]:
            place = (None, float(x), float(y), 0, 0, 1, False, False, False)
            return [events.MouseDown(*place), events.MouseUp(*place)]
        case "wheel", [x, y, way]:
            return [WHEEL[way](None, float(x), float(y), 0, 0, 0, False, False, False)]
        case "size", [width, height]:
            size = Size(int(width), int(height))
            return [events.Resize(size, size)]
        case _:
            return [events.Key(word, key_to_character(word) or (word if len(word) == 1 else None))]


async def act(app: NumrecApp, words: Sequence[str]) -> None:
    """Do it, all at once between two rests."""
    for word in words:
        if word == "rest":
            await painted(app)
        elif app.is_running and app._driver is not None:
            for event in event_of(word):
                app._driver.process_message(event)
                await asyncio.sleep(0)


async def play(home: Path, next_words: Callable[[NumrecApp], list[str]], count: int,
               settings: Hyperparameters | None = None) -> list[str]:  # fmt: skip
    """Let a monkey at the app, anew whenever it is left, until `count` words are done.

    Raises:
        Ended: something ended the app.
    """
    done: list[str] = []
    while len(done) < count:
        with session(home, settings) as opened:
            app = NumrecApp(opened)
            try:
                async with app.run_test(size=(80, 24)) as pilot:
                    await visit(pilot, next_words, done, count)
            except Exception as error:
                raise Ended(done) from error
    return done


async def visit(pilot: Pilot[None], next_words: Callable[[NumrecApp], list[str]],
                done: list[str], count: int) -> None:  # fmt: skip
    """Play until the app is left, or all is done."""
    app = pilot.app
    assert isinstance(app, NumrecApp)
    while len(done) < count and app.is_running and app._exception is None and not app._exit:
        words = next_words(app)
        if not words:
            done += [""] * count
            break
        done += words
        await act(app, words)
    await painted(app)


class Ended(AssertionError):
    """Something ended the app. done: all that had been done."""

    def __init__(self, done: list[str]) -> None:
        self.done = [word for word in done if word]
        super().__init__(f"the app was ended after {len(self.done)} words")


@contextmanager
def session(home: Path, settings: Hyperparameters | None = None) -> Iterator[Session]:
    """A session that really trains, and keeps its runs as the program does."""
    opened = Session(SessionConfig(
        scripted.drawn_set(), settings or scripted.settings(**scripted.ENDLESS), home / "models",
        source="drawn:60", find=lambda _: scripted.drawn_set(),
        checkpoints=home / "checkpoints", history=History(home / "history.db"),
    ))  # fmt: skip
    try:
        yield opened
    finally:
        opened.close()


def script(words: Sequence[str]) -> Callable[[NumrecApp], list[str]]:
    """Plays a list, up to each rest."""
    left = list(words)

    def following(_app: NumrecApp) -> list[str]:
        end = left.index("rest") + 1 if "rest" in left else len(left)
        burst, left[:end] = left[:end], []
        return burst

    return following


async def shortest(words: Sequence[str], home: Path, seconds: float = 120) -> list[str]:
    """A shorter list that ends the app, too, found by leaving out parts, and parts of those."""
    kept, size, end, attempt = list(words), len(words) // 2, monotonic() + seconds, 0
    while size and monotonic() < end:
        start = 0
        while start < len(kept) and monotonic() < end:
            fewer, attempt = kept[:start] + kept[start + size :], attempt + 1
            try:
                await play(home / f"attempt-{attempt}", script(fewer), len(fewer) + 1)
            except Ended:
                kept = fewer
            else:
                start += size
        size //= 2
    return kept
