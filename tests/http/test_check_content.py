"""$check-content: which of the points a-i of an individual plan are there, by what the caller sees."""

from datetime import timedelta

import httpx
import pytest

from oppfolging_api.kernel import systems
from plan_content import Jan, checked, missing, told
from plans import activity, broken, extension, goal, note, plan
from support import Json, MovableClock, Municipality, issues, label, ok, reference

YEAR = {"start": "2026-01-01", "end": "2199-01-01"}
LETTERS = "abcdefghi"
PARTS = "Hva personen, tjenestene og pårørende bidrar med"
MEASURES = "Tiltakene, omfanget av dem og hvem som har ansvaret"


def test_a_new_plan_is_told_what_it_misses(town: Municipality) -> None:
    jan = Jan(town)
    whole = checked(jan.physio.as_("coordinator"), jan.plan)
    assert (whole["language"], whole["complete"], whole["partial"]) == ("nb", False, False)
    assert whole["letters"] == {
        "a": ("missing", "Personens mål, ressurser og behov: mangler (mål, ressurser og behov)"),
        "b": ("present", "Hvem som deltar: finnes"),
        "c": ("present", "Hvem som er koordinator: finnes"),
        "d": (
            "missing",
            PARTS + ": mangler (personens bidrag, tjenestenes bidrag, pårørendes bidrag)",
        ),
        "e": (
            "missing",
            MEASURES + ": mangler (tiltak, ansvarlig for hvert tiltak, frist eller omfang for hvert tiltak)",
        ),
        "f": ("missing", "Hvordan tiltakene gjennomføres: mangler (gjennomføring)"),
        "g": (
            "missing",
            "Planperioden og når planen skal justeres: mangler (planperiode, dato for ny gjennomgang)",
        ),
        "h": ("missing", "Samtykke til planen og til å dele opplysninger: mangler (samtykke til deling)"),
        "i": ("missing", "Samarbeid med andre tjenester og etater: mangler (samarbeid)"),
    }
    team, consent = f"CareTeam/{jan.team['id']}", f"Consent/{jan.consent['id']}"
    assert whole["items"]["coordinator"]["found"] == [(team, "CareTeam.participant[3]")]
    assert whole["items"]["plan-consent"]["found"] == [(consent, "Consent")]


def test_it_is_told_in_nynorsk_to_whom_prefers_it(town: Municipality) -> None:
    nynorsk = {"coding": [{"system": systems.LANGUAGES, "code": "nn-NO"}]}
    jan = Jan(town, communication=[{"language": nynorsk, "preferred": True}])
    unasked, nb, nn = (checked(town.unit, jan.plan, language) for language in (None, "nb", "nn"))
    assert [one["language"] for one in (unasked, nb, nn)] == ["nn", "nb", "nn"]
    assert unasked == nn
    assert nn["letters"]["g"] == (
        "missing",
        "Planperioden og når planen skal justerast: manglar (planperiode, dato for ny gjennomgang)",
    )
    assert nn["items"]["participants"]["text"] == "Deltakarar: finst"
    assert nb["items"]["participants"]["text"] == "Deltakere: finnes"


def test_each_point_is_filled_until_nothing_is_missing(town: Municipality) -> None:
    """The order a coordinator would take, each step telling less."""
    jan = Jan(town)
    coordinator = jan.physio.as_("coordinator")
    left = {"goals", "resources-needs", "person-part", "services-part", "kin-part", "measures", "responsible"}
    left |= {"extent", "carried-out", "period", "revision", "sharing-consent", "cooperation"}
    assert missing(checked(coordinator, jan.plan)) == left

    def filled(*points: str) -> None:
        left.difference_update(points)
        assert missing(checked(coordinator, jan.plan)) == left

    jan.gather("goal", goal(jan.patient))
    filled("goals")
    jan.changed(description="Glad i folk; trenger hjelp til å komme i gang.")
    filled("resources-needs")
    jan.gather("activity", activity(jan.patient, jan.patient, "2199-01-01"))
    filled("person-part", "measures", "responsible", "extent")
    jan.gather("activity", activity(jan.patient, jan.nurse.role, "2199-01-01", note=[{"text": "Ukentlig"}]))
    filled("services-part", "carried-out")
    jan.changed(note=[note("kin-part", "Mor følger til bussen."), note("cooperation", "Bare én tjeneste.", False)])
    filled("kin-part", "cooperation")
    jan.changed(period=YEAR, extension=[extension("review", valueDate="2027-06-01")])
    filled("period", "revision")
    town.consent(jan.patient, "sharing")
    filled("sharing-consent")
    whole = checked(coordinator, jan.plan)
    assert (whole["complete"], {status for status, _ in whole["letters"].values()}) == (
        True,
        {"present", "not-relevant"},
    )
    assert whole["letters"]["i"] == ("not-relevant", "Samarbeid med andre tjenester og etater: ikke aktuelt")
    assert "".join(whole["letters"]) == LETTERS


def test_a_measure_that_nobody_answers_for_is_named(town: Municipality) -> None:
    jan = Jan(town)
    jan.gather("activity", activity(jan.patient, jan.nurse.role, "2199-01-01"), activity(jan.patient))
    _, second = (held["reference"]["reference"] for held in jan.plan["activity"])
    items = checked(town.unit, jan.plan)["items"]
    assert (items["responsible"]["status"], items["responsible"]["lacks"]) == ("missing", [(second, "Task.owner")])
    assert items["extent"]["lacks"] == [(second, "Task.restriction")]
    undone = town.unit.read("Task", second.removeprefix("Task/"))
    town.unit.update(undone | {"status": "cancelled"})
    assert missing(checked(town.unit, jan.plan)).isdisjoint({"responsible", "extent"})


def test_a_member_whose_time_is_over_is_nobody(town: Municipality, clock: MovableClock) -> None:
    locum, patient = town.employee(), town.person()
    until = (clock.today + timedelta(days=2)).isoformat()
    town.team(patient, {"member": reference(locum.role), "period": {"start": "2026-01-01", "end": until}})
    town.consent(patient)
    made = town.unit.create(plan(patient))
    assert checked(town.unit, made)["items"]["participants"]["status"] == "present"
    clock.moved = timedelta(days=4)
    assert checked(town.api("coordinating-unit"), made)["items"]["participants"]["status"] == "missing"


def test_a_consent_that_has_run_out_is_none(town: Municipality, clock: MovableClock) -> None:
    patient = town.person()
    town.consent(patient, provision={"period": {"end": clock.today.isoformat()}})
    made = town.unit.create(plan(patient))
    assert checked(town.unit, made)["items"]["plan-consent"]["status"] == "present"
    clock.moved = timedelta(days=2)
    assert checked(town.api("coordinating-unit"), made)["items"]["plan-consent"]["status"] == "missing"


def test_it_is_asked_in_a_body_too(town: Municipality) -> None:
    jan = Jan(town)
    answer = town.unit.operate(f"CarePlan/{jan.plan['id']}/$check-content", language={"valueCode": "nn"})
    assert told(ok(answer, 200)) == checked(town.unit, jan.plan, "nn")
    assert told(ok(town.unit.operate(f"CarePlan/{jan.plan['id']}/$check-content"), 200))["language"] == "nb"


@pytest.mark.parametrize(
    ("asked", "place"),
    [("?language=en", "Parameters.parameter[0].valueString"), ("?tongue=nn", "Parameters.parameter[0]")],
)
def test_what_it_does_not_take_is_refused(town: Municipality, asked: str, place: str) -> None:
    jan = Jan(town)
    refused = town.unit.get(f"/fhir/CarePlan/{jan.plan['id']}/$check-content{asked}")
    assert [where for _, where in issues(refused, 400)] == [place]


@pytest.mark.parametrize("kinds", [("follow-up-plan",), ("crisis-plan",), ("external", "individual-plan")])
def test_other_plans_are_not_held_to_it(town: Municipality, kinds: tuple[str, ...]) -> None:
    made = town.unit.create(plan(town.person(), *kinds, period=YEAR))
    refused = town.unit.get(f"/fhir/CarePlan/{made['id']}/$check-content")
    assert broken(refused, 422) == [("content-individual", "CarePlan.category")]


def test_everyone_who_reads_the_plan_may_ask(town: Municipality) -> None:
    """The nurse and the mother's neighbour: one reads that there is consent, the other that there is no such plan."""
    jan = Jan(town)
    for api in (town.unit, town.system, jan.physio.as_("coordinator"), town.as_person(jan.patient), jan.her):
        assert checked(api, jan.plan) == checked(town.unit, jan.plan)
    nurse = checked(jan.nurse.as_("team"), jan.plan)
    assert nurse["partial"]
    assert nurse["items"]["plan-consent"]["found"] == [(f"CarePlan/{jan.plan['id']}", "CarePlan.status")]
    assert "sharing-consent" not in nurse["items"]
    stranger = town.employee().as_("team")
    hidden, nothing = (
        stranger.get(f"/fhir/CarePlan/{id}/$check-content")
        for id in (jan.plan["id"], "018bcfe5-687b-7000-8000-000000000001")
    )
    assert (hidden.status_code, hidden.json()) == (404, nothing.json())


def test_a_fact_on_a_third_party_answers_nothing_to_the_person(town: Municipality) -> None:
    jan = Jan(town)
    jan.gather("goal", goal(jan.patient, "Trygt når mor drikker", meta=label("third-party")))
    assert checked(jan.physio.as_("coordinator"), jan.plan)["items"]["goals"]["status"] == "present"
    own = checked(town.as_person(jan.patient), jan.plan)
    assert (own["items"]["goals"], own["partial"]) == (
        {"code": "goals", "status": "missing", "text": "Mål: mangler", "found": [], "lacks": []},
        True,
    )


def test_what_is_withheld_is_not_told(town: Municipality, other_town: Municipality) -> None:
    """To NAV, Berit's plan with the health service's goal and measure in it is as the plan without them."""

    def answered(place: Municipality, *, with_health: bool) -> httpx.Response:
        nav, patient = place.employee(place.organisation("nav")), place.person()
        place.team(patient, nav.role)
        place.consent(patient)
        place.denial(patient, nav.practitioner, "health")
        work = place.unit.create(goal(patient, "Jobbe deltid", meta=label("work")))
        gathered = {
            "goal": [reference(work)],
            "activity": [{"reference": reference(place.unit.create(open_work(patient)))}],
        }
        if with_health:
            sleep = place.unit.create(goal(patient, "Sove", meta=label("health")))
            pills = place.unit.create(activity(patient, meta=label("health"), note=[{"text": "Prøves"}]))
            gathered["goal"].insert(0, reference(sleep))
            gathered["activity"].insert(0, {"reference": reference(pills)})
        made = place.unit.create(plan(patient, meta=label("work"), **gathered))
        return nav.as_("team").get(f"/fhir/CarePlan/{made['id']}/$check-content")

    def open_work(patient: Json) -> Json:
        return activity(patient, due="2199-01-01", meta=label("work"))

    with_it, without = answered(town, with_health=True), answered(other_town, with_health=False)
    found, masked = told(ok(with_it, 200)), told(ok(without, 200))
    for one in (found, masked):
        for item in one["items"].values():
            item["found"] = [(where.partition("/")[0], path) for where, path in item["found"]]
            item["lacks"] = [(where.partition("/")[0], path) for where, path in item["lacks"]]
    assert found == masked
    assert found["partial"]
    assert len(with_it.content) == len(without.content)


def test_nothing_is_written(town: Municipality) -> None:
    jan = Jan(town)
    checked(jan.nurse.as_("team"), jan.plan)
    assert town.unit.read("CarePlan", jan.plan["id"])["meta"] == jan.plan["meta"]
