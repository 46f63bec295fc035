"""`oppfolging-api demo`: Jan's story (DOMAIN section 7, F) over HTTP, from a referral to a second PSFS conversation.

A new Jan each time, in the seeded municipality, with a token a role; every answer is held up against what it should be.
Days are written as if the story began five months ago; what the service dates itself is dated today.
"""

import secrets

import httpx

from oppfolging_api.access.development import DevelopmentIssuerRefused
from oppfolging_api.demo_walk import Case, Json, Unexpected, code, expect, new_case, parameters, resources, stopped
from oppfolging_api.kernel.vocabulary import ConsentKind, Involvement, Layer, PlanKind
from oppfolging_api.seed.consent import consent
from oppfolging_api.seed.plan import activity, care_plan, goal
from oppfolging_api.seed.setting import ref, role, service
from oppfolging_api.seed.talk import Score, communication, conversation
from oppfolging_api.seed.team import GP, Member, care_team
from oppfolging_api.settings import Settings

BEGAN = -150
"""Days from today."""
COORDINATOR, NURSE, DOCTOR, OT = role("physio-jan"), role("nurse-jan"), role("gp-arne"), role("ot-aslaug")
REHAB = service("tindoy-rehab")


def walk(settings: Settings, address: str) -> int:
    """The exit status: 0 where every step was as it should be."""
    try:
        with httpx.Client(base_url=address, timeout=30) as client:
            case = new_case(settings, client)
            for chapter in _CHAPTERS:
                chapter(case)
    except httpx.TransportError as error:
        return stopped(f"no server answers at {address} ({type(error).__name__}): start one with `make run`")
    except (DevelopmentIssuerRefused, Unexpected) as error:
        return stopped(str(error))
    except (LookupError, TypeError, ValueError) as error:
        return stopped(f"expected another answer: {type(error).__name__} {error}")
    print(f"All {case.walk.steps} steps were as they should be.")
    return 0


def _referral(case: Case) -> None:
    walk, unit = case.walk, "The coordinating unit"
    for reference in (COORDINATOR, NURSE, DOCTOR):
        held = walk.does(unit, "looks in the directory", "GET", f"/fhir/{reference}", status=200)
        walk.tell(held["code"][0]["text"])
    form = {
        "messageId": f"demo-{secrets.token_hex(8)}",
        "patient": {"identifier": case.number, "name": "Jan Havrekil"},
        "reason": "Hjerneskade etter fall. Får hjelp av fem tjenester som ikke vet om hverandre.",
        "whatMatters": "Jan vil klare butikken og turene på egen hånd igjen.",
        "services": ["Hjemmetjenesten", "Rehabiliteringstjenesten", "Sykehuset"],
        "criteria": ["daily-life", "several-services", "long-lasting-illness"],
        "consentToShare": True,
        "personInformed": True,
    }
    sent = walk.does("The GP", "reports a need", "POST", "/referral", form, status=201)
    expect("status of the referral", sent["status"], "received")
    walk.tell(f"{sent['status']}: {sent['feedback'][0]['text']}")
    again = walk.does("The GP", "sends the same message again", "POST", "/referral", form, status=201)
    expect("answer to the same message", again, sent)
    walk.tell("the same answer, nothing changed")
    case.ids["ServiceRequest"] = sent["id"]
    request = walk.does(unit, "reads the referral", "GET", f"/fhir/ServiceRequest/{sent['id']}", status=200)
    case.ids["Patient"] = request["subject"]["reference"].removeprefix("Patient/")
    walk.tell(request["reasonCode"][0]["text"])
    found = walk.does(
        unit, "looks for other referrals", "GET", f"/fhir/ServiceRequest?subject={case.story.patient}", status=200
    )
    expect("referrals of this person", len(found["entry"]), 1)
    walk.tell("there is one")
    _demographics(case)


def _demographics(case: Case) -> None:
    walk, path, system = case.walk, f"/fhir/{case.story.patient}", "The journal system"
    person = walk.does(system, "reads who it is", "GET", path, status=200)
    walk.tell(person["name"][0]["text"])
    lives = [{"use": "home", "line": ["Naustveien 4"], "city": "Tindøy"}]
    known = walk.does(system, "writes where Jan lives", "PUT", path, person | {"address": lives}, status=200)
    expect("version of the person", known["meta"]["versionId"], "2")
    walk.tell(known["address"][0]["line"][0])


def _decision(case: Case) -> None:
    walk, id = case.walk, case.ids["ServiceRequest"]
    reason = {"name": "reason", "valueString": "Flere enn to tjenester, over lang tid."}
    path = f"/fhir/ServiceRequest/{id}/$decide"
    unready = parameters({"name": "outcome", "valueCode": "no-need"}, reason)
    who, what = "The coordinating unit", "would close it with nothing left"
    issue = walk.is_refused(who, what, "POST", path, unready, status=422)
    expect("the rule", code(issue["details"]), "decision-contact")
    team = parameters({"name": "outcome", "valueCode": "team"}, reason, {"name": "step", "valueInteger": 4})
    made = resources(walk.does("The coordinating unit", "decides on a full team", "POST", path, team, status=200))
    expect("resources of the decision", sorted(made), ["CareTeam", "Communication", "ServiceRequest", "Task"])
    case.ids["CareTeam"] = made["CareTeam"]["id"]
    walk.tell(f"CareTeam/{made['CareTeam']['id']} is {made['CareTeam']['status']}")
    heard = walk.does("The GP", "asks where it stands", "GET", f"/referral/{id}", status=200)
    expect("what the GP hears", (heard["status"], heard.get("outcome")), ("handled", "team"))
    walk.tell(f"{heard['status']}, {heard['outcome']}: {heard['feedback'][-1]['text']}")


def _coordinator(case: Case) -> None:
    walk, team = case.walk, case.ids["CareTeam"]
    asked = parameters(
        {"name": "coordinator", "valueReference": ref(COORDINATOR)},
        {"name": "reason", "valueString": "Fysioterapeuten følger Jan hver uke."},
        {"name": "wish", "valueString": "Jan vil helst ha fysioterapeuten."},
        {"name": "wishMet", "valueBoolean": True},
    )
    path = f"/fhir/CareTeam/{team}/$appoint-coordinator"
    task = resources(walk.does("The coordinating unit", "asks for a coordinator", "POST", path, asked, status=200))[
        "Task"
    ]
    expect("state of the question", task["status"], "requested")
    walk.tell(f"Task/{task['id']} is {task['status']}")
    path = f"/fhir/Task/{task['id']}"
    walk.does("The coordinator", "accepts", "PUT", path, task | {"status": "accepted"}, status=200)
    walk.tell("the period opens")
    heard = walk.does("The GP", "hears of it", "GET", f"/referral/{case.ids['ServiceRequest']}", status=200)
    expect("the GP hears who it is", "Tore Skogbråt" in heard["feedback"][-1]["text"], True)
    walk.tell(heard["feedback"][-1]["text"])


def _consent(case: Case) -> None:
    walk, story, who = case.walk, case.story, "The coordinator"
    issue = walk.is_refused(who, "would begin the plan", "POST", "/fhir/CarePlan", _empty_plan(case), status=422)
    expect("the rule", code(issue["details"]), "plan-consent")
    query = f"/fhir/Task?patient={story.person}&owner={COORDINATOR}&status=requested"
    tasks = walk.does(who, "looks for what is first to do", "GET", query, status=200)["entry"]
    task = tasks[0]["resource"]
    expect("kind of the first task", code(task["code"]), "obtain-consent")
    walk.tell(task["description"])
    for kind in (ConsentKind.PLAN, ConsentKind.SHARING):
        held = walk.does(
            who, f"obtains consent ({kind})", "POST", "/fhir/Consent", consent(story, kind, BEGAN), status=201
        )
        walk.tell(f"Consent/{held['id']} is {held['status']}")
    path = f"/fhir/Task/{task['id']}"
    walk.does(who, "has obtained consent", "PUT", path, task | {"status": "completed"}, status=200)
    walk.tell("the task is completed")


def _team(case: Case) -> None:
    walk, path = case.walk, f"/fhir/CareTeam/{case.ids['CareTeam']}"
    outer, part = Layer.OUTER, Involvement.PART
    members = [
        Member(NURSE, ("Sykepleier i hjemmetjenesten",), BEGAN),
        Member(OT, ("Ergoterapeut",), BEGAN),
        Member(DOCTOR, (GP,), BEGAN, layer=outer, involvement=part),
        Member(role("gp-nurse"), ("Sykepleier på legekontoret",), BEGAN, layer=outer, involvement=part),
        Member(role("stroke-doctor"), ("Lege",), BEGAN, layer=outer, involvement=Involvement.ON_REQUEST),
        Member(role("rehab-adviser"), ("Rådgiver",), BEGAN, layer=Layer.INFORMED, involvement=Involvement.INFORMED),
    ]
    new = care_team(case.story, "Teamet rundt Jan", (), BEGAN, members)["participant"]
    present = walk.does("The coordinator", "reads the team", "GET", path, status=200)
    expect("coordinator of the team", present["participant"][-1]["member"], ref(COORDINATOR))
    walk.tell(f"coordinator since {present['participant'][-1]['period']['start']}")
    whole = present | {"name": "Teamet rundt Jan", "participant": [*present["participant"], *new]}
    built = walk.does("The coordinator", "builds the team", "PUT", path, whole, status=200)
    expect("those on the team", len(built["participant"]), 8)
    walk.tell(f"{len(built['participant'])} on it, in three layers")


def _plan(case: Case) -> None:
    walk, story, who = case.walk, case.story, "The coordinator"
    goals = [
        goal(story, "shop", "Jeg vil handle i butikken alene.", BEGAN, 60),
        goal(story, "walk", "Jeg vil gå til naustet og hjem igjen uten å hvile.", BEGAN, 30),
    ]
    activities = [
        activity(story, "dosette", "Fylle dosett og ringe hver morgen", NURSE, BEGAN, 20, status="requested"),
        activity(story, "list", "Lage handleliste med bilder", OT, BEGAN, 20, status="requested"),
        activity(story, "group", "Plass i balansegruppe", REHAB, BEGAN, 14, status="requested"),
    ]
    made: dict[str, list[Json]] = {"Goal": [], "Task": []}
    for resource in (*goals, *activities):
        type = resource["resourceType"]
        made[type].append(walk.does(who, "adds to the plan", "POST", f"/fhir/{type}", resource, status=201))
        walk.tell(resource.get("description", {}) if type == "Task" else resource["description"]["text"])
    whole = _empty_plan(case) | {
        "goal": [ref(f"Goal/{one['id']}") for one in made["Goal"]],
        "activity": [{"reference": ref(f"Task/{one['id']}")} for one in made["Task"]],
    }
    plan = walk.does(who, "makes the individual plan", "POST", "/fhir/CarePlan", whole, status=201)
    expect("state of the plan", plan["status"], "active")
    walk.tell(f"CarePlan/{plan['id']} is {plan['status']}")


def _empty_plan(case: Case) -> Json:
    words = "Jan kan mye om båt og motor og har godt humør. Han trenger ro, faste avtaler og påminnelser."
    story = case.story
    plan = care_plan(
        story, "plan", PlanKind.INDIVIDUAL, "Individuell plan for Jan", BEGAN, 200, COORDINATOR, description=words
    )
    return plan | {"careTeam": [ref(f"CareTeam/{case.ids['CareTeam']}")]}


def _first_talk(case: Case) -> None:
    _talk(case, 1, BEGAN, 3, 2, 4, 5, following=20)


def _talk(case: Case, number: int, on: int, *scores: int, following: int) -> None:
    names = ("Handle i butikken", "Gå til naustet", "Snakke i telefonen", "Lese avisa")
    scored = tuple(Score(f"a{n}", *each) for n, each in enumerate(zip(names, scores, strict=True)))
    response = conversation(
        case.story, number, on, COORDINATOR, scored, following=following, note="Legemiddelgjennomgang."
    )
    what = f"writes down PSFS conversation {number}"
    walk = case.walk
    held = walk.does("The coordinator", what, "POST", "/fhir/QuestionnaireResponse", response, status=201)
    walk.tell(f"scores {', '.join(map(str, scores))} on {held['authored'][:10]}")


def _work(case: Case) -> None:
    walk, story, nurse = case.walk, case.story, "The nurse"
    query = f"/fhir/Task?patient={story.person}&owner={NURSE}"
    task = walk.does(nurse, "looks for own tasks", "GET", query, status=200)["entry"][0]["resource"]
    walk.tell(task["description"])
    path = f"/fhir/Task/{task['id']}"
    other = task | {"description": "Noe annet"}
    issue = walk.is_refused(nurse, "would rewrite the task", "PUT", path, other, status=403)
    expect("the element refused", issue["expression"], ["Task.description"])
    progress = task | {"status": "in-progress", "note": [{"text": "Dosetten er i gang. Jan svarer når vi ringer."}]}
    done = walk.does(nurse, "reports progress", "PUT", path, progress, status=200)
    expect("state of the task", done["status"], "in-progress")
    walk.tell(f"{done['status']}: {done['note'][0]['text']}")
    message = communication(story, "1", -28, NURSE, (COORDINATOR,), "Jan var svimmel i dag tidlig. Vi lot ham hvile.")
    walk.does(nurse, "writes to the coordinator", "POST", "/fhir/Communication", message, status=201)
    walk.tell("sent")
    query = f"/fhir/Communication?patient={story.person}&sender={NURSE}"
    found = walk.does("The coordinator", "reads the message", "GET", query, status=200)
    walk.tell(found["entry"][0]["resource"]["payload"][0]["contentString"])
    for type in ("CarePlan", "CareTeam"):
        own = walk.does("Jan", f"reads the own {type}", "GET", f"/fhir/{type}?patient={story.person}", status=200)
        expect(f"what Jan sees of {type}", [one["resource"]["status"] for one in own["entry"]], ["active"])
        held = own["entry"][0]["resource"]
        walk.tell(held.get("title") or held["name"])


def _service(case: Case) -> None:
    walk, story, who = case.walk, case.story, "The leader"
    query = f"/fhir/Task?patient={story.person}&owner={REHAB}"
    task = walk.does(who, "looks for what the service is asked", "GET", query, status=200)["entry"][0]["resource"]
    walk.tell(task["description"])
    path = f"/fhir/Task/{task['id']}"
    held = walk.does(who, "accepts for the service", "PUT", path, task | {"status": "accepted"}, status=200)
    expect("state of the task", held["status"], "accepted")
    walk.tell(held["status"])
    found = walk.does(who, "looks for the plan", "GET", f"/fhir/CarePlan?patient={story.person}", status=200)
    expect("what a leader finds of the plan", found.get("entry", []), [])
    walk.tell("only the task is the service's")


def _second_talk(case: Case) -> None:
    _talk(case, 2, -1, 6, 5, 7, 5, following=170)
    path = f"/fhir/{case.story.patient}/$psfs-trend"
    told = case.walk.does("Jan", "sees what has changed", "GET", path, status=200)["parameter"]
    expect("conversations", len(told), 2)
    last = {
        part["name"]: next(iter(reversed(part.values()))) for part in told[-1]["part"] if part["name"] != "activity"
    }
    expect("total", last["total"], 23)
    expect("change of the mean", last["compared-mean-change"], 2.25)
    expect("marked improvement", last["marked-improvement"], True)
    case.walk.tell(
        f"total {last['total']}, mean {last['mean']}, change {last['compared-mean-change']}: marked improvement"
    )


def _outsiders(case: Case) -> None:
    walk, story = case.walk, case.story
    for reference in (story.patient, f"CareTeam/{case.ids['CareTeam']}"):
        walk.is_refused("A nurse elsewhere", "looks for Jan", "GET", f"/fhir/{reference}", status=404)
    query = f"/fhir/CarePlan?patient={story.person}"
    found = walk.does("A nurse elsewhere", "searches", "GET", query, status=200)
    expect("what an outsider finds", found.get("entry", []), [])
    walk.tell("nothing is found")
    path = f"/referral/{case.ids['ServiceRequest']}"
    walk.tell(walk.does("A GP elsewhere", "asks for the referral", "GET", path, status=404)["detail"])


_CHAPTERS = (
    _referral, _decision, _coordinator, _consent, _team, _plan, _first_talk, _work, _service, _second_talk, _outsiders,
)  # fmt: skip
