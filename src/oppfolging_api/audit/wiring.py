"""What the access log hands to the engine: a type that is composed when it is asked for."""

from dataclasses import replace

from oppfolging_api.audit.reading import AuditEvents
from oppfolging_api.kernel.registry import Registry
from oppfolging_api.resources.audit_event import FOUND_BY, RESOURCE


def register(registry: Registry) -> None:
    registry.compose(AuditEvents(replace(registry.types[RESOURCE.name], search=FOUND_BY)))
