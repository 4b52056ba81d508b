"""Build hook: compile the templates into the wheel."""

import importlib.util
import os
import sys
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompileTemplates(BuildHookInterface):  # type: ignore[type-arg,misc,unused-ignore]  # its parameter is private
    """Writes protoc_gen_pyservice/_compiled.py, which version control does not hold."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile with the jinja2 of the build environment; the package itself is not importable there."""
        path = os.path.join(self.root, "protoc_gen_pyservice", "templating.py")
        spec = importlib.util.spec_from_file_location("protoc_gen_pyservice.templating", path)
        assert spec is not None
        assert spec.loader is not None
        templating = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = templating
        spec.loader.exec_module(templating)
        templating.compile_templates()
        build_data["artifacts"].append("protoc_gen_pyservice/_compiled.py")
