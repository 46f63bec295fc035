import json
from datetime import date
from typing import Any

import pytest

from oppfolging_api.kernel.errors import Invalid, Unprocessable
from oppfolging_api.referral.form import Referral, read_referral

TODAY = date(2026, 11, 22)
NUMBER = "01817000173"
"""Synthetic: born 1 January 1970, the month raised by 80."""


def form(**elements: Any) -> dict[str, Any]:
    made: dict[str, Any] = {
        "messageId": "m-1",
        "patient": {"identifier": NUMBER, "name": "Jan Havrekil"},
        "reason": "Får hjelp av fem tjenester som ikke vet om hverandre.",
        "consentToShare": True,
        "personInformed": True,
    }
    return {name: value for name, value in (made | elements).items() if value is not ...}


def read(content: dict[str, Any]) -> Referral:
    return read_referral(json.dumps(content).encode(), TODAY)


def faults(content: dict[str, Any]) -> list[tuple[str, str | None]]:
    with pytest.raises(Unprocessable) as refused:
        read(content)
    return [(issue.code, issue.expression) for issue in refused.value.issues]


def test_the_least_that_is_a_referral() -> None:
    referral = read(form())
    assert (referral.patient.identifier, referral.services, referral.criteria) == (NUMBER, (), ())
    assert (referral.whatMatters, referral.language, referral.interpreter) == (None, None, None)


def test_all_that_can_be_told() -> None:
    referral = read(
        form(
            patient={"name": "Ola", "birthDate": "2020-02-29"},
            whatMatters="  Å kunne gå til naustet.  ",
            services=["Hjemmetjenesten", "NAV"],
            criteria=["daily-life", "several-medicines"],
            onBehalfOf="Mor",
            language="uk",
            interpreter=True,
        )
    )
    assert referral.patient.birthDate == date(2020, 2, 29)
    assert referral.whatMatters == "Å kunne gå til naustet."
    assert referral.services == ("Hjemmetjenesten", "NAV")
    assert [criterion.value for criterion in referral.criteria] == ["daily-life", "several-medicines"]
    assert (referral.onBehalfOf, referral.language, referral.interpreter) == ("Mor", "uk", True)


@pytest.mark.parametrize("patient", [{"birthDate": "2026-11-22"}, {"expected": True}, {"identifier": NUMBER}])
def test_a_person_is_known_by_number_by_date_of_birth_or_as_expected(patient: dict[str, Any]) -> None:
    assert read(form(patient=patient | {"name": "Barn"})).patient.name == "Barn"


@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        ({"messageId": ...}, ("required", "messageId")),
        ({"messageId": ""}, ("value", "messageId")),
        ({"messageId": "m" * 65}, ("value", "messageId")),
        ({"messageId": "m 1"}, ("value", "messageId")),
        ({"messageId": 1}, ("value", "messageId")),
        ({"patient": ...}, ("required", "patient")),
        ({"patient": []}, ("value", "patient")),
        ({"patient": {"identifier": NUMBER}}, ("required", "patient.name")),
        ({"patient": {"identifier": NUMBER, "name": " "}}, ("value", "patient.name")),
        ({"patient": {"identifier": NUMBER, "name": "N" * 201}}, ("value", "patient.name")),
        ({"patient": {"identifier": "01817000174", "name": "N"}}, ("value", "patient.identifier")),
        ({"patient": {"identifier": 1817000173, "name": "N"}}, ("value", "patient.identifier")),
        ({"patient": {"name": "N", "birthDate": "2026-11-23"}}, ("value", "patient.birthDate")),
        ({"patient": {"name": "N", "birthDate": "2026-02-29"}}, ("value", "patient.birthDate")),
        ({"patient": {"name": "N", "birthDate": "1577836800"}}, ("value", "patient.birthDate")),
        ({"patient": {"name": "N", "birthDate": 1577836800}}, ("value", "patient.birthDate")),
        ({"patient": {"name": "N", "birthDate": "2020-01-01T00:00:00Z"}}, ("value", "patient.birthDate")),
        ({"patient": {"name": "N"}}, ("value", "patient")),
        ({"patient": {"name": "N", "expected": False}}, ("value", "patient")),
        ({"patient": {"name": "N", "expected": True, "identifier": NUMBER}}, ("value", "patient")),
        ({"patient": {"name": "N", "expected": True, "birthDate": "2026-01-01"}}, ("value", "patient")),
        ({"patient": {"name": "N", "expected": "true"}}, ("value", "patient.expected")),
        ({"patient": {"name": "N", "birthDate": "2020-01-01", "sex": "f"}}, ("structure", "patient.sex")),
        ({"reason": ...}, ("required", "reason")),
        ({"reason": "\t\n"}, ("value", "reason")),
        ({"reason": "r" * 4001}, ("value", "reason")),
        ({"whatMatters": ""}, ("value", "whatMatters")),
        ({"services": ["NAV", ""]}, ("value", "services[1]")),
        ({"services": ["NAV"] * 31}, ("value", "services")),
        ({"services": "NAV"}, ("value", "services")),
        ({"criteria": ["daily-life", "other"]}, ("value", "criteria[1]")),
        ({"consentToShare": ...}, ("required", "consentToShare")),
        ({"consentToShare": "yes"}, ("value", "consentToShare")),
        ({"consentToShare": 1}, ("value", "consentToShare")),
        ({"personInformed": ...}, ("required", "personInformed")),
        ({"personInformed": None}, ("value", "personInformed")),
        ({"onBehalfOf": "o" * 201}, ("value", "onBehalfOf")),
        ({"language": "norsk"}, ("value", "language")),
        ({"patient": {"identifier": NUMBER, "name": "Jan \x01"}}, ("value", "patient.name")),
        ({"reason": "Får\x0b hjelp"}, ("value", "reason")),
        ({"whatMatters": "\x1bTuren"}, ("value", "whatMatters")),
        ({"services": ["NAV", "N\x08AV"]}, ("value", "services[1]")),
        ({"onBehalfOf": "M\x1for"}, ("value", "onBehalfOf")),
        ({"interpreter": "no"}, ("value", "interpreter")),
        ({"sender": "the GP"}, ("structure", "sender")),
    ],
)
def test_each_fault_is_told_by_its_place(elements: dict[str, Any], expected: tuple[str, str]) -> None:
    assert faults(form(**elements)) == [expected]


def test_every_fault_is_told_at_once() -> None:
    assert faults({"messageId": "m-1", "patient": {"name": "N", "birthDate": "x"}, "consentToShare": True}) == [
        ("value", "patient.birthDate"),
        ("required", "reason"),
        ("required", "personInformed"),
    ]


def test_lines_and_tabs_are_text() -> None:
    assert read(form(reason="Faller ofte.\r\n\tBor alene.")).reason == "Faller ofte.\r\n\tBor alene."


@pytest.mark.parametrize("length", [1, 200])
def test_names_up_to_the_limit_are_taken(length: int) -> None:
    assert len(read(form(patient={"identifier": NUMBER, "name": "N" * length})).patient.name) == length


def test_what_was_written_is_never_repeated() -> None:
    with pytest.raises(Unprocessable) as refused:
        read(form(patient={"identifier": "01817000174", "name": "N"}, language="Havrekil", messageId="Havrekil Jan"))
    assert not any(said in str(refused.value) for said in ("01817000174", "Havrekil"))


def test_nor_is_the_identity_number_in_the_text_of_the_form() -> None:
    assert NUMBER not in repr(read(form()))
    assert "Havrekil" not in repr(read(form()))


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"messageId": "1", "messageId": "2"}', b'{"reason": "\xff"}'])
def test_what_is_not_one_json_object_is_not_read(body: bytes) -> None:
    with pytest.raises(Invalid):
        read_referral(body, TODAY)
