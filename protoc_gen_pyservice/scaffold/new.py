"""`pyservice new`: copier asks the questions, the generator creates the project, in one process."""

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
    """Ask the questions without an answer and create the project; on an error, nothing is left.

    ``busy`` is entered while no questions are asked. Returns the outcome. Raises GenerationError.
    """
    check_free(folder)
    check_known(answers)
    existed = os.path.isdir(folder)
    try:
        all_answers = _ask(folder, answers, defaults)
        with busy:
            return start(
                os.path.abspath(folder), all_answers["start"], all_answers.get("proto", ""), all_answers["git"]
            )
    except BaseException:
        _clear(folder, existed)
        raise


def check_free(folder: str) -> None:
    """Raise OutputError for a path that is not a new or an empty folder."""
    if os.path.isfile(os.path.join(folder, SETTINGS)):
        raise OutputError(f"{folder} is a project already: pyservice generate --project {folder} keeps it up to date.")
    if os.path.exists(folder) and not os.path.isdir(folder):
        raise OutputError(f"{folder} is a file: name a new folder.")
    if os.path.isdir(folder) and set(os.listdir(folder)) - {".git"}:
        raise OutputError(f"{folder} is not empty: name a new or an empty folder.")


def check_known(answers: Mapping[str, Any]) -> None:
    """Raise OptionError for an answer to an unknown question: copier would ignore a misspelt one."""
    with open(os.path.join(template(), "copier.yml"), encoding="utf-8") as file:
        questions = re.findall(r"^([a-z]+):$", file.read(), re.MULTILINE)
    for name in answers:
        if name not in questions:
            raise OptionError(f"unknown question {name!r}: the questions are {', '.join(questions)}.")


def _ask(folder: str, answers: Mapping[str, Any], defaults: bool) -> dict[str, Any]:
    """Let copier ask and write pyservice.toml; returns the answers."""
    import copier
    from copier.errors import CopierAnswersInterrupt, CopierError

    try:
        # Its tasks are skipped, so that the template need not be trusted: this process does their work.
        # The answers are not kept, because there is no repository to update from.
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
    """Yield a copy of the template outside its git repository, of which copier would use the latest tag."""
    with tempfile.TemporaryDirectory(prefix="pyservice-") as folder:
        shutil.copy(os.path.join(template(), "copier.yml"), folder)
        inside = os.path.join("templates", "copier")
        shutil.copytree(os.path.join(template(), inside), os.path.join(folder, inside))
        yield folder


def _sentence(error: Exception) -> str:
    from copier.errors import InteractiveSessionError

    if isinstance(error, InteractiveSessionError):
        return "cannot ask questions without a terminal: give --defaults, --data KEY=VALUE or --data-file FILE."
    text = " ".join(str(error).split())
    return text if text.endswith(".") else f"{text}."


def _clear(folder: str, existed: bool) -> None:
    """Remove the files of a failed run; the folder was empty before, or did not exist."""
    if not existed:
        shutil.rmtree(folder, ignore_errors=True)
        return
    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        if name != ".git":
            shutil.rmtree(path) if os.path.isdir(path) else os.remove(path)
