"""The writes of a Bundle, brought into the order of the specification and bound together by their references."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from oppfolging_api.fhir.body import check_typed
from oppfolging_api.fhir.bundles.entries import METHODS, Asked, Pairs, Target, placed, target_of
from oppfolging_api.fhir.bundles.links import check_all_linked, linked, searches
from oppfolging_api.fhir.checks import check_ever
from oppfolging_api.fhir.interactions.conditional import selected
from oppfolging_api.fhir.negotiation import criteria_of
from oppfolging_api.fhir.search.matching import matching
from oppfolging_api.fhir.stamp import id_for
from oppfolging_api.fhir.writer import Writer
from oppfolging_api.kernel.errors import Invalid, PreconditionFailed, Refusal
from oppfolging_api.kernel.registry import Body

LETTERS: Final = {"DELETE": "d", "POST": "c", "PUT": "u", "PATCH": "u"}
"""The methods that write, and what they need to be allowed."""


@dataclass(frozen=True, slots=True)
class Step:
    """One write. `id` is the one its resource has or will have; `stands`: criteria have found that resource."""

    asked: Asked
    target: Target
    id: str | None = None
    stands: bool = False
    resource: Body | None = None

    @property
    def name(self) -> str:
        return f"{self.target.kind.name}/{self.id}"


def ordered(asked: Sequence[Asked], writer: Writer) -> list[Step]:
    """In the order they are carried out. Raises Refusal for what can never be done."""
    writes = sorted((one for one in asked if one.method in LETTERS), key=lambda one: METHODS.index(one.method))
    return [_step(one, writer) for one in writes]


def _step(asked: Asked, writer: Writer) -> Step:
    try:
        return _understood(asked, writer)
    except Refusal as refusal:
        raise placed(refusal, asked) from refusal


def _understood(asked: Asked, writer: Writer) -> Step:
    target = target_of(asked, writer.context)
    check_ever(writer.context, target.kind, LETTERS[asked.method])
    if asked.resource is not None and asked.method != "PATCH":
        check_typed(asked.resource, target.kind)
    return Step(asked, target, target.id, resource=asked.resource)


async def identified(step: Step, writer: Writer) -> Step:
    """With the id the resource has, by the URL or by criteria, or will have."""
    criteria = _criteria(step)
    if criteria is not None:
        current = await selected(writer, step.target.kind, criteria)
        if current is not None:
            return replace(step, id=current.stored.id, stands=True)
    if step.id is None and step.asked.method in ("POST", "PUT"):
        return replace(step, id=id_for(step.target.kind))
    return step


def _criteria(step: Step) -> Pairs | None:
    if step.asked.method == "POST":
        return None if step.asked.if_none_exist is None else criteria_of(step.asked.if_none_exist)
    return step.target.criteria


def check_criteria_apart(steps: Sequence[Step]) -> None:
    """Raises Invalid where two entries go by the same criteria: the second would not find what the first makes."""
    seen = set()
    for step in steps:
        criteria = _criteria(step)
        key = (step.target.kind.name, tuple(sorted(criteria))) if criteria is not None else None
        if key is not None and key in seen:
            raise Invalid.of("two entries go by the same criteria", step.asked.where, code="duplicate")
        seen.add(key)


def check_apart(steps: Sequence[Step]) -> None:
    """Raises Invalid where two entries write one resource."""
    names = [step.name for step in steps if step.id is not None]
    for position, name in enumerate(names):
        if name in names[:position]:
            raise Invalid.of("two entries write the same resource", steps[position].asked.where, code="duplicate")


async def bound(steps: Sequence[Step], writer: Writer) -> list[Step]:
    """With every reference to another entry, and every reference that is a search, put as `Type/id`."""
    names = {step.asked.full_url: step.name for step in steps if step.asked.full_url and step.id}
    names |= await _searched(steps, writer)
    return [_bound(step, names) for step in steps]


def _bound(step: Step, names: Mapping[str, str]) -> Step:
    if step.resource is None:
        return step
    resource: Any = linked(step.resource, names)
    check_all_linked(resource, f"{step.asked.where}.resource")
    return replace(step, resource=resource)


async def _searched(steps: Sequence[Step], writer: Writer) -> dict[str, str]:
    """Raises PreconditionFailed where a search finds none or several."""
    found: dict[str, str] = {}
    for step in steps:
        for search in searches(step.resource):
            if search not in found:
                found[search] = await _only(search, writer, f"{step.asked.where}.resource")
    return found


async def _only(search: str, writer: Writer, where: str) -> str:
    kind = writer.context.server.declared(search.partition("?")[0])
    writer.context.require_scope(kind, "s")
    ids = await matching(writer, kind, criteria_of(search), 2)
    if len(ids) != 1:
        raise PreconditionFailed.of("a reference that is a search finds exactly one resource", where)
    return f"{kind.name}/{ids[0]}"
