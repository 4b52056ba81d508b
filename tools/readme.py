"""The parts of README.md that follow from the code: each is between two markers.

python -m tools.readme          writes them
"""

import re
from pathlib import Path

from protoc_gen_pyservice.inputs.options import TABLE

README = Path(__file__).resolve().parents[1] / "README.md"


def main() -> None:
    """Bring README.md up to date."""
    README.write_text(updated(README.read_text(encoding="utf-8")), encoding="utf-8")


def updated(text: str) -> str:
    """The README with its generated parts as they have to be. Raises ValueError without markers."""
    return _replaced(text, "options", options())


def options() -> str:
    """The table of all options."""
    rows = ["| option | | in `pyservice.toml` |", "|---|---|---|"]
    for option in TABLE:
        name = f"{option.name}={option.value}" if option.value else option.name
        only = "" if option.value else ", and only there"
        place = f"`[{option.table}]`{only}" if option.table else "no"
        rows.append(f"| `{name}` | {option.meaning.replace('|', chr(92) + '|')} | {place} |")
    return "\n".join(rows)


def _replaced(text: str, part: str, content: str) -> str:
    begin, end = f"<!-- {part}: written by make docs -->", f"<!-- end of {part} -->"
    pattern = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    if not pattern.search(text):
        raise ValueError(f"README.md lacks the markers {begin} and {end}")
    return pattern.sub(lambda _: f"{begin}\n{content}\n{end}", text, count=1)


if __name__ == "__main__":
    main()
