"""FHIR as the form has it: each thing where R4 has an element for it, and what is not taken over told by name."""

import json
from datetime import date
from typing import Any, Final

import pytest

from oppfolging_api.kernel import systems
from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.kernel.errors import Invalid, Unprocessable
from oppfolging_api.referral.fhir_form import read_fhir
from oppfolging_api.referral.need import Need
from oppfolging_api.referral.receipts import Message

TODAY: Final = date(2026, 11, 22)
CANONICAL: Final = Canonical()
NUMBER: Final = "01817000173"
"""Synthetic: born 1 January 1970, the month raised by 80."""
Json = dict[str, Any]


def said(name: str, **value: Any) -> Json:
    return {"url": CANONICAL.extension(name), **value}


TOLD: Final = [said("consent-to-share", valueBoolean=False), said("person-informed", valueBoolean=True)]


def person(**elements: Any) -> Json:
    identifier = [{"system": systems.FNR, "value": NUMBER}]
    made: Json = {"resourceType": "Patient", "id": "p", "identifier": identifier, "name": [{"text": "Jan Havrekil"}]}
    return {name: value for name, value in (made | elements).items() if value is not ...}


def request(patient: Json | None = None, **elements: Any) -> Json:
    made: Json = {
        "resourceType": "ServiceRequest",
        "contained": [patient or person()],
        "extension": TOLD,
        "identifier": [{"value": "m-1"}],
        "status": "active",
        "intent": "order",
        "subject": {"reference": "#p"},
        "reasonCode": [{"text": "Får hjelp av fem tjenester."}],
    }
    return {name: value for name, value in (made | elements).items() if value is not ...}


def read(sent: Json) -> tuple[Need, Message]:
    return read_fhir(json.dumps(sent).encode(), TODAY, CANONICAL)


def need(sent: Json) -> Need:
    return read(sent)[0]


def faults(sent: Json) -> list[tuple[str, str | None]]:
    with pytest.raises(Unprocessable) as refused:
        read(sent)
    return [(issue.code, issue.expression) for issue in refused.value.issues]


def test_the_least_that_is_a_referral() -> None:
    told = need(request())
    assert (told.person.identifier, told.person.name) == (NUMBER, {"text": "Jan Havrekil"})
    assert (told.consent_to_share, told.person_informed, told.remarks) == (False, True, ())
    assert (told.identifiers, told.general_practitioner, told.notes) == (({"value": "m-1"},), None, ())


def test_all_that_can_be_told() -> None:
    extensions = [
        *TOLD,
        said("what-matters", valueString="Å klare butikken alene."),
        said("on-behalf-of", valueString="Mor"),
        said("language", valueCode="uk"),
        said("interpreter", valueBoolean=True),
        said("criterion", valueCode="daily-life"),
        said("criterion", valueCode="psychosocial"),
        said("service-in", valueString="NAV"),
    ]
    told = need(request(extension=extensions))
    assert (told.what_matters, told.on_behalf_of) == ("Å klare butikken alene.", "Mor")
    assert (told.language, told.interpreter) == ("uk", True)
    assert (told.criteria, told.services) == (("daily-life", "psychosocial"), ("NAV",))


@pytest.mark.parametrize(
    ("sent", "id"),
    [
        ({"value": "m-1"}, "m-1"),
        (
            {"system": systems.URIS, "value": "urn:uuid:0b7f8a8e-5a0c-4b7e-9a53-6f2b3f1f7a11"},
            "0b7f8a8e-5a0c-4b7e-9a53-6f2b3f1f7a11",
        ),
        ({"system": "https://journal.example/need", "value": "17"}, "17"),
    ],
)
def test_the_id_of_the_message_is_the_first_identifier(sent: Json, id: str) -> None:
    assert read(request(identifier=[sent, {"value": "another"}]))[1].id == id


def test_the_same_bytes_are_the_same_message() -> None:
    first, again, other = (read(sent)[1] for sent in (request(), request(), request(priority="urgent")))
    assert first.digest == again.digest != other.digest
    assert (first.answer, first.envelope) == (None, None)


@pytest.mark.parametrize(
    ("names", "taken"),
    [
        ([{"text": "Jan Havrekil", "family": "Havrekil"}], {"text": "Jan Havrekil", "family": "Havrekil"}),
        (
            [{"family": "Havrekil", "given": ["Jan", "Moe"]}, {"text": "Janne"}],
            {"family": "Havrekil", "given": ["Jan", "Moe"], "text": "Jan Moe Havrekil"},
        ),
        ([{"given": ["Jan"]}], {"given": ["Jan"], "text": "Jan"}),
    ],
)
def test_a_name_is_taken_as_it_is_with_its_text(names: list[Json], taken: Json) -> None:
    assert need(request(person(name=names))).person.name == taken


def test_a_subject_by_identifier_alone_has_the_name_it_is_shown_by() -> None:
    subject = {"identifier": {"system": systems.FNR, "value": NUMBER}, "display": "Jan Havrekil"}
    told = need(request(contained=..., subject=subject)).person
    assert (told.identifier, told.name, told.gender) == (NUMBER, {"text": "Jan Havrekil"}, None)
    assert faults(request(contained=..., subject={"identifier": subject["identifier"]})) == [
        ("required", "Patient.name")
    ]


def test_only_an_identity_number_is_an_identifier_of_the_person() -> None:
    local = {"system": "https://journal.example/patient", "value": "4711"}
    number = {"system": systems.FNR, "value": NUMBER}
    assert need(request(person(identifier=[local, number]))).person.identifier == NUMBER
    assert faults(request(person(identifier=[local]))) == [("value", "Patient")]
    born = need(request(person(identifier=[local], birthDate="1970-03-14"))).person
    assert (born.identifier, born.birth_date) == (None, date(1970, 3, 14))


def test_language_and_interpreter_stand_on_the_person_too_and_the_request_goes_first() -> None:
    spoken = {"language": {"coding": [{"system": systems.LANGUAGES, "code": "so"}]}}
    needed = {"url": systems.INTERPRETER_REQUIRED, "valueBoolean": True}
    patient = person(communication=[spoken], extension=[needed])
    told = need(request(patient))
    assert (told.language, told.interpreter) == ("so", True)
    own = [*TOLD, said("language", valueCode="uk"), said("interpreter", valueBoolean=False)]
    asked = need(request(patient, extension=own))
    assert (asked.language, asked.interpreter) == ("uk", False)


def test_every_missing_field_is_named_where_fhir_has_it() -> None:
    bare = request(person(identifier=..., name=...), extension=..., identifier=..., reasonCode=...)
    assert faults(bare) == [
        ("required", "ServiceRequest.identifier"),
        ("required", "Patient.name"),
        ("required", "ServiceRequest.reasonCode"),
        ("required", "ServiceRequest.extension(consent-to-share)"),
        ("required", "ServiceRequest.extension(person-informed)"),
    ]


@pytest.mark.parametrize(
    "again", [said("consent-to-share", valueBoolean=True), said("what-matters", valueString="Å få sove.")]
)
def test_what_is_told_once_is_refused_where_it_is_told_twice(again: Json) -> None:
    """Of two that say otherwise none can be believed."""
    first = [*TOLD, said("what-matters", valueString="Å klare butikken alene.")]
    name = again["url"].rpartition("/")[2]
    assert faults(request(extension=[*first, again])) == [("value", f"ServiceRequest.extension({name})")]


@pytest.mark.parametrize("status", ["draft", "on-hold", "revoked", "completed", "entered-in-error", "unknown"])
def test_only_an_active_request_asks_for_anything(status: str) -> None:
    assert faults(request(status=status)) == [("value", "ServiceRequest.status")]


def test_a_request_to_leave_something_undone_is_none() -> None:
    turned = request(doNotPerform=True, modifierExtension=[{"url": "https://x.example/not", "valueBoolean": True}])
    assert faults(turned) == [
        ("value", "ServiceRequest.doNotPerform"),
        ("value", "ServiceRequest.modifierExtension"),
    ]
    assert need(request(doNotPerform=False)).remarks == ("Ikke overført: ServiceRequest.doNotPerform",)


def test_codes_are_told_by_what_they_are_called_and_that_they_are_left_out() -> None:
    reasons = [{"coding": [{"code": "T90", "display": "Diabetes type 2"}, {"code": "K86"}]}, {"text": "Bor alene."}]
    told = need(request(reasonCode=reasons))
    assert told.reason == "Diabetes type 2\nBor alene."
    assert told.remarks == ("Ikke overført: ServiceRequest.reasonCode.coding",)


def test_what_is_not_fhir_is_refused_as_that() -> None:
    for broken in (b"{", b"[]", b'{"resourceType": "ServiceRequest", "status": 17}'):
        with pytest.raises(Invalid):
            read_fhir(broken, TODAY, CANONICAL)
    assert faults({"messageId": "m-1"}) == [("structure", "resourceType")]
