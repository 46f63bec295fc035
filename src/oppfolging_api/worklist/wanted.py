"""What the records say is to be done, as SQL: for each rule a SELECT of who it is about and what.

Each gives `person` (whose record is held while it is put right), `focus` as `Type/id`, `owner` as a reference, `since`
the moment it has been so from, which tells one occasion from another and so is always read from a record, `due` and
`detail`. Arguments are those of differences.Given.

A rule begins with what is asked about, `EACH` of the people or `EACH_FOCUS`, and goes on to each table by `looked_up`.
The person is that of the row it began with and not found anew from a table. So a statement costs by how many are asked
about and not by how large the municipality is, also where PostgreSQL knows nothing of the tables yet: it takes them to
be all but empty then, and what is joined plainly, or by `= ANY(:people)` or IN, it reads from end to end, even for each
row anew.
"""

# ruff: noqa: S608 (SQL is put together from constants; values travel as arguments)

from typing import Final

MUNICIPALITY: Final = "cast(:municipality AS text)"
PEOPLE: Final = "cast(:people AS text[])"
FOCUSES: Final = "cast(:focuses AS text[])"
EACH: Final = f"unnest({PEOPLE}) asked (person)"
EACH_FOCUS: Final = f"unnest({FOCUSES}) asked (focus)"
_AT: Final = "cast(:at AS timestamptz)"
_RECEIPT: Final = "make_interval(hours => cast(:hours AS integer))"
"""Hours are hours, also when the clocks are turned."""


def looked_up(table: str, condition: str) -> str:
    """What a table holds for each row before it, to be joined CROSS. `condition`: a column, compared with that row's.

    By an index, whatever PostgreSQL takes the table to be: OFFSET 0 keeps it from being joined in another way.
    """
    where = f"held.municipality = {MUNICIPALITY} AND held.{condition}"
    return f"LATERAL (SELECT held.* FROM {table} held WHERE {where} OFFSET 0)"


_UNIT: Final = """unit AS MATERIALIZED (
  SELECT 'Organization/' || min(f.id) AS owner FROM tenant_find f
  WHERE f.type = 'Organization' AND NOT f.deleted AND f.keys @> ARRAY[cast(:unit_key AS text)])"""
# A Communication need not be about the person whose referral it answers: it is found by itself, too.
_TOLD: Final = f"""answered AS MATERIALIZED (
  SELECT asked.person, course.referral
  FROM {EACH} CROSS JOIN {looked_up("referral_course", "person = asked.person")} course
  UNION SELECT course.person, link.referral
  FROM {EACH_FOCUS} CROSS JOIN {looked_up("feedback_link", "id = substr(asked.focus, 15)")} link
  CROSS JOIN {looked_up("referral_course", "referral = link.referral")} course
  WHERE asked.focus LIKE 'Communication/%'),
told AS MATERIALIZED (
  SELECT DISTINCT ON (link.id) answered.person, 'Communication/' || link.id AS focus,
    link.sent, link.received, link.refused
  FROM answered CROSS JOIN {looked_up("feedback_link", "referral = answered.referral")} link
  CROSS JOIN {looked_up("referral_receipt", "referral = answered.referral")} own
  WHERE own.envelope IS NOT NULL
  ORDER BY link.id, answered.person)"""
SHARED: Final = (_UNIT, _TOLD)
"""What the rules have in common, WITH which each is asked; what none of those asked reads is never looked up."""

ABOUT_NOBODY: Final = "SELECT focus, person FROM told"
"""Whose record a Task that names nobody follows from."""

FEEDBACK_UNDELIVERED: Final = f"""SELECT told.person, told.focus, unit.owner, told.sent AS since,
  CASE WHEN told.refused IS NULL THEN told.sent + {_RECEIPT} ELSE greatest({_AT}, told.sent) END AS due,
  'Avsenderens system har ikke tatt imot tilbakemeldingen: ' || told.refused AS detail
FROM told CROSS JOIN unit
WHERE told.sent IS NOT NULL AND told.received IS NULL
  AND (told.refused IS NOT NULL OR told.sent + {_RECEIPT} <= {_AT})"""
"""Feedback that went out as a message, and that its receiver's system rejected or did not receipt for in time."""
