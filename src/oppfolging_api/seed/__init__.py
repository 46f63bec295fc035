"""The nine teams of DOMAIN section 7 as FHIR resources, in two invented municipalities.

People, services and numbers are invented: identity numbers of the synthetic series, organisation numbers and health
personnel numbers outside the series in use. Every date is counted from the day the seed is made for.
"""

from datetime import date
from itertools import chain

from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.seed import fjordvik, tindoy
from oppfolging_api.seed.directory import Place, directory
from oppfolging_api.seed.setting import Municipality, Persona, Setting

__all__ = ["Municipality", "Persona", "municipalities"]


def municipalities(canonical: Canonical, today: date) -> list[Municipality]:
    """Both municipalities as of a day."""
    return [_municipality(place, canonical, today) for place in (fjordvik.PLACE, tindoy.PLACE)]


def _municipality(place: Place, canonical: Canonical, today: date) -> Municipality:
    setting = Setting(canonical, today, place.code, place.town, place.unit)
    told = chain.from_iterable(story(setting) for story in place.stories)
    resources = [*directory(setting, place.services, place.staff), *told]
    return Municipality(place.code, resources, {each.role: each for each in place.personas(setting)})
