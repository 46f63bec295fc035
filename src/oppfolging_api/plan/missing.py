"""What is asked of many people's plans at once, as SQL over what is drawn from them (store/planned.py).

The points are those of plan/content.py, judged of everything there is: one test holds the two alike. Arguments are
`municipality`, `people` (ids of Patients) and `at` (the moment).
"""

# ruff: noqa: S608 (SQL is put together from constants; values travel as arguments)

from typing import Final

from oppfolging_api.kernel.vocabulary import PlanContent as C

_MUNICIPALITY: Final = "cast(:municipality AS text)"
_AT: Final = "cast(:at AS timestamptz)"
_DAY: Final = f"date_trunc('day', {_AT} AT TIME ZONE 'Europe/Oslo')"
"""Norwegian; a day is 23, 24 or 25 hours."""
_PLAN: Final = f"""plan AS (
  SELECT * FROM care_plan WHERE municipality = {_MUNICIPALITY} AND person = ANY(cast(:people AS text[]))
    AND kind = 'individual-plan' AND NOT external AND status = 'active')"""
_AGREED: Final = f"""agreed AS (
  SELECT c.person, array_agg(c.kind) AS kinds FROM consent_term c
  WHERE c.municipality = {_MUNICIPALITY} AND c.person = ANY(cast(:people AS text[])) AND c.active
    AND (c.starts IS NULL OR c.starts < ({_DAY} + interval '1 day') AT TIME ZONE 'Europe/Oslo')
    AND (c.ends IS NULL OR {_DAY} AT TIME ZONE 'Europe/Oslo' < c.ends)
  GROUP BY c.person)"""
_TEAM: Final = f"""team AS (
  SELECT m.person, bool_or(m.coordinator) AS coordinator, bool_or(m.member <> 'Patient/' || m.person) AS others,
    bool_or(m.member LIKE 'RelatedPerson/%') AS kin, bool_or(m.member LIKE 'Organization/%') AS service,
    bool_or(NOT m.coordinator AND m.member NOT LIKE 'Patient/%' AND m.member NOT LIKE 'RelatedPerson/%') AS shared
  FROM membership m
  WHERE m.municipality = {_MUNICIPALITY} AND m.person = ANY(cast(:people AS text[])) AND m.active
    AND (m.starts IS NULL OR m.starts <= {_AT}) AND (m.ends IS NULL OR {_AT} < m.ends)
  GROUP BY m.person)"""
_GOALS: Final = """goal AS (
  SELECT p.id, bool_or(g.open) AS open FROM plan p CROSS JOIN unnest(p.parts) AS part
  JOIN goal_course g ON g.municipality = p.municipality AND g.id = substr(part, 6) AND g.person = p.person
  WHERE starts_with(part, 'Goal/') GROUP BY p.id)"""
_MEASURES: Final = """measure AS (
  SELECT p.id, bool_or(NOT a.void) AS live, bool_or(a.open AND a.owner IS NULL) AS unowned,
    bool_or(a.open AND NOT a.extent) AS endless, bool_or(a.told AND NOT a.void) AS told,
    bool_or(NOT a.void AND a.owner LIKE 'Patient/%') AS person,
    bool_or(NOT a.void AND a.owner LIKE 'RelatedPerson/%') AS kin,
    bool_or(NOT a.void AND a.owner NOT LIKE 'Patient/%' AND a.owner NOT LIKE 'RelatedPerson/%') AS service
  FROM plan p CROSS JOIN unnest(p.parts) AS part
  JOIN activity a ON a.municipality = p.municipality AND a.id = substr(part, 6) AND a.person = p.person
  WHERE starts_with(part, 'Task/') GROUP BY p.id)"""


def _told(item: C) -> str:
    """SQL: the plan answers the point itself."""
    return f"'{item}' = ANY(p.told)"


def _waived(item: C) -> str:
    return f"'{item}' = ANY(p.waived)"


_NO_MEASURES: Final = f"measure.live IS NOT TRUE AND NOT {_told(C.MEASURES)}"
_WHERE: Final[dict[C, str]] = {
    C.GOALS: "goal.open IS NOT TRUE",
    C.RESOURCES_NEEDS: f"NOT {_told(C.RESOURCES_NEEDS)}",
    C.PARTICIPANTS: "team.others IS NOT TRUE",
    C.COORDINATOR: "team.coordinator IS NOT TRUE",
    C.PERSON_PART: f"measure.person IS NOT TRUE AND NOT {_told(C.PERSON_PART)}",
    C.SERVICES_PART: f"measure.service IS NOT TRUE AND NOT {_told(C.SERVICES_PART)}",
    C.KIN_PART: f"team.kin AND measure.kin IS NOT TRUE AND NOT {_told(C.KIN_PART)} AND NOT {_waived(C.KIN_PART)}",
    C.MEASURES: _NO_MEASURES,
    C.RESPONSIBLE: f"({_NO_MEASURES}) OR measure.unowned OR '{C.RESPONSIBLE}' = ANY(p.lacks)",
    C.EXTENT: f"({_NO_MEASURES}) OR measure.endless OR '{C.EXTENT}' = ANY(p.lacks)",
    C.CARRIED_OUT: f"measure.told IS NOT TRUE AND NOT {_told(C.CARRIED_OUT)}",
    C.PERIOD: f"NOT {_told(C.PERIOD)}",
    C.REVISION: f"NOT {_told(C.REVISION)}",
    C.PLAN_CONSENT: "NOT 'plan' = ANY(coalesce(agreed.kinds, '{}'))",
    C.SHARING_CONSENT: "team.shared AND NOT 'sharing' = ANY(coalesce(agreed.kinds, '{}'))",
    C.COOPERATION: f"team.service IS NOT TRUE AND NOT {_told(C.COOPERATION)} AND NOT {_waived(C.COOPERATION)}",
}
_CASES: Final = ", ".join(f"CASE WHEN {condition} THEN '{item}' END" for item, condition in _WHERE.items())

MISSING: Final = f"""WITH {", ".join((_PLAN, _AGREED, _TEAM, _GOALS, _MEASURES))}
SELECT p.person, p.id, array_remove(ARRAY[{_CASES}]::text[], NULL) AS missing
FROM plan p LEFT JOIN team ON team.person = p.person LEFT JOIN goal ON goal.id = p.id
  LEFT JOIN measure ON measure.id = p.id LEFT JOIN agreed ON agreed.person = p.person"""
"""`person`, the `id` of their active individual plan, and the points that are `missing` in it, in their order."""

EXPIRED: Final = f"""WITH {", ".join((_PLAN, _AGREED))}
SELECT DISTINCT p.person FROM plan p LEFT JOIN agreed ON agreed.person = p.person
WHERE NOT 'plan' = ANY(coalesce(agreed.kinds, '{{}}'))"""
"""Each `person` with an active individual plan whose consent to it has run out: plan.conduct.rest is for them."""
