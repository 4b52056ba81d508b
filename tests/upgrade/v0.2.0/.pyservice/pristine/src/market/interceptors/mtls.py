"""AUTH_MODE=mtls: callers are who their certificate says, as an authority in CA_CERT_FILE confirmed.

That is the SPIFFE id, or else the subject alternative names; never the common name, which authorities
do not check. MTLS_ROLES_FILE gives them roles and scopes, a line for each name::

    # name                                  roles          scopes
    spiffe://cluster/ns/shop/sa/checkout    trader         orders:write
    reports.internal.example                auditor

A caller who is not in the file is known, and has no roles.
"""

from collections.abc import Mapping

from ..errors import Unauthenticated
from ..settings import Settings
from .call import Call, Principal
from .grants import principal, rows, watched


class Certificates:
    """Knows callers by their certificate; the file of roles is read again when it changed."""

    def __init__(self, settings: Settings) -> None:
        path = settings.mtls_roles_file
        self._roles = watched("MTLS_ROLES_FILE", path, parse) if path else None

    def __call__(self, call: Call) -> None:
        """Give a call its principal. Raises Unauthenticated."""
        proven = call.context.auth_context()
        ids = proven.get("peer_spiffe_id") or proven.get("x509_subject_alternative_name") or ()
        names = [name.decode("utf-8", "replace") for name in ids]
        if not names:
            raise Unauthenticated("the certificate has no subject alternative name")
        known = self._roles.latest() if self._roles else {}
        granted = [known[name] for name in names if name in known]
        call.principal = Principal(
            granted[0].subject if granted else names[0],
            frozenset().union(*(grant.roles for grant in granted)),
            frozenset().union(*(grant.scopes for grant in granted)),
        )


def parse(text: str) -> Mapping[str, Principal]:
    """Read the file of roles. Raises ValueError, naming the line."""
    found: dict[str, Principal] = {}
    for number, (name, *words) in rows(text, most=3):
        if name in found:
            raise ValueError(f"line {number} has the name of a line above it")
        found[name] = principal(name, words)
    return found
