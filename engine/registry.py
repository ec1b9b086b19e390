"""Where node types are found: modules are imported and scanned for classes, kept by their ids.

Nothing registers itself when it is imported; who wants node types makes a `Registry` and loads it.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
import time
import types
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import RegistryError, SpecError, did_you_mean
from engine.node import Node

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from engine.spec import NodeSpec

USER_PACKAGE = "user_nodes"
WITHOUT_NODES = frozenset(
    {"models", "rollout", "worlds"}
)  # folders of machinery: imported by the nodes that need them


@dataclass(frozen=True)
class LoadProblem:
    """A file whose nodes are absent, and the sentence that says why."""

    file: str
    message: str


class Registry:
    """The node types of a program; `problems` has the files that did not load."""

    def __init__(self) -> None:
        self.problems: list[LoadProblem] = []
        self.imports: dict[str, float] = {}
        self._specs: dict[str, NodeSpec] = {}
        self._replaced: dict[str, str] = {}

    def __repr__(self) -> str:
        return f"<Registry {len(self._specs)} node types, {len(self.problems)} problems>"

    def __len__(self) -> int:
        return len(self._specs)

    def add(self, spec: NodeSpec) -> None:
        """Makes a node type known. SpecError where another class has the id already."""
        known = self._specs.get(spec.id)
        if known is not None and known.cls is not spec.cls:
            raise SpecError(
                f"the id {spec.id!r} is declared twice: {_place(known.cls)} and {_place(spec.cls)}"
            )
        self._specs[spec.id] = spec
        self._replaced.update(dict.fromkeys(spec.replaces, spec.id))

    def find(self, id: str) -> NodeSpec | None:
        """The node type of that id, None where it is not known."""
        return self._specs.get(id)

    def get(self, id: str) -> NodeSpec:
        """The node type of that id; RegistryError with the nearest id where it is not known."""
        found = self._specs.get(id)
        if found is None:
            raise RegistryError(f"there is no node type {id!r}{did_you_mean(id, self._specs)}")
        return found

    def resolve_replaced(self, id: str) -> NodeSpec | None:
        """The node type that took the place of an id which is no longer there."""
        return self._specs.get(self._replaced.get(id, ""))

    def specs(self) -> tuple[NodeSpec, ...]:
        """Every node type, sorted by id."""
        return tuple(self._specs[id] for id in sorted(self._specs))

    def slowest_imports(self, count: int = 5) -> list[tuple[str, float]]:
        """The modules that took longest to import, seconds each, the slowest first."""
        return sorted(self.imports.items(), key=lambda item: -item[1])[:count]

    def load_package(self, name: str, *, skip: frozenset[str] = WITHOUT_NODES) -> None:
        """Loads every module below a package; one that lacks a dependency becomes a problem."""
        package = importlib.import_module(name)
        for module_name in _modules_below(name, package.__path__, skip):
            try:
                self._load(module_name)
            except ImportError as error:
                self._note(module_name, f"needs {error.name or error}, which is not installed")

    def load_folder(self, path: Path) -> None:
        """Loads a person's node files as `user_nodes`; what goes wrong in one becomes a problem."""
        if not path.is_dir():
            self._note(str(path), "is not a folder")
            return
        _user_package().__path__.insert(0, str(path))
        for file in sorted(path.rglob("*.py")):
            self._load_file(
                file, ".".join((USER_PACKAGE, *file.relative_to(path).with_suffix("").parts))
            )

    def _load_file(self, file: Path, name: str) -> None:
        _forget_namesake(name, file)
        try:
            self._load(name.removesuffix(".__init__"))
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a stranger's file may raise anything
            self._note(str(file), f"{type(error).__name__}: {error}")

    def _load(self, name: str) -> None:
        started = time.perf_counter()
        module = importlib.import_module(name)
        self.imports[name] = time.perf_counter() - started
        for cls in _node_classes(module):
            self.add(cls.spec)

    def _note(self, file: str, message: str) -> None:
        self.problems.append(LoadProblem(file, f"{file} {message}"))


def _modules_below(name: str, path: Iterable[str], skip: frozenset[str]) -> Iterator[str]:
    for found in sorted(pkgutil.iter_modules(path), key=lambda module: module.name):
        full = f"{name}.{found.name}"
        if not found.ispkg:
            yield full
        elif found.name not in skip:
            yield full
            yield from _modules_below(
                full, [str(Path(folder) / found.name) for folder in path], skip
            )


def _node_classes(module: types.ModuleType) -> list[type[Node]]:
    found = {
        value: None
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, Node)
        and value.__module__ == module.__name__
    }
    return list(found)


def _user_package() -> types.ModuleType:
    package = sys.modules.get(USER_PACKAGE)
    if package is None:
        package = types.ModuleType(USER_PACKAGE, "The node files of the person at this machine.")
        package.__path__ = []
        sys.modules[USER_PACKAGE] = package
    return package


def _forget_namesake(name: str, file: Path) -> None:
    """Two folders may hold a file of one name; the import system would hand out the first again."""
    known = sys.modules.get(name)
    if known is not None and getattr(known, "__file__", None) != str(file):
        del sys.modules[name]


def _place(cls: type) -> str:
    file = getattr(sys.modules.get(cls.__module__), "__file__", None) or cls.__module__
    return f"{cls.__qualname__} in {file}"
