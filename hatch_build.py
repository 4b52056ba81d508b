"""Build hook: compile the templates into the wheel."""

import importlib
import sys
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompileTemplates(BuildHookInterface):  # type: ignore[type-arg,misc,unused-ignore]  # its parameter is private
    """Writes protoc_gen_pyservice/_compiled.py, which version control does not hold."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Translate with the jinja2 of the build environment."""
        sys.path.insert(0, self.root)
        try:
            templating = importlib.import_module("protoc_gen_pyservice.templating")
            templating.compile_templates()
        finally:
            sys.path.remove(self.root)
        build_data["artifacts"].append("protoc_gen_pyservice/_compiled.py")
