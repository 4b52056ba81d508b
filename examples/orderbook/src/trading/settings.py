"""The settings of this service, read from the environment. This file is yours.

A setting is named like its variable: ``database_url`` is ``DATABASE_URL``. The server's settings, such
as GRPC_PORT, are in `runtime.settings`; ``python -m trading --check-config`` prints all.
"""

from .gen.defaults import Defaults


class Settings(Defaults):
    """The settings of one process."""
