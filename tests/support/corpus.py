"""Published gRPC APIs to try the generator on, fetched as wheels when a test or a benchmark asks.

Nothing of those packages is kept in this repository. Every generated `_pb2.py` module carries its
file descriptor as one bytes literal; reading the literals with `ast` gives the descriptors without
importing a line of the package. Comments are not among them: `_pb2.py` modules have none.

    python -m tests.support.corpus            lists the APIs
    python -m tests.support.corpus dapr       fetches one and prints what was found
"""

import ast
import importlib
import importlib.util
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet

CACHE = Path(__file__).resolve().parents[2] / "build" / "corpus"
COMMON = "googleapis-common-protos==1.76.0"


class CorpusError(RuntimeError):
    """A wheel cannot be fetched or holds something other than what is expected of it."""


@dataclass(frozen=True, slots=True)
class Api:
    """One API: its name here, its wheels as `name==version`, and what it is good for."""

    name: str
    wheels: tuple[str, ...]
    why: str


CORPUS: tuple[Api, ...] = (
    Api(
        "googleapis",
        (COMMON,),
        "google.longrunning.Operations; a known distribution ships every message of it",
    ),
    Api(
        "grpcio",
        (
            "grpcio-health-checking==1.85.1",
            "grpcio-reflection==1.85.1",
            "grpcio-channelz==1.85.0",
        ),
        "services named Health and ServerReflection, which every generated server has already",
    ),
    Api(
        "opentelemetry",
        ("opentelemetry-proto==1.45.2",),
        "many packages with one service each, every one with a method named Export",
    ),
    Api("a2a", ("a2a-sdk==1.3.0",), "two versions of one API side by side; google.api.http"),
    Api("qdrant", ("qdrant-client==1.20.0",), "names close to keywords; deeply nested messages"),
    Api("dapr", ("dapr==1.19.0",), "bidirectional streams; messages spread over many files"),
    Api(
        "flyteidl",
        ("flyteidl==1.16.8",),
        "one import that no wheel here provides, so the files that need it must be refused",
    ),
    Api(
        "ansys-geometry",
        # The second wheel holds the messages that nearly every file of the first one imports.
        ("ansys-api-geometry==0.4.92", "ansys-api-dbu==0.3.29"),
        "services with very many RPCs each; two packages that share messages",
    ),
    Api("yandexcloud", ("yandexcloud==0.413.0",), "size: over 400 services; for the benchmark only"),
)


@dataclass(frozen=True, slots=True)
class DescriptorSet:
    """The descriptors of one API, on disk in an order in which every file follows its imports.

    `files` are the proto files of the API itself, without those of googleapis-common-protos (unless
    that is the API) and without the well-known types; `targets` are those that declare a service.
    `missing` are imports that nothing here provides, `blocked` the `files` that need one of them.
    """

    api: Api
    path: Path
    files: tuple[str, ...]
    targets: tuple[str, ...]
    missing: tuple[str, ...]
    blocked: tuple[str, ...]
    services: int
    rpcs: int


def find(name: str) -> Api:
    """The API called `name`; raises CorpusError with the known names if there is none."""
    for api in CORPUS:
        if api.name == name:
            return api
    known = ", ".join(api.name for api in CORPUS)
    raise CorpusError(f"no API named {name} in the corpus; there are: {known}")


def descriptor_set(api: Api, cache: Path = CACHE) -> DescriptorSet:
    """Fetch the wheels of `api` unless `cache` has them; write `cache`/NAME.binpb from them.

    Raises CorpusError when a wheel cannot be fetched or holds no descriptors.
    """
    own = _read_wheels(fetch(api.wheels, cache))
    known = own if COMMON in api.wheels else _read_wheels(fetch((COMMON,), cache)) | own
    ordered, missing = _in_import_order(known)
    path = cache / f"{api.name}.binpb"
    _write(path, FileDescriptorSet(file=ordered).SerializeToString(deterministic=True))
    mine = [file for file in ordered if file.name in own]
    return DescriptorSet(
        api=api,
        path=path,
        files=tuple(file.name for file in mine),
        targets=tuple(file.name for file in mine if file.service),
        missing=tuple(sorted(missing)),
        blocked=_blocked(ordered, missing, own),
        services=sum(len(file.service) for file in mine),
        rpcs=sum(len(service.method) for file in mine for service in file.service),
    )


def fetch(wheels: Iterable[str], cache: Path = CACHE) -> tuple[Path, ...]:
    """The files of `wheels` (each `name==version`) in `cache`; downloads those that are not there.

    Raises CorpusError, with the last line that pip printed, when a download fails.
    """
    folder = cache / "wheels"
    folder.mkdir(parents=True, exist_ok=True)
    absent = [wheel for wheel in wheels if _cached(wheel, folder) is None]
    if absent:
        _download(absent, folder)
    found = [(wheel, _cached(wheel, folder)) for wheel in wheels]
    for wheel, path in found:
        if path is None:
            raise CorpusError(f"{wheel}: pip downloaded a file of another name")
    return tuple(path for _, path in found if path is not None)


def _cached(wheel: str, folder: Path) -> Path | None:
    name, version = wheel.split("==")
    return next(folder.glob(f"{name.replace('-', '_')}-{version}-*.whl"), None)


def _download(wheels: list[str], folder: Path) -> None:
    # Into a folder of its own first: a second process must never see half a wheel.
    with tempfile.TemporaryDirectory(dir=folder) as fresh:
        options = ["--quiet", "--no-deps", "--only-binary=:all:", "--disable-pip-version-check"]
        command = [*_pip(), "download", *options, "--dest", fresh, *wheels]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode:
            reason = done.stderr.strip().rpartition("\n")[2] or f"exit {done.returncode}"
            raise CorpusError(f"cannot download {' '.join(wheels)}: {reason}")
        for path in Path(fresh).iterdir():
            path.replace(folder / path.name)


def _pip() -> list[str]:
    """How to start pip: environments made by uv have none of their own."""
    if importlib.util.find_spec("pip") is not None:
        return [sys.executable, "-m", "pip"]
    if pip := shutil.which("pip"):
        return [pip]
    if uv := shutil.which("uv"):
        return [uv, "tool", "run", "pip"]
    raise CorpusError("the corpus is downloaded with pip, and neither pip nor uv is installed")


def _read_wheels(wheels: Iterable[Path]) -> dict[str, FileDescriptorProto]:
    """Every file descriptor in `wheels` by proto file name; the first of two equal names counts."""
    known: dict[str, FileDescriptorProto] = {}
    for wheel in wheels:
        count = len(known)
        for file in _files_of(wheel):
            known.setdefault(file.name, file)
        if len(known) == count:
            raise CorpusError(f"{wheel.name}: no _pb2.py module in it carries a file descriptor")
    return known


def _files_of(wheel: Path) -> Iterator[FileDescriptorProto]:
    with zipfile.ZipFile(wheel) as archive:
        for name in sorted(archive.namelist()):
            if name.endswith("_pb2.py"):
                for literal in _descriptor_literals(archive.read(name)):
                    yield FileDescriptorProto.FromString(literal)


def _descriptor_literals(source: bytes) -> Iterator[bytes]:
    """The arguments of `AddSerializedFile(b"...")`: how a `_pb2.py` module registers its file."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(
                func=ast.Attribute(attr="AddSerializedFile"),
                args=[ast.Constant(value=bytes() as literal)],
            ):
                yield literal


def _in_import_order(
    known: Mapping[str, FileDescriptorProto],
) -> tuple[list[FileDescriptorProto], set[str]]:
    """All of `known` and the well-known types they import, in order; and the imports not found."""
    ordered: dict[str, FileDescriptorProto] = {}
    missing: set[str] = set()

    def visit(name: str) -> None:
        if name in ordered or name in missing:
            return
        file = known.get(name) or _bundled(name)
        if file is None:
            missing.add(name)
            return
        for dependency in file.dependency:
            visit(dependency)
        ordered[name] = file

    for name in sorted(known):
        visit(name)
    return list(ordered.values()), missing


def _bundled(name: str) -> FileDescriptorProto | None:
    """A file that the protobuf package itself ships, such as google/protobuf/timestamp.proto."""
    if not name.startswith("google/protobuf/"):
        return None
    try:
        module = importlib.import_module(name.removesuffix(".proto").replace("/", ".") + "_pb2")
    except ModuleNotFoundError:
        return None
    return FileDescriptorProto.FromString(module.DESCRIPTOR.serialized_pb)


def _blocked(ordered: Iterable[FileDescriptorProto], missing: set[str], own: Mapping[str, object]) -> tuple[str, ...]:
    """The files of `own` that import one of `missing`, directly or through another file."""
    unusable = set(missing)
    for file in ordered:
        if not unusable.isdisjoint(file.dependency):
            unusable.add(file.name)
    return tuple(sorted(unusable.intersection(own)))


def _write(path: Path, content: bytes) -> None:
    """Replace `path` in one step, so that a test running beside this one reads all or the old."""
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as fresh:
        fresh.write(content)
    Path(fresh.name).replace(path)


def summary(found: DescriptorSet) -> str:
    """The result as text: one line, and one for each problem."""
    counts = f"{len(found.files)} files, {len(found.targets)} of them with services"
    size = f"{found.services} services, {found.rpcs} RPCs"
    lines = [f"{found.api.name}: {counts}; {size}; {found.path}"]
    lines += [f"  missing import: {name}" for name in found.missing]
    lines += [f"  cannot be generated without it: {name}" for name in found.blocked]
    return "\n".join(lines)


def main(names: list[str]) -> int:
    """Print what each of `names` holds, or the list of APIs for none; 1 when one cannot be had."""
    if not names:
        print("\n".join(f"{api.name:16}{api.why}" for api in CORPUS))
        return 0
    try:
        for name in names:
            print(summary(descriptor_set(find(name))))
    except CorpusError as error:
        print(f"corpus: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
