"""Jinja templates, translated ahead of time into one Python module.

Reading and compiling templates would cost more than everything else in a run, and so would Jinja's
import alone. In a wheel the module is built with it; in a checkout it is compiled again when a
template changed.
"""

import hashlib
import importlib
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from types import ModuleType

_HERE = os.path.dirname(os.path.abspath(__file__))
_SOURCES = os.path.join(os.path.dirname(os.path.dirname(_HERE)), "templates")
_TARGET = os.path.join(_HERE, "_compiled.py")
_COMPILED = "protoc_gen_pyservice.render._compiled"
_SENTINEL = "service/src/__package__/gen/registry.py.jinja"

Render = Callable[..., str]
"""A translated template: project and service in, text out."""

_HEAD = '''"""Translated from templates/ by protoc_gen_pyservice.render.templates. DO NOT EDIT."""

# ruff: noqa
# mypy: ignore-errors

STAMP = {stamp!r}
DIGEST = {digest!r}


class Loop:
    """The position in a loop."""

    __slots__ = ("first", "last")

    def __init__(self, first, last):
        self.first = first
        self.last = last


def loop(items):
    """Yield each item with its position."""
    end = len(items) - 1
    return ((Loop(index == 0, index == end), item) for index, item in enumerate(items))


'''


def load_templates() -> Mapping[str, Render]:
    """Return every template by its name, compiled."""
    templates: Mapping[str, Render] = _fresh().TEMPLATES
    return templates


def runtime_sources() -> Mapping[str, str]:
    """Return the text of every file of the runtime by its path in there, in a fixed order."""
    sources: Mapping[str, str] = _fresh().RUNTIME
    return sources


def template_digest() -> str:
    """Return a digest of the templates; the same in a checkout and in its wheel."""
    return str(_fresh().DIGEST)


def _fresh() -> ModuleType:
    """Return the compiled module, compiled again if a template of the checkout changed."""
    if in_checkout() and _stale():
        compile_templates()
    return importlib.import_module(_COMPILED)


def compile_templates(target: str = _TARGET) -> None:
    """Write the compiled module; `target` is replaced at once, never seen half-written."""
    from .translation import function

    sources = {name: _text(path) for name, path in template_files()}
    runtime = {name: _text(path) for name, path in runtime_files()}
    whole_text = "".join(f"{name}\0{source}\0" for name, source in (*sources.items(), *runtime.items()))
    digest = hashlib.sha256(whole_text.encode())
    text = _HEAD.format(stamp=_stamp(), digest=digest.hexdigest()[:16])
    whole = [name for name in sources if not is_partial(name)]
    text += "\n\n".join(function(name, number, sources) for number, name in enumerate(whole))
    table = "\n".join(f"    {name!r}: t{number}," for number, name in enumerate(whole))
    text += f"\n\nTEMPLATES = {{\n{table}\n}}\n\nRUNTIME = {runtime!r}\n"
    aside = f"{target}.{os.getpid()}"
    with open(aside, "w", encoding="utf-8") as out:
        out.write(text)
    os.replace(aside, target)
    sys.modules.pop(_COMPILED, None)
    cached = f"{_HERE}/__pycache__/_compiled.{sys.implementation.cache_tag}.pyc"
    if target == _TARGET and os.path.exists(cached):
        os.remove(cached)


def is_partial(name: str) -> bool:
    """Return whether a template is only included by others: its name begins with one underscore."""
    base = name.rpartition("/")[2]
    return base.startswith("_") and not base.startswith("__")


def _text(path: str) -> str:
    with open(path, encoding="utf-8") as file:
        return file.read()


def template_files() -> Iterator[tuple[str, str]]:
    """Yield name and path of every template source, in a fixed order."""
    # The folders beside service/ are for copier.
    for folder, folders, names in os.walk(os.path.join(_SOURCES, "service")):
        folders.sort()
        for name in sorted(names):
            if name.endswith(".jinja"):
                path = os.path.join(folder, name)
                yield os.path.relpath(path, _SOURCES).replace(os.sep, "/"), path


def runtime_files() -> Iterator[tuple[str, str]]:
    """Yield name and path of every file of the runtime, in a fixed order."""
    root = os.path.join(_SOURCES, "runtime", "pyservice_runtime")
    for folder, folders, names in os.walk(root):
        folders.sort()
        for name in sorted(names):
            if name.endswith((".py", ".typed")):
                path = os.path.join(folder, name)
                yield os.path.relpath(path, root).replace(os.sep, "/"), path


def in_checkout() -> bool:
    """Return whether the template sources are beside the package."""
    return os.path.exists(os.path.join(_SOURCES, _SENTINEL))


def _stale() -> bool:
    try:
        compiled = importlib.import_module(_COMPILED)
    except ImportError:
        return True
    return bool(_stamp() != compiled.STAMP)


def _stamp() -> str:
    """Return a stamp that changes whenever a template is added, removed or written."""
    states = [(name, os.stat(path)) for name, path in (*template_files(), *runtime_files())]
    own = (os.stat(os.path.join(_HERE, name)) for name in ("templates.py", "translation.py"))
    times = (*(state.st_mtime_ns for state in own), *((state.st_mtime_ns, state.st_size) for _, state in states))
    return str(hash(times))
