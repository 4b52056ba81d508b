"""How settings are read from the environment and shown again; `settings.py` says which there are."""

import os
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

from pydantic import SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

S = TypeVar("S", bound=BaseSettings)


class SettingsError(Exception):
    """A setting has a wrong value; the message is one line that names the variable."""


class SecretFiles(PydanticBaseSettingsSource):
    """Reads secrets from files, as Kubernetes and Docker mount them.

    Any setting of type SecretStr can be given as ``<VARIABLE>_FILE``: the path of a file that holds it.
    """

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """The content of the file without the newline at its end; None where no file is named."""
        variable = field_name.upper()
        path = os.environ.get(f"{variable}_FILE")
        if not path or not _is_secret(field):
            return None, field_name, False
        if os.environ.get(variable):
            raise SettingsError(f"{variable} and {variable}_FILE are both set: set one of them.")
        try:
            return Path(path).read_text(encoding="utf-8").rstrip("\r\n"), field_name, False
        except OSError as error:
            raise SettingsError(f"{variable}_FILE={path}: {error.strerror}.") from None
        except UnicodeDecodeError:
            raise SettingsError(f"{variable}_FILE={path}: it is no text.") from None

    def __call__(self) -> dict[str, Any]:
        """The secrets that files are named for."""
        fields = self.settings_cls.model_fields.items()
        found = {name: self.get_field_value(field, name)[0] for name, field in fields}
        return {name: value for name, value in found.items() if value is not None}


def read(settings: type[S]) -> S:
    """Read settings from the environment. Raises SettingsError for the first that is wrong."""
    try:
        return settings()
    except ValidationError as error:
        first = error.errors()[0]
        problem = " ".join(first["msg"].removeprefix("Value error, ").split())
        if not first["loc"]:
            raise SettingsError(f"{problem}.") from None
        name = str(first["loc"][0])
        variable = name.upper()
        if not _is_secret(settings.model_fields[name]):
            variable += f"={' '.join(str(first['input']).split())}"
        raise SettingsError(f"{variable}: {problem}.") from None


def shown(settings: BaseSettings) -> Iterator[str]:
    """A line ``VARIABLE=value`` for each setting, with secrets masked."""
    for name, value in settings.model_dump(mode="json").items():
        yield f"{name.upper()}={_text(value)}"


def _is_secret(field: FieldInfo) -> bool:
    return SecretStr in (field.annotation, *typing.get_args(field.annotation))


def _text(value: object) -> str:
    """The value as the environment would have it."""
    if value is None:
        return ""
    if isinstance(value, list):
        return ",".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)
