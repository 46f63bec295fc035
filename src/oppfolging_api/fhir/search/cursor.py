"""Opaque positions in `next` links: encrypted, since a sort value or a search value may be a name or a number."""

import base64
import json
import os
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from oppfolging_api.access.secrets import derive
from oppfolging_api.kernel.errors import Invalid

_NONCE = 12


class Cursors:
    """Seals and opens JSON values with a key drawn from the service's secret; every worker opens every cursor."""

    def __init__(self, secret: bytes) -> None:
        self._cipher = AESGCM(derive(secret, "cursor"))

    def seal(self, about: str, value: list[Any]) -> str:
        """`about` says whose position it is: a search of a type, or the history of one resource."""
        nonce = os.urandom(_NONCE)
        sealed = nonce + self._cipher.encrypt(nonce, json.dumps(value).encode(), about.encode())
        return base64.urlsafe_b64encode(sealed).decode().rstrip("=")

    def open(self, about: str, cursor: str) -> list[Any]:
        """Raises Invalid for what this service did not seal about the same."""
        try:
            sealed = base64.urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4))
            value: list[Any] = json.loads(self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], about.encode()))
        except (ValueError, InvalidTag) as error:
            raise Invalid.of(
                "_cursor does not come from a link of this server to this place", "_cursor", code="invalid"
            ) from error
        return value
