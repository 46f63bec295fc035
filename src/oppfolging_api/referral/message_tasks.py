"""The coordinating unit's work with messages: Tasks about nobody, which it alone sees, and its leader by
owning them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from oppfolging_api.coordination.tasks import values
from oppfolging_api.coordination.unit import coordinating_unit
from oppfolging_api.fhir.writer import Writer
from oppfolging_api.kernel.clock import instant
from oppfolging_api.kernel.coding import concept
from oppfolging_api.kernel.registry import Body
from oppfolging_api.kernel.vocabulary import MESSAGE_TASK, MessageTask, Result


async def message_task(
    writer: Writer,
    kind: MessageTask,
    due: datetime,
    *,
    focus: str | None = None,
    requester: dict[str, Any] | None = None,
    description: str,
    remarks: Iterable[str] = (),
) -> Body:
    """Made by the service; it is the unit's to end."""
    at, canonical = instant(writer.at), writer.canonical
    unit = await coordinating_unit(writer)
    elements: dict[str, Any] = {
        "focus": focus and {"reference": focus},
        "requester": requester,
        "owner": unit,
        "input": values(canonical, [(Result.REMARK, "valueString", remark) for remark in remarks]),
    }
    made: Body = {
        "resourceType": "Task",
        "status": "requested",
        "intent": "order",
        "code": concept(canonical.code_system(MESSAGE_TASK), kind),
        "description": description,
        "authoredOn": at,
        "lastModified": at,
        "restriction": {"period": {"end": instant(due)}},
    }
    return await writer.create(made | {name: value for name, value in elements.items() if value}, as_service=True)
