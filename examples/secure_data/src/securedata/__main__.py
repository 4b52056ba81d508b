"""Run the service: ``python -m securedata``, or only check its settings: ``--check-config``."""

import argparse
import asyncio
import sys

from .gen.versions import outdated


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
    from .server.lifecycle import event_loop, serve
    from .server.ports import StartError
    from .settings import load_settings

    try:
        settings = load_settings()
        if arguments.check_config:
            check(settings)
            return 0
        with asyncio.Runner(loop_factory=event_loop()) as runner:
            runner.run(serve(settings))
    except (SettingsError, StartError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="securedata", description="Securedata")
    parser.add_argument(
        "--check-config",
        action="store_true",
        help="print the settings, secrets masked, and exit: 2 if one of them is wrong",
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
