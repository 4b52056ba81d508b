"""`pyservice new`: copier asks, the generator makes the project, in one process."""

import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from ..errors import OptionError, OutputError
from ..inputs.options import SETTINGS
from .first_run import Started, start
from .starters import template


def new(folder: str, answers: Mapping[str, Any], defaults: bool, busy: AbstractContextManager[None]) -> Started:
    """Ask what ``answers`` do not say, and make the project. Raises GenerationError, and leaves nothing then.

    ``busy`` surrounds what takes time without a word, which asking is not.
    """
    check_free(folder)
    check_known(answers)
    was_there = os.path.isdir(folder)
    try:
        told = _ask(folder, answers, defaults)
        with busy:
            return start(os.path.abspath(folder), told["start"], told.get("proto", ""), told["git"])
    except BaseException:
        _clear(folder, was_there)
        raise


def check_free(folder: str) -> None:
    """Refuse a place that holds something. Raises OutputError."""
    if os.path.isfile(os.path.join(folder, SETTINGS)):
        raise OutputError(f"{folder} is a project already: pyservice generate --project {folder} brings it along.")
    if os.path.exists(folder) and not os.path.isdir(folder):
        raise OutputError(f"{folder} is a file: name a folder that is not there yet.")
    if os.path.isdir(folder) and set(os.listdir(folder)) - {".git"}:
        raise OutputError(f"{folder} is not empty: name a folder that is, or that is not there yet.")


def check_known(answers: Mapping[str, Any]) -> None:
    """Refuse an answer to no question: copier would pass over a misspelt one. Raises OptionError."""
    with open(os.path.join(template(), "copier.yml"), encoding="utf-8") as file:
        questions = re.findall(r"^([a-z]+):$", file.read(), re.MULTILINE)
    for name in answers:
        if name not in questions:
            raise OptionError(f"there is no question {name!r}: the questions are {', '.join(questions)}.")


def _ask(folder: str, answers: Mapping[str, Any], defaults: bool) -> dict[str, Any]:
    """Have copier ask and write pyservice.toml; the answers."""
    import copier
    from copier.errors import CopierAnswersInterrupt, CopierError

    try:
        # Its tasks are not run, so that nothing has to be trusted: this process does what they would.
        # Nor are the answers kept, for there is no repository to update from.
        with _questions() as source:
            worker = copier.run_copy(
                source,
                folder,
                data=dict(answers),
                defaults=defaults,
                skip_tasks=True,
                quiet=True,
                exclude=[".copier-answers.yml"],
            )
    except CopierAnswersInterrupt:
        raise KeyboardInterrupt from None
    except (CopierError, ValueError) as error:
        raise OptionError(_sentence(error)) from None
    return dict(worker.answers.combined)


@contextmanager
def _questions() -> Iterator[str]:
    """The template without what surrounds it: of a git repository, copier would take the latest tag."""
    with tempfile.TemporaryDirectory(prefix="pyservice-") as folder:
        shutil.copy(os.path.join(template(), "copier.yml"), folder)
        inside = os.path.join("templates", "copier")
        shutil.copytree(os.path.join(template(), inside), os.path.join(folder, inside))
        yield folder


def _sentence(error: Exception) -> str:
    from copier.errors import InteractiveSessionError

    if isinstance(error, InteractiveSessionError):
        return "there is nobody to ask: give --defaults, --data KEY=VALUE or --data-file FILE."
    text = " ".join(str(error).split())
    return text if text.endswith(".") else f"{text}."


def _clear(folder: str, was_there: bool) -> None:
    """Take back what a failure left behind; the folder was empty before, or not there."""
    if not was_there:
        shutil.rmtree(folder, ignore_errors=True)
        return
    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        if name != ".git":
            shutil.rmtree(path) if os.path.isdir(path) else os.remove(path)
