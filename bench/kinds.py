"""The searches that are measured: one line a kind, with a place for what is known of a sample of people."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from oppfolging_api.generate.directory import services, staff, worker
from oppfolging_api.generate.person import TEST_DATA, person
from oppfolging_api.generate.town import BLOCK, COORDINATOR_OF, Town
from oppfolging_api.kernel import systems
from oppfolging_api.kernel.caller import SCOPE_PREFIX, Role
from oppfolging_api.kernel.vocabulary import TASK_KIND, TaskKind
from oppfolging_api.keys import development_issuer
from oppfolging_api.settings import Settings

Facts = dict[str, str]


@dataclass(frozen=True, slots=True)
class Kind:
    name: str
    path: str
    role: Role = Role.COORDINATING_UNIT

    def asked(self, facts: Facts) -> str:
        return f"/fhir/{self.path.format_map(facts)}"


KINDS: Final = (
    Kind("id", "Patient?_id={patient}"),
    Kind("identifier", "Patient?identifier={identifier}"),
    Kind("token, common", "Task?status=in-progress&_count=20"),
    Kind("two tokens", "Task?status=requested&code={activity}&_count=20"),
    Kind("token not", "Task?status:not=completed&_count=20"),
    Kind("reference", "Goal?patient={patient}"),
    Kind("reference and token", "Task?patient={patient}&status=in-progress"),
    Kind("date, one day", "Communication?sent={sent}&_count=1"),
    Kind("date, before", "Task?due=lt{day}&_count=20"),
    Kind("reference and date", "Communication?patient={patient}&sent=ge{sent}"),
    Kind("string, beginning", "Patient?family={begins}&_count=5"),
    Kind("string, whole", "Patient?family={family}"),
    Kind("string, exact", "Patient?family:exact={family}"),
    Kind("string contains", "Patient?name:contains={ends}&_count=5"),
    Kind("string contains, rare", "Patient?name:contains={within}"),
    Kind("quantity", "Observation?value-quantity=gt11.5|http://unitsofmeasure.org|%25&_count=5"),
    Kind("composite", "Observation?code-value-quantity=8867-4$gt115&_count=5"),
    Kind("chain", "CarePlan?subject:Patient.identifier={identifier}"),
    Kind("chain, many", "Task?patient.family={begins}&_count=5"),
    Kind("_has", "Patient?_has:CareTeam:patient:participant={coordinator}"),
    Kind("_has, many", "Patient?_has:Observation:patient:code=8867-4&_count=5"),
    Kind("_include", "CarePlan?patient={patient}&_include=CarePlan:care-team&_include=CarePlan:goal"),
    Kind("_revinclude", "Patient?_id={patient}&_revinclude=Goal:patient&_revinclude=Task:patient"),
    Kind("compartment", "Patient/{patient}/CarePlan"),
    Kind("compartment, all", "Patient/{patient}/*"),
    Kind("system", "?_lastUpdated=ge2020-01-01&_count=20"),
    Kind("system, types", "?_type=Goal,Task&_tag={tag}&_count=20"),
    Kind("sort, one person", "Communication?patient={patient}&_sort=-sent"),
    Kind("sort, whole type", "Communication?_sort=-sent&_count=20"),
    Kind("sort by names", "Patient?_sort=family,given&_count=20"),
    Kind("date and token", "Task?due={due}&status=requested"),
    Kind("text of a code", "Task?code:text=aktivitet&_count=20"),
    Kind("missing", "Communication?based-on:missing=true&_count=20"),
    Kind("not missing", "Communication?based-on:missing=false&_count=20"),
    Kind("_tag", "Goal?_tag={tag}&_count=20"),
    Kind("history of type", "Task/_history?_count=20"),
    Kind("token, coordinator", "Task?status=in-progress", Role.COORDINATOR),
    Kind("date, coordinator", "Task?due=lt{day}", Role.COORDINATOR),
    Kind("string, coordinator", "Patient?name={begins}", Role.COORDINATOR),
    Kind("chain, coordinator", "Task?patient.family={begins}", Role.COORDINATOR),
)


def sample(town: Town, count: int) -> list[Facts]:
    """Of people with a team and a long name, spread over the town."""
    return [_first(town, range(n * town.people // count, town.people)) for n in range(count)]


def _first(town: Town, numbers: range) -> Facts:
    for number in numbers:
        resources = person(town, number)
        if "-" in resources[0]["name"][0]["family"] and any(one["resourceType"] == "CareTeam" for one in resources):
            return _facts(town, number, resources)
    raise ValueError("the town is too small to measure")


def token(settings: Settings, town: Town, role: Role, facts: Facts) -> str:
    """Of the coordinating unit, or of the person's coordinator."""
    subject, hpr, organisation = _claims(town, facts) if role is Role.COORDINATOR else ("unit", None, None)
    return development_issuer(settings).token(
        scopes=[SCOPE_PREFIX + role],
        municipalities=[town.code],
        subject=subject,
        hpr=hpr,
        organisation=organisation,
        expires_in=8 * 3600,
    )


def _claims(town: Town, facts: Facts) -> tuple[str, str | None, str]:
    """Who the coordinator is to the issuer: a name, a health personnel number where there is one, and the service."""
    id = facts["worker"]
    found = {one["id"]: one for one in (*services(town), *staff(town, int(facts["block"])))}
    identifier = found[id]["identifier"][0]
    service = found[found[f"{id}-role"]["organization"]["reference"].removeprefix("Organization/")]
    hpr = identifier["value"] if identifier["system"] == systems.HPR else None
    return id, hpr, service["identifier"][0]["value"]


def _facts(town: Town, number: int, resources: list[dict[str, Any]]) -> Facts:
    patient = resources[0]
    family = patient["name"][0]["family"]
    block, place = divmod(number, BLOCK)
    coordinator = worker(block, COORDINATOR_OF[place])
    sent = next(one["sent"] for one in resources if one["resourceType"] == "Communication")
    return {
        "block": str(block),
        "worker": coordinator,
        "patient": patient["id"],
        "identifier": f"{systems.FNR}|{patient['identifier'][0]['value']}",
        "family": family,
        "begins": family[:3],
        "ends": family[-3:],
        "within": family[2:-2],
        "coordinator": f"PractitionerRole/{coordinator}-role",
        "activity": f"{town.canonical.code_system(TASK_KIND)}|{TaskKind.ACTIVITY}",
        "tag": f"{TEST_DATA['system']}|{TEST_DATA['code']}",
        "sent": sent[:10],
        "due": (town.today + timedelta(days=-number % 60)).isoformat(),
        "day": (town.today + timedelta(days=-30)).isoformat(),
    }
