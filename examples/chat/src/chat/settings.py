"""The settings of this service, read from the environment. This file is yours.

A setting is named like its variable: ``database_url`` is ``DATABASE_URL``. An example::

    from pydantic import Field, SecretStr

    database_url: SecretStr = Field(description="The URL of the database.")

``python -m chat --help-settings`` describes all settings, also those of the server.
"""

from .gen.defaults import Defaults


class Settings(Defaults):
    """The settings of one process."""
