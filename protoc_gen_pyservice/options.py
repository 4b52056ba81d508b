"""What a run is told: ``--pyservice_opt=key=value,...`` over ``pyservice.toml`` over defaults.

Each option is declared once, in `TABLE`; parsing, the unknown-option error and the reference in the
documentation all come from it.
"""

import keyword
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from .errors import OptionError
from .tree import Tree

PARTS = ("client", "container", "kubernetes", "istio", "envoy", "monitoring", "canary", "load", "ci")
"""Every part of a generated project that can be switched off, in the order they are documented."""

_NEEDS = {"istio": "kubernetes", "canary": "kubernetes"}
"""Parts that change the manifests of another, and mean nothing without it."""


class Options(NamedTuple):
    """The options of one run, all validated; the field names are the option names."""

    out: str | None = None
    name: str | None = None
    package: str | None = None
    parts: tuple[str, ...] = PARTS
    only: str | None = None
    conflicts: str = "markers"
    restore: tuple[str, ...] = ()
    prune: bool = False
    protos: tuple[str, ...] = ()
    roots: tuple[str, ...] = ()
    methods: Mapping[str, Mapping[str, Any]] = {}
    """The policies that pyservice.toml declares, by ``package.Service/Method``."""


class Option(NamedTuple):
    """One row of `TABLE`: ``parse`` turns the text after ``=`` into the value, or raises ValueError."""

    name: str
    value: str
    meaning: str
    parse: Callable[[str], Any]
    bare: str | None = None
    """The text an option without ``=`` stands for; None when a value is required."""
    in_file: bool = True
    """Whether pyservice.toml may say it."""


def _text(value: str) -> str:
    return value


def _name(value: str) -> str:
    if not value.replace("-", "").replace("_", "").isalnum() or not value.isascii():
        raise ValueError("use letters, digits, dashes and underscores")
    if not value[0].isalpha():
        raise ValueError("start with a letter")
    return value


def _package(value: str) -> str:
    if value.isidentifier() and value.isascii() and not keyword.iskeyword(value):
        return value
    suggestion = "".join(c if c.isalnum() and c.isascii() else "_" for c in value).strip("_")
    if not suggestion or suggestion[0].isdigit() or keyword.iskeyword(suggestion):
        suggestion = f"{suggestion or 'my'}_service".lstrip("0123456789_")
    raise ValueError(f"a Python package name must be an identifier; try package={suggestion}")


def _parts(value: str) -> tuple[str, ...]:
    if value in ("all", "none"):
        return PARTS if value == "all" else ()
    asked = value.replace("+", " ").split()
    if not asked:
        raise ValueError(f"name parts joined by +, such as {'+'.join(PARTS[:2])}, or write none")
    for part in asked:
        if part not in PARTS:
            raise ValueError(f"there is no part {part!r}{_nearest(part, PARTS)}")
        if part in _NEEDS and _NEEDS[part] not in asked:
            raise ValueError(f"the part {part!r} needs {_NEEDS[part]!r}: name that too, or leave {part!r} out")
    return tuple(part for part in PARTS if part in asked)


def _one_of(*allowed: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        if value not in allowed:
            raise ValueError(f"it can be {' or '.join(allowed)}{_nearest(value, allowed)}")
        return value

    return parse


def _flag(value: str) -> bool:
    return _one_of("true", "false")(value) == "true"


def _path(value: str) -> tuple[str, ...]:
    if value.startswith("/") or ".." in value.split("/"):
        raise ValueError("give a path inside the project, such as Makefile")
    return (value,)


TABLE = (
    Option("out", "DIR", "The project's folder, where nothing else tells it (buf).", _text, None, False),
    Option("name", "NAME", "The project's name; default: the proto package without its version.", _name),
    Option("package", "IDENT", "The Python package; default: the project's name.", _package),
    Option(
        "parts",
        "A+B",
        f"What the project contains, joined by `+`: `{'+'.join(PARTS)}`; `all` (the default) or `none`. "
        "`istio` and `canary` need `kubernetes`.",
        _parts,
    ),
    Option("only", "gen", "`gen` writes the machine-owned files and nothing else.", _one_of("gen"), None, False),
    Option(
        "conflicts",
        "markers",
        "What to do where your edit and the new text collide: write conflict `markers` (the default), "
        "or `keep` your file and report it.",
        _one_of("markers", "keep"),
    ),
    Option(
        "restore",
        "PATH",
        "Bring back a generated file that you deleted; may be given several times.",
        _path,
        None,
        False,
    ),
    Option(
        "prune",
        "true",
        "Drop the services of earlier runs whose proto is not part of this one.",
        _flag,
        "true",
        False,
    ),
)
"""Every option, in the order of the documentation."""

_BY_NAME = {option.name: option for option in TABLE}


def parse_options(parameter: str, file: Mapping[str, Any] | None = None) -> Options:
    """Read the plugin's parameter string (``a=1,b=2``) over the table of pyservice.toml.

    ``file`` is the parsed document (None when there is no file). Raises OptionError for an option or
    key that is unknown, a value that is missing or wrong, or an option given twice.
    """
    options = _from_file(file or {})
    seen: set[str] = set()
    for item in filter(None, parameter.split(",")):
        name, equals, text = item.partition("=")
        name = name.strip()
        option = _find(name)
        if name in seen and name != "restore":
            raise OptionError(f"option {name!r} is given twice: give it once.")
        seen.add(name)
        if not text.strip():
            if equals or option.bare is None:
                raise OptionError(f"option {name!r} has no value: write {name}={option.value}.")
            text = option.bare
        value = _parse(option, text.strip(), f"option {name}={text.strip()}")
        if name == "restore":
            value = options.restore + value
        options = options._replace(**{name: value})
    return options


def _find(name: str) -> Option:
    option = _BY_NAME.get(name)
    if option is None:
        known = ", ".join(_BY_NAME)
        raise OptionError(f"unknown option {name!r}{_nearest(name, _BY_NAME)} The options are {known}.")
    return option


def _parse(option: Option, text: str, subject: str) -> Any:
    try:
        return option.parse(text)
    except ValueError as error:
        raise OptionError(f"{subject} is not possible: {error}.") from None


def _nearest(word: str, words: Mapping[str, Any] | tuple[str, ...]) -> str:
    import difflib

    close = difflib.get_close_matches(word, list(words), n=1, cutoff=0.5)
    return f"; did you mean {close[0]!r}?" if close else "."


# ---------------------------------------------------------------------------------- pyservice.toml

SETTINGS = "pyservice.toml"

_FILE_KEYS = {
    "project": ("name", "package", "parts"),
    "generate": ("protos", "roots", "conflicts"),
    "methods": (),
}


def read_settings(tree: Tree) -> dict[str, Any] | None:
    """The project's pyservice.toml; None when there is none. Raises OptionError if it does not parse."""
    content = tree.read(SETTINGS)
    if content is None:
        return None
    try:
        return _loads(content.decode("utf-8-sig"))
    except ValueError as error:
        if b"\n<<<<<<< " in content:
            raise OptionError(
                f"{SETTINGS} has conflict markers: resolve them and run pyservice generate, which does the rest."
            ) from None
        raise OptionError(f"{SETTINGS} is not valid TOML ({error}): correct it, or delete it to start anew.") from None


def _loads(text: str) -> dict[str, Any]:
    """The document; of two branches that git merged, with the lists of both."""
    import tomllib

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        from .repeated_lists import unite_lists

        united = unite_lists(text)
        if united == text:
            raise
        return tomllib.loads(united)


def _from_file(document: Mapping[str, Any]) -> Options:
    values: dict[str, Any] = {}
    for table, content in document.items():
        if table not in _FILE_KEYS:
            known = " and ".join(f"[{name}]" for name in _FILE_KEYS)
            raise OptionError(
                f"pyservice.toml: unknown table [{table}]{_nearest(table, _FILE_KEYS)} The tables are {known}."
            )
        if not isinstance(content, Mapping):
            raise OptionError(f"pyservice.toml: {table} must be a table: write [{table}].")
        if table == "methods":
            values["methods"] = content
            continue
        for key, value in content.items():
            if key not in _FILE_KEYS[table]:
                raise OptionError(
                    f"pyservice.toml: unknown key {table}.{key}{_nearest(key, _FILE_KEYS[table])} "
                    f"The keys of [{table}] are {', '.join(_FILE_KEYS[table])}."
                )
            values[key] = _file_value(f"{table}.{key}", key, value)
    return Options(**values)


def _file_value(subject: str, key: str, value: object) -> Any:
    if key in ("protos", "roots", "parts"):
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise OptionError(f"pyservice.toml: {subject} must be a list of strings.")
        if key != "parts":
            return tuple(_sound(subject, item) for item in value)
        return _parse(_BY_NAME[key], "+".join(value) or "none", f"pyservice.toml: {subject}={value}")
    if not isinstance(value, str):
        raise OptionError(f"pyservice.toml: {subject} must be a string.")
    return _parse(_BY_NAME[key], value, f"pyservice.toml: {subject}={value!r}")


def _sound(subject: str, path: str) -> str:
    if not path.isprintable() or '"' in path or "\\" in path:
        raise OptionError(f"pyservice.toml: {subject} has {path!r}, which is no path: correct it.")
    return path
