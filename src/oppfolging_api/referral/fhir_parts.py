"""The resources of a need told in FHIR, and whether they belong together: one request, about one person."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from oppfolging_api.fhir.validation import validate
from oppfolging_api.kernel.errors import Issue, TooLarge, Unprocessable
from oppfolging_api.kernel.registry import Body
from oppfolging_api.kernel.systems import IDENTITY_NUMBERS

Resource = Mapping[str, Any]
_BUNDLES: Final = ("message", "transaction")
_TYPES: Final = ("ServiceRequest", "Patient", "DocumentReference")
_MOST_ENTRIES: Final = 50


@dataclass(frozen=True, slots=True)
class Parts:
    """`patient` is empty where the subject is told by identifier alone."""

    request: Resource
    patient: Resource
    documents: list[Resource]
    others: list[Resource]


@dataclass(frozen=True, slots=True)
class _Placed:
    """A resource and the references by which it is meant within the message."""

    resource: Resource
    names: frozenset[str]


def parts_of(sent: Body) -> Parts:
    """Raises Invalid for what is not FHIR, TooLarge for more than a need takes, Unprocessable for what is no need about
    one person."""
    kind = sent.get("resourceType")
    if kind not in ("ServiceRequest", "Bundle"):
        raise Unprocessable.of("a ServiceRequest, or a Bundle with one", "resourceType", code="structure")
    entries = sent.get("entry")
    if isinstance(entries, list) and len(entries) > _MOST_ENTRIES:
        raise TooLarge.of(f"at most {_MOST_ENTRIES} entries", "Bundle.entry")
    validate(sent, kind)
    if kind == "Bundle" and sent["type"] not in _BUNDLES:
        raise Unprocessable.of(f"one of {', '.join(_BUNDLES)}", "Bundle.type", code="value")
    placed = list(_placed(sent))
    request = _only(placed)
    _check_meant(request)
    patient = _subject(request, [each for each in placed if each.resource["resourceType"] == "Patient"])
    documents = [each.resource for each in placed if each.resource["resourceType"] == "DocumentReference"]
    _check_documents(documents, patient.names)
    others = [each.resource for each in placed if each.resource["resourceType"] not in (*_TYPES, "MessageHeader")]
    return Parts(request, patient.resource, documents, others)


def _placed(sent: Body) -> Iterator[_Placed]:
    """What was sent and what is contained in it."""
    for entry in sent.get("entry", ()) if sent["resourceType"] == "Bundle" else ({"resource": sent},):
        if "resource" in entry:
            resource = entry["resource"]
            local = f"{resource['resourceType']}/{resource['id']}" if "id" in resource else ""
            yield _Placed(resource, frozenset({str(entry.get("fullUrl", "")), local} - {""}))
            for contained in resource.get("contained", ()):
                yield _Placed(contained, frozenset({f"#{contained.get('id')}"}))


def _only(placed: list[_Placed]) -> Resource:
    found = [each.resource for each in placed if each.resource["resourceType"] == "ServiceRequest"]
    if len(found) != 1:
        raise Unprocessable.of("one ServiceRequest", "Bundle.entry", code="structure")
    return found[0]


def _check_meant(request: Resource) -> None:
    """Raises Unprocessable for what turns a request into another thing than a need: taken for one, it would be told
    to the unit as something nobody asked for."""
    turned = (
        ("status", request["status"] != "active", "active"),
        ("intent", request["intent"] != "order", "order"),
        ("doNotPerform", request.get("doNotPerform"), "a request, not one that something be left undone"),
        ("modifierExtension", "modifierExtension" in request, "none is understood here"),
    )
    if issues := tuple(Issue("value", said, f"ServiceRequest.{name}") for name, is_so, said in turned if is_so):
        raise Unprocessable(issues)


def _subject(request: Resource, patients: list[_Placed]) -> _Placed:
    """The one Patient that is there, whom the subject means; empty where the subject is an identifier.

    Raises Unprocessable for another Patient than the subject's, and for an identifier that is not the Patient's.
    """
    told = request.get("subject", {})
    reference, number = told.get("reference"), _number([told.get("identifier", {})])
    if not patients and reference is None:
        return _Placed({}, frozenset())
    if len(patients) != 1 or (reference is None and number is None):
        raise Unprocessable.of("one Patient, as whom the subject is meant", "ServiceRequest.subject", code="structure")
    (patient,) = patients
    own = _number(patient.resource.get("identifier", ()))
    if (reference is not None and reference not in patient.names) or (number is not None and number != own):
        raise Unprocessable.of("the Patient that is sent with it", "ServiceRequest.subject", code="value")
    return patient


def _number(identifiers: Any) -> str | None:
    return next((one.get("value") for one in identifiers if one.get("system") in IDENTITY_NUMBERS), None)


def _check_documents(documents: list[Resource], names: frozenset[str]) -> None:
    """Raises Unprocessable for a document that is not in force, or is about somebody else."""
    for number, document in enumerate(documents):
        subject = document.get("subject", {}).get("reference")
        if document["status"] != "current" or (subject is not None and subject not in names):
            said = "a current document about the same person"
            raise Unprocessable.of(said, f"DocumentReference[{number}]", code="value")
