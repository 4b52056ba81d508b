"""Who may do what: the roles and scopes that are declared for a method."""

import logging

from ..environment import SettingsError
from ..errors import PermissionDenied
from ..gen.registry import Method
from ..settings import Settings
from .call import Call, Steps

_LOG = logging.getLogger(__name__)


class Authorization:
    """Refuses a principal that has none of a method's roles, or not all of its scopes."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def steps(self, method: Method) -> Steps:
        """Nothing to do for a method without roles and scopes.

        With AUTH_MODE=none nobody has any. That is said, and where others can reach the service it
        has to be meant: raises SettingsError if AUTH_MODE is not even set.
        """
        if not method.policy.roles and not method.policy.scopes:
            return Steps()
        if self._settings.auth_mode != "none":
            return Steps(_Needs(method))
        if not self._settings.stays_here and "auth_mode" not in self._settings.model_fields_set:
            raise SettingsError(
                f"AUTH_MODE is not set, and {method.path[1:]} is declared for some callers only: "
                "set it (AUTH_MODE=none if a mesh or proxy asks them)."
            )
        _LOG.warning("anybody may call it: AUTH_MODE=none", extra={"rpc": method.path[1:]})
        return Steps()


class _Needs:
    """The step of one method."""

    def __init__(self, method: Method) -> None:
        self._roles = frozenset(method.policy.roles)
        self._scopes = frozenset(method.policy.scopes)
        self._role_needed = f"needs the role {' or '.join(method.policy.roles)}"
        self._scopes_needed = f"needs the scope {' and '.join(method.policy.scopes)}"

    def __call__(self, call: Call) -> None:
        principal = call.principal
        if self._roles and self._roles.isdisjoint(principal.roles):
            raise PermissionDenied(self._role_needed)
        if self._scopes and not self._scopes <= principal.scopes:
            raise PermissionDenied(self._scopes_needed)
