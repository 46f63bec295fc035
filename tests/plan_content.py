"""What $check-content answers, by letter and by point; and a plan that says nothing yet, to ask it of."""

from typing import Any

from plans import plan, relative
from support import Api, Json, Municipality, ok, reference


def checked(api: Api, made: Json, language: str | None = None) -> Json:
    """`language`, `complete`, `partial`, and by letter and by point what is told of it."""
    asked = f"?language={language}" if language else ""
    return told(ok(api.get(f"/fhir/CarePlan/{made['id']}/$check-content{asked}"), 200))


def told(answer: Json) -> Json:
    whole: Json = {"letters": {}, "items": {}}
    for parameter in answer["parameter"]:
        if parameter["name"] != "content":
            whole[parameter["name"]] = value(parameter)
            continue
        letter = named(parameter["part"])
        whole["letters"][letter["letter"]] = (letter["status"], letter["text"])
        for part in parameter["part"]:
            if part["name"] == "item":
                item = named(part["part"])
                whole["items"][item["code"]] = item | places(part["part"])
    return whole


def named(parts: list[Json]) -> Json:
    return {part["name"]: value(part) for part in parts if "part" not in part}


def places(parts: list[Json]) -> Json:
    found: Json = {"found": [], "lacks": []}
    for part in parts:
        if part["name"] in found:
            held = named(part["part"])
            found[part["name"]].append((held["reference"]["reference"], held["path"]))
    return found


def value(parameter: Json) -> Any:
    return next(held for name, held in parameter.items() if name.startswith("value"))


def missing(whole: Json) -> set[str]:
    return {code for code, item in whole["items"].items() if item["status"] == "missing"}


class Jan:
    """A person with a coordinator, a nurse and a mother around them, and a plan that says nothing yet."""

    def __init__(self, town: Municipality, **elements: Any) -> None:
        self.town = town
        self.physio, self.nurse = town.employee(), town.employee()
        self.patient = town.person(**elements)
        self.mother, self.her = relative(town, self.patient)
        members = (self.patient, self.nurse.role, self.mother)
        self.team = town.team(self.patient, *members, coordinator=self.physio.role)
        self.consent = town.consent(self.patient)
        self.plan = town.unit.create(plan(self.patient, careTeam=[reference(self.team)]))

    def changed(self, **elements: Any) -> None:
        self.plan = self.town.unit.update(self.plan | elements)

    def gather(self, name: str, *made: Json) -> None:
        """Goals, or activities, beside those that are there."""
        links = [reference(self.town.unit.create(one)) for one in made]
        links = [{"reference": link} for link in links] if name == "activity" else links
        self.changed(**{name: [*self.plan.get(name, []), *links]})
