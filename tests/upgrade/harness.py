"""Copies of the frozen projects in memory, to edit and upgrade."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from google.protobuf.compiler.plugin_pb2 import CodeGeneratorRequest

from protoc_gen_pyservice.inputs.compiler import compile_protos, include_dir
from protoc_gen_pyservice.inputs.layers import UNCHANGED
from protoc_gen_pyservice.inputs.options import parse_options, read_settings
from protoc_gen_pyservice.inputs.options_proto import OPTIONS_PROTO
from protoc_gen_pyservice.inputs.sources import Sources, find_sources
from protoc_gen_pyservice.inputs.tree import DiskTree, MemoryTree
from protoc_gen_pyservice.outputs.notes import EntryPoint
from protoc_gen_pyservice.outputs.report import Report
from protoc_gen_pyservice.reconcile.rewriting import Rewriting, find_rewriting
from protoc_gen_pyservice.run import run

HERE = Path(__file__).parent
FROZEN = tuple(sorted(path for path in HERE.glob("v*") if path.is_dir()))


@dataclass(frozen=True)
class Upgraded:
    """An upgraded project, and the report of the upgrade."""

    content: Mapping[str, bytes]
    report: Report

    @cached_property
    def files(self) -> Mapping[str, str]:
        """The text files, by path."""
        return {path: text.decode() for path, text in self.content.items() if not path.endswith(".binpb")}

    @property
    def output(self) -> str:
        """The complete report."""
        return "\n".join(self.report.lines(EntryPoint.PYSERVICE, whole=True))


@cache
def _load(version: str) -> tuple[Mapping[str, bytes], Rewriting, CodeGeneratorRequest, Sources]:
    """Return the files of a frozen project, and the inputs of a run."""
    root = str(HERE / version)
    disk = DiskTree(root)
    options = parse_options("", read_settings(disk))
    rewriting = find_rewriting(root, options.roots, disk)
    request = compile_protos(root, options.roots, options.protos, "prune=true", rewriting.changed or UNCHANGED)
    sources = find_sources(root, [include_dir()], [OPTIONS_PROTO])
    files = {path: disk.read(path) or b"" for path in disk.files("")}
    return files, rewriting, request, sources


class OldProject:
    """A copy of a frozen project that can be edited."""

    def __init__(self, version: str) -> None:
        self._files, self._rewriting, self._request, self._sources = _load(version)
        self.files = dict(self._files)

    def write(self, path: str, text: str) -> None:
        """Write a file."""
        self.files[path] = text.encode()

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace a text, which the file has exactly once."""
        text = self.files[path].decode()
        assert text.count(old) == 1, (path, old)
        self.write(path, text.replace(old, new))

    def upgrade(self, *, can_delete: bool = True) -> Upgraded:
        """Upgrade the project and return the result. Raises GenerationError."""
        response = self._rewriting.run_on(
            MemoryTree(self.files), lambda tree: run(self._request, tree, self._sources, can_delete)
        )
        files = {**self.files, **response.write}
        return Upgraded({path: text for path, text in files.items() if path not in response.delete}, response.report)
