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

    def seal(self, value: list[Any]) -> str:
        nonce = os.urandom(_NONCE)
        sealed = nonce + self._cipher.encrypt(nonce, json.dumps(value).encode(), None)
        return base64.urlsafe_b64encode(sealed).decode().rstrip("=")

    def open(self, cursor: str) -> list[Any]:
        """Raises Invalid for what this service did not seal."""
        try:
            sealed = base64.urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4))
            value: list[Any] = json.loads(self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], None))
        except (ValueError, InvalidTag) as error:
            raise Invalid.of("_cursor is not a link of this server", "_cursor", code="invalid") from error
        return value
