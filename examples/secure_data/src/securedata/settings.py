"""The settings of this service, read from the environment. This file is yours.

A setting is named like its variable: ``database_url`` is ``DATABASE_URL``. An example::

    from pydantic import Field, SecretStr

    database_url: SecretStr = Field(description="The URL of the database.")

``python -m securedata --help-settings`` describes all settings, also those of the server.
"""

import re
from pathlib import Path

from pydantic import SecretStr, field_validator

from .gen.defaults import Defaults


class Settings(Defaults):
    """The settings of one process."""

    sqlite_file: Path = Path("securedata.db")
    """Where resources are kept; made if it is not there."""
    database_url: SecretStr | None = None
    """A PostgreSQL database to keep them in instead: ``postgresql://user:password@host/name``."""

    @field_validator("database_url")
    @classmethod
    def _is_postgres(cls, value: SecretStr | None) -> SecretStr | None:
        """What is wrong is found here: later errors could quote half of a password."""
        scheme, _, rest = (value.get_secret_value() if value else "postgresql://").partition("://")
        if scheme not in ("postgresql", "postgres"):
            raise ValueError("it has to begin with postgresql://")
        host, *path = re.split("[/?#]", rest, maxsplit=1)
        if host.count("@") > 1 or "@" in "".join(path):
            raise ValueError("write @, :, /, ? and # in a password as %40, %3A, %2F, %3F and %23")
        return value
