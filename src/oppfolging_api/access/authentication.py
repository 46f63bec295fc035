"""From the Authorization header to the one caller of a request (CONTRACT section 1)."""

from dataclasses import replace
from functools import lru_cache

from oppfolging_api.access.jwt import TokenRejected
from oppfolging_api.access.secrets import PersonKeys
from oppfolging_api.access.verifier import TokenVerifier, Verified
from oppfolging_api.kernel.caller import SCOPE_PREFIX, Caller, Role, SmartScope
from oppfolging_api.kernel.errors import Forbidden, Invalid, Unauthenticated
from oppfolging_api.store.database import Database

_CHALLENGE = 'Bearer realm="oppfolging"'
_ROLES = {SCOPE_PREFIX + role: role for role in Role}


@lru_cache(10_000)
def bearer_of(verified: Verified) -> Caller:
    """Whose token it is, before it is known where they work: for the log row of what is refused."""
    return Caller(
        municipality="",
        roles=frozenset(_ROLES[scope] for scope in verified.scopes if scope in _ROLES),
        issuer=verified.issuer,
        subject=verified.subject,
        hpr=verified.hpr,
        organisation=verified.organisation,
        smart=tuple(scope for text in verified.scopes if (scope := SmartScope.parse(text))),
    )


class Authenticator:
    def __init__(self, verifier: TokenVerifier, database: Database, person_keys: PersonKeys) -> None:
        self._verifier = verifier
        self._database = database
        self._person_keys = person_keys
        self._clock = verifier.clock

    async def verified(self, authorization: str | None) -> Verified:
        """What the token vouches for. Raises Unauthenticated for no token or a bad one."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Unauthenticated.of("a bearer token is needed", WWW_Authenticate=_CHALLENGE)
        try:
            return await self._verifier.verify(token.strip())
        except TokenRejected as error:
            challenge = f'{_CHALLENGE}, error="invalid_token"'
            raise Unauthenticated.of(f"the token is not accepted: {error}", WWW_Authenticate=challenge) from error

    async def caller(self, verified: Verified, municipality: str | None) -> Caller:
        """`municipality` is the header X-Municipality.

        To be known somewhere gives no work there: a token that names no municipality is let in where its person is
        known as that person only, whatever other roles it has.

        Raises Forbidden for a token without a role here or a municipality outside its own, Invalid where it has
        several and none was picked.
        """
        known = bearer_of(verified)
        if not known.roles:
            raise Forbidden.of("the token has no scope of this service", WWW_Authenticate=_insufficient())
        pid_key = self._person_keys.key(verified.pid) if verified.pid else None
        if Role.PERSON in known.roles and pid_key is None:
            raise Forbidden.of("the scope oppfolging/person needs a verified identity number in the token")
        own = verified.municipalities
        if not own and pid_key and Role.PERSON in known.roles:
            known = replace(known, roles=frozenset({Role.PERSON}))
            own = tuple(await self._database.municipalities_of(pid_key, self._clock.now()))
        return replace(known, municipality=_picked(own, municipality), pid_key=pid_key)


def _picked(own: tuple[str, ...], picked: str | None) -> str:
    if picked is not None:
        if picked not in own:
            raise Forbidden.of("X-Municipality names a municipality outside the token's own")
        return picked
    if not own:
        raise Forbidden.of("the token gives no municipality")
    if len(own) > 1:
        raise Invalid.of("the token has several municipalities: pick one with the header X-Municipality")
    return own[0]


def _insufficient() -> str:
    return f'{_CHALLENGE}, error="insufficient_scope"'
