"""Jinja templates, compiled ahead of time into one Python module.

Reading and compiling templates would cost a run more than everything else it does. In a wheel the
module is built with it; in a checkout it is rebuilt when a template changed.
"""

import hashlib
import importlib
import os
import sys
from collections.abc import Iterator, MutableMapping
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment

_HERE = os.path.dirname(os.path.abspath(__file__))
_SOURCES = os.path.join(os.path.dirname(_HERE), "templates")
_TARGET = os.path.join(_HERE, "_compiled.py")
_COMPILED = "protoc_gen_pyservice._compiled"
_SENTINEL = "service/src/package/gen/registry.py.jinja"

_HEAD = '''"""Compiled from templates/ by protoc_gen_pyservice.templating. DO NOT EDIT."""

# ruff: noqa
# mypy: ignore-errors
{imports}

STAMP = {stamp!r}
DIGEST = {digest!r}

'''


def load_environment() -> "Environment":
    """The one Jinja environment; a name that a template does not know is an error."""
    from jinja2 import BaseLoader, Template

    _compiled = _fresh()
    environment = new_environment()

    class Precompiled(BaseLoader):
        """Finds templates in the compiled module."""

        def load(
            self, environment: "Environment", name: str, globals: MutableMapping[str, Any] | None = None
        ) -> Template:
            namespace = {**_compiled.TEMPLATES[name](), "__file__": name}
            return environment.template_class.from_module_dict(environment, namespace, globals or {})

    environment.loader = Precompiled()
    vars(_compiled)["environment"] = environment
    return environment


def template_digest() -> str:
    """Tells one state of the templates from another; the same in a checkout and in its wheel."""
    return str(_fresh().DIGEST)


def _fresh() -> ModuleType:
    """The compiled module, made anew where a template of the checkout changed."""
    if in_checkout() and _stale():
        compile_templates()
    return importlib.import_module(_COMPILED)


def new_environment() -> "Environment":
    """An environment without a loader; ours and the one that compiles are alike."""
    from jinja2 import Environment, StrictUndefined

    return Environment(
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
        autoescape=False,
    )


def compile_templates(target: str = _TARGET) -> None:
    """Write the compiled module; `target` is replaced at once, never seen half-written."""
    environment = new_environment()
    functions: list[str] = []
    imports = ""
    table: list[str] = []
    digest = hashlib.sha256()
    for number, (name, path) in enumerate(template_files()):
        with open(path, encoding="utf-8") as file:
            source = file.read()
        digest.update(f"{name}\0{source}\0".encode())
        code = environment.compile(source, name, name, raw=True, defer_init=True)
        imports, _, body = code.partition("\n")
        indented = "\n".join(f"    {line}" if line else "" for line in body.split("\n"))
        functions.append(f"def _{number}():\n{indented}\n    return locals()\n")
        table.append(f"    {name!r}: _{number},")
    text = _HEAD.format(imports=imports, stamp=_stamp(), digest=digest.hexdigest()[:16])
    text += "\n\n".join(functions) + "\n\nTEMPLATES = {\n" + "\n".join(table) + "\n}\n"
    aside = f"{target}.{os.getpid()}"
    with open(aside, "w", encoding="utf-8") as out:
        out.write(text)
    os.replace(aside, target)
    sys.modules.pop(_COMPILED, None)
    cached = f"{_HERE}/__pycache__/_compiled.{sys.implementation.cache_tag}.pyc"
    if target == _TARGET and os.path.exists(cached):
        os.remove(cached)


def template_files() -> Iterator[tuple[str, str]]:
    """Name and path of every template source, in a fixed order."""
    for folder, folders, names in os.walk(_SOURCES):
        folders.sort()
        for name in sorted(names):
            if name.endswith(".jinja"):
                path = os.path.join(folder, name)
                yield os.path.relpath(path, _SOURCES).replace(os.sep, "/"), path


def in_checkout() -> bool:
    """Whether the template sources stand beside the package."""
    return os.path.exists(os.path.join(_SOURCES, _SENTINEL))


def _stale() -> bool:
    try:
        compiled = importlib.import_module(_COMPILED)
    except ImportError:
        return True
    return bool(_stamp() != compiled.STAMP)


def _stamp() -> str:
    """Changes whenever a template is added, removed or written."""
    states = [(name, os.stat(path)) for name, path in template_files()]
    own = os.stat(__file__)
    return str(hash((own.st_mtime_ns, *((state.st_mtime_ns, state.st_size) for _, state in states))))
