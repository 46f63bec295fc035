"""From the headers of a request to its one caller (CONTRACT section 1)."""

import re
from dataclasses import replace
from functools import lru_cache
from typing import Final

from starlette.requests import Request

from oppfolging_api.access.claims import Verified
from oppfolging_api.access.dpop import Possession, ProofRejected
from oppfolging_api.access.jwt import TokenRejected
from oppfolging_api.access.municipalities import Municipalities
from oppfolging_api.access.proof_keys import ALGORITHMS
from oppfolging_api.access.secrets import PersonKeys
from oppfolging_api.access.verifier import TokenVerifier
from oppfolging_api.kernel.caller import SCOPE_PREFIX, Caller, Role, SmartScope
from oppfolging_api.kernel.errors import Forbidden, Invalid, Unauthenticated
from oppfolging_api.store.database import Database

_BEARER: Final = "bearer"
_DPOP: Final = "dpop"
_SCHEMES: Final = {
    _BEARER: 'Bearer realm="oppfolging"',
    _DPOP: f'DPoP realm="oppfolging", algs="{" ".join(ALGORITHMS)}"',
}
_ROLES: Final = {SCOPE_PREFIX + role: role for role in Role}
_LIKE_SMART: Final = re.compile(r"(?:patient|user|system)/(?:\*|[A-Z][A-Za-z]*)\.")
_NOTHING: Final = SmartScope("", "", "")


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
        smart=tuple(scope for text in verified.scopes if (scope := _smart(text))),
        client=verified.client,
    )


def _smart(text: str) -> SmartScope | None:
    """One that looks like SMART's but for a prefix nobody has configured allows nothing: what is meant to narrow is
    never passed over."""
    return SmartScope.parse(text) or (_NOTHING if _LIKE_SMART.search(text) else None)


class Authenticator:
    def __init__(
        self,
        verifier: TokenVerifier,
        possession: Possession,
        municipalities: Municipalities,
        database: Database,
        person_keys: PersonKeys,
    ) -> None:
        self._verifier = verifier
        self._possession = possession
        self._municipalities = municipalities
        self._database = database
        self._person_keys = person_keys
        self._clock = verifier.clock

    async def verified(self, request: Request) -> Verified:
        """What the token of a request vouches for.

        A token comes in one header Authorization and nowhere else. One that is bound to a key comes as `DPoP` with
        a proof for this request, any other as `Bearer` with none (RFC 9449 section 7).

        Raises Unauthenticated for no token, a bad one, or one that is not shown as it has to be; Unavailable where
        nobody can tell whether a proof has been taken before.
        """
        headers = request.headers
        shown, proofs = headers.getlist("authorization"), headers.getlist("dpop")
        scheme, token = _credentials(shown)
        try:
            verified = await self._verifier.verify(token)
            _check_scheme(scheme, verified, proofs)
            if verified.key is not None:
                await self._possession.check(request, proofs, token, verified.key)
        except TokenRejected as error:
            raise _refused(f"the token is not accepted: {error}", scheme, "invalid_token") from error
        except ProofRejected as error:
            raise _refused(f"the proof is not accepted: {error}", _DPOP, "invalid_dpop_proof") from error
        return verified

    async def caller(self, verified: Verified, municipality: str | None) -> Caller:
        """`municipality` is the header X-Municipality.

        To be known somewhere gives no work there: a token that names no municipality is let in where its person is
        known as that person only, whatever other roles it has.

        Raises Forbidden for a token without a role here or a municipality outside its own, Invalid where it has
        several and none was picked.
        """
        known = bearer_of(verified)
        if not known.roles:
            raise _insufficient("the token has no scope of this service", verified)
        pid_key = self._person_keys.key(verified.pid) if verified.pid else None
        if Role.PERSON in known.roles and pid_key is None:
            raise Forbidden.of("the scope oppfolging/person needs a verified identity number in the token")
        own = self._municipalities.of(verified)
        if not own and pid_key and Role.PERSON in known.roles:
            own = tuple(await self._database.municipalities_of(pid_key, self._clock.now()))
            roles = frozenset({Role.PERSON})
            return replace(known, municipality=_picked(own, municipality), roles=roles, pid_key=pid_key)
        picked = _picked(own, municipality)
        roles = self._municipalities.roles(verified, picked, known.roles)
        if not roles:
            raise _insufficient(
                "the municipality gives the token's organisation and holder none of its scopes", verified
            )
        return replace(known, municipality=picked, roles=roles, pid_key=pid_key)


def _credentials(shown: list[str]) -> tuple[str, str]:
    """Scheme and token of the one header Authorization. Raises Unauthenticated for none, several, or another scheme."""
    scheme, _, token = (shown[0] if len(shown) == 1 else "").partition(" ")
    scheme, token = scheme.lower(), token.strip()
    if scheme not in _SCHEMES or not token:
        challenge = ", ".join(_SCHEMES.values())
        raise Unauthenticated.of("one token is needed, in one header Authorization", WWW_Authenticate=challenge)
    return scheme, token


def _check_scheme(scheme: str, verified: Verified, proofs: list[str]) -> None:
    if scheme == _BEARER and verified.key is None and not proofs:
        return
    if scheme == _BEARER:
        raise TokenRejected("a token with a key (cnf) or a proof is no bearer token")
    if verified.key is None:
        raise TokenRejected("it is bound to no key (cnf), so it is a bearer token")


def _refused(told: str, scheme: str, error: str) -> Unauthenticated:
    """The scheme that was used with what is wrong, and the other one, which is there too."""
    other = next(challenge for name, challenge in _SCHEMES.items() if name != scheme)
    return Unauthenticated.of(told, WWW_Authenticate=f'{_SCHEMES[scheme]}, error="{error}", {other}')


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


def _insufficient(told: str, verified: Verified) -> Forbidden:
    challenge = _SCHEMES[_BEARER if verified.key is None else _DPOP]
    return Forbidden.of(told, WWW_Authenticate=f'{challenge}, error="insufficient_scope"')
