"""What the generators are given: a small, a medium and a large API."""

from dataclasses import dataclass
from pathlib import Path

from google.protobuf.descriptor_pb2 import FileDescriptorSet

from benchmarks import trade
from tests.support import corpus

NAMES = ("small", "medium", "large")


@dataclass(frozen=True, slots=True)
class Input:
    """One API: the arguments that make protoc read it, and how often to measure it by default."""

    name: str
    shape: str
    arguments: tuple[str, ...]
    rounds: int


def prepare(name: str, folder: Path) -> Input:
    """Make the input called `name`, with files that have to be written under `folder`.

    The large one is downloaded first; raises CorpusError when that fails.
    """
    match name:
        case "small":
            return _small()
        case "medium":
            return _medium(folder / "protos")
        case "large":
            return _large(folder / "large.binpb")
    raise ValueError(f"no input named {name}; there are: {', '.join(NAMES)}")


def _small() -> Input:
    root = Path(__file__).parent / "protos"
    file = "bench/parcels/v1/parcels.proto"
    return Input("small", "1 service, 4 RPCs, one of each kind", (f"-I{root}", file), 15)


def _medium(root: Path) -> Input:
    files = trade.write_protos(root)
    return Input("medium", "10 services, 100 RPCs, 60 messages", (f"-I{root}", *files), 15)


def _large(path: Path) -> Input:
    found = corpus.descriptor_set(corpus.find("yandexcloud"))
    files = FileDescriptorSet.FromString(found.path.read_bytes())
    for file in files.file:
        # One of the peers crashes on a file without source info, and is content with an empty one.
        file.source_code_info.SetInParent()
    path.write_bytes(files.SerializeToString())
    shape = f"yandexcloud, {found.services} services, {found.rpcs:,} RPCs"
    return Input("large", shape, (f"--descriptor_set_in={path}", *found.files), 3)
