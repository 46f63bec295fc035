"""What a page of results brings with it: `_include` and `_revinclude`, also again and again (`:iterate`).

Every row goes through the policy, and there are at most so many of them.
"""

from oppfolging_api.access.policy import visible
from oppfolging_api.fhir.search.page import LARGEST_PAGE
from oppfolging_api.fhir.search.query import Include, Query
from oppfolging_api.fhir.search.told import keys_told, references_told
from oppfolging_api.fhir.server import Context
from oppfolging_api.fhir.sources import RESOURCE, rows_of
from oppfolging_api.kernel.resource_type import ResourceType

MOST_INCLUDED = 1000

_COLUMNS = "municipality, type, id, person, keys"
_TAKEN = "t.municipality, t.type, t.id, t.person, t.keys"


def included(query: Query, context: Context) -> tuple[str, str]:
    """A CTE `included` over the rows of `shown`, and the SELECT that gives its resources; one row more than may be
    shown tells that there were more."""
    once = [_from_page(include, context) for include in query.includes if not include.again]
    once += [_referred_to(kind, context) for kind in query.along]
    again = [_from_row(include, context) for include in query.includes if include.again]
    first = " UNION ".join([f"SELECT {_COLUMNS} FROM shown", *once])
    cte = f"reached ({_COLUMNS}) AS ({first})"
    if again:
        arms = " UNION ALL ".join(again)
        further = f"SELECT t.* FROM found p CROSS JOIN LATERAL ({arms}) t"
        cte += f", found ({_COLUMNS}) AS (SELECT * FROM reached UNION {further})"
    rows = (
        f"SELECT i.municipality, i.type, i.id, i.person FROM {'found' if again else 'reached'} i"
        f" WHERE NOT EXISTS (SELECT FROM shown p WHERE p.type = i.type AND p.id = i.id) LIMIT {MOST_INCLUDED + 1}"
    )
    sized = (
        "SELECT r.type, r.id, r.version, r.updated, r.deleted, i.person, r.body,"
        f" sum(octet_length(r.body)) OVER (ORDER BY r.type, r.id) > {LARGEST_PAGE} AS large"
        f" FROM ({rows}) i {RESOURCE.format(f='i')}"
    )
    return cte, (
        "SELECT CASE WHEN large THEN 'cut' ELSE 'include' END, type, id, version, updated, deleted, person,"
        f" CASE WHEN large THEN NULL ELSE body END, NULL, 0 FROM ({sized}) i"
    )


def _from_page(include: Include, context: Context) -> str:
    """What the whole page points at, or what points at any of it, found at once."""
    name = include.parameter.name
    if include.reverse:
        points = f"t.keys && ARRAY(SELECT '{name}=' || p.type || '/' || p.id FROM shown p{_only(include, 'p')})"
        told = _told(include, context, "&&", f"ARRAY(SELECT '{name}=' || p.type || '/' || p.id FROM shown p)")
        return f"SELECT {_TAKEN} FROM {_there(include.source)} AND {points}{told}{_seen(include.source, context)}"
    pointed = (
        f"SELECT DISTINCT substr(k, {len(name) + 2}) AS pointed FROM shown p, unnest({_keys(include, context)}) k"
        f" WHERE p.type = '{include.source.name}' AND starts_with(k, '{name}=')"
    )
    return " UNION ".join(
        f"SELECT {_TAKEN} FROM ({pointed}) q JOIN {_on(kind)} AND {_is('q.pointed', kind)}{_seen(kind, context)}"
        for kind in _targets(include, context)
    )


def _referred_to(kind: ResourceType, context: Context) -> str:
    """Whatever of a type the page refers to, from wherever within its resources."""
    pointed = (
        f"SELECT DISTINCT substr(k, 2) AS pointed FROM shown p, unnest({references_told(context.caller, 'p')}) k"
        f" WHERE starts_with(k, '@{kind.name}/')"
    )
    return f"SELECT {_TAKEN} FROM ({pointed}) q JOIN {_on(kind)} AND {_is('q.pointed', kind)}{_seen(kind, context)}"


def _from_row(include: Include, context: Context) -> str:
    """The same for one row `p` at a time."""
    name = include.parameter.name
    if include.reverse:
        points = f"t.keys @> ARRAY['{name}=' || p.type || '/' || p.id]"
        told = _told(include, context, "@>", f"ARRAY['{name}=' || p.type || '/' || p.id]")
        return (
            f"SELECT {_TAKEN} FROM {_there(include.source)} AND {points}{told}"
            f"{_only(include, 'p', 'AND')}{_seen(include.source, context)}"
        )
    pointed = f"substr(k, {len(name) + 2})"
    return " UNION ALL ".join(
        f"SELECT {_TAKEN} FROM unnest({_keys(include, context)}) k JOIN {_on(kind)} AND {_is(pointed, kind)}"
        f"{_seen(kind, context)} WHERE p.type = '{include.source.name}' AND starts_with(k, '{name}=')"
        for kind in _targets(include, context)
    )


def _keys(include: Include, context: Context) -> str:
    """Of a row `p` of the source, which may be of another type, too."""
    told = keys_told(context.caller, "p", include.source, include.parameter)
    return "p.keys" if told == "p.keys" else f"CASE p.type WHEN '{include.source.name}' THEN {told} END"


def _told(include: Include, context: Context, compared: str, pointing: str) -> str:
    """That a row `t` points there as far as the caller may know of it."""
    told = keys_told(context.caller, "t", include.source, include.parameter)
    return "" if told == "t.keys" else f" AND {told} {compared} {pointing}"


def _targets(include: Include, context: Context) -> list[ResourceType]:
    names = [include.target] if include.target else include.parameter.targets
    return [context.server.registry.types[name] for name in names]


def _only(include: Include, row: str, word: str = "WHERE") -> str:
    """A reverse include may be held to one type of what is pointed at."""
    return f" {word} {row}.type = '{include.target}'" if include.target else ""


def _there(kind: ResourceType) -> str:
    """By their keys: how few rows point at what is on the page the planner cannot know."""
    return f"{rows_of(kind, 'find_by_keys')} t WHERE t.type = '{kind.name}'"


def _on(kind: ResourceType) -> str:
    return f"{rows_of(kind)} t ON t.type || '' = '{kind.name}'"


def _is(pointed: str, kind: ResourceType) -> str:
    """`pointed` is the text `Type/id`."""
    return f"starts_with({pointed}, '{kind.name}/') AND t.id = substr({pointed}, {len(kind.name) + 2})"


def _seen(kind: ResourceType, context: Context) -> str:
    return f" AND NOT t.deleted AND {visible(context.caller, 't', kind)}"
