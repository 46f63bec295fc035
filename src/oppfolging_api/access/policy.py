"""Which rows a caller may see, and what it may do with them (DESIGN sections 3 and 5).

`visible` is the only way from a caller to rows: reads, searches, includes, histories and existence checks all carry
its condition. It speaks of a row of the search index under an alias; the sets it compares with were made when the
transaction entered the database (the function `enter`), from memberships and consents as they stand at that moment.
What each standing may do with a type stands in that type's own declaration.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from oppfolging_api.access.scopes import Restriction, restricted_to
from oppfolging_api.kernel.caller import Caller, Powers, Role
from oppfolging_api.kernel.resource_type import ResourceType
from oppfolging_api.kernel.vocabulary import PLAN_KIND, InformationKind, PlanKind
from oppfolging_api.store.entry import Entry


@dataclass(frozen=True, slots=True)
class Standing:
    """One way a caller can stand to a row: the roles that take it, the SQL that tells, and whether consent binds it.

    `reach`: where the standing is to few of a municipality's rows, a SELECT of the ids of those of a type, as `found`.
    `versions`: whether it is to earlier versions too. `contexts`: of SMART scopes, those that speak of it.
    """

    name: str
    roles: frozenset[Role]
    condition: str
    reach: str = ""
    withheld: bool = True
    versions: bool = True
    contexts: frozenset[str] = frozenset({"user"})


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


_PERSONAL = frozenset({"patient", "user"})
_CRISIS_PLAN = (
    f"EXISTS (SELECT FROM unnest({{f}}.keys) k WHERE k LIKE 'category=%/CodeSystem/{PLAN_KIND}|{PlanKind.CRISIS}')"
)
_NOT_DENIED = "NOT (ARRAY(SELECT {f}.person || ' ' || kind FROM unnest({kinds}) kind) && " + _set("denied") + ")"
_OWNED = (
    f"SELECT substr(owned, length('{{type}}/') + 1) AS found FROM unnest({_set('owns')}) owned"
    " WHERE starts_with(owned, '{type}/')"
)

STANDINGS = (
    Standing("coordinating-unit", frozenset({Role.COORDINATING_UNIT}), "true", withheld=False),
    Standing("system", frozenset({Role.SYSTEM}), "true", contexts=frozenset({"system"})),
    Standing("directory", frozenset(Role), "true", withheld=False, contexts=_PERSONAL | {"system"}),
    Standing("coordinator", frozenset({Role.COORDINATOR}), _about("coordinates"), _reach("coordinates")),
    Standing("team", frozenset({Role.TEAM}), _about("works_with"), _reach("works_with")),
    Standing("informed", frozenset({Role.TEAM}), _about("informed_of"), _reach("informed_of")),
    Standing("case-member", frozenset({Role.CASE_MEMBER}), _about("cases"), _reach("cases")),
    Standing(
        "emergency",
        frozenset({Role.TEAM}),
        f"{_about('emergencies')} AND {_CRISIS_PLAN}",
        _reach("emergencies"),
        versions=False,
    ),
    Standing(
        "owner", frozenset({Role.COORDINATOR, Role.TEAM, Role.LEADER}), f"{{f}}.id = ANY(ARRAY({_OWNED}))", _OWNED
    ),
    Standing(
        "person",
        frozenset({Role.PERSON}),
        f"{_about('represents')} AND {released('{kinds}')}",
        _reach("represents"),
        withheld=False,
        contexts=_PERSONAL,
    ),
    Standing(
        "guardian-health",
        frozenset({Role.PERSON}),
        f"{_about('in_health')} AND {released('{kinds}')}",
        _reach("in_health"),
        contexts=_PERSONAL,
    ),
    Standing(
        "guardian-economy",
        frozenset({Role.PERSON}),
        f"{_about('in_economy')} AND {released('{kinds}')} AND ({{kinds}} <> '{{{{}}}}' OR {{f}}.type = 'Patient')",
        _reach("in_economy"),
        contexts=_PERSONAL,
    ),
    Standing(
        "kin",
        frozenset({Role.PERSON}),
        f"{_about('accompanies')} AND {released('{kinds}')}",
        _reach("accompanies"),
        withheld=False,
        contexts=_PERSONAL,
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


@dataclass(frozen=True, slots=True)
class _Held:
    """A standing as the token's SMART scopes leave it: `within` holds it to some of its rows."""

    standing: Standing
    within: str = "true"

    def condition(self, alias: str, kind: ResourceType, kinds: str | None = None) -> str:
        """SQL, of a row of that type. `kinds` are those of the current row, unless a version's own are given."""
        kinds = kinds or f"{alias}.kinds"
        said = [self.standing.condition.format(f=alias, kinds=kinds, type=kind.name), self.within.format(f=alias)]
        if self.standing.withheld and kind.person is not None:
            said.append(not_denied(alias, kinds))
        return " AND ".join(one for one in said if one != "true") or "true"


def _held(caller: Caller | Powers, kind: ResourceType, letters: str) -> list[_Held]:
    """The ways this caller stands to rows of a type, where its token lets it do one of the letters c r u d s."""
    taken = [one for one in STANDINGS if one.name in kind.grants and one.roles & caller.roles]
    if not caller.smart:
        return [_Held(one) for one in taken]
    return [_Held(one, within) for one in taken if (within := _within(caller, kind, one, letters)) is not None]


def _within(caller: Caller | Powers, kind: ResourceType, standing: Standing, letters: str) -> str | None:
    """None where none of the scopes lets anything be done in that standing."""
    scopes = [scope for scope in caller.smart if scope.context in standing.contexts]
    allowed = [scope for scope in scopes if any(scope.allows(kind.name, letter) for letter in letters)]
    held = [_kept_to(said) for scope in allowed if (said := restricted_to(scope, kind)) is not None]
    return "true" if "true" in held else f"({' OR '.join(held)})" if held else None


def _kept_to(restriction: Restriction) -> str:
    """What a scope asks of references is not answered where some of them are withheld."""
    if restriction.by_itself:
        return restriction.condition
    return f"({restriction.condition} AND NOT {is_bound('{f}')})"


def not_denied(alias: str, kinds: str) -> str:
    """SQL: no consent withholds any of these kinds of information on the row's person from the caller."""
    return _NOT_DENIED.format(f=alias, kinds=kinds)


def is_bound(alias: str) -> str:
    """SQL, of a row: something about its person is withheld from the caller. So what it tells of other rows counts only
    as far as the caller may know of them (the database function `withheld`)."""
    return f"coalesce({alias}.person = ANY({_set('bound')}), false)"


def may_be_bound(caller: Caller) -> bool:
    """From the coordinating unit nothing is withheld."""
    return Role.COORDINATING_UNIT not in caller.roles


def stands(caller: Caller, kind: ResourceType, letter: str) -> frozenset[str]:
    """The standings in which the caller's scopes let it do something with whatever of a type it stands to so."""
    return frozenset(held.standing.name for held in _held(caller, kind, letter) if held.within == "true")


def allowed(caller: Caller, kind: ResourceType, letter: str) -> bool:
    """Whether the token's SMART scopes, where it has any, allow one of the letters c r u d s on some of the type."""
    scopes = [scope for scope in caller.smart if scope.allows(kind.name, letter)]
    return not caller.smart or any(restricted_to(scope, kind) is not None for scope in scopes)


def visible(caller: Caller | Powers, alias: str, kind: ResourceType, letters: str = "rs") -> str:
    """SQL: the caller may know that the row exists, as far as its scopes allow one of the letters. `alias` is a row of
    the search index holding that type."""
    conditions = [held.condition(alias, kind) for held in _held(caller, kind, letters)]
    if not conditions:
        return "false"
    if "true" in conditions:
        return "true"
    return "(" + " OR ".join(f"({condition})" for condition in conditions) + ")"


def reach(caller: Caller, kind: ResourceType) -> str | None:
    """SQL: a SELECT of ids, as `found`, among which are those of all rows of the type that are visible to the caller;
    None where these may be many of the municipality's."""
    held = [one.standing.reach.format(type=kind.name) for one in _held(caller, kind, "rs")]
    return " UNION ALL ".join(held) if held and all(held) else None


def version_visible(caller: Caller, alias: str, kinds: str, kind: ResourceType) -> str:
    """SQL: in some standing the caller sees both the current row and the version, whose own labels are `kinds`."""
    conditions = [
        f"({held.condition(alias, kind)} AND {held.condition(alias, kind, kinds)})"
        for held in _held(caller, kind, "r")
        if held.standing.versions
    ]
    return "(" + " OR ".join(conditions) + ")" if conditions else "false"


def narrowed(caller: Caller, kind: ResourceType, letters: str) -> bool:
    """Whether the token's scopes hold the caller to some rows of the type by what these say now."""
    return any(held.within != "true" for held in _held(caller, kind, letters))


def seen_as(caller: Caller, alias: str, kind: ResourceType, letters: str = "rs") -> str:
    """SQL: the names of the standings in which the caller sees the row, as text[]; with other letters, those in which
    its scopes let it do one of these to the row."""
    cases = [
        f"CASE WHEN {held.condition(alias, kind)} THEN '{held.standing.name}' END"
        for held in _held(caller, kind, letters)
    ]
    return f"array_remove(ARRAY[{', '.join(cases)}]::text[], NULL)"


def may(seen: Collection[str], kind: ResourceType, letter: str) -> bool:
    """Whether any of these standings allows create (c), update (u) or delete (d) of a type."""
    return any(letter in kind.grants.get(name, "") for name in seen)


def might(caller: Caller, kind: ResourceType, letter: str) -> bool:
    """Whether the caller could do this to any row at all: what it never may is refused before anything is read."""
    return may([held.standing.name for held in _held(caller, kind, letter)], kind, letter)
