"""A need told in FHIR: a ServiceRequest that holds its Patient, or a message or transaction Bundle with both.

It says what the JSON form says, each field where R4 has an element for it and else in an extension of this service, and
is read by the same rules. Who sends is known by the token. What else the resources hold is not taken over, and that is
told: it would be lost without anybody knowing.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any, Final

from oppfolging_api.fhir import exact_json
from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.kernel.errors import Unprocessable
from oppfolging_api.kernel.registry import Body
from oppfolging_api.kernel.systems import IDENTITY_NUMBERS, INTERPRETER_REQUIRED
from oppfolging_api.kernel.vocabulary import Extension
from oppfolging_api.referral.fhir_parts import Parts, Resource, parts_of
from oppfolging_api.referral.form import form_of
from oppfolging_api.referral.need import Attachment, Need
from oppfolging_api.referral.plo.content import decoded, media
from oppfolging_api.referral.receipts import Message

_ONE: Final = {
    Extension.CONSENT_TO_SHARE: "consentToShare",
    Extension.PERSON_INFORMED: "personInformed",
    Extension.WHAT_MATTERS: "whatMatters",
    Extension.ON_BEHALF_OF: "onBehalfOf",
    Extension.LANGUAGE: "language",
    Extension.INTERPRETER: "interpreter",
}
_MANY: Final = {Extension.CRITERION: "criteria", Extension.SERVICE_IN: "services"}
_PLACES: Final = {
    "messageId": "ServiceRequest.identifier",
    "patient.identifier": "Patient.identifier",
    "patient.name": "Patient.name",
    "patient.birthDate": "Patient.birthDate",
    "patient": "Patient",
    "reason": "ServiceRequest.reasonCode",
    **{field: f"ServiceRequest.extension({name})" for name, field in {**_ONE, **_MANY}.items()},
}
"""Where a field of the form is in FHIR."""
_READ: Final = {
    "ServiceRequest": {
        *("resourceType", "id", "contained", "extension", "identifier", "status", "intent"),
        *("subject", "reasonCode", "note", "requester", "authoredOn", "supportingInfo", "language"),
    },
    "Patient": {
        *("resourceType", "id", "extension", "identifier", "active", "name", "gender", "birthDate"),
        *("communication", "language"),
    },
    "DocumentReference": {
        *("resourceType", "id", "status", "content", "subject", "date", "description", "language"),
    },
}


def read_fhir(body: bytes, today: date, canonical: Canonical) -> tuple[Need, Message]:
    """Raises as `parts_of`, and Unprocessable with every fault of the form and where it is."""
    told = parts_of(exact_json.parse(body))
    form = form_of(_form(told, canonical), today, _PLACES)
    need = form.need()
    person = replace(need.person, name=_name(told.patient) or need.person.name, gender=told.patient.get("gender"))
    need = replace(need, person=person, attachments=tuple(_attachments(told)), remarks=tuple(_remarks(told, canonical)))
    return need, Message(form.messageId, hashlib.sha256(body).digest())


def _form(told: Parts, canonical: Canonical) -> Body:
    """As the JSON form has it; a field nothing is said of is left out, for the form to say that it is missing."""
    request = told.request
    fields: dict[str, Any] = {
        "messageId": _message_id(request),
        "patient": _patient(told, canonical),
        "reason": "\n".join(_reasons(request)) or None,
    }
    for name, field in _ONE.items():
        values = list(_values(request, canonical.extension(name)))
        fields[field] = values[0] if len(values) == 1 else values or None  # several are what no field takes
    for name, field in _MANY.items():
        fields[field] = list(_values(request, canonical.extension(name))) or None
    patient = told.patient
    spoken = [coding.get("code") for each in patient.get("communication", ()) for coding in _codings(each)]
    fields["language"] = fields["language"] or next(iter(spoken), None)
    if fields["interpreter"] is None:
        fields["interpreter"] = next(_values(patient, INTERPRETER_REQUIRED), None)
    return {name: value for name, value in fields.items() if value is not None}


def _codings(communication: Resource) -> list[Resource]:
    return list(communication.get("language", {}).get("coding", ()))


def _message_id(request: Resource) -> str | None:
    value = next((each["value"] for each in request.get("identifier", ()) if "value" in each), None)
    return value.removeprefix("urn:uuid:") if value else None


def _patient(told: Parts, canonical: Canonical) -> Body:
    patient, subject = told.patient, told.request.get("subject", {})
    identifiers = [*patient.get("identifier", ()), *([subject["identifier"]] if "identifier" in subject else [])]
    fields = {
        "identifier": next((one.get("value") for one in identifiers if one.get("system") in IDENTITY_NUMBERS), None),
        "name": _name(patient).get("text") or subject.get("display"),
        "birthDate": patient.get("birthDate"),
        "expected": next(_values(patient, canonical.extension(Extension.EXPECTED)), None),
    }
    return {name: value for name, value in fields.items() if value is not None}


def _name(patient: Resource) -> Body:
    """The first name, with its text put together where it has none; empty where there is none. Its parts
    alone: whatever is written about a person who is known is not looked at, so nothing else may depend on it."""
    told: Resource = next(iter(patient.get("name", ())), {})
    name: Body = {part: told[part] for part in ("use", "text", "family") if isinstance(told.get(part), str)}
    parts = {part: [each for each in told.get(part, ()) if each] for part in ("given", "prefix", "suffix")}
    name |= {part: written for part, written in parts.items() if written}
    text = name.get("text") or " ".join(filter(None, [*name.get("given", ()), name.get("family")]))
    return name | {"text": text} if text else {}


def _reasons(request: Resource) -> Iterator[str]:
    """What is written, in the words it is written in."""
    for reason in request.get("reasonCode", ()):
        displays = [coding["display"] for coding in reason.get("coding", ()) if "display" in coding]
        yield from [reason["text"]] if "text" in reason else displays
    yield from (note["text"] for note in request.get("note", ()) if "text" in note)


def _values(resource: Resource, url: str) -> Iterator[Any]:
    for extension in resource.get("extension", ()):
        if extension.get("url") == url:
            yield from (value for name, value in extension.items() if name.startswith("value"))


def _attachments(told: Parts) -> Iterator[Attachment]:
    """Raises Unprocessable for one that is not a whole PDF, JPG or PNG, or is not sent along."""
    for number, document in enumerate(told.documents):
        for content in document.get("content", ()):
            data = decoded(content["attachment"].get("data", ""))
            found = media(data) if data else None
            if data is None or found is None:
                place = f"DocumentReference[{number}].content.attachment.data"
                raise Unprocessable.of("a whole PDF, JPG or PNG, in base64", place, code="value")
            yield Attachment(found.value, data, content["attachment"].get("title") or document.get("description"))


def _remarks(told: Parts, canonical: Canonical) -> Iterator[str]:
    """What was not taken over: names of elements and types alone."""
    known = {INTERPRETER_REQUIRED, *(canonical.extension(name) for name in (*_ONE, *_MANY, Extension.EXPECTED))}
    for resource in (told.request, told.patient, *told.documents):
        kind = resource.get("resourceType", "")
        yield from _lost(kind, resource, _READ.get(kind, ()))
        if any(extension.get("url") not in known for extension in resource.get("extension", ())):
            yield f"Ikke overført: {kind}.extension"
    if any("coding" in reason for reason in told.request.get("reasonCode", ())):
        yield "Ikke overført: ServiceRequest.reasonCode.coding"
    yield from sorted({f"Ikke overført: {other['resourceType']}" for other in told.others})


def _lost(kind: str, resource: Resource, known: Iterable[str]) -> list[str]:
    lost = {name.removeprefix("_") for name in resource} - set(known)
    return [f"Ikke overført: {kind}.{name}" for name in sorted(lost)]
