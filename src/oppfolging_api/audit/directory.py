"""The names the directory has of those who stand in the access log."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import orjson

from oppfolging_api.access.policy import visible
from oppfolging_api.fhir.server import Context

_TYPES: Final = ("Practitioner", "Organization")
_NAMED: Final = (
    "SELECT 'match', i.type, i.key, r.version, r.updated, false, NULL::text, NULL::text, r.body, NULL::text[]"
    " FROM identity i JOIN tenant_find f ON f.id = i.id AND f.type = i.type"
    " JOIN resource r ON r.municipality = f.municipality AND r.type = f.type AND r.id = f.id"
    " WHERE i.municipality = f.municipality AND i.type = '{type}' AND i.key = ANY($1[1:{count}])"
    " AND NOT f.deleted AND {visible}"
)


async def names_of(context: Context, keys: Iterable[str]) -> dict[str, str]:
    """By `system|value`; whoever the directory does not know has none."""
    wanted = sorted(set(keys))
    if not wanted:
        return {}
    types = [context.server.declared(type) for type in _TYPES]
    arms = [
        _NAMED.format(type=kind.name, count=len(wanted), visible=visible(context.caller, "f", kind)) for kind in types
    ]
    rows = await context.fetch(" UNION ALL ".join(arms), wanted)
    named = {row["id"]: _name(orjson.loads(row["body"]).get("name")) for row in rows}
    return {key: name for key, name in named.items() if name}


def _name(held: Any) -> str | None:
    """Of an Organization, or the first of a Practitioner's."""
    if isinstance(held, list):
        return _human(held[0]) if held else None
    return held if isinstance(held, str) else None


def _human(name: Mapping[str, Any]) -> str | None:
    return name.get("text") or " ".join([*name.get("given", ()), name.get("family", "")]).strip() or None
