"""The rules of access that the database functions hold: each a piece of SQL and which of its occurrences, what stands
there where it is off, and the cells that notice (mutants.py)."""

from typing import NamedTuple


class SqlMutant(NamedTuple):
    name: str
    function: str
    text: str
    instead: str
    noticed_by: str
    nth: int = 1

    def off(self, source: str) -> str:
        """Raises AssertionError where the function has no such piece."""
        parts = source.split(self.text)
        assert len(parts) > self.nth, f"{self.function} has no {self.text} ({self.nth})"
        return self.text.join(parts[: self.nth]) + self.instead + self.text.join(parts[self.nth :])


_STARTS = "AND ({0}.starts IS NULL OR {0}.starts <= in_at)"
_ENDS = "AND ({0}.ends IS NULL OR in_at < {0}.ends)"
_TIMES = {
    ("enter", "e", 1): ("relation team role-to-come", "relation team role-over"),
    ("enter", "d", 1): ("consent team not-begun", "consent team ended"),
    ("enter", "m", 1): ("relation coordinator to-come", "relation coordinator over"),
    ("enter", "m", 2): ("relation team to-come", "relation team over"),
    ("enter", "m", 3): ("relation kin to-come", "relation kin over"),
    ("enter", "r", 1): ("relation guardian relation-to-come", "relation guardian-health relation-over"),
    ("enter", "r", 2): ("relation kin relation-to-come", "relation kin relation-over"),
    ("permitted", "p", 1): ("emergency not-begun", "emergency ended"),
}
_STATES = {
    ("AND e.active", 1): "relation team role-inactive",
    ("AND m.active", 1): "relation coordinator team-over",
    ("AND m.active", 2): "relation team team-over",
    ("AND m.active", 3): "relation kin team-over",
    ("AND m.coordinator", 1): "relation coordinator member-only",
    ("AND v.open", 1): "relation case-member cancelled",
    ("AND a.open", 1): "relation case-member handled",
    ("AND r.guardian", 1): "relation kin not-on-the-team",
    ("AND r.active", 1): "relation guardian inactive",
    ("AND r.active", 2): "relation kin inactive",
}

OF_TIME = tuple(
    SqlMutant(f"{function}: {clause.format(row)} ({nth})", function, clause.format(row), "", cells, nth)
    for (function, row, nth), both in _TIMES.items()
    for clause, cells in zip((_STARTS, _ENDS), both, strict=True)
)
OF_STATE = tuple(
    SqlMutant(f"enter: {text} ({nth})", "enter", text, "", cells, nth) for (text, nth), cells in _STATES.items()
)

_WHO = (
    ("FILTER (WHERE e.organisation = my_organisation)", "", "relation team other-office"),
    ("array_agg(DISTINCT e.organisation) ||", "NULL::text[] ||", "consent team health-employer"),
    ("AND part.id = ANY(above)", "AND false", "consent leader health-parent"),
    ("|| ARRAY(SELECT 'Practitioner/' || p FROM unnest(my_practitioners) p)", "", "consent team health-person"),
    ("AND d.actor = ANY(", "OR d.actor = ANY(", "consent team health-others"),
    ("in_roles && '{referrer,system}' OR d.person", "d.person", "consent system health-org"),
    ("OR d.person = ANY(people)", "", "consent team health-org"),
    ("AND m.member = ANY(my_names)", "", "relation coordinator role-over"),
    ("AND v.member = ANY(my_names)", "", "relation case-member role-over"),
    ("AND a.focus = v.referral", "", "relation case-member of-no-case"),
    ("IF cardinality(my_roles) > 0 THEN", "IF true THEN", "relation team by-office-unknown"),
    ("CASE WHEN cardinality(my_roles) > 0 THEN my_organisation END", "my_organisation", "emergency role-over"),
    ("FILTER (WHERE m.layer <> 'informed')", "", "matrix team-informed QuestionnaireResponse"),
    ("FILTER (WHERE m.layer = 'informed')", "FILTER (WHERE false)", "relation informed member"),
    ("CASE WHEN a.open THEN", "CASE WHEN true THEN", "relation leader done"),
    ("AND a.owner NOT LIKE 'Organization/%'", "", "relation owner by-office"),
    ("(in_roles && '{leader}' AND a.owner =", "(a.owner =", "relation owner by-office"),
    ("AND a.owner = 'Organization/' || my_organisation", "", "relation leader other-office"),
    ("(a.owner = ANY(my_names) AND", "(true AND", "relation owner role-over"),
    ("AND of_age(i.born, in_at)", "", "relation person child"),
    ("FILTER (WHERE r.authority IS NULL)", "", "guardian guardian-economy nothing"),
    ("FILTER (WHERE r.authority = 'economy')", "", "guardian guardian-health nothing"),
    ("FILTER (WHERE r.authority = 'health')", "", "guardian guardian-economy nothing"),
    ("AND m.person = r.person", "", "relation kin on-another-team"),
    (
        "p || ' economy' FROM unnest(in_health) p WHERE",
        "'' FROM unnest(in_health) p WHERE",
        "guardian guardian-health nothing",
    ),
    ("FROM unnest(in_economy) p,", "FROM unnest('{}'::text[]) p,", "guardian guardian-economy nothing"),
    ("AND f.kinds @> '{third-party}'", "AND false", "consent person nothing"),
    ("IF NOT in_roles && '{coordinating-unit}' THEN", "IF false THEN", "consent team work-org"),
)
OF_WHO = (
    *(SqlMutant(f"enter: {text}", "enter", text, instead, cells) for text, instead, cells in _WHO),
    SqlMutant("enter: members", "enter", "AND m.member = ANY(my_names)", "", "relation team role-over", 2),
    SqlMutant("enter: relatives", "enter", "AND i.key = in_pid", "", "guardian guardian-economy nothing", 1),
    SqlMutant("enter: themselves", "enter", "AND i.key = in_pid", "", "relation person somebody-else", 2),
    SqlMutant("permitted: anybody", "permitted", "(p.actor = ANY(in_names) OR", "(true OR", "emergency others"),
    SqlMutant("permitted: by name", "permitted", "p.actor = ANY(in_names) OR", "", "emergency practitioner"),
    SqlMutant(
        "permitted: above", "permitted", "JOIN above ON part.id = above.id", "JOIN above ON false", "emergency parent"
    ),
    SqlMutant(
        "withheld: kinds",
        "withheld",
        "AND NOT ARRAY(SELECT f.person || ' ' || kind FROM unnest(f.kinds) kind) && denied",
        "",
        "consent team mental-org",
    ),
    SqlMutant(
        "withheld: third parties",
        "withheld",
        "AND NOT (f.kinds @> '{third-party}' AND coalesce(f.person = ANY(released_to), false))",
        "",
        "consent person nothing",
    ),
)
SQL_MUTANTS = (*OF_TIME, *OF_STATE, *OF_WHO)
