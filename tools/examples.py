"""Update the examples: generate each one again, in place, as a user would.

    python -m tools.examples
"""

import os
import subprocess
import sys
from pathlib import Path

_EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


def main() -> int:
    """Generate every example; returns 0, or 1 when one is refused."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    codes = [_generate(folder, path) for folder in sorted(_EXAMPLES.glob("*/proto"))]
    return int(any(codes))


def _generate(folder: Path, path: str) -> int:
    command = ["pyservice", "generate"]
    return subprocess.run(command, cwd=folder.parent, env={**os.environ, "PATH": path}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
