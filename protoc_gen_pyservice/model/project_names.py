"""The names of a project and its package, which must not hide a library or a folder."""

import builtins
import keyword
import re
import sys

from ..identifiers import is_version, snake_case
from ..inputs.installed import INSTALLED

_IMPORTS = frozenset(name for names in INSTALLED.values() for name in names.split())
"""Import names of the distributions that are installed with a project: its package must not hide one."""

FOLDERS = frozenset({"src", "tests", "test", "docs", "proto", "load", "deploy", "build", "dist", "gen"})
"""Folders of a project, whose names its package must not have."""


def project_name(package: str, file: str) -> str:
    """Return the last part of the proto package that is not a version, else the file's stem."""
    parts = [part for part in package.split(".") if part and not is_version(part)]
    name = parts[-1] if parts else file.rsplit("/", 1)[-1].removesuffix(".proto")
    name = re.sub(r"[^A-Za-z0-9]+", "-", snake_case(name)).strip("-")
    return distribution_name(name if name[:1].isalpha() else f"service-{name}".rstrip("-"))


def distribution_name(project: str) -> str:
    """Return the name of a project; one that would be installed in place of a library gets ``-service``."""
    return f"{project}-service" if normalised(project) in INSTALLED else project


def package_name(project: str) -> str:
    """Return the Python package of a project; one that would hide another module gets ``_service``."""
    name = project.replace("-", "_").lower()
    hides = (
        name in sys.stdlib_module_names
        or name in _IMPORTS
        or normalised(name) in INSTALLED
        or name in FOLDERS
        or keyword.iskeyword(name)
        or hasattr(builtins, name)
    )
    return f"{name}_service" if hides else name


def normalised(distribution: str) -> str:
    """Return a distribution's normalised name, as package indexes compare it."""
    return re.sub(r"[-_.]+", "-", distribution).lower()
