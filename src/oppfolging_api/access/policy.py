"""Which rows a caller may see, and what it may do with them (DESIGN sections 3 and 5).

`visible` is the only way from a caller to rows: reads, searches, includes, histories and existence checks all carry
its condition. It speaks of a row of the search index under an alias; the sets it compares with were made when the
transaction entered the database (the function `enter`), from memberships and consents as they stand at that moment.
What each standing may do with a type stands in that type's own declaration.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from oppfolging_api.kernel.caller import Caller, Role
from oppfolging_api.kernel.resource_type import ResourceType
from oppfolging_api.kernel.vocabulary import InformationKind
from oppfolging_api.store.entry import Entry


@dataclass(frozen=True, slots=True)
class Standing:
    """One way a caller can stand to a row: the roles that take it, the SQL that tells, and whether consent binds it.

    `reach`: where the standing is to few of a municipality's rows, a SELECT of the ids of those of a type, as `found`.
    """

    name: str
    roles: frozenset[Role]
    condition: str
    reach: str = ""
    withheld: bool = True


def _set(name: str) -> str:
    """A set made by `enter`, read once a statement; the outer cast makes it an array to ANY, not a subquery."""
    return f"(SELECT current_setting('oppfolging.{name}', true)::text[])::text[]"


def released(kinds: str) -> str:
    """SQL: these kinds hold no facts on third parties, which leave the service only as the unit releases them."""
    return f"NOT '{InformationKind.THIRD_PARTY}' = ANY({kinds})"


def _about(people: str) -> str:
    return f"{{f}}.person = ANY({_set(people)})"


def _reach(people: str) -> str:
    """By the index that begins with the person, whatever the planner knows of the table."""
    about = "SELECT * FROM tenant_find t WHERE t.person = p AND t.type || '' = '{type}' OFFSET 0"
    return f"SELECT t.id AS found FROM unnest({_set(people)}) p CROSS JOIN LATERAL ({about}) t"


_NOT_DENIED = "NOT (ARRAY(SELECT {f}.person || ' ' || kind FROM unnest({kinds}) kind) && " + _set("denied") + ")"
_OWNED = (
    f"SELECT substr(owned, length('{{type}}/') + 1) AS found FROM unnest({_set('owns')}) owned"
    " WHERE starts_with(owned, '{type}/')"
)

STANDINGS = (
    Standing("coordinating-unit", frozenset({Role.COORDINATING_UNIT}), "true", withheld=False),
    Standing("system", frozenset({Role.SYSTEM}), "true"),
    Standing("directory", frozenset(Role), "true", withheld=False),
    Standing("coordinator", frozenset({Role.COORDINATOR}), _about("coordinates"), _reach("coordinates")),
    Standing("team", frozenset({Role.TEAM}), _about("works_with"), _reach("works_with")),
    Standing("informed", frozenset({Role.TEAM}), _about("informed_of"), _reach("informed_of")),
    Standing(
        "owner", frozenset({Role.COORDINATOR, Role.TEAM, Role.LEADER}), f"{{f}}.id = ANY(ARRAY({_OWNED}))", _OWNED
    ),
    Standing(
        "person",
        frozenset({Role.PERSON}),
        f"{_about('represents')} AND {released('{kinds}')}",
        _reach("represents"),
        withheld=False,
    ),
    Standing(
        "kin",
        frozenset({Role.PERSON}),
        f"{_about('accompanies')} AND {released('{kinds}')}",
        _reach("accompanies"),
        withheld=False,
    ),
    Standing(
        "referrer",
        frozenset({Role.REFERRER}),
        "EXISTS (SELECT FROM referral_receipt own WHERE own.municipality = {f}.municipality"
        " AND own.referral = {f}.id AND own.sender = current_setting('oppfolging.organisation', true))"
        f" AND {released('{kinds}')}",
        "SELECT own.referral AS found FROM referral_receipt own"
        " WHERE own.sender = current_setting('oppfolging.organisation', true)",
    ),
    Standing(
        "referrer-feedback",
        frozenset({Role.REFERRER}),
        "EXISTS (SELECT FROM feedback_link link JOIN referral_receipt own"
        " ON own.municipality = link.municipality AND own.referral = link.referral"
        " WHERE link.municipality = {f}.municipality AND link.id = {f}.id"
        " AND own.sender = current_setting('oppfolging.organisation', true))"
        f" AND {released('{kinds}')}",
        "SELECT link.id AS found FROM referral_receipt own JOIN feedback_link link"
        " ON link.municipality = own.municipality AND link.referral = own.referral"
        " WHERE own.sender = current_setting('oppfolging.organisation', true)",
    ),
)


def entry(caller: Caller, at: datetime) -> Entry:
    """How the caller enters the database."""
    known_as = caller.practitioner_key, caller.organisation_key, caller.pid_key
    return Entry(caller.municipality, at, sorted(caller.roles), *known_as)


def standings(caller: Caller, kind: ResourceType) -> list[Standing]:
    """The ways this caller can stand to rows of a type."""
    return [one for one in STANDINGS if one.name in kind.grants and one.roles & caller.roles]


def not_denied(alias: str, kinds: str) -> str:
    """SQL: no consent withholds any of these kinds of information on the row's person from the caller."""
    return _NOT_DENIED.format(f=alias, kinds=kinds)


def _condition(standing: Standing, alias: str, kind: ResourceType, kinds: str | None = None) -> str:
    """Of a row of that type. `kinds` are those of the current row, unless a version's own are given."""
    kinds = kinds or f"{alias}.kinds"
    held = standing.condition.format(f=alias, kinds=kinds, type=kind.name)
    if not standing.withheld or kind.person is None:
        return held
    denied = not_denied(alias, kinds)
    return denied if held == "true" else f"{held} AND {denied}"


def visible(caller: Caller, alias: str, kind: ResourceType) -> str:
    """SQL: the caller may know that the row exists. `alias` is a row of the search index holding that type."""
    conditions = [_condition(standing, alias, kind) for standing in standings(caller, kind)]
    if not conditions or not any(caller.allows(kind.name, letter) for letter in "rs"):
        return "false"
    if "true" in conditions:
        return "true"
    return "(" + " OR ".join(f"({condition})" for condition in conditions) + ")"


def reach(caller: Caller, kind: ResourceType) -> str | None:
    """SQL: a SELECT of ids, as `found`, among which are those of all rows of the type that are visible to the caller;
    None where these may be many of the municipality's."""
    held = [standing.reach.format(type=kind.name) for standing in standings(caller, kind)]
    return " UNION ALL ".join(held) if held and all(held) else None


def version_visible(caller: Caller, alias: str, kinds: str, kind: ResourceType) -> str:
    """SQL: in some standing the caller sees both the current row and the version, whose own labels are `kinds`."""
    conditions = [
        f"({_condition(standing, alias, kind)} AND {_condition(standing, alias, kind, kinds)})"
        for standing in standings(caller, kind)
    ]
    return "(" + " OR ".join(conditions) + ")" if conditions else "false"


def seen_as(caller: Caller, alias: str, kind: ResourceType) -> str:
    """SQL: the names of the standings in which the caller sees the row, as text[]."""
    cases = [
        f"CASE WHEN {_condition(standing, alias, kind)} THEN '{standing.name}' END"
        for standing in standings(caller, kind)
    ]
    return f"array_remove(ARRAY[{', '.join(cases)}]::text[], NULL)"


def may(seen: Collection[str], kind: ResourceType, letter: str) -> bool:
    """Whether any of these standings allows create (c), update (u) or delete (d) of a type."""
    return any(letter in kind.grants.get(name, "") for name in seen)


def might(caller: Caller, kind: ResourceType, letter: str) -> bool:
    """Whether the caller could do this to any row at all: what it never may is refused before anything is read."""
    return caller.allows(kind.name, letter) and may([one.name for one in standings(caller, kind)], kind, letter)
