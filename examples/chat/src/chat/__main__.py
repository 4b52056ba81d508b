"""Run the service: ``python -m chat``; ``--help`` lists what else it does."""

import sys

from .gen.versions import missing_library


def main() -> int:
    """Serve until a signal; return the exit code (2: the service cannot start)."""
    problem = missing_library()
    if problem:
        print(problem, file=sys.stderr)
        return 2
    # Imported here, because a missing library would end these imports with a traceback.
    from .app import application
    from .gen.registry import REGISTRY
    from .runtime.server import run
    from .settings import Settings

    return run(REGISTRY, Settings, application)


if __name__ == "__main__":
    sys.exit(main())
