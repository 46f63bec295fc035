"""Tokens for development and tests, signed with a key that lives on this machine."""

import os
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import orjson

from oppfolging_api.access.issuers import IssuerSettings
from oppfolging_api.access.jwt import SigningKey, new_private_key

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
            name="development",
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
    if not file.exists():
        _create(file)
    try:
        return SigningKey.of(orjson.loads(file.read_bytes()))
    except ValueError:
        raise DevelopmentIssuerRefused(f"{file.name} holds no key: delete it, and a new one is made") from None


def _create(file: Path) -> None:
    """Write a new key in full beside `file`, then give it the name, unless another process was first."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as out:
            out.write(orjson.dumps(new_private_key()))
        os.link(draft, file)
    except FileExistsError:
        return
    finally:
        draft.unlink()
