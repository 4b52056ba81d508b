"""Run the service: ``python -m market``, or only check its settings: ``--check-config``."""

import argparse
import asyncio
import sys
from typing import TYPE_CHECKING

from .gen.versions import outdated

if TYPE_CHECKING:
    from .settings import Settings


def main() -> int:
    """Serve until a signal says stop; returns the exit code (2: it could not start)."""
    arguments = _arguments()
    problem = outdated()
    if problem:
        print(problem, file=sys.stderr)
        return 2
    # Imported only now: on outdated libraries these imports would end in a traceback.
    from .environment import SettingsError
    from .server.config_check import check
    from .server.ports import StartError
    from .settings import load_settings

    try:
        settings = load_settings()
        if arguments.check_config:
            check(settings)
            return 0
        return _run(settings, arguments.worker)
    except (SettingsError, StartError) as error:
        print(error, file=sys.stderr)
        return 2


def _run(settings: "Settings", number: int | None) -> int:
    """Serve, as one of several workers if there is a number, or start them."""
    if settings.workers > 1 and number is None:
        from .server.workers import supervise

        return asyncio.run(supervise(settings))
    from .server.lifecycle import event_loop, serve
    from .server.worker import Worker

    worker = None if number is None else Worker(number)
    settings = worker.settings(settings) if worker else settings
    with asyncio.Runner(loop_factory=event_loop(settings)) as runner:
        runner.run(serve(settings, worker))
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="market", description="Market")
    parser.add_argument(
        "--check-config",
        action="store_true",
        help="print the settings, secrets masked, and exit: 2 if one of them is wrong",
    )
    # Given by the parent of several workers; nobody else needs it.
    parser.add_argument("--worker", type=int, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
