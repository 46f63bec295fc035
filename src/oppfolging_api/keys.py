"""The keys of a deployment: configured, or made once below `var` in development."""

import os

from oppfolging_api.access.development import DevelopmentIssuer
from oppfolging_api.access.made_once import made_once
from oppfolging_api.settings import Settings


def secret_of(settings: Settings) -> bytes:
    """The configured secret; in development one that is made once below `var`."""
    if settings.secret is not None:
        return settings.secret.get_secret_value().encode()
    return made_once(settings.var / "secret", lambda: os.urandom(32).hex().encode())


def development_issuer(settings: Settings) -> DevelopmentIssuer:
    """Raises DevelopmentIssuerRefused in production."""
    return DevelopmentIssuer(settings.var, settings.environment)
