"""Whether a text names somebody by their identity number."""

import pytest

from oppfolging_api.kernel.named_in import names_somebody

FNR = "urn:oid:2.16.578.1.12.4.1.4.1"
MONTH_80, MONTH_65, MONTH_40, D_NUMBER = "14837010013", "14687010087", "14437010030", "54837010007"
"""Synthetic numbers of each series; the last a D-number."""


@pytest.mark.parametrize("number", [MONTH_80, MONTH_65, MONTH_40, D_NUMBER])
@pytest.mark.parametrize(
    "address",
    [
        "/fhir/Patient?identifier={}",
        f"/fhir/Patient?identifier={FNR}|{{}}",
        "/fhir/CarePlan?patient.identifier=|{}",
        "/fhir/CarePlan?subject:identifier=x|a,{},b",
        "/fhir/CarePlan?subject=Patient/{}",
        "/fhir/CarePlan?_has:Task:patient:identifier={}",
        "/fhir/Patient?{}=x",
        "/fhir/Patient/{}",
        "/fhir/Patient/nr-{}",
        "/fhir/Patient/a{}b/_history",
        "/referral/{}",
        "/anything?note=født {} i Bergen",
    ],
)
def test_a_number_is_found_wherever_it_stands(address: str, number: str) -> None:
    assert names_somebody(address.format(number))
    assert names_somebody(address.format(f"{number[:6]} {number[6:]}"))
    assert names_somebody(address.format(f"{number[:6]}-{number[6:]}"))


def test_a_number_in_the_digits_of_another_script_is_one() -> None:
    wide = "".join(chr(0xFF10 + int(digit)) for digit in MONTH_40)
    assert names_somebody(f"/fhir/Patient?name={wide}")


@pytest.mark.parametrize(
    "address",
    [
        "/fhir/Patient?name=Kari",
        f"/fhir/Patient?identifier={FNR}|",
        "/fhir/Patient?identifier=14837010014",  # wrong check digits
        "/fhir/Patient?identifier=99999999999",
        "/fhir/Patient?telecom=4791234567",
        "/fhir/Patient/018bcfe5-687b-7000-8000-a14437010030",  # eleven digits of a UUID
        "/fhir/Task?_lastUpdated=gt2026-03-14T09:00:00.000Z",
        f"/fhir/Patient?phone=1{MONTH_40}",  # twelve digits
        "/fhir/Practitioner?identifier=urn:oid:2.16.578.1.12.4.1.4.4|9900001",
        "/fhir/Organization?identifier=urn:oid:2.16.578.1.12.4.1.4.101|889640782",
    ],
)
def test_what_is_nobodys_number_is_let_through(address: str) -> None:
    assert not names_somebody(address)


def test_whatever_is_asked_for_in_the_system_of_such_numbers_is_one_even_mistyped() -> None:
    assert names_somebody(f"/fhir/Patient?identifier={FNR}|14837010020")
