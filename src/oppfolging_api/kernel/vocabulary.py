"""The codes of this service's own CodeSystems (CONTRACT sections 3 to 7), each below `Canonical.code_system(...)`.

One class a CodeSystem, its name in the constant above. Extension names stand in `Extension`.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

INFORMATION_KIND: Final = "information-kind"
CONSENT_KIND: Final = "consent-kind"
TEAM_ROLE: Final = "team-role"
TEAM_CATEGORY: Final = "team-category"
PLAN_KIND: Final = "plan-kind"
PLAN_STATE: Final = "plan-state"
PLAN_CONTENT: Final = "plan-content"
CONTENT_STATUS: Final = "content-status"
VOICE: Final = "voice"
AGREEMENT: Final = "agreement"
COMMUNICATION_CATEGORY: Final = "communication-category"
SERVICE_TYPE: Final = "service-type"
TASK_KIND: Final = "task-kind"
MESSAGE_TASK: Final = "message-task"
WORKLIST: Final = "worklist"
REFERRAL: Final = "referral"
RESULT: Final = "task-result"
RULE: Final = "rule"


class InformationKind(StrEnum):
    """What a resource tells about: `meta.security`. Health covers mental-health and substance-use."""

    HEALTH = "health"
    MENTAL_HEALTH = "mental-health"
    SUBSTANCE_USE = "substance-use"
    ECONOMY = "economy"
    WORK = "work"
    SCHOOL = "school"
    CHILD_WELFARE = "child-welfare"
    HOUSING = "housing"
    SOCIAL = "social"
    THIRD_PARTY = "third-party"


class ConsentKind(StrEnum):
    """Consent.category."""

    PLAN = "plan"
    SHARING = "sharing"
    EMERGENCY = "emergency"


class TeamRole(StrEnum):
    """CareTeam.participant.role where Volven 9034 has no code."""

    CHILD_COORDINATOR = "child-coordinator"


class TeamCategory(StrEnum):
    """CareTeam.category."""

    FULL = "full"
    COORDINATOR_ONLY = "coordinator-only"
    LIGHT = "light"
    NEW = "new"
    CONVERTED = "converted-ansvarsgruppe"


class PlanKind(StrEnum):
    """CarePlan.category."""

    INDIVIDUAL = "individual-plan"
    FOLLOW_UP = "follow-up-plan"
    CRISIS = "crisis-plan"
    WEEK = "week-plan"
    EARLY_MEASURES = "early-measures"
    EXTERNAL = "external"


class PlanState(StrEnum):
    """Extension `plan-state` of CarePlan: why there is no plan."""

    DECLINED = "declined"
    POSTPONED = "postponed"


class PlanContent(StrEnum):
    """What an individual plan contains: the letters of FOR-2011-12-16-1256 § 19, and what each is asked by."""

    A = "a"
    B = "b"
    C = "c"
    D = "d"
    E = "e"
    F = "f"
    G = "g"
    H = "h"
    I = "i"  # noqa: E741 (the letter of the regulation)
    GOALS = "goals"
    RESOURCES_NEEDS = "resources-needs"
    PARTICIPANTS = "participants"
    COORDINATOR = "coordinator"
    PERSON_PART = "person-part"
    SERVICES_PART = "services-part"
    KIN_PART = "kin-part"
    MEASURES = "measures"
    RESPONSIBLE = "responsible"
    EXTENT = "extent"
    CARRIED_OUT = "carried-out"
    PERIOD = "period"
    REVISION = "revision"
    PLAN_CONSENT = "plan-consent"
    SHARING_CONSENT = "sharing-consent"
    COOPERATION = "cooperation"


class ContentStatus(StrEnum):
    """Whether a plan answers a point of its content."""

    PRESENT = "present"
    MISSING = "missing"
    NOT_RELEVANT = "not-relevant"


class Voice(StrEnum):
    """Extension `voice` of Goal: whose it is."""

    PERSON = "person"
    INTERPRETED = "interpreted"
    NEXT_OF_KIN = "next-of-kin"
    GUARDIAN = "guardian"


class Agreement(StrEnum):
    """Extension `agreement` of Goal, its part `status`."""

    AGREED = "agreed"
    NOT_AGREED = "not-agreed"


class CommunicationCategory(StrEnum):
    """Communication.category."""

    FEEDBACK = "feedback"
    MESSAGE = "message"
    MINUTES = "minutes"
    INVITATION = "invitation"


class ServiceType(StrEnum):
    """Organization.type."""

    MUNICIPALITY = "municipality"
    COORDINATING_UNIT = "coordinating-unit"
    GP_OFFICE = "gp-office"
    HOME_CARE = "home-care"
    MENTAL_HEALTH = "mental-health"
    REHABILITATION = "rehabilitation"
    SCHOOL = "school"
    KINDERGARTEN = "kindergarten"
    PPT = "ppt"
    NAV = "nav"
    CHILD_WELFARE = "child-welfare"
    HOSPITAL = "hospital"
    DPS = "dps"
    HOUSING = "housing"
    PUBLIC_HEALTH = "public-health"
    OTHER = "other"


SERVICE_TELLS: Final[Mapping[str, tuple[InformationKind, ...]]] = {
    ServiceType.HOME_CARE: (InformationKind.HEALTH,),
    ServiceType.MENTAL_HEALTH: (InformationKind.MENTAL_HEALTH,),
    ServiceType.REHABILITATION: (InformationKind.HEALTH,),
    ServiceType.SCHOOL: (InformationKind.SCHOOL,),
    ServiceType.KINDERGARTEN: (InformationKind.SCHOOL,),
    ServiceType.PPT: (InformationKind.SCHOOL,),
    ServiceType.NAV: (InformationKind.WORK, InformationKind.ECONOMY),
    ServiceType.CHILD_WELFARE: (InformationKind.CHILD_WELFARE,),
    ServiceType.HOSPITAL: (InformationKind.HEALTH,),
    ServiceType.DPS: (InformationKind.MENTAL_HEALTH,),
    ServiceType.HOUSING: (InformationKind.HOUSING,),
    ServiceType.PUBLIC_HEALTH: (InformationKind.HEALTH,),
}
"""What it tells of somebody that a service of that type has to do with them. Everybody has a general practitioner."""


class Authority(StrEnum):
    """Extension `authority` of RelatedPerson: what a guardian is guardian for, where it is not everything."""

    ECONOMY = "economy"
    HEALTH = "health"


class TaskKind(StrEnum):
    """Task.code of this service's Tasks."""

    REFERRAL = "referral"
    APPOINT_COORDINATOR = "appoint-coordinator"
    HAND_OVER = "hand-over"
    OBTAIN_CONSENT = "obtain-consent"
    ACTIVITY = "activity"


class MessageTask(StrEnum):
    """Task.code of the coordinating unit's work with messages: Tasks about nobody."""

    UNSORTED = "unsorted"
    REJECTED = "rejected"


class Worklist(StrEnum):
    """Task.code of what the records say is to be done: Tasks that the service makes and ends by itself."""

    FEEDBACK_UNDELIVERED = "feedback-undelivered"
    REFERRAL_WAITING = "referral-waiting"
    APPOINTMENT_TO_MAKE = "appointment-to-make"
    COORDINATOR_GONE = "coordinator-gone"
    PLAN_PART_MISSING = "plan-part-missing"
    EVALUATION_DUE = "evaluation-due"
    PSFS_DUE = "psfs-due"
    ACTIVITY_OVERDUE = "activity-overdue"
    MINUTES_MISSING = "minutes-missing"
    CONSENT_EXPIRING = "consent-expiring"
    NO_NEXT_CONTACT = "no-next-contact"
    TRANSITION_DUE = "transition-due"
    ASK_AGAIN = "ask-again"
    REVIEW_DUE = "review-due"


class Outcome(StrEnum):
    """What the coordinating unit decides on a referral (DOMAIN section 3.4)."""

    TEAM = "team"
    COORDINATOR_ONLY = "coordinator-only"
    CONTACT_PERSON = "contact-person"
    MEASURES = "measures"
    NO_NEED = "no-need"
    DECLINED = "declined"


class Layer(StrEnum):
    """Extension `layer` of CareTeam.participant."""

    CORE = "core"
    OUTER = "outer"
    INFORMED = "informed"


class Involvement(StrEnum):
    """Extension `involvement` of CareTeam.participant."""

    EVERY_MEETING = "every-meeting"
    PART = "part"
    YEARLY = "yearly"
    ON_REQUEST = "on-request"
    INFORMED = "informed"


class Result(StrEnum):
    """Task.output.type and Task.input.type of this service's Tasks."""

    OUTCOME = "outcome"
    REASON = "reason"
    STEP = "step"
    CONTACT = "contact"
    REVIEW = "review"
    EXPLAINED = "explained"
    TEAM = "team"
    KIND = "coordinator-kind"
    WISH = "wish"
    WISH_MET = "wish-met"
    EXPECTATIONS = "expectations"
    REMARK = "remark"
    SETTLED = "settled"


class Extension(StrEnum):
    """Names below `Canonical.extension(...)`."""

    LAYER = "layer"
    INVOLVEMENT = "involvement"
    VACANCY = "vacancy"
    VOICE = "voice"
    AGREEMENT = "agreement"
    PLAN_STATE = "plan-state"
    REVIEW = "review"
    CONTENT = "content"
    CONSENT_TO_SHARE = "consent-to-share"
    PERSON_INFORMED = "person-informed"
    WHAT_MATTERS = "what-matters"
    SERVICE_IN = "service-in"
    CRITERION = "criterion"
    ON_BEHALF_OF = "on-behalf-of"
    LANGUAGE = "language"
    INTERPRETER = "interpreter"
    EXPECTED = "expected"
    AUTHORITY = "authority"
