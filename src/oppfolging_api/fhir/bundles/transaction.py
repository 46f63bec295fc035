"""All or nothing: deletes, creates, updates and patches, then reads, in one database transaction.

https://hl7.org/fhir/R4/http.html#trules
"""

from collections.abc import Awaitable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TypeVar

from oppfolging_api.fhir.body import Wanted, Written, expected_version
from oppfolging_api.fhir.bundles import reads
from oppfolging_api.fhir.bundles.answers import Answered, check_size, deleted, wrote
from oppfolging_api.fhir.bundles.entries import Asked, placed
from oppfolging_api.fhir.bundles.steps import (
    LETTERS,
    Step,
    bound,
    check_apart,
    check_criteria_apart,
    identified,
    ordered,
)
from oppfolging_api.fhir.checks import check_ever
from oppfolging_api.fhir.interactions.delete import delete_in
from oppfolging_api.fhir.interactions.patch import patch_in, patch_of_resource
from oppfolging_api.fhir.interactions.update import update_in
from oppfolging_api.fhir.server import Context
from oppfolging_api.fhir.stamp import person_of
from oppfolging_api.fhir.writer import Writer, writing
from oppfolging_api.kernel.errors import Refusal
from oppfolging_api.kernel.registry import Body

_T = TypeVar("_T")


async def carried_out(
    context: Context, asked: Sequence[Asked], prefer: Wanted, *, alone: bool = False
) -> list[Answered]:
    """What each entry came to, in the order of the Bundle; `alone`: the one entry is logged with what it came to.

    Raises the first Refusal; then nothing was done.
    """
    _seek(context, asked)
    if all(one.method not in LETTERS for one in asked):
        return await _read(context, asked)
    answers: dict[int, Answered] = {}
    async with writing(context) as writer:
        for step in await _steps(writer, asked, answers):
            writer.place = f"{step.asked.where}.resource"
            answers[step.asked.position] = await _about(step.asked, _written(writer, step, prefer))
        writer.place = None
        await writer.settle()
        asking = [one for one in asked if one.method not in LETTERS]
        told = await _read(replace(context, inside=writer), asking)
        answers |= dict(zip((one.position for one in asking), told, strict=True))
        writer.status = answers[asked[0].position].status if alone else writer.status
    return [answers[one.position] for one in asked]


def _seek(context: Context, asked: Sequence[Asked]) -> None:
    """The log says whom and what the entries ask for by id, reached or not, as it does of a URL."""
    for one in asked:
        type, id = (*one.segments, "")[:2]
        context.trace.seek(type if type in context.server.registry.types else None, id)


async def _read(context: Context, asked: Sequence[Asked]) -> list[Answered]:
    answers: list[Answered] = []
    for one in asked:
        check_size(answers)
        answers.append(await _about(one, reads.carried_out(context, one)))
    return answers


async def _steps(writer: Writer, asked: Sequence[Asked], answers: dict[int, Answered]) -> list[Step]:
    """Deletes are carried out at once, for what is deleted is selected by no criteria; the rest is made ready."""
    steps = ordered(asked, writer)
    check_criteria_apart(steps)
    await _hold(steps, writer)
    deletes = [await _about(step.asked, identified(step, writer)) for step in steps if step.asked.method == "DELETE"]
    for step in deletes:
        writer.place = step.asked.where
        answers[step.asked.position] = await _about(step.asked, _deleted(writer, step))
    rest = [await _about(step.asked, identified(step, writer)) for step in steps if step.asked.method != "DELETE"]
    check_apart([*deletes, *rest])
    ready = await bound(rest, writer)
    await writer.hold_seen(*(_person(step) for step in ready))
    return ready


async def _hold(steps: Sequence[Step], writer: Writer) -> None:
    """Whom the entries are about, before the first is carried out: afterwards a consent that was withdrawn while the
    transaction waited would be seen no more."""
    await writer.hold_about([(step.target.kind.name, step.target.id) for step in steps if step.target.id])
    if any(step.asked.method == "DELETE" for step in steps):
        await _hold_named(steps, writer)


async def _hold_named(steps: Sequence[Step], writer: Writer) -> None:
    """Whom the criteria and the bodies name. Where nothing is deleted they are held in time as the rest is made ready;
    what refuses it now will again."""
    known = []
    for step in steps:
        with suppress(Refusal):
            known.append(await identified(step, writer))
    with suppress(Refusal):
        await writer.hold_seen(*(_person(step) for step in await bound(known, writer)))


def _person(step: Step) -> str | None:
    if step.resource is None or step.id is None or step.asked.method == "PATCH":
        return None
    return person_of(step.target.kind, step.resource, step.id)


async def _about(asked: Asked, done: Awaitable[_T]) -> _T:
    """Whatever is refused tells which entry it was."""
    try:
        return await done
    except Refusal as refusal:
        raise placed(refusal, asked) from refusal


async def _deleted(writer: Writer, step: Step) -> Answered:
    """What criteria do not find need not be deleted."""
    if step.id is None:
        return deleted(None)
    return deleted(await delete_in(writer, step.target.kind, step.id, expected_version(step.asked.if_match)))


async def _written(writer: Writer, step: Step, prefer: Wanted) -> Answered:
    kind, resource, id = step.target.kind, step.resource, step.id
    assert resource is not None  # noqa: S101 (what writes has one: entries.py)
    if step.asked.method == "POST":
        return wrote(await _created(writer, step, resource), writer.context.base, prefer)
    expected = expected_version(step.asked.if_match)
    if step.asked.method == "PATCH":
        change = patch_of_resource(resource)
        return wrote(
            await patch_in(writer, kind, id or step.target.which, change, expected), writer.context.base, prefer
        )
    if step.target.criteria is not None and not step.stands:
        check_ever(writer.context, kind, "c")
        return wrote(await writer.told(await writer.create(resource, id=id), 201), writer.context.base, prefer)
    resource = resource if "id" in resource or step.target.criteria is None else resource | {"id": id}
    return wrote(await update_in(writer, kind, id or "", resource, expected), writer.context.base, prefer)


async def _created(writer: Writer, step: Step, resource: Body) -> Written:
    """Where If-None-Exist found one, that is the answer."""
    if not step.stands:
        return await writer.told(await writer.create(resource, id=step.id), 201)
    return Written((await writer.current(step.target.kind, step.id or "")).shown, 200)
