"""Run the service: ``python -m shop``."""

import asyncio
import sys

from .gen.versions import outdated


def main() -> int:
    """Serve until a signal says stop; returns the exit code (2: it could not start)."""
    problem = outdated()
    if problem:
        print(problem, file=sys.stderr)
        return 2
    # Imported only now: on outdated libraries these imports would end in a traceback.
    from .server.lifecycle import StartError, event_loop, serve
    from .settings import SettingsError, load_settings

    try:
        settings = load_settings()
        with asyncio.Runner(loop_factory=event_loop()) as runner:
            runner.run(serve(settings))
    except (SettingsError, StartError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
