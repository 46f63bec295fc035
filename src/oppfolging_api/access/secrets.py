"""Keys drawn from the service's one secret."""

import hashlib
import hmac

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def derive(secret: bytes, purpose: str) -> bytes:
    """A 32-byte key for one purpose."""
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=purpose.encode()).derive(secret)


class PersonKeys:
    """Identity numbers as keyed hashes, so that who is known where can be asked without storing the number."""

    def __init__(self, secret: bytes) -> None:
        self._key = derive(secret, "person")

    def key(self, identity_number: str) -> str:
        return "pid|" + hmac.new(self._key, identity_number.encode(), hashlib.sha256).hexdigest()
