"""Read one version of a resource: https://hl7.org/fhir/R4/http.html#vread"""

import re

from starlette.responses import Response

from oppfolging_api.access.policy import version_visible, visible
from oppfolging_api.fhir.answer import fhir_response, row_headers
from oppfolging_api.fhir.server import Context
from oppfolging_api.fhir.sources import rows_of
from oppfolging_api.kernel.errors import Gone, NotFound
from oppfolging_api.kernel.resource_type import ResourceType

_STATEMENT = (
    "SELECT 'match', v.type, v.id, v.version, v.updated, v.method = 'DELETE', v.method, f.person, v.body, NULL::text[]"
    " FROM {rows} f JOIN resource_version v"
    " ON v.municipality = f.municipality AND v.type = f.type AND v.id = f.id"
    " WHERE f.type = $1[1] AND f.id = $1[2] AND v.version = $1[3]::int AND {visible} AND {version_visible}"
)
_VERSION = re.compile("[1-9][0-9]{0,8}")


async def vread(context: Context, kind: ResourceType, id: str, version: str) -> Response:
    """Raises NotFound for a version that does not exist or may not be seen, Gone where it is the deletion."""
    context.require_scope(kind, "r")
    context.require_whole(kind)
    if not _VERSION.fullmatch(version):
        raise NotFound.of(f"there is no such version of the {kind.name}")
    statement = _STATEMENT.format(
        rows=rows_of(kind),
        visible=visible(context.caller, "f", kind),
        version_visible=version_visible(context.caller, "f", "v.kinds", kind),
    )
    found = await context.fetch(statement, [kind.name, id, version])
    if not found:
        raise NotFound.of(f"there is no such version of the {kind.name}")
    row = found[0]
    context.trace.touch(kind.name, id, row["person"])
    if row["deleted"]:
        raise Gone.of(f"the {kind.name} was deleted in that version")
    return fhir_response(row["body"], headers=row_headers(row))
