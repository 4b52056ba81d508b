"""Runs between protoc and a plugin, and records the plugin's peak memory.

    python peak.py RESULT PLUGIN -- PROTOC ARGUMENTS...

The plugin has to be the child of something small: a process that protoc itself forks is charged
with the memory that protoc held at that moment. What follows `--` is there to be seen, not used: a
plugin that looks up how protoc was called finds the same words on its parent's command line.
"""

import os
import sys


def main(result: str, plugin: str) -> int:
    """Run `plugin` on our own stdin and stdout; its peak, in bytes, goes to the file `result`."""
    child = os.posix_spawn(plugin, [plugin], os.environ)
    _, status, usage = os.wait4(child, 0)
    # Linux counts in KiB, macOS in bytes.
    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    with open(result, "w", encoding="ascii") as file:
        file.write(str(peak))
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
