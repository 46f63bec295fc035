"""Stored resources on their way to a caller from whom something about their person is withheld (CONTRACT section 3)."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

from oppfolging_api.fhir import exact_json
from oppfolging_api.fhir.cutting import cut
from oppfolging_api.kernel.registry import Body
from oppfolging_api.store.index import local_references

Row = Mapping[str, Any]
"""With `person`, `body` and `bound` among its columns."""
OF_PERSON: Final = (
    "withheld({person}, {pointed}) AS withheld, EXISTS (SELECT FROM unnest((SELECT current_setting("
    "'oppfolging.denied', true)::text[])) denied WHERE split_part(denied, ' ', 1) = {person}) AS denied"
)
"""SQL: of what a person's resources point at, what the caller may not know of; and whether anything is denied, or only
facts on third parties are kept from them."""
WITHHELD: Final = (
    "SELECT asked.key AS person,"
    f" {OF_PERSON.format(person='asked.key', pointed='ARRAY(SELECT jsonb_array_elements_text(asked.value))')}"
    " FROM jsonb_each($1[1]::jsonb) asked"
)
"""By `asked_of`."""


def asked_of(rows: Sequence[Row]) -> str | None:
    """Person -> what their resources point at, as JSON; None where nothing is withheld of anybody."""
    pointed: defaultdict[str, set[str]] = defaultdict(set)
    for row in rows:
        if row["bound"]:
            pointed[row["person"]].update(local_references(_body(row)))
    return json.dumps({person: sorted(found) for person, found in pointed.items()}) if pointed else None


def shown_rows(rows: Sequence[Row], answers: Sequence[Row]) -> list[Row]:
    by_person = {answer["person"]: answer for answer in answers}
    return [_shown(row, by_person[row["person"]]) if row["bound"] and row["body"] else row for row in rows]


def shown(resource: Body, answer: Row) -> Body:
    """Cut; where only facts on third parties are kept from the caller, only what points at some, and is known to."""
    withheld = frozenset(answer["withheld"])
    if not answer["denied"] and withheld.isdisjoint(local_references(resource)):
        return resource
    return cut(resource, withheld)


def _shown(row: Row, answer: Row) -> Row:
    return {**row, "body": exact_json.dump(shown(_body(row), answer))}


def _body(row: Row) -> Body:
    """Empty of what was deleted, and of a row that only tells there is more."""
    return exact_json.parse(row["body"]) if row["body"] else {}
