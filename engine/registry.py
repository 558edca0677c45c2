"""What can be chosen by a name: our own and what other packages add, each in one place.

A package adds something by an entry point of the group `numrec.engine` that names a module; when
that is imported, decorators such as `engine.nn.optimizers.optimizer` register what is in it. Entry
points are read when a list is asked for, or a name that is not known.
"""

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Any, TypeVar

Entry = TypeVar("Entry")

GROUP = "numrec.engine"
"""The entry points that are read."""


UNDERSCORES, HYPHENS = r"[a-z_][a-z0-9_]*", r"[a-z][a-z0-9-]*"
"""How names are written: my_own, or my-own."""


class Registry(Mapping[str, Entry]):
    """Everything of one kind by its name, in the order in which it was registered.

    kind: what each is, in the singular. names: how its name is written. plug_ins: the packages that
    may add some; those of the engine unless given.
    """

    def __init__(
        self, kind: str, names: str = UNDERSCORES, plug_ins: "PlugIns | None" = None
    ) -> None:
        self.kind = kind
        """What each is, in the singular: "optimizer"."""
        self._names = names
        self._plug_ins = plug_ins or PLUG_INS
        self._entries: dict[str, Entry] = {}

    def add(self, name: str, entry: Entry) -> Entry:
        """Register one; returns it.

        Raises:
            ValueError: the name is taken, or it is none that a flag can have.
        """
        if name in self._entries:
            raise ValueError(f"there is {_article(self.kind)} {self.kind} {name} already")
        if not re.fullmatch(self._names, name):
            like = "my-own" if self._names == HYPHENS else "my_own"
            raise ValueError(
                f"{name!r} is no name for {_article(self.kind)} {self.kind}; one is like {like}"
            )
        self._entries[name] = entry
        _ADDED.append((self, name, _module_being_imported()))
        return entry

    def remove(self, name: str) -> None:
        """Take one out."""
        del self._entries[name]

    def register(self, name: str) -> Callable[[Entry], Entry]:
        """A decorator that registers what stands below it."""
        return lambda entry: self.add(name, entry)

    def __getitem__(self, name: str) -> Entry:
        try:
            return self._entries[name]  # the usual case; it is asked for at every step
        except KeyError:
            self._plug_ins.load()
        return self._entries[name]

    def __iter__(self) -> Iterator[str]:
        self._plug_ins.load()
        return iter(tuple(self._entries))

    def __len__(self) -> int:
        self._plug_ins.load()
        return len(self._entries)

    def __repr__(self) -> str:
        return f"Registry({self.kind!r}: {', '.join(self._entries)})"


class PlugIns:
    """The packages that add something, imported once; one that fails harms nothing else."""

    def __init__(self, group: str) -> None:
        self._group = group
        self._loaded = False
        self._problems: list[str] = []

    def load(self) -> "PlugIns":
        """Import them, unless they are or are being imported; returns itself."""
        if self._loaded:
            return self
        self._loaded = True  # first: what is imported may ask for a list
        for point in entry_points(group=self._group):
            known = set(sys.modules)
            try:
                point.load()
            except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever another package does
                self._problems.append(_problem(point, error))
                _undo(point.module.partition(".")[0], known)
        return self

    def take_problems(self) -> list[str]:
        """What failed since this was asked last, a sentence for each."""
        problems, self._problems = self._problems, []
        return problems


_ADDED: list[tuple[Registry[Any], str, str]] = []
"""All that was registered: where, its name, and the module whose import did it."""


def _module_being_imported() -> str:
    """The module whose own lines are being executed, through whichever functions."""
    frame = sys._getframe()
    while frame.f_back is not None and frame.f_code.co_name != "<module>":
        frame = frame.f_back
    return str(frame.f_globals.get("__name__", ""))


def _undo(package: str, known: set[str]) -> None:
    """Forget the modules that a package has had imported since, and what they have registered.

    known: the modules there were before. Another entry point of the package imports them anew.
    """

    def is_undone(module: str) -> bool:
        return module not in known and module.partition(".")[0] == package

    for module in filter(is_undone, tuple(sys.modules)):
        del sys.modules[module]
    for registry, name, module in _ADDED:
        if is_undone(module):
            registry.remove(name)
    _ADDED[:] = [each for each in _ADDED if not is_undone(each[2])]


PLUG_INS = PlugIns(GROUP)
"""Those of the engine."""


def _problem(point: EntryPoint, error: BaseException) -> str:
    of = f" of {point.dist.name}" if point.dist is not None else ""
    why = f"{type(error).__name__}: {error}".rstrip(".: ")
    return f"The plug-in {point.name}{of} cannot be used and is left out: {why}."


def _article(kind: str) -> str:
    return "an" if kind[0] in "aeio" else "a"
