"""Who is measured: protoc itself, its built-in generators, an empty plugin, the peers, and ours."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

ALONE = "protoc alone"
EMPTY = "empty plugin"
FIRST = "ours, first generation"
AGAIN = "ours, unchanged regeneration"


@dataclass(frozen=True, slots=True)
class Variant:
    """One row: the options that name its outputs, and the plugin that protoc starts for them.

    `regenerates` means that a run finds the output of an earlier one; all others start on an empty
    folder. `complete` is the least number of files that counts as having done the work.
    """

    name: str
    options: tuple[str, ...]
    plugin: str | None = None
    regenerates: bool = False
    complete: int = 0


_OURS = ("--pyservice_out={out}",)

VARIANTS: tuple[Variant, ...] = (
    Variant(ALONE, ("--descriptor_set_out={out}/all.binpb",), complete=1),
    Variant(
        "built-in python+pyi+grpc_python",
        ("--python_out={out}", "--pyi_out={out}", "--grpc_python_out={out}"),
        complete=1,
    ),
    Variant(EMPTY, ("--empty_out={out}",), "protoc-gen-empty"),
    Variant("mypy-protobuf", ("--mypy_out={out}",), "protoc-gen-mypy", complete=1),
    Variant(
        "betterproto2",
        ("--python_betterproto2_out={out}",),
        "protoc-gen-python_betterproto2",
        complete=1,
    ),
    Variant("gapic-generator", ("--python_gapic_out={out}",), "protoc-gen-python_gapic", complete=1),
    Variant(FIRST, _OURS, "protoc-gen-pyservice", complete=40),
    Variant(AGAIN, _OURS, "protoc-gen-pyservice", regenerates=True, complete=40),
)


def command(variant: Variant, python: Path, arguments: Iterable[str], out: Path) -> list[str]:
    """The protoc run of `variant` over what `arguments` name, into the folder `out`."""
    options = (option.format(out=out) for option in variant.options)
    return [str(python), "-m", "grpc_tools.protoc", *options, *arguments]
