"""Bring copier's answers along with pyservice.toml: what both say stands in the latter, so they never disagree."""

import re
from collections.abc import Sequence

from ..inputs.options import PARTS, Options

_ASKED_APART = ("client", "ci")
"""Parts that the question for what to deploy with does not offer."""


def with_answers(disk: bytes, options: Options) -> bytes:
    """The file of answers with the values that the options have; the same bytes where none differs.

    Only answers that the file has are touched; the text is copier's, a key a line.
    """
    text = disk.decode("utf-8-sig")
    deploy = [part for part in PARTS if part in options.parts and part not in _ASKED_APART]
    for key, value in (("name", options.name), ("package", options.package)):
        if value is not None:
            text = re.sub(rf"^{key}: .*$", f"{key}: {_scalar(value)}", text, flags=re.MULTILINE)
    text = re.sub(r"^ci: .*$", f"ci: {'true' if 'ci' in options.parts else 'false'}", text, flags=re.MULTILINE)
    text = re.sub(r"^deploy:.*\n(?:[ ]*- .*\n)*", lambda old: _list(old[0], deploy), text, flags=re.MULTILINE)
    return text.encode()


def _list(old: str, parts: Sequence[str]) -> str:
    """The list as copier writes it; as it stands where it holds the same, in whatever order."""
    if sorted(re.findall(r"- (\w+)", old)) == sorted(parts):
        return old
    return "deploy:\n" + "".join(f"- {part}\n" for part in parts) if parts else "deploy: []\n"


def _scalar(value: str) -> str:
    """A name that YAML would not take for a word has to be quoted."""
    return f"'{value}'" if value.lower() in ("true", "false", "yes", "no", "on", "off", "null", "y", "n") else value
