"""What the worklist hands to the engine."""

from collections.abc import Mapping
from typing import Any

from oppfolging_api.kernel.registry import Projection, Registry
from oppfolging_api.kernel.vocabulary import WORKLIST
from oppfolging_api.store import followed
from oppfolging_api.store.drawing import Row
from oppfolging_api.store.index import token_key
from oppfolging_api.worklist.on_write import following
from oppfolging_api.worklist.rules import TABLE
from oppfolging_api.worklist.tasks import work_rows


def register(registry: Registry, receipt_hours: int) -> None:
    canonical = registry.canonical

    def of_task(task: Mapping[str, Any]) -> list[Row]:
        return work_rows(task, canonical)

    registry.projections["Task"].append(Projection(followed.Work, of_task))
    registry.afterwards.append(following(TABLE, receipt_hours))
    registry.not_holding.add(token_key("code", "", canonical.code_system(WORKLIST)))
