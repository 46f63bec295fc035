"""From the claims of a good token to what its issuer vouches for."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from oppfolging_api.access.issuers import ClaimMapping, IssuerSettings
from oppfolging_api.access.jwt import Claims, TokenRejected
from oppfolging_api.kernel.caller import SCOPE_PREFIX, Role, SmartScope

_HPR: Final = re.compile(r"[0-9]{1,9}")
_ORGANISATION: Final = re.compile(r"[0-9]{9}")
_PID: Final = re.compile(r"[0-9]{11}")
_MUNICIPALITY: Final = re.compile(r"[0-9]{4}")
_THUMBPRINT: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_SUBJECT: Final = re.compile(r"[^\x00-\x1f\x7f]{1,255}")
_SCOPE: Final = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")
"""RFC 6749 section 3.3."""
MOST_SCOPES: Final = 200
_ROLES: Final = frozenset(SCOPE_PREFIX + role for role in Role)


@dataclass(frozen=True, slots=True)
class Verified:
    """What a token vouches for. `hpr`, `organisations` (the preferred one first) and `pid` are digits.

    `municipalities` is None where the issuer does not say; `key` is the thumbprint of the key a token is bound to;
    `client` names the software that got the token and its supplier, which gives nothing.
    """

    issuer: str
    subject: str
    scopes: tuple[str, ...]
    municipalities: tuple[str, ...] | None
    hpr: str | None = None
    organisations: tuple[str, ...] = ()
    pid: str | None = field(default=None, repr=False)
    key: str | None = None
    client: str | None = None

    @property
    def organisation(self) -> str | None:
        return self.organisations[0] if self.organisations else None


def vouched(claims: Claims, settings: IssuerSettings) -> Verified:
    """Raises TokenRejected for claims of the wrong shape, and for a login at too low a level."""
    mapping = settings.claims
    _check_required(claims, mapping)
    hpr = _digits(_first(claims, mapping.hpr), _HPR, "the HPR number")
    pid = _digits(_first(claims, mapping.pid), _PID, "the identity number")
    of_user = _first(claims, mapping.user) is not None
    _check_level(claims, mapping, user=of_user or bool(hpr or pid) or set(settings.roles) <= {Role.PERSON})
    if of_user and pid is None:
        raise TokenRejected("a user's token needs an identity number")
    return Verified(
        issuer=settings.issuer,
        subject=_subject(claims, mapping),
        scopes=_scopes(claims, settings),
        municipalities=_municipalities(claims, mapping),
        hpr=hpr,
        organisations=_organisations(claims, mapping),
        pid=pid,
        key=_key(claims, settings),
        client=_client(claims, mapping),
    )


def _check_required(claims: Claims, mapping: ClaimMapping) -> None:
    for name, values in mapping.required.items():
        if _at(claims, name) not in values:
            raise TokenRejected("a claim does not have the value that is required of it")


def _check_level(claims: Claims, mapping: ClaimMapping, *, user: bool) -> None:
    """A user is whoever has a claim that only users have, an identity number or an HPR number, whoever was logged in at
    some level, and whoever comes from an issuer of residents. A login at too low a level vouches for nobody: its token
    is refused whole."""
    told = {name: value for name in mapping.levels if (value := _at(claims, name)) is not None}
    low = [name for name, value in told.items() if value not in mapping.levels[name]]
    if low or (mapping.levels and user and not told):
        raise TokenRejected("the security level of the login is too low")


def _key(claims: Claims, settings: IssuerSettings) -> str | None:
    """The thumbprint in `cnf.jkt` (RFC 9449 section 6.1). Bound in another way (RFC 8705, RFC 7800) a token is worth
    nothing without a proof that is not taken here."""
    if "cnf" not in claims:
        if settings.dpop == "required":
            raise TokenRejected("the token is not bound to a key, as those of its issuer have to be")
        return None
    bound = claims["cnf"]
    key = bound.get("jkt") if isinstance(bound, dict) and len(bound) == 1 else None
    if not isinstance(key, str) or not _THUMBPRINT.fullmatch(key):
        raise TokenRejected("the token is bound (cnf) to something that cannot be shown here")
    return key


def _subject(claims: Claims, mapping: ClaimMapping) -> str:
    return _name(_first(claims, mapping.subject), "the subject is missing or no name")


def _client(claims: Claims, mapping: ClaimMapping) -> str | None:
    """All there is of it, in one text."""
    told = [value for name in mapping.client if (value := _at(claims, name)) is not None]
    return " ".join(_name(value, "the client or its supplier is no name") for value in told) or None


def _name(value: object, otherwise: str) -> str:
    """Raises TokenRejected, saying `otherwise`."""
    if not isinstance(value, str) or not _SUBJECT.fullmatch(value):
        raise TokenRejected(otherwise)
    return value


def _scopes(claims: Claims, settings: IssuerSettings) -> tuple[str, ...]:
    """Space-separated (RFC 8693) or an array (HelseID), by this service's names; scopes it does not know are kept as
    they are, roles the issuer does not give, or spells otherwise, are left out."""
    claim = _first(claims, settings.claims.scope)
    scopes = _strings(claim.split() if isinstance(claim, str) else claim, "scope")
    if len(scopes) > MOST_SCOPES or not all(_SCOPE.fullmatch(scope) for scope in scopes):
        raise TokenRejected("scope holds too many scopes, or what is none")
    own = (_own_name(scope, settings.claims) for scope in scopes)
    withheld = {SCOPE_PREFIX + role for role in Role if role not in settings.roles}
    return tuple(scope for scope in own if scope is not None and scope not in withheld)


def _own_name(scope: str, mapping: ClaimMapping) -> str | None:
    """A scope by this service's name for it, which has nothing before those of SMART; None for a role that this issuer
    spells otherwise."""
    if scope in mapping.person_scopes:
        return SCOPE_PREFIX + Role.PERSON
    prefix = mapping.scope_prefix or SCOPE_PREFIX
    if scope.startswith(prefix):
        own = scope.removeprefix(prefix)
        return own if SmartScope.parse(own) else SCOPE_PREFIX + own
    return None if scope in _ROLES else scope


def _municipalities(claims: Claims, mapping: ClaimMapping) -> tuple[str, ...] | None:
    if not mapping.municipality:
        return None
    claim = _first(claims, mapping.municipality)
    numbers = _strings([claim] if isinstance(claim, str) else claim, "municipality")
    if not all(_MUNICIPALITY.fullmatch(number) for number in numbers):
        raise TokenRejected("the municipality is not of the right number of digits")
    return numbers


def _organisations(claims: Claims, mapping: ClaimMapping) -> tuple[str, ...]:
    """All the token's organisation numbers, the preferred one first."""
    found = [value for name in mapping.organisation if (value := _at(claims, name)) is not None]
    numbers = [
        _digits(_without(mapping.organisation_prefix, value), _ORGANISATION, "the organisation number")
        for value in found
    ]
    return tuple(number for number in numbers if number is not None)


def _digits(value: object, pattern: re.Pattern[str], what: str) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise TokenRejected(f"{what} is not of the right number of digits")
    return value


def _strings(value: object, what: str) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise TokenRejected(f"{what} is neither a string nor a list of strings")
    return tuple(value)


def _without(prefix: str, value: object) -> object:
    if not isinstance(value, str) or not value.startswith(prefix):
        raise TokenRejected("the organisation number does not begin as configured")
    return value.removeprefix(prefix)


def _first(claims: Claims, names: Sequence[str]) -> object:
    return next((value for name in names if (value := _at(claims, name)) is not None), None)


def _at(claims: Claims, name: str) -> object:
    """The claim of that whole name, else what the dots lead to; null counts as absent."""
    if name in claims:
        return claims[name]
    found: object = claims
    for step in name.split("."):
        found = found.get(step) if isinstance(found, dict) else None
    return found
