"""Making the worklist say what the records do, as the service, within the transaction of whoever asks."""

from oppfolging_api.fhir.writer import Writer
from oppfolging_api.worklist.differences import Difference
from oppfolging_api.worklist.rules import Rule
from oppfolging_api.worklist.tasks import as_wanted, settled, work_task


async def put_right(found: Difference, rule: Rule, writer: Writer) -> None:
    """Raises Conflict where somebody else does so at the same moment: whoever asks holds the person."""
    at, canonical = writer.at, writer.canonical
    if found.id is None:
        await writer.create(work_task(rule, found, at, canonical), as_service=True)
    elif found.wanted:
        await writer.change("Task", found.id, lambda held: as_wanted(held, rule, found, at, canonical))
    else:
        await writer.change("Task", found.id, lambda held: settled(held, at, canonical))
