"""Which files of an old project are whose: those of people, and framework code that is a package of ours now."""

from collections.abc import Container, Iterator, Mapping
from functools import cached_property

from ...inputs.lock import Lock
from ...inputs.tree import Tree
from ...manifest import FORMER
from ...model.generation import Generation
from ...ownership import Owner
from ...render.files import Rendered
from ...render.project import RenderedProject
from .base_texts import base_text
from .helpers import imports_of
from .moved import home_of
from .renamed_members import Class
from .spelling import Spelling


class _Everything(Container[str]):
    """Has whatever one asks for."""

    def __contains__(self, name: object) -> bool:
        return True


EVERYTHING = _Everything()


class ProjectFiles:
    """A project as it stands, beside what is generated now."""

    def __init__(self, generation: Generation, rendered: RenderedProject) -> None:
        assert generation.lock is not None
        self.lock: Lock = generation.lock
        self.tree: Tree = generation.tree
        self._objects = generation.objects
        self.package = generation.names.package
        self.packages = tuple(dict.fromkeys((self.package, self.lock.package or self.package)))
        self.era = ".".join(self.lock.generator.split(".")[:2])
        """The version that it was made by, without the last number."""
        self.line_length = rendered.project.line_length
        self.new: dict[str, Rendered] = {file.path: file for file in rendered.rendered}
        known = {entry.path.format(package=self.package) for entry in FORMER}
        self.former = frozenset(known & self.lock.files.keys() - self.new.keys())
        """Framework code that an earlier run made."""

    def base(self, path: str) -> bytes | None:
        """What was last generated for a merged file; None if that is not known for certain."""
        return base_text(self._objects, self.lock, path)

    def key(self, path: str) -> str:
        """A file as a module of the table."""
        return Spelling(path, self.packages).own_key() or ""

    @cached_property
    def own(self) -> dict[str, bytes]:
        """The Python files of people: what is not generated again and again, and was no framework code."""
        return dict(self._own())

    def _own(self) -> Iterator[tuple[str, bytes]]:
        machine = {path for path, entry in self.lock.files.items() if entry.owner is Owner.GENERATED}
        machine |= {path for path, file in self.new.items() if file.owner is Owner.GENERATED}
        merged = (path for path, entry in self.lock.files.items() if entry.owner is Owner.MERGED)
        found = (path for folder in (f"src/{self.package}", "tests", "load") for path in self.tree.files(folder))
        for path in sorted({*found, *merged} - machine - self.former):
            content = self.tree.read(path) if path.endswith(".py") else None
            if content is not None:
                yield path, content

    @property
    def own_modules(self) -> Mapping[str, Container[str]]:
        """Modules of people that are called like old ones of ours; all names of theirs stay there."""
        return {key: EVERYTHING for path in self.own if home_of(key := self.key(path)) is not None}

    def exported(self, path: str) -> frozenset[str]:
        """What other files of people import from one of theirs."""
        key = self.key(path)
        return frozenset(what.name for what in self.wanted if what.module == key)

    @cached_property
    def wanted(self) -> frozenset[Class]:
        """What people's files import of the project, but for files that are as they were generated."""
        edited = {path: content for path, content in self.own.items() if self.base(path) != content}
        return frozenset(what for path, content in edited.items() for what in imports_of(path, content, self.packages))
