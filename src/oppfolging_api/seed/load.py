"""Loading the nine teams into an empty database, through the same engine as everything else."""

from oppfolging_api.access.access_log import Trace
from oppfolging_api.fhir.server import Context, Server
from oppfolging_api.fhir.writer import writing
from oppfolging_api.kernel.caller import Caller, Role
from oppfolging_api.kernel.clock import today
from oppfolging_api.kernel.ids import new_id
from oppfolging_api.seed import Municipality, municipalities
from oppfolging_api.seed.receipts import receipts
from oppfolging_api.store.tables import ReferralReceipt

_NAME = "seed"
_INHABITED = "SELECT FROM tenant_find LIMIT 1"
"""Whether the municipality of the transaction has any resource, deleted ones too."""


async def load(server: Server, base: str) -> bool:
    """Whether anything was loaded: a municipality that has resources already is left as it is.

    Raises Conflict where somebody else writes there meanwhile: nothing of that municipality is loaded then.
    """
    return any([await _load(server, base, one) for one in municipalities(server.canonical, today(server.clock))])


async def _load(server: Server, base: str, municipality: Municipality) -> bool:
    caller = Caller(municipality.code, frozenset({Role.SYSTEM}), f"urn:oppfolging:{_NAME}", _NAME)
    context = Context(server, caller, base, Trace(new_id(), _NAME, caller))
    async with writing(context) as writer:
        # Another process that loads waits here, and then finds what this one made.
        await writer.hold(_NAME)
        if await writer.ask(_INHABITED, {}):
            return False
        for resource in municipality.resources:
            await writer.create(resource, id=resource["id"], as_service=True)
        filed = receipts(municipality.resources, municipality.code, server.person_keys, server.canonical)
        writer.file({ReferralReceipt: filed})
    return True
