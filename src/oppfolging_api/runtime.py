"""What `create_app` and the commands share: the registry, and where the database is."""

from oppfolging_api.access.guards import register as register_guards
from oppfolging_api.access.projections import register as register_access
from oppfolging_api.access.secrets import PersonKeys
from oppfolging_api.audit.wiring import register as register_audit
from oppfolging_api.coordination.wiring import register as register_coordination
from oppfolging_api.fhir.profiles import register as register_profiles
from oppfolging_api.fhir.publish import reserve_canonicals
from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.kernel.registry import Registry
from oppfolging_api.plan.wiring import register as register_plan
from oppfolging_api.psfs.wiring import register as register_psfs
from oppfolging_api.referral.wiring import register as register_referral
from oppfolging_api.resources import served
from oppfolging_api.settings import Settings
from oppfolging_api.store.database import Urls
from oppfolging_api.worklist.wiring import register as register_worklist


def registry_of(settings: Settings, person_keys: PersonKeys) -> Registry:
    """Everything the engine serves, as each package declares it."""
    registry = Registry(served(), Canonical(settings.canonical))
    register_access(registry, person_keys)
    register_guards(registry)
    for register in (register_coordination, register_plan, register_psfs, register_audit, register_profiles):
        register(registry)
    register_referral(registry)
    register_worklist(registry, settings.receipt_hours)
    reserve_canonicals(registry)
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
