"""What holds for every write, seen against the final state of the request: references, permissions, deletions."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence

from oppfolging_api.access import policy
from oppfolging_api.fhir.exact_json import MAX_ISSUES
from oppfolging_api.fhir.server import Context
from oppfolging_api.fhir.validation import references
from oppfolging_api.kernel.errors import Conflict, Forbidden, Issue, Unprocessable
from oppfolging_api.kernel.registry import Body, Change, Registry
from oppfolging_api.kernel.resource_type import ResourceType
from oppfolging_api.store.index import without_version
from oppfolging_api.store.statements import Statements

# The rows referred to are held until the commit, so that nobody deletes them meanwhile. First those that are meant, by
# their primary key (OFFSET 0): a planner that knows nothing of the tables begins with every resource there is.
_EXISTING = (
    "SELECT f.type || '/' || f.id AS found FROM ("
    "SELECT f.* FROM unnest(cast(:types AS text[]), cast(:ids AS text[])) wanted (type, id) CROSS JOIN LATERAL ("
    "SELECT f.* FROM tenant_find f WHERE f.type = wanted.type AND f.id = wanted.id OFFSET 0) f OFFSET 0) f"
    " JOIN resource r ON r.municipality = f.municipality AND r.type = f.type AND r.id = f.id"
    " WHERE NOT r.deleted AND ({matches}) FOR KEY SHARE OF r"
)
_SEEN = "SELECT f.type, f.id, {seen} AS seen FROM tenant_find f WHERE f.type = '{name}' AND f.id = ANY(:{name})"
_VERBS = {"c": "create", "u": "change", "d": "delete"}
_MISSING = "the reference points at nothing that exists here"
_REFERS = "other resources refer to this one; change or delete them first"
_REFERRED = (
    "SELECT n FROM unnest(cast(:keys AS text[])) WITH ORDINALITY deleted(key, n)"
    " WHERE EXISTS (SELECT FROM tenant_find f WHERE f.keys @> ARRAY[key] AND NOT f.keys && cast(:passing AS text[]))"
)


def check_ever(context: Context, kind: ResourceType, letter: str) -> None:
    """What the caller may do to no resource of a type is refused before anything is read. Raises Forbidden."""
    if not policy.might(context.caller, kind, letter):
        raise Forbidden.of(f"the caller may not {_VERBS[letter]} a {kind.name}")


def made_by(changes: Iterable[Change]) -> set[str]:
    """`Type/id` of what a transaction has made, and not deleted again."""
    made: set[str] = set()
    for change in changes:
        local = f"{change.type.name}/{change.id}"
        if change.after is None:
            made.discard(local)
        elif change.before is None:
            made.add(local)
    return made


async def check_references(sql: Statements, context: Context, changes: Sequence[Change], stands: set[str]) -> None:
    """New references point at what exists in the municipality and what the caller may see; the two are answered alike.

    The service sees everything: of what its transaction has made or holds already (`stands`) it need not ask. Raises
    Unprocessable with every reference that leads nowhere.
    """
    for by_service in (False, True):
        wanted = [pair for change in changes if change.by_service is by_service for pair in _new_references(change)]
        own = stands if by_service else set()
        asked = {local for local, _ in wanted} - own
        found = own | await _existing(sql, context, asked, by_service=by_service)
        missing = [Issue("not-found", _MISSING, where) for local, where in wanted if local not in found]
        if missing:
            raise Unprocessable(tuple(missing[:MAX_ISSUES]))


def _new_references(change: Change) -> Iterator[tuple[str, str]]:
    """(Type/id, expression) of what was not referred to before; the rest is not checked again."""
    known = {(local, _place(expression)) for local, expression in _local(change, change.before)}
    for local, expression in _local(change, change.after):
        if (local, _place(expression)) not in known:
            yield local, change.told(expression)


def _place(expression: str) -> str:
    """The element, whichever item of a list: what is moved elsewhere is new there, and may grant something there."""
    return re.sub(r"\[\d+\]", "", expression)


def _local(change: Change, resource: Body | None) -> Iterator[tuple[str, str]]:
    for found in references(resource or {}, change.type.name):
        if local := without_version(found.reference):
            yield local, found.expression


async def _existing(sql: Statements, context: Context, wanted: set[str], *, by_service: bool) -> set[str]:
    types = context.server.registry.types
    published = _published(context.server.registry, wanted)
    asked = [local.partition("/")[::2] for local in sorted(wanted - published)]
    known = [(name, id) for name, id in asked if name in types]
    if not known:
        return published
    seen = (
        f"f.type = '{name}' AND {policy.visible(context.caller, 'f', types[name])}"
        for name in dict.fromkeys(name for name, _ in known)
    )
    matches = "true" if by_service else " OR ".join(seen)
    named = {"types": [name for name, _ in known], "ids": [id for _, id in known]}
    ask = sql.rows_beside if by_service else sql.rows
    rows = await ask(_EXISTING.format(matches=matches), named)
    return published | {row["found"] for row in rows}


def _published(registry: Registry, wanted: set[str]) -> set[str]:
    """Those that the service itself publishes, whose rows no municipality has."""
    of_such_types = {local for local in wanted if _is_packaged(registry, local.partition("/")[0])}
    return of_such_types and {f"{held['resourceType']}/{held['id']}" for held in registry.packaged} & of_such_types


def _is_packaged(registry: Registry, name: str) -> bool:
    kind = registry.types.get(name)
    return kind is not None and kind.packaged


async def check_permitted(sql: Statements, context: Context, changes: Sequence[Change]) -> None:
    """What the caller created, it must be allowed to create in a standing in which it sees it; and what its scopes hold
    it to, it does not lead out of that by updating it. Raises Forbidden."""
    own = [change for change in changes if not change.by_service and change.after]
    made = [change for change in own if change.before is None]
    held = [change for change in own if change.before and policy.narrowed(context.caller, change.type, "u")]
    for letter, written in (("c", made), ("u", held)):
        seen = await _seen(sql, context, written, letter)
        for change in written:
            if not policy.may(seen.get((change.type.name, change.id), ()), change.type, letter):
                raise Forbidden.of(f"the caller may not {_VERBS[letter]} this {change.type.name}", change.place)


async def _seen(
    sql: Statements, context: Context, changes: Sequence[Change], letter: str
) -> dict[tuple[str, str], Sequence[str]]:
    """(type, id) -> the standings in which the caller now sees what it wrote, as far as scopes allow the letter."""
    types = {change.type.name: change.type for change in changes}
    if not types:
        return {}
    ids = {name: [change.id for change in changes if change.type.name == name] for name in types}
    parts = [
        _SEEN.format(name=name, seen=policy.seen_as(context.caller, "f", kind, letter)) for name, kind in types.items()
    ]
    rows = await sql.rows(" UNION ALL ".join(parts), ids)
    return {(row["type"], row["id"]): row["seen"] for row in rows}


async def check_deleted(sql: Statements, changes: Sequence[Change], passing: Collection[str]) -> None:
    """What is referred to stays; but not for what has one of the keys `passing`. Raises Conflict."""
    deleted = [change for change in changes if change.after is None]
    if deleted:
        keys = [f"@{change.type.name}/{change.id}" for change in deleted]
        rows = await sql.rows(_REFERRED, {"keys": keys, "passing": sorted(passing)})
        if issues := tuple(Issue("conflict", _REFERS, deleted[row["n"] - 1].told(None)) for row in rows):
            raise Conflict(issues)
