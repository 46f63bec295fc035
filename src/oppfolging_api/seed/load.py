"""Loading the nine teams into an empty database, through the same engine as everything else."""

from oppfolging_api.access.access_log import Trace
from oppfolging_api.fhir.server import Context, Server
from oppfolging_api.fhir.writer import writing
from oppfolging_api.kernel.caller import Caller, Role
from oppfolging_api.kernel.clock import today
from oppfolging_api.kernel.errors import Conflict
from oppfolging_api.kernel.ids import new_id
from oppfolging_api.seed import Municipality, municipalities
from oppfolging_api.seed.receipts import receipts

_NAME = "seed"


async def load(server: Server, base: str) -> bool:
    """Whether anything was loaded: a municipality that has resources already is left as it is."""
    return any([await _load(server, base, one) for one in municipalities(server.canonical, today(server.clock))])


async def _load(server: Server, base: str, municipality: Municipality) -> bool:
    caller = Caller(municipality.code, frozenset({Role.SYSTEM}), f"urn:oppfolging:{_NAME}", _NAME)
    context = Context(server, caller, base, Trace(new_id(), _NAME, caller))
    first = municipality.resources[0]
    try:
        async with writing(context) as writer:
            if await writer.resource(first["resourceType"], first["id"]) is not None:
                return False
            for resource in municipality.resources:
                await writer.create(resource, id=resource["id"], as_service=True)
            keys = server.person_keys
            writer.session.add_all(receipts(municipality.resources, municipality.code, keys, writer.at))
    except Conflict:
        return False
    return True
