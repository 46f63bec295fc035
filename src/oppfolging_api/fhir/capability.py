"""What is served, said from the same declarations that serve it: https://hl7.org/fhir/R4/capabilitystatement.html"""

from typing import Any

from oppfolging_api.fhir.definitions import search_parameters
from oppfolging_api.fhir.performing import standard_of
from oppfolging_api.fhir.search.criteria import ID, LAST_UPDATED
from oppfolging_api.fhir.server import Server
from oppfolging_api.kernel.clock import today
from oppfolging_api.kernel.resource_type import COMMON, ResourceType, SearchParameter

FHIR_VERSION = "4.0.1"
_READING = ("read", "vread", "history-instance", "history-type", "search-type")
_WRITING = ("create", "update", "patch", "delete")
_SYSTEM = ("transaction", "batch", "history-system", "search-system")


def capability_statement(server: Server, base: str) -> dict[str, Any]:
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": today(server.clock).isoformat(),
        "kind": "instance",
        "software": {"name": "oppfolging-api", "version": server.version},
        "implementation": {"description": "Oppfølgingsteam: referral, team, plan and PSFS", "url": base},
        "fhirVersion": FHIR_VERSION,
        "format": ["application/fhir+json", "json"],
        "rest": [
            {
                "mode": "server",
                "security": {
                    "cors": False,
                    "service": [
                        {
                            "coding": [
                                {
                                    "system": "http://terminology.hl7.org/CodeSystem/restful-security-service",
                                    "code": "SMART-on-FHIR",
                                }
                            ]
                        }
                    ],
                    "description": "Tokens with a scope oppfolging/<role>, as Bearer (RFC 6750), or as DPoP with"
                    " a proof of possession where they are bound to a key (RFC 9449); SMART v2 scopes narrow it:"
                    f" {base}/.well-known/smart-configuration",
                },
                "interaction": [{"code": code} for code in _SYSTEM],
                "resource": [_resource(kind, server) for kind in server.registry.types.values()],
            }
        ],
    }


def _resource(kind: ResourceType, server: Server) -> dict[str, Any]:
    told = _composed(kind) if kind.name in server.registry.readers else _stored(kind, server)
    told["searchParam"] = [_parameter(one, kind, server) for one in (ID, LAST_UPDATED, *COMMON, *kind.search)]
    return {name: value for name, value in told.items() if value != []}


def _composed(kind: ResourceType) -> dict[str, Any]:
    """What has no versions, leads nowhere and is only read: it comes to be by what others do."""
    return {
        "type": kind.name,
        "profile": f"http://hl7.org/fhir/StructureDefinition/{kind.name}",
        "interaction": [{"code": code} for code in ("read", "search-type")],
        "versioning": "no-version",
        "readHistory": False,
        "conditionalRead": "full-support",
    }


def _stored(kind: ResourceType, server: Server) -> dict[str, Any]:
    written = any(kind.grants.values())
    return {
        "type": kind.name,
        "profile": f"http://hl7.org/fhir/StructureDefinition/{kind.name}",
        "supportedProfile": _profiles(kind, server),
        "interaction": [{"code": code} for code in (*_READING, *(_WRITING if written else ()))],
        "versioning": "versioned",
        "readHistory": True,
        "updateCreate": written,
        "conditionalCreate": written,
        "conditionalRead": "full-support",
        "conditionalUpdate": written,
        "conditionalDelete": "single" if written else "not-supported",
        "referencePolicy": ["literal", "logical", "local", "enforced"],
        "searchInclude": [f"{kind.name}:{parameter.name}" for parameter in _references(kind)],
        "searchRevInclude": [
            f"{other.name}:{parameter.name}"
            for other in server.registry.types.values()
            for parameter in _references(other)
            if kind.name in parameter.targets
        ],
        "operation": _operations(kind, server, written=written),
    }


def _profiles(kind: ResourceType, server: Server) -> list[str]:
    """Those this service publishes and holds writes to."""
    return [
        held["url"]
        for held in server.registry.packaged
        if held["resourceType"] == "StructureDefinition" and held["type"] == kind.name
    ]


def _operations(kind: ResourceType, server: Server, *, written: bool) -> list[dict[str, str]]:
    standard = [(one.name, one.definition) for one in standard_of(kind) if one.reads or written]
    own = [
        (operation.name, server.canonical.operation(operation.type, operation.name))
        for operation in server.registry.operations.values()
        if operation.type == kind.name
    ]
    return [{"name": name, "definition": definition} for name, definition in sorted([*standard, *own])]


def _references(kind: ResourceType) -> list[SearchParameter]:
    """Those that can be included: a canonical names no resource by its id."""
    return [parameter for parameter in kind.search if parameter.targets]


def _parameter(parameter: SearchParameter, kind: ResourceType, server: Server) -> dict[str, Any]:
    standard = search_parameters(kind.name).get(parameter.name)
    definition = standard[0] if standard else server.canonical.search_parameter(f"{kind.name}-{parameter.name}")
    return {"name": parameter.name, "definition": definition, "type": parameter.kind}
