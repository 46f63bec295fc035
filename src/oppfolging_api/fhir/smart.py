"""Where an app gets its token: https://hl7.org/fhir/smart-app-launch/conformance.html

The service issues none. It tells the endpoints of the first configured issuer that has any, as SMART has room for one,
and names all whose tokens it takes (`authorization_servers`, as RFC 9728 has it), whose own metadata tell the rest.
`issuer` is left out: by SMART it is for servers that sign people in.
"""

from collections.abc import Sequence
from typing import Any

from oppfolging_api.access.issuers import IssuerSettings
from oppfolging_api.access.proof_keys import ALGORITHMS
from oppfolging_api.kernel.caller import SCOPE_PREFIX, Role

_RESOURCE_SCOPES = ("patient/*.cruds", "user/*.cruds", "system/*.cruds")
_CAPABILITIES = ("permission-v2", "permission-user")
"""Scopes of version 2, and that those of a user are honoured. Apps are not launched here, and tokens carry no launch
context."""


def smart_configuration(issuers: Sequence[IssuerSettings]) -> dict[str, Any]:
    main = next((issuer for issuer in issuers if issuer.token_endpoint), None)
    told = {
        "authorization_endpoint": main and main.authorization_endpoint,
        "token_endpoint": main and main.token_endpoint,
        "grant_types_supported": list(main.grant_types) if main else [],
        "response_types_supported": ["code"] if main and main.authorization_endpoint else None,
        "code_challenge_methods_supported": ["S256"],
        "scopes_supported": _scopes(main),
        "capabilities": list(_CAPABILITIES),
        "authorization_servers": [issuer.issuer for issuer in issuers] or None,
        "dpop_signing_alg_values_supported": list(ALGORITHMS),
    }
    return {name: value for name, value in told.items() if value is not None}


def _scopes(main: IssuerSettings | None) -> list[str]:
    """As that issuer spells them: those of the roles it can give, and SMART's, which without a prefix stand bare."""
    prefix = main.claims.scope_prefix if main else ""
    roles = [(prefix or SCOPE_PREFIX) + role for role in (main.roles if main else Role)]
    return roles + [prefix + scope for scope in _RESOURCE_SCOPES]
