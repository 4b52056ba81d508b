"""Model in, text out: one call of Jinja per planned file."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from . import __version__
from .formatting import tidy
from .model import Project
from .owner import Owner
from .plan import Output
from .templating import load_environment


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
    environment = load_environment()
    for output in outputs:
        template = environment.get_template(output.template)
        text = template.render(project=project, service=output.service, version=__version__)
        if output.path.endswith(".py"):
            text = tidy(text, project.line_length)
        yield Rendered(output.path, text.encode(), output.owner)
