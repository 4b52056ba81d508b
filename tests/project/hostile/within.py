"""The entry points in this process: what happens in them is the same, and takes a tenth of the time."""

from collections.abc import Sequence
from pathlib import Path

from click.testing import CliRunner

from protoc_gen_pyservice.cli import main
from tests.project.harness import PROTOS
from tests.support import plugin
from tests.support.command import Finished


def pyservice(folder: Path, arguments: Sequence[str]) -> Finished:
    """The command line."""
    done = CliRunner().invoke(main, [*arguments, "--project", str(folder)])
    trace = "" if isinstance(done.exception, SystemExit | None) else f"Traceback: {done.exception!r}\n"
    return Finished(done.exit_code, done.stdout, done.stderr + trace)


def protoc(folder: Path) -> Finished:
    """The plugin, called as protoc calls it; what it hands back is written in place, as protoc does."""
    done, files = answer(folder)
    for path, content in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    return done


def answer(folder: Path, options: str = "") -> tuple[Finished, dict[str, bytes]]:
    """What the plugin says to protoc, and the files that it hands back, in the order in which protoc writes them."""
    try:
        return plugin.answer(folder, list(PROTOS), options)
    except Exception as error:
        return Finished(1, "", f"Traceback: {error!r}\n"), {}
