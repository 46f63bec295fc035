"""Tokens for development and tests, signed with a key that lives on this machine."""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import orjson

from oppfolging_api.access.issuers import IssuerSettings
from oppfolging_api.access.jwt import SigningKey, new_private_key
from oppfolging_api.access.made_once import made_once

ISSUER: Final = "urn:oppfolging:development"
AUDIENCE: Final = "oppfolging-api"
_FILE: Final = "development-issuer.json"


class DevelopmentIssuerRefused(Exception):
    """The development issuer will not start here."""


class DevelopmentIssuer:
    """Whoever can read the file under `directory` can be anyone, which is why it refuses to start in production."""

    def __init__(self, directory: Path, environment: str) -> None:
        if environment.strip().lower() == "production":
            raise DevelopmentIssuerRefused(
                "the development issuer does not start in production: configure real issuers"
            )
        self._key = _signing_key(directory / _FILE)
        self.settings = IssuerSettings(
            issuer=ISSUER,
            audience=(AUDIENCE,),
            jwks={"keys": [dict(self._key.published)]},
        )

    def token(
        self,
        *,
        scopes: Sequence[str],
        municipalities: Sequence[str],
        subject: str,
        hpr: str | None = None,
        organisation: str | None = None,
        pid: str | None = None,
        expires_in: int = 3600,
        now: datetime | None = None,
    ) -> str:
        """A token valid from `now` for `expires_in` seconds; `scopes` in full, such as `oppfolging/team`."""
        start = int((now or datetime.now(UTC)).timestamp())
        claims: dict[str, Any] = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": subject,
            "scope": " ".join(scopes),
            "municipality": list(municipalities),
            "iat": start,
            "nbf": start,
            "exp": start + expires_in,
            "jti": secrets.token_urlsafe(12),
        }
        known = {"hpr_number": hpr, "organisation_number": organisation, "pid": pid}
        return self._key.sign(claims | {name: value for name, value in known.items() if value is not None})


def _signing_key(file: Path) -> SigningKey:
    kept = made_once(file, lambda: orjson.dumps(new_private_key()))
    try:
        return SigningKey.of(orjson.loads(kept))
    except ValueError:
        raise DevelopmentIssuerRefused(f"{file.name} holds no key: delete it, and a new one is made") from None
