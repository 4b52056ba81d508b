"""The options of a run: ``--pyservice_opt=key=value,...`` over ``pyservice.toml`` over defaults.

Each option is declared once, in `TABLE`: how it is parsed, where it may be given, whether files depend on it, and
its documentation.
"""

import keyword
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from ..errors import OptionError
from .tree import Tree

PARTS = ("client", "container", "kubernetes", "istio", "envoy", "monitoring", "canary", "load", "ci")
"""Every part of a generated project that can be switched off, in the order of the documentation."""

_NEEDS = {"istio": "kubernetes", "canary": "kubernetes"}
"""Parts that need another one, because they change its manifests."""


VENDORED, PACKAGE = "vendored", "package"
"""The place of the runtime: copied into the project, or the distribution pyservice-runtime."""

ASYNC, SYNC = "async", "sync"
"""The style of new methods of handlers: ``async def``, or plain ``def``."""


class Options(NamedTuple):
    """The options of one run, all validated; the field names are the option names."""

    out: str | None = None
    name: str | None = None
    package: str | None = None
    parts: tuple[str, ...] = PARTS
    runtime: str = VENDORED
    handlers: str = ASYNC
    only: str | None = None
    conflicts: str = "markers"
    restore: tuple[str, ...] = ()
    prune: bool = False
    protos: tuple[str, ...] = ()
    roots: tuple[str, ...] = ()
    ejected: tuple[str, ...] = ()
    """Ejected files of the runtime, by their paths in it."""
    methods: Mapping[str, Mapping[str, Any]] = {}
    """The policies that pyservice.toml declares, by ``package.Service/Method``."""


class Option(NamedTuple):
    """One row of `TABLE`: everything about one option."""

    name: str
    value: str
    """The placeholder behind ``=`` in a call; "" if only pyservice.toml can set it."""
    meaning: str
    parse: Callable[[str], Any]
    """Turns the text after ``=``, or the string in pyservice.toml, into the value; raises ValueError."""
    table: str = ""
    """The table of pyservice.toml that has it as a key, or that it is; "" if only a call can set it."""
    bare: str | None = None
    """The value of an option without ``=``; None if a value is required."""
    from_list: Callable[[Sequence[str]], Any] | None = None
    """Turns a list of pyservice.toml into the value; None if it is a string there."""
    repeats: bool = False
    """Whether a call may repeat it."""
    lasting: bool = True
    """Whether files depend on it, so that another value is a reason to generate again."""


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
    names = value.replace("+", " ").split()
    if not names:
        raise ValueError(f"name parts joined by +, such as {'+'.join(PARTS[:2])}, or write none")
    for part in names:
        if part not in PARTS:
            raise ValueError(f"unknown part {part!r}{_nearest(part, PARTS)}")
        if part in _NEEDS and _NEEDS[part] not in names:
            raise ValueError(f"the part {part!r} needs {_NEEDS[part]!r}: name that too, or leave {part!r} out")
    return tuple(part for part in PARTS if part in names)


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


def _joined_parts(names: Sequence[str]) -> tuple[str, ...]:
    return _parts("+".join(names) or "none")


def _paths(paths: Sequence[str]) -> tuple[str, ...]:
    for path in paths:
        if not path.isprintable() or '"' in path or "\\" in path:
            raise ValueError(f"{path!r} is not a path")
    return tuple(paths)


TABLE = (
    Option("out", "DIR", "The project's folder, if it is not known otherwise (buf).", _text, lasting=False),
    Option("name", "NAME", "The project's name; default: the proto package without its version.", _name, "project"),
    Option("package", "IDENT", "The Python package; default: the project's name.", _package, "project"),
    Option(
        "parts",
        "A+B",
        f"What the project contains, joined by `+`: `{'+'.join(PARTS)}`; `all` (the default) or `none`. "
        "`istio` and `canary` need `kubernetes`.",
        _parts,
        "project",
        from_list=_joined_parts,
    ),
    Option(
        "runtime",
        VENDORED,
        "Where the runtime is: `vendored` (the default) copies it to `src/<package>/runtime/`, "
        "`package` uses the distribution `pyservice-runtime`.",
        _one_of(VENDORED, PACKAGE),
        "project",
    ),
    Option("only", "gen", "`gen` writes the generated files and nothing else.", _one_of("gen"), lasting=False),
    Option(
        "handlers",
        ASYNC,
        "How new methods of handlers are written: `async def` (the default), or with `sync` plain `def`, which runs in a "
        "thread; existing ones are never changed.",
        _one_of(ASYNC, SYNC),
        "generate",
    ),
    Option("protos", "", "The protos, or patterns of them, below the roots.", _text, "generate", from_list=_paths),
    Option("roots", "", "The folders that protos and their imports are in.", _text, "generate", from_list=_paths),
    Option(
        "ejected",
        "",
        "Files of the runtime that are yours and merged, such as `interceptors/limits.py`; see `pyservice eject`.",
        _text,
        "generate",
        from_list=_paths,
    ),
    Option(
        "conflicts",
        "markers",
        "What to do on a conflict of your edit with the new text: write conflict `markers` (the default), "
        "or `keep` your file and report it.",
        _one_of("markers", "keep"),
        "generate",
        lasting=False,
    ),
    Option(
        "restore",
        "PATH",
        "Restore a generated file that you deleted; may be given several times.",
        _path,
        repeats=True,
        lasting=False,
    ),
    Option(
        "prune",
        "true",
        "Remove the services of earlier runs whose proto is not part of this one.",
        _flag,
        bare="true",
        lasting=False,
    ),
    Option("methods", "", "Policies of methods, a table for each.", _text, "methods"),
)
"""Every option, in the order of the documentation."""

CALL = tuple(option for option in TABLE if option.value)
"""The options that a call can give."""

_BY_NAME = {option.name: option for option in CALL}


def parse_options(parameter: str, file: Mapping[str, Any] | None = None) -> Options:
    """Read the plugin's parameter string (``a=1,b=2``) over the values of pyservice.toml.

    ``file`` is the parsed document (None when there is no file). Raises OptionError for an option or
    key that is unknown, a value that is missing or wrong, or an option given twice.
    """
    options = _from_file(file or {})
    seen: set[str] = set()
    for item in filter(None, parameter.split(",")):
        name, equals, text = item.partition("=")
        name = name.strip()
        option = _find(name)
        if name in seen and not option.repeats:
            raise OptionError(f"option {name!r} is given twice: give it once.")
        seen.add(name)
        if not text.strip():
            if equals or option.bare is None:
                raise OptionError(f"option {name!r} has no value: write {name}={option.value}.")
            text = option.bare
        value = _parse(option.parse, text.strip(), f"option {name}={text.strip()}")
        if option.repeats:
            value = getattr(options, name) + value
        options = options._replace(**{name: value})
    return options


def lasting(options: Options) -> Options:
    """Return the options that files depend on; the order of the protos does not matter."""
    passing = {option.name: Options._field_defaults[option.name] for option in TABLE if not option.lasting}
    return options._replace(protos=tuple(sorted(options.protos)), **passing)


def _find(name: str) -> Option:
    option = _BY_NAME.get(name)
    if option is None:
        known = ", ".join(_BY_NAME)
        raise OptionError(f"unknown option {name!r}{_nearest(name, _BY_NAME)} The options are {known}.")
    return option


def _parse(parse: Callable[[Any], Any], given: object, subject: str) -> Any:
    try:
        return parse(given)
    except ValueError as error:
        # A hint at another name ends its sentence itself.
        end = "" if str(error).endswith((".", "?")) else "."
        raise OptionError(f"{subject} is not possible: {error}{end}") from None


def _nearest(word: str, words: Mapping[str, Any] | tuple[str, ...]) -> str:
    import difflib

    close = difflib.get_close_matches(word, list(words), n=1, cutoff=0.5)
    return f"; did you mean {close[0]!r}?" if close else "."


# ---------------------------------------------------------------------------------- pyservice.toml

SETTINGS = "pyservice.toml"

_TABLES = tuple(dict.fromkeys(option.table for option in TABLE if option.table))


def read_settings(tree: Tree) -> dict[str, Any] | None:
    """Return the project's pyservice.toml; None when there is none. Raises OptionError if it does not parse."""
    content = tree.read(SETTINGS)
    if content is None:
        return None
    try:
        return _loads(content.decode("utf-8-sig"))
    except ValueError as error:
        if b"\n<<<<<<< " in content:
            raise OptionError(f"{SETTINGS} has conflict markers: resolve them and run pyservice generate.") from None
        raise OptionError(f"{SETTINGS} is not valid TOML ({error}): correct it, or delete it to start again.") from None


def _loads(text: str) -> dict[str, Any]:
    """Return the parsed document; after a merge of two branches, with the lists of both."""
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
        if table not in _TABLES:
            known = " and ".join(f"[{name}]" for name in _TABLES)
            raise OptionError(
                f"pyservice.toml: unknown table [{table}]{_nearest(table, _TABLES)} The tables are {known}."
            )
        if not isinstance(content, Mapping):
            raise OptionError(f"pyservice.toml: {table} must be a table: write [{table}].")
        keys = {option.name: option for option in TABLE if option.table == table}
        if table in keys:
            values[table] = content
            continue
        for key, value in content.items():
            if key not in keys:
                raise OptionError(
                    f"pyservice.toml: unknown key {table}.{key}{_nearest(key, keys)} "
                    f"The keys of [{table}] are {', '.join(keys)}."
                )
            values[key] = _file_value(keys[key], value)
    return Options(**values)


def _file_value(option: Option, value: object) -> Any:
    subject = f"pyservice.toml: {option.table}.{option.name}"
    if option.from_list is not None:
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise OptionError(f"{subject} must be a list of strings.")
        return _parse(option.from_list, value, f"{subject}={value}")
    if not isinstance(value, str):
        raise OptionError(f"{subject} must be a string.")
    return _parse(option.parse, value, f"{subject}={value!r}")
