"""Build hook: the wheel carries the templates, translated, and what new projects start from."""

import importlib
import sys
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_EXAMPLE = "examples/orderbook"


class CompileTemplates(BuildHookInterface):  # type: ignore[type-arg,misc,unused-ignore]  # its parameter is private
    """Writes protoc_gen_pyservice/render/_compiled.py, which version control does not hold, and adds the starters."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Translate with the jinja2 of the build environment."""
        sys.path.insert(0, self.root)
        try:
            templating = importlib.import_module("protoc_gen_pyservice.render.templates")
            templating.compile_templates()
            starters = importlib.import_module("protoc_gen_pyservice.scaffold.starters")
            logic = [f"{_EXAMPLE}/{path}" for path in starters.hand_written(f"{self.root}/{_EXAMPLE}")]
        finally:
            sys.path.remove(self.root)
        build_data["artifacts"].append("protoc_gen_pyservice/render/_compiled.py")
        if version != "editable":
            carried = ["copier.yml", "templates/copier", f"{_EXAMPLE}/proto/orderbook.proto", *logic]
            build_data["force_include"].update({path: f"protoc_gen_pyservice/copier/{path}" for path in carried})
