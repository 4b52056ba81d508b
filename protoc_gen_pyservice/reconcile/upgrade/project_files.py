"""The files of an old project by owner: user files, merged files, and framework code that the runtime replaces."""

from collections.abc import Container, Iterator, Mapping
from functools import cached_property
from itertools import chain

from ...inputs.lock import Lock
from ...inputs.tree import Tree
from ...manifest import FORMER
from ...model.generation import Generation
from ...ownership import Owner
from ...render.files import Rendered
from ...render.project import RenderedProject
from .base_texts import base_text
from .former_helpers import file_imports
from .moved import new_module_of
from .renamed_members import Symbol
from .spelling import Spelling


class _AllNames(Container[str]):
    """Contains every name."""

    def __contains__(self, name: object) -> bool:
        return True


ALL_NAMES = _AllNames()


class ProjectFiles:
    """The files of a project before the upgrade, and the newly generated ones."""

    def __init__(self, generation: Generation, rendered: RenderedProject) -> None:
        assert generation.lock is not None
        self.lock: Lock = generation.lock
        self.tree: Tree = generation.tree
        self._objects = generation.objects
        self.package = generation.names.package
        self.packages = tuple(dict.fromkeys((self.package, self.lock.package or self.package)))
        self.version = ".".join(self.lock.generator.split(".")[:2])
        """The version of the generator that wrote the project, as ``major.minor``."""
        self.line_length = rendered.project.line_length
        self.new: dict[str, Rendered] = {file.path: file for file in rendered.rendered}
        known = {entry.path.format(package=self.package) for entry in FORMER}
        self.former = frozenset(known & self.lock.files.keys() - self.new.keys())
        """Paths of the framework code that an earlier run generated."""

    def base(self, path: str) -> bytes | None:
        """Return the last generated text of a merged file; None if the record does not have exactly one."""
        return base_text(self._objects, self.lock, path)

    def key(self, path: str) -> str:
        """Return the module of a file as the table writes it."""
        return Spelling(path, self.packages).own_key() or ""

    @cached_property
    def user_files(self) -> dict[str, bytes]:
        """User files and merged files in Python, by path: neither regenerated nor former framework code."""
        return dict(self._find_user_files())

    def _find_user_files(self) -> Iterator[tuple[str, bytes]]:
        generated = {path for path, entry in self.lock.files.items() if entry.owner is Owner.GENERATED}
        generated |= {path for path, file in self.new.items() if file.owner is Owner.GENERATED}
        merged = (path for path, entry in self.lock.files.items() if entry.owner is Owner.MERGED)
        paths = (path for folder in (f"src/{self.package}", "tests", "load") for path in self.tree.files(folder))
        for path in sorted({*paths, *merged} - generated - self.former):
            content = self.tree.read(path) if path.endswith(".py") else None
            if content is not None:
                yield path, content

    @property
    def user_modules(self) -> Mapping[str, Container[str]]:
        """User modules with the path of an old framework module; all their names stay there."""
        return {key: ALL_NAMES for path in self.user_files if new_module_of(key := self.key(path)) is not None}

    def exported(self, path: str) -> frozenset[str]:
        """Return the names that user files import from a user file."""
        key = self.key(path)
        return frozenset(symbol.name for symbol in self.used_symbols if symbol.module == key)

    @cached_property
    def used_symbols(self) -> frozenset[Symbol]:
        """The symbols that edited files import from modules of the project."""
        edited = {path: content for path, content in self.user_files.items() if self.base(path) != content}
        imports = (file_imports(path, content, self.packages) for path, content in edited.items())
        return frozenset(chain.from_iterable(imports))
