"""What `create_app` and the commands share: the registry, the keys, and where the database is."""

import os
from pathlib import Path

from oppfolging_api.access.development import DevelopmentIssuer
from oppfolging_api.access.guards import register as register_guards
from oppfolging_api.access.projections import register as register_access
from oppfolging_api.access.secrets import PersonKeys
from oppfolging_api.coordination.wiring import register as register_coordination
from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.kernel.registry import Registry
from oppfolging_api.plan.wiring import register as register_plan
from oppfolging_api.psfs.wiring import register as register_psfs
from oppfolging_api.resources import served
from oppfolging_api.settings import Settings
from oppfolging_api.store.database import Urls


class CannotServe(Exception):
    """What keeps the service from starting, in a line for the operator."""


def registry_of(settings: Settings, person_keys: PersonKeys) -> Registry:
    """Everything the engine serves, as each package declares it."""
    registry = Registry(served(), Canonical(settings.canonical))
    register_access(registry, person_keys)
    register_guards(registry)
    for register in (register_coordination, register_plan, register_psfs):
        register(registry)
    return registry


def urls_of(settings: Settings) -> Urls:
    """Raises ValueError where no database is named."""
    if settings.database_url is None:
        raise ValueError("OPPFOLGING_DATABASE_URL is not set")
    return Urls(
        settings.database_url,
        settings.owner_database_url or settings.database_url,
        settings.log_database_url or settings.database_url,
    )


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
