"""What ``--check-config`` does."""

from ..environment import shown
from ..gen.registry import SERVICES
from ..settings import Settings
from .concerns import Concerns
from .tls import server_credentials


def check(settings: Settings) -> None:
    """Read every file that the settings name, then print the settings, secrets masked.

    Raises SettingsError, as the start of the service would.
    """
    server_credentials(settings)
    concerns = Concerns(settings).ordered
    for method in (method for service in SERVICES for method in service.methods):
        for concern in concerns:
            concern.steps(method)
    for line in shown(settings):
        print(line)
