"""Model in, text out: one template per planned file."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from .formatting import tidy
from .model import Project
from .owner import Owner
from .plan import Output
from .templating import load_templates


class Rendered(NamedTuple):
    """One file of the project as this run would have it."""

    path: str
    content: bytes
    owner: Owner

    @property
    def text(self) -> str:
        """The content of a file that was rendered, and so is UTF-8."""
        return self.content.decode()


def render(outputs: Iterable[Output], project: Project) -> Iterator[Rendered]:
    """Render the planned files, Python ones black-clean."""
    templates = load_templates()
    for output in outputs:
        text = templates[output.template](project, output.service)
        if output.path.endswith(".py"):
            text = tidy(text, project.line_length)
        yield Rendered(output.path, text.encode(), output.owner)
