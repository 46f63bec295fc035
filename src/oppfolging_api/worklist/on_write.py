"""What a write settles is ended with it; of what it calls for, only what is to be seen at once is made with it."""

from collections.abc import Sequence
from typing import Final

from oppfolging_api.coordination.tasks import is_kind
from oppfolging_api.coordination.unit import unit_key
from oppfolging_api.fhir.writer import Writer
from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.kernel.coding import has_code
from oppfolging_api.kernel.registry import Afterwards, Change
from oppfolging_api.kernel.vocabulary import COMMUNICATION_CATEGORY, CommunicationCategory, TaskKind
from oppfolging_api.worklist.differences import Difference, Given, differences
from oppfolging_api.worklist.putting_right import put_right
from oppfolging_api.worklist.rules import Rule
from oppfolging_api.worklist.tasks import worklist_code

_Changes = Sequence[Change]


def following(rules: Sequence[Rule], hours: int) -> Afterwards:
    """`hours`: how long the receipt for feedback is waited for."""

    async def follow(changes: _Changes, writer: Writer) -> None:
        """Asks nothing where what was written makes no difference to any rule."""
        looked_at = [change for change in changes if matters(change, writer.canonical)]
        types = {change.type.name for change in looked_at}
        asked = {rule.code.value: rule for rule in rules if rule.looks_at & types}
        if asked:
            given = _given(looked_at, writer, hours)
            for found in await differences(writer.ask, tuple(asked.values()), given):
                if _is_now(found, asked[found.code], looked_at, writer.canonical):
                    await put_right(found, asked[found.code], writer)

    return follow


def matters(change: Change, canonical: Canonical) -> bool:
    """Whether a rule may say something else after it. What the door makes does not: nobody is late with it yet."""
    judge = _JUDGES.get(change.type.name)
    return judge is None or judge(change, canonical)


def _task_matters(change: Change, canonical: Canonical) -> bool:
    held = change.after or change.before or {}
    if worklist_code(held, canonical):
        return False
    return change.before is not None or not is_kind(held, TaskKind.REFERRAL, canonical)


def _communication_matters(change: Change, canonical: Canonical) -> bool:
    system = canonical.code_system(COMMUNICATION_CATEGORY)
    told = [concept for held in (change.before, change.after) for concept in (held or {}).get("category", ())]
    if has_code(told, system, CommunicationCategory.MINUTES):
        return True
    return change.before is not None and has_code(told, system, CommunicationCategory.FEEDBACK)


_JUDGES: Final = {"Task": _task_matters, "Communication": _communication_matters}


def _given(changes: _Changes, writer: Writer, hours: int) -> Given:
    people = {change.person for change in changes if change.person is not None}
    focuses = {f"{change.type.name}/{change.id}" for change in changes}
    municipality = writer.context.caller.municipality
    return Given(municipality, sorted(people), sorted(focuses), writer.at, unit_key(writer.canonical), hours)


def _is_now(found: Difference, rule: Rule, changes: _Changes, canonical: Canonical) -> bool:
    return found.id is not None or any(rule.at_once(change, canonical) for change in changes)
