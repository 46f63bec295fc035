"""Goals: in the person's own words, from the conversation about what matters, agreed on or not, and whose they are."""

import pytest

from plans import activity, broken, extension, goal, plan, relative
from support import CANONICAL, Json, Municipality, coding, issues, label, reference

ACHIEVEMENT = "http://terminology.hl7.org/CodeSystem/goal-achievement"


def from_conversation(key: str, **elements: object) -> Json:
    """A target that points at an activity of the conversation."""
    system = CANONICAL.questionnaire("psfs")
    return {"measure": {"coding": [{"system": system, "code": key, "display": "Handle selv"}]}, **elements}


def test_a_goal_has_a_voice_a_date_and_how_far_it_has_come(town: Municipality) -> None:
    patient = town.person()
    target = [{"dueDate": "2027-03-01"}]
    made = town.unit.create(goal(patient, "Jeg vil på kamp.", target=target))
    came = {"achievementStatus": coding(ACHIEVEMENT, "improving"), "statusDate": "2026-10-01"}
    made = town.unit.update(made | came)
    town.unit.create(goal(patient, "Jeg vil sove.", target=[{"dueDate": "2028-01-01"}]))
    own = town.as_person(patient)
    assert own.read("Goal", made["id"])["description"] == {"text": "Jeg vil på kamp."}
    assert own.found("Goal?achievement-status=improving") == [f"Goal/{made['id']}"]
    assert own.found("Goal?target-date=lt2027-06-01") == [f"Goal/{made['id']}"]


def test_a_goal_says_whose_voice_it_is(town: Municipality) -> None:
    patient = town.person()
    claimed = goal(patient, meta={"profile": [CANONICAL.extension("goal")]})
    del claimed["extension"]
    assert issues(town.unit.post("/fhir/Goal", claimed), 422) == [("required", "Goal.extension")]
    interpreted = goal(patient, extension=[extension("voice", valueCode="interpreted")])
    assert town.unit.create(interpreted)["extension"] == [extension("voice", valueCode="interpreted")]


def test_where_the_parties_do_not_agree_it_is_said_who(town: Municipality) -> None:
    """Bjørnar wants to live alone; his brother does not agree."""
    patient = town.person()
    voice = extension("voice", valueCode="person")
    alone = extension("agreement", extension=[{"url": "status", "valueCode": "not-agreed"}])
    refused = town.unit.post("/fhir/Goal", goal(patient, extension=[voice, alone]))
    assert broken(refused, 422) == [("goal-agreement", "Goal.extension[1]")]
    alone["extension"].append({"url": "with", "valueString": "Broren"})
    assert town.unit.create(goal(patient, extension=[voice, alone]))["extension"] == [voice, alone]


@pytest.mark.parametrize("wished", [{}, {"detailInteger": 0}, {"detailInteger": 10}])
def test_a_goal_points_at_what_was_talked_about(town: Municipality, wished: Json) -> None:
    patient = town.person()
    target = [from_conversation("a1", dueDate="2027-01-01", **wished)]
    assert town.unit.create(goal(patient, target=target))["target"] == target


@pytest.mark.parametrize("wished", [{"detailInteger": 11}, {"detailInteger": -1}, {"detailString": "7"}])
def test_a_score_is_a_whole_number_from_0_to_10(town: Municipality, wished: Json) -> None:
    target = [{"dueDate": "2027-01-01"}, from_conversation("a1", **wished)]
    refused = town.unit.post("/fhir/Goal", goal(town.person(), target=target))
    assert broken(refused, 422) == [("goal-psfs", "Goal.target[1]")]


def test_whether_there_has_been_a_conversation_is_not_told(town: Municipality) -> None:
    physio, patient = town.employee(), town.person()
    town.team(patient, coordinator=physio.role)
    made = physio.as_("coordinator").create(goal(patient, target=[from_conversation("never-asked")]))
    assert made["target"][0]["measure"]["coding"][0]["code"] == "never-asked"


def test_facts_on_third_parties_are_not_the_persons_to_read(town: Municipality) -> None:
    """Natalie's mother drinks: the coordinator needs to know, and Natalie does not read it here."""
    physio, patient = town.employee(), town.person()
    kin, her = relative(town, patient)
    town.team(patient, kin, coordinator=physio.role)
    town.consent(patient)
    kept = town.unit.create(goal(patient, "Trygge rammer når mor drikker", meta=label("third-party")))
    work = town.unit.create(activity(patient, physio.role, meta=label("third-party")))
    open_goal = town.unit.create(goal(patient))
    gathered = {"goal": [reference(kept), reference(open_goal)], "activity": [{"reference": reference(work)}]}
    made = town.unit.create(plan(patient, **gathered))
    assert physio.as_("coordinator").read("CarePlan", made["id"])["goal"] == gathered["goal"]
    for reader in (town.as_person(patient), her):
        assert reader.get(f"/fhir/Goal/{kept['id']}").status_code == 404
        assert reader.get(f"/fhir/Task/{work['id']}").status_code == 404
        shown = reader.read("CarePlan", made["id"])
        assert shown["goal"] == [reference(open_goal)]
        assert "activity" not in shown


def test_the_unit_releases_what_the_person_may_read_after_all(town: Municipality) -> None:
    patient = town.person()
    kept = town.unit.create(goal(patient, meta=label("third-party")))
    own = town.as_person(patient)
    assert own.get(f"/fhir/Goal/{kept['id']}").status_code == 404
    released = town.unit.operate(f"Goal/{kept['id']}/$meta-delete", meta={"valueMeta": label("third-party")})
    assert released.status_code == 200, released.text
    assert own.read("Goal", kept["id"])["description"] == kept["description"]
