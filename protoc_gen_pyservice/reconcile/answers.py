"""Update copier's answers from pyservice.toml, so that they never disagree."""

import re
from collections.abc import Sequence

from ..inputs.options import PARTS, Options

_SEPARATE_QUESTIONS = ("client", "ci")
"""Parts that are not choices of the question `deploy`."""


def with_answers(disk: bytes, options: Options) -> bytes:
    """Return the file of answers with the values of the options; the same bytes if none differs.

    Only answers that the file has are changed; the text is copier's, one key on each line.
    """
    text = disk.decode("utf-8-sig")
    deploy = [part for part in PARTS if part in options.parts and part not in _SEPARATE_QUESTIONS]
    for key, value in (
        ("name", options.name),
        ("package", options.package),
        ("handlers", options.handlers),
    ):
        if value is not None:
            text = re.sub(rf"^{key}: .*$", f"{key}: {_scalar(value)}", text, flags=re.MULTILINE)
    text = re.sub(r"^ci: .*$", f"ci: {'true' if 'ci' in options.parts else 'false'}", text, flags=re.MULTILINE)
    text = re.sub(r"^deploy:.*\n(?:[ ]*- .*\n)*", lambda old: _list(old[0], deploy), text, flags=re.MULTILINE)
    return text.encode()


def _list(old: str, parts: Sequence[str]) -> str:
    """Return the list as copier writes it; the old text if it has the same entries, in any order."""
    if sorted(re.findall(r"- (\w+)", old)) == sorted(parts):
        return old
    return "deploy:\n" + "".join(f"- {part}\n" for part in parts) if parts else "deploy: []\n"


def _scalar(value: str) -> str:
    """Return a name as a YAML scalar, quoted if YAML would not read it as a string."""
    return f"'{value}'" if value.lower() in ("true", "false", "yes", "no", "on", "off", "null", "y", "n") else value
