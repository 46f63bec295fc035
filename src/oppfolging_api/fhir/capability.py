"""What is served, said from the same declarations that serve it: https://hl7.org/fhir/R4/capabilitystatement.html"""

from typing import Any

from oppfolging_api.fhir.definitions import search_parameters
from oppfolging_api.fhir.search.query import COMMON
from oppfolging_api.fhir.server import Server
from oppfolging_api.kernel.clock import today
from oppfolging_api.kernel.resource_type import ResourceType, SearchParameter

FHIR_VERSION = "4.0.1"
_INTERACTIONS = ("read", "vread", "update", "delete", "history-instance", "create", "search-type")


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
                    "description": "Bearer tokens with a scope oppfolging/<role>; SMART v2 resource scopes narrow it.",
                },
                "resource": [_resource(kind, server) for kind in server.registry.types.values()],
            }
        ],
    }


def _resource(kind: ResourceType, server: Server) -> dict[str, Any]:
    told: dict[str, Any] = {
        "type": kind.name,
        "profile": f"http://hl7.org/fhir/StructureDefinition/{kind.name}",
        "interaction": [{"code": code} for code in _INTERACTIONS],
        "versioning": "versioned",
        "readHistory": True,
        "updateCreate": True,
        "conditionalCreate": False,
        "conditionalUpdate": False,
        "conditionalDelete": "not-supported",
        "referencePolicy": ["literal", "logical", "local", "enforced"],
        "searchInclude": [f"{kind.name}:{parameter.name}" for parameter in _references(kind)],
        "searchRevInclude": [
            f"{other.name}:{parameter.name}"
            for other in server.registry.types.values()
            for parameter in _references(other)
            if kind.name in parameter.targets
        ],
        "searchParam": [_parameter(parameter, kind, server) for parameter in (*COMMON, *kind.search)],
        "operation": [
            {"name": operation.name, "definition": server.canonical.operation(operation.type, operation.name)}
            for operation in server.registry.operations.values()
            if operation.type == kind.name
        ],
    }
    return {name: value for name, value in told.items() if value != []}


def _references(kind: ResourceType) -> list[SearchParameter]:
    """Those that can be included: a canonical names no resource by its id."""
    return [parameter for parameter in kind.search if parameter.targets]


def _parameter(parameter: SearchParameter, kind: ResourceType, server: Server) -> dict[str, Any]:
    standard = search_parameters(kind.name).get(parameter.name)
    definition = standard[0] if standard else server.canonical.search_parameter(f"{kind.name}-{parameter.name}")
    if parameter in COMMON:
        definition = f"http://hl7.org/fhir/SearchParameter/Resource-{parameter.name[1:]}"
    return {"name": parameter.name, "definition": definition, "type": parameter.kind}


def smart_configuration(base: str) -> dict[str, Any]:
    """https://hl7.org/fhir/smart-app-launch/conformance.html: tokens come from the issuers the municipality trusts."""
    return {
        "scopes_supported": ["oppfolging/*", "patient/*.cruds", "user/*.cruds", "system/*.cruds"],
        "capabilities": ["permission-v2"],
        "code_challenge_methods_supported": ["S256"],
        "grant_types_supported": ["authorization_code", "client_credentials"],
        "issuer": base,
    }
