"""The keys of a deployment: configured, or made once below `var` in development."""

import os
from pathlib import Path

from oppfolging_api.access.development import DevelopmentIssuer
from oppfolging_api.settings import Settings


def secret_of(settings: Settings) -> bytes:
    """The configured secret; in development one that is made once below `var`."""
    if settings.secret is not None:
        return settings.secret.get_secret_value().encode()
    file = settings.var / "secret"
    if not file.exists():
        _write_once(file, os.urandom(32).hex())
    return file.read_text().encode()


def development_issuer(settings: Settings) -> DevelopmentIssuer:
    """Raises DevelopmentIssuerRefused in production."""
    return DevelopmentIssuer(settings.var, settings.environment)


def _write_once(file: Path, text: str) -> None:
    """Of two processes that start at once, one writes and both read the same."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(text)
    try:
        os.link(draft, file)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
