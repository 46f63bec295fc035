"""Changes by which a caller could give itself, or a stranger, more than it has. Judged before anything is written."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Final

from oppfolging_api.access.projections import denials, relations
from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.kernel.coding import has_code
from oppfolging_api.kernel.errors import Forbidden, Issue, Unprocessable
from oppfolging_api.kernel.reference import pointed_at
from oppfolging_api.kernel.registry import Change, Registry
from oppfolging_api.kernel.systems import IDENTITY_NUMBERS
from oppfolging_api.kernel.vocabulary import CONSENT_KIND, INFORMATION_KIND, ConsentKind, InformationKind

RULES: Final = {
    "identity-by-unit": "Identitetsnummer settes av koordinerende enhet.",
    "guardian-by-unit": "Verge registreres av koordinerende enhet.",
    "denial-stands": "En reservasjon endres av personen selv eller av koordinerende enhet.",
    "denial-understood": "En reservasjon må stå i et samtykke til deling, for personen selv, og si hvem den gjelder og "
    "hvilke opplysninger.",
}
TRUSTED: Final = frozenset({"coordinating-unit", "system"})
"""The standings that keep the record of everyone: the coordinating unit and its systems."""
_WEAKENED_BY: Final = frozenset({"person"})
_ACTORS: Final = ("Organization", "Practitioner")
_Rule = Mapping[str, Any]
_Doubt = tuple[str, str]
"""Where in a consent, and what cannot be enforced there."""


def register(registry: Registry) -> None:
    registry.guards["Patient"].append(identity_is_kept)
    registry.guards["RelatedPerson"] += [identity_is_kept, partial(guardianship_is_kept, registry.canonical)]
    registry.guards["Consent"] += [
        partial(denial_is_understood, registry.canonical),
        partial(denial_stands, registry.canonical),
    ]


def identity_is_kept(change: Change) -> None:
    """An identity number opens the record to whoever holds it: the coordinating unit and its systems set it."""
    if not _trusted(change) and _numbers(change.before) != _numbers(change.after):
        raise _forbidden("identity-by-unit", f"{change.type.name}.identifier")


def guardianship_is_kept(canonical: Canonical, change: Change) -> None:
    """A guardian sees the record: neither made, nor prolonged, nor widened, nor moved by others than the unit."""
    before, after = (_guardianship(relative, canonical) for relative in (change.before, change.after))
    if not _trusted(change) and before != after:
        raise _forbidden("guardian-by-unit", "RelatedPerson.relationship")


def denial_stands(canonical: Canonical, change: Change) -> None:
    """What the person has withheld, only the person and the coordinating unit give free again."""
    if _trusted(change) or _WEAKENED_BY & set(change.seen):
        return
    before, after = (_denied(consent, canonical) for consent in (change.before, change.after))
    if before - after:
        raise _forbidden("denial-stands", "Consent.provision")


def denial_is_understood(canonical: Canonical, change: Change) -> None:
    """A denial that could not be enforced as written is not stored as if it were. Raises Unprocessable."""
    if change.after is not None and (found := list(_doubts(change.after, canonical))):
        text = RULES["denial-understood"]
        raise Unprocessable(tuple(Issue("business-rule", said, at, "denial-understood", text) for at, said in found))


def _doubts(consent: Mapping[str, Any], canonical: Canonical) -> Iterator[_Doubt]:
    """Only the rules right below the root of a consent to sharing are enforced (`projections.denials`)."""
    whole, root = consent.get("provision", {}), "Consent.provision"
    sharing = has_code(consent.get("category", ()), canonical.code_system(CONSENT_KIND), ConsentKind.SHARING)
    if "type" in whole:
        yield f"{root}.type", "the root of a consent has no type: each rule below it has one"
    if sharing and not pointed_at(consent.get("patient"), "Patient"):
        yield "Consent.patient", "a consent to sharing names a Patient of this municipality"
    for place, rule in _below(whole, root):
        yield from _of_sharing(place, rule, canonical) if sharing else _elsewhere(place, rule)


def _of_sharing(place: str, rule: _Rule, canonical: Canonical) -> Iterator[_Doubt]:
    if "type" not in rule:
        yield place, "a rule permits or denies"
    if rule.get("type") == "deny":
        yield from ((place, said) for said in _not_understood(rule, canonical))
    for deeper, inner in _below(rule, place):
        yield from _not_within(deeper, inner)


def _not_within(place: str, rule: _Rule) -> Iterator[_Doubt]:
    if rule.get("type") != "permit":
        yield place, "a denial stands by itself, not within another rule"
    for deeper, inner in _below(rule, place):
        yield from _not_within(deeper, inner)


def _elsewhere(place: str, rule: _Rule) -> Iterator[_Doubt]:
    if rule.get("type") == "deny":
        yield place, "only a consent to sharing denies"
    for deeper, inner in _below(rule, place):
        yield from _elsewhere(deeper, inner)


def _below(provision: Mapping[str, Any], place: str) -> Iterator[tuple[str, _Rule]]:
    for i, rule in enumerate(provision.get("provision", ())):
        yield f"{place}.provision[{i}]", rule


def _not_understood(rule: _Rule, canonical: Canonical) -> list[str]:
    actors = [actor.get("reference") for actor in rule.get("actor", ())]
    labels, system = rule.get("securityLabel", ()), canonical.code_system(INFORMATION_KIND)
    known = [label for label in labels if label.get("system") == system and label.get("code") in set(InformationKind)]
    said = []
    if not actors or not all(any(pointed_at(actor, type) for type in _ACTORS) for actor in actors):
        said.append("a denial names Organizations or Practitioners of this municipality")
    if not labels or len(known) != len(labels):
        said.append("a denial names kinds of information this service knows")
    if rule.get("provision"):
        said.append("a denial has no rules within it")
    return said


def _trusted(change: Change) -> bool:
    """The service itself; or a caller who writes, or creates, as the unit or one of its systems."""
    standings = set(change.seen) or {role.value for role in change.caller.roles}
    return change.by_service or bool(TRUSTED & standings)


def _numbers(resource: Mapping[str, Any] | None) -> set[tuple[str, str]]:
    held = (resource or {}).get("identifier", ())
    return {(one["system"], one.get("value", "")) for one in held if one.get("system") in IDENTITY_NUMBERS}


def _guardianship(relative: Mapping[str, Any] | None, canonical: Canonical) -> list[dict[str, Any]]:
    return [row for row in relations(relative or {}, canonical) if row["guardian"]]


def _denied(consent: Mapping[str, Any] | None, canonical: Canonical) -> set[tuple[Any, ...]]:
    """(actor, kind, from, until) of everything a consent withholds."""
    rows = denials(consent or {}, canonical)
    return {(row["actor"], kind, row["starts"], row["ends"]) for row in rows for kind in row["kinds"]}


def _forbidden(rule: str, expression: str) -> Forbidden:
    return Forbidden((Issue("forbidden", "that is not the caller's to change", expression, rule, RULES[rule]),))
