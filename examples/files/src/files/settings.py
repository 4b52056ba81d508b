"""The settings of this service, read from the environment. This file is yours.

A setting is named like its variable: ``database_url`` is ``DATABASE_URL``. An example::

    from pydantic import Field, SecretStr

    database_url: SecretStr = Field(description="The URL of the database.")

``python -m files --help-settings`` describes all settings, also those of the server.
"""

from pathlib import Path

from .gen.defaults import Defaults


class Settings(Defaults):
    """The settings of one process."""

    files_folder: Path = Path("files")
    """Where files are kept; it is made if it is not there."""
