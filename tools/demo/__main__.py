"""From a proto to a running service, each step shown as it happens.

    python -m tools.demo
    python -m tools.demo path/to/your.proto
    python -m tools.demo google/longrunning/operations_proto.proto

The project is made in build/demo, which is emptied first. Without a proto it is the order book of
examples/orderbook, with its logic; with any other proto the RPCs wait for theirs, and say where.
"""

import argparse
import signal
import sys
import types
from pathlib import Path
from typing import NoReturn

from .contract import find_contract
from .errors import DemoError
from .project import ROOT
from .story import tell

_PROTO = ROOT / "examples" / "orderbook" / "proto" / "orderbook.proto"
_OUT = ROOT / "build" / "demo"


def main(words: list[str]) -> int:
    """Tell the whole story; returns 0, or 1 after one sentence on what went wrong."""
    options = _parser().parse_args(words)
    signal.signal(signal.SIGTERM, _end)
    try:
        tell(find_contract(options.proto or str(_PROTO)), options.out.resolve())
    except (DemoError, OSError) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("demo: stopped.", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.demo", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("proto", nargs="?", metavar="PROTO", help="a file, or the name of an installed proto")
    parser.add_argument("--out", type=Path, default=_OUT, metavar="DIR", help="where to make the project")
    return parser


def _end(number: int, frame: types.FrameType | None) -> NoReturn:
    # As an exception, so that the server is stopped on the way out.
    sys.exit(128 + number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
