"""What every role may do with every type, as data: DESIGN section 5 and CONTRACT sections 1, 3, 4, 6 and 7.

A line is (role, type); its three columns are about the caller's own person, another person of the municipality, and
the same people's records in another municipality, where the same employees and the same person are known too. Each
column holds one letter an interaction, in the order of INTERACTIONS:

    +  done, or found        -  does not exist for the caller: 404, absent from a search and its total
    x  403                   r  422, as for a reference to what does not exist
    !  401

A create is about the person of its column, and in the directory points at an entry of it. What a role never may do to
a type is 403 before anything is read; what it may do elsewhere is 404 where it does not see the row. The system alone
may choose ids, so its update of an id it does not know is a create, refused for its references.

`team-informed` is the team scope in the layer `informed`. `Task*` is a Task the caller owns (the leader: their
organisation), focused on the ServiceRequest; `Task` is the coordinating unit's own. `Communication*` is the feedback
on the referral that made the ServiceRequest, `Communication` a message. The unit has written down the answers and
nobody is named as the message's sender: whoever writes one may change it, and only the unit changes what names nobody.
"""

from typing import NamedTuple

INTERACTIONS = ("read", "vread", "history", "search", "create", "update", "delete")
TARGETS = ("own person", "other person", "other municipality")
OWNED_TASK, FEEDBACK = "Task*", "Communication*"


class Line(NamedTuple):
    """`cells`: for each target its letters, one an interaction."""

    role: str
    type: str
    cells: tuple[str, str, str]


_TABLE = """
#role              type                   own person other person other municipality
coordinating-unit  Patient                ++++ +++   ++++ +++   ---- r--
coordinating-unit  RelatedPerson          ++++ +++   ++++ +++   ---- r--
coordinating-unit  ServiceRequest         ++++ +++   ++++ +++   ---- r--
coordinating-unit  Task                   ++++ +++   ++++ +++   ---- r--
coordinating-unit  CareTeam               ++++ +++   ++++ +++   ---- r--
coordinating-unit  CarePlan               ++++ +++   ++++ +++   ---- r--
coordinating-unit  Goal                   ++++ +++   ++++ +++   ---- r--
coordinating-unit  QuestionnaireResponse  ++++ +++   ++++ +++   ---- r--
coordinating-unit  Communication          ++++ +++   ++++ +++   ---- r--
coordinating-unit  Consent                ++++ +++   ++++ +++   ---- r--
coordinating-unit  Practitioner           ++++ +++   ++++ +++   ---- r--
coordinating-unit  PractitionerRole       ++++ +++   ++++ +++   ---- r--
coordinating-unit  Organization           ++++ +++   ++++ +++   ---- r--
coordinating-unit  Questionnaire          ++++ +++   ++++ +++   ---- r--
system             Patient                ++++ +++   ++++ +++   ---- rr-
system             RelatedPerson          ++++ +++   ++++ +++   ---- rr-
system             ServiceRequest         ++++ +++   ++++ +++   ---- rr-
system             Task                   ++++ +++   ++++ +++   ---- rr-
system             CareTeam               ++++ +++   ++++ +++   ---- rr-
system             CarePlan               ++++ +++   ++++ +++   ---- rr-
system             Goal                   ++++ +++   ++++ +++   ---- rr-
system             QuestionnaireResponse  ++++ +++   ++++ +++   ---- rr-
system             Communication          ++++ +++   ++++ +++   ---- rr-
system             Consent                ++++ +++   ++++ +++   ---- rr-
system             Practitioner           ++++ +++   ++++ +++   ---- rr-
system             PractitionerRole       ++++ +++   ++++ +++   ---- rr-
system             Organization           ++++ +++   ++++ +++   ---- rr-
system             Questionnaire          ++++ +++   ++++ +++   ---- rr-
coordinator        Patient                ++++ x+x   ---- x-x   ---- x-x
coordinator        RelatedPerson          ++++ +++   ---- r--   ---- r--
coordinator        ServiceRequest         ++++ x+x   ---- x-x   ---- x-x
coordinator        Task                   ++++ +++   ---- r--   ---- r--
coordinator        CareTeam               ++++ x+x   ---- x-x   ---- x-x
coordinator        CarePlan               ++++ +++   ---- r--   ---- r--
coordinator        Goal                   ++++ +++   ---- r--   ---- r--
coordinator        QuestionnaireResponse  ++++ +++   ---- r--   ---- r--
coordinator        Communication          ++++ +xx   ---- r--   ---- r--
coordinator        Consent                ++++ +++   ---- r--   ---- r--
coordinator        Practitioner           ++++ xxx   ++++ xxx   ---- xxx
coordinator        PractitionerRole       ++++ xxx   ++++ xxx   ---- xxx
coordinator        Organization           ++++ xxx   ++++ xxx   ---- xxx
coordinator        Questionnaire          ++++ xxx   ++++ xxx   ---- xxx
team               Patient                ++++ xxx   ---- xxx   ---- xxx
team               RelatedPerson          ++++ xxx   ---- xxx   ---- xxx
team               ServiceRequest         ++++ xxx   ---- xxx   ---- xxx
team               Task                   ++++ xxx   ---- x-x   ---- x-x
team               Task*                  ++++ x+x   ---- x-x   ---- x-x
team               CareTeam               ++++ xxx   ---- xxx   ---- xxx
team               CarePlan               ++++ xxx   ---- xxx   ---- xxx
team               Goal                   ++++ xxx   ---- xxx   ---- xxx
team               QuestionnaireResponse  ++++ +xx   ---- r-x   ---- r-x
team               Communication          ++++ +xx   ---- rxx   ---- rxx
team               Consent                ---- xxx   ---- xxx   ---- xxx
team               Practitioner           ++++ xxx   ++++ xxx   ---- xxx
team               PractitionerRole       ++++ xxx   ++++ xxx   ---- xxx
team               Organization           ++++ xxx   ++++ xxx   ---- xxx
team               Questionnaire          ++++ xxx   ++++ xxx   ---- xxx
team-informed      Patient                ++++ xxx   ---- xxx   ---- xxx
team-informed      RelatedPerson          ++++ xxx   ---- xxx   ---- xxx
team-informed      ServiceRequest         ++++ xxx   ---- xxx   ---- xxx
team-informed      Task                   ++++ xxx   ---- x-x   ---- x-x
team-informed      CareTeam               ++++ xxx   ---- xxx   ---- xxx
team-informed      CarePlan               ++++ xxx   ---- xxx   ---- xxx
team-informed      Goal                   ++++ xxx   ---- xxx   ---- xxx
team-informed      QuestionnaireResponse  ++++ xxx   ---- r-x   ---- r-x
team-informed      Communication          ++++ +xx   ---- rxx   ---- rxx
team-informed      Consent                ---- xxx   ---- xxx   ---- xxx
team-informed      Practitioner           ++++ xxx   ++++ xxx   ---- xxx
team-informed      PractitionerRole       ++++ xxx   ++++ xxx   ---- xxx
team-informed      Organization           ++++ xxx   ++++ xxx   ---- xxx
team-informed      Questionnaire          ++++ xxx   ++++ xxx   ---- xxx
leader             Patient                ++++ xxx   ---- xxx   ---- xxx
leader             RelatedPerson          ---- xxx   ---- xxx   ---- xxx
leader             ServiceRequest         ++++ xxx   ---- xxx   ---- xxx
leader             Task                   ---- x-x   ---- x-x   ---- x-x
leader             Task*                  ++++ x+x   ---- x-x   ---- x-x
leader             CareTeam               ---- xxx   ---- xxx   ---- xxx
leader             CarePlan               ---- xxx   ---- xxx   ---- xxx
leader             Goal                   ---- xxx   ---- xxx   ---- xxx
leader             QuestionnaireResponse  ---- xxx   ---- xxx   ---- xxx
leader             Communication          ---- xxx   ---- xxx   ---- xxx
leader             Consent                ---- xxx   ---- xxx   ---- xxx
leader             Practitioner           ++++ xxx   ++++ xxx   ---- xxx
leader             PractitionerRole       ++++ xxx   ++++ xxx   ---- xxx
leader             Organization           ++++ xxx   ++++ xxx   ---- xxx
leader             Questionnaire          ++++ xxx   ++++ xxx   ---- xxx
referrer           Patient                ---- xxx   ---- xxx   ---- xxx
referrer           RelatedPerson          ---- xxx   ---- xxx   ---- xxx
referrer           ServiceRequest         ++++ xxx   ---- xxx   ---- xxx
referrer           Task                   ---- xxx   ---- xxx   ---- xxx
referrer           CareTeam               ---- xxx   ---- xxx   ---- xxx
referrer           CarePlan               ---- xxx   ---- xxx   ---- xxx
referrer           Goal                   ---- xxx   ---- xxx   ---- xxx
referrer           QuestionnaireResponse  ---- xxx   ---- xxx   ---- xxx
referrer           Communication          ---- xxx   ---- xxx   ---- xxx
referrer           Communication*         ++++ xxx   ---- xxx   ---- xxx
referrer           Consent                ---- xxx   ---- xxx   ---- xxx
referrer           Practitioner           ++++ xxx   ++++ xxx   ---- xxx
referrer           PractitionerRole       ++++ xxx   ++++ xxx   ---- xxx
referrer           Organization           ++++ xxx   ++++ xxx   ---- xxx
referrer           Questionnaire          ++++ xxx   ++++ xxx   ---- xxx
person             Patient                ++++ xxx   ---- xxx   ---- xxx
person             RelatedPerson          ++++ xxx   ---- xxx   ---- xxx
person             ServiceRequest         ++++ xxx   ---- xxx   ---- xxx
person             Task                   ++++ xxx   ---- xxx   ---- xxx
person             CareTeam               ++++ xxx   ---- xxx   ---- xxx
person             CarePlan               ++++ xxx   ---- xxx   ---- xxx
person             Goal                   ++++ xxx   ---- xxx   ---- xxx
person             QuestionnaireResponse  ++++ +xx   ---- rxx   ---- rxx
person             Communication          ++++ +xx   ---- rxx   ---- rxx
person             Consent                ++++ ++x   ---- r-x   ---- r-x
person             Practitioner           ++++ xxx   ++++ xxx   ---- xxx
person             PractitionerRole       ++++ xxx   ++++ xxx   ---- xxx
person             Organization           ++++ xxx   ++++ xxx   ---- xxx
person             Questionnaire          ++++ xxx   ++++ xxx   ---- xxx
analyst            Patient                xxxx xxx   xxxx xxx   xxxx xxx
analyst            RelatedPerson          xxxx xxx   xxxx xxx   xxxx xxx
analyst            ServiceRequest         xxxx xxx   xxxx xxx   xxxx xxx
analyst            Task                   xxxx xxx   xxxx xxx   xxxx xxx
analyst            CareTeam               xxxx xxx   xxxx xxx   xxxx xxx
analyst            CarePlan               xxxx xxx   xxxx xxx   xxxx xxx
analyst            Goal                   xxxx xxx   xxxx xxx   xxxx xxx
analyst            QuestionnaireResponse  xxxx xxx   xxxx xxx   xxxx xxx
analyst            Communication          xxxx xxx   xxxx xxx   xxxx xxx
analyst            Consent                xxxx xxx   xxxx xxx   xxxx xxx
analyst            Practitioner           xxxx xxx   xxxx xxx   xxxx xxx
analyst            PractitionerRole       xxxx xxx   xxxx xxx   xxxx xxx
analyst            Organization           xxxx xxx   xxxx xxx   xxxx xxx
analyst            Questionnaire          xxxx xxx   xxxx xxx   xxxx xxx
no-role-of-ours    Patient                xxxx xxx   xxxx xxx   xxxx xxx
no-role-of-ours    RelatedPerson          xxxx xxx   xxxx xxx   xxxx xxx
no-role-of-ours    ServiceRequest         xxxx xxx   xxxx xxx   xxxx xxx
no-role-of-ours    Task                   xxxx xxx   xxxx xxx   xxxx xxx
no-role-of-ours    CareTeam               xxxx xxx   xxxx xxx   xxxx xxx
no-role-of-ours    CarePlan               xxxx xxx   xxxx xxx   xxxx xxx
no-role-of-ours    Goal                   xxxx xxx   xxxx xxx   xxxx xxx
no-role-of-ours    QuestionnaireResponse  xxxx xxx   xxxx xxx   xxxx xxx
no-role-of-ours    Communication          xxxx xxx   xxxx xxx   xxxx xxx
no-role-of-ours    Consent                xxxx xxx   xxxx xxx   xxxx xxx
no-role-of-ours    Practitioner           xxxx xxx   xxxx xxx   xxxx xxx
no-role-of-ours    PractitionerRole       xxxx xxx   xxxx xxx   xxxx xxx
no-role-of-ours    Organization           xxxx xxx   xxxx xxx   xxxx xxx
no-role-of-ours    Questionnaire          xxxx xxx   xxxx xxx   xxxx xxx
no-token           Patient                !!!! !!!   !!!! !!!   !!!! !!!
no-token           RelatedPerson          !!!! !!!   !!!! !!!   !!!! !!!
no-token           ServiceRequest         !!!! !!!   !!!! !!!   !!!! !!!
no-token           Task                   !!!! !!!   !!!! !!!   !!!! !!!
no-token           CareTeam               !!!! !!!   !!!! !!!   !!!! !!!
no-token           CarePlan               !!!! !!!   !!!! !!!   !!!! !!!
no-token           Goal                   !!!! !!!   !!!! !!!   !!!! !!!
no-token           QuestionnaireResponse  !!!! !!!   !!!! !!!   !!!! !!!
no-token           Communication          !!!! !!!   !!!! !!!   !!!! !!!
no-token           Consent                !!!! !!!   !!!! !!!   !!!! !!!
no-token           Practitioner           !!!! !!!   !!!! !!!   !!!! !!!
no-token           PractitionerRole       !!!! !!!   !!!! !!!   !!!! !!!
no-token           Organization           !!!! !!!   !!!! !!!   !!!! !!!
no-token           Questionnaire          !!!! !!!   !!!! !!!   !!!! !!!
"""


def _rows(table: str) -> list[list[str]]:
    return [text.split() for text in table.splitlines() if text and not text.startswith("#")]


def _line(role: str, type: str, *parts: str) -> Line:
    own, person, municipality = ("".join(parts[at : at + 2]) for at in (0, 2, 4))
    return Line(role, type, (own, person, municipality))


LINES = tuple(_line(*row) for row in _rows(_TABLE))

REVERSE = {
    "Patient": "organization",
    "ServiceRequest": "performer",
    "Task": "owner",
    "CareTeam": "participant",
    "CarePlan": "performer",
    "QuestionnaireResponse": "author",
    "Communication": "recipient",
    "Consent": "organization",
}
"""By which parameter what is about a person points at the coordinating unit, which everyone reads: `_revinclude` from
there brings what the role finds by a search, and no more."""

INCLUDES = {
    "CarePlan:goal": "other person Goal",
    "CarePlan:care-team": "other person CareTeam",
    "CarePlan:part-of": "other person CarePlan",
    "CarePlan:activity-reference": "other person Task",
    "Patient:link": "other person RelatedPerson",
    "ServiceRequest:subject": "own person Patient",
}
"""What `_include` brings along from the own person's resource, where the caller sees both."""

INCLUDED = {
    "coordinating-unit": "++++++",
    "system": "++++++",
    "coordinator": "-----+",
    "team": "-----+",
    "team-informed": "-----+",
    "leader": "0000-+",
    "referrer": "00000-",
    "person": "-----+",
}
"""+ found and brings it along; - found alone; 0 not found. In the order of INCLUDES."""

BOUND_BY_A_DENIAL_FOR = ("their organisation", "its parent", "another employer", "the practitioner")
LABELS = ("", "health", "mental-health", "school")
WITHHELD_TYPES = ("Goal", "CarePlan")


class Denial(NamedTuple):
    """`cells`: for each of WITHHELD_TYPES a letter a label of LABELS, + visible and - not."""

    role: str
    kind: str
    cells: tuple[str, str]


# Unlabelled, a Goal counts as health and a CarePlan as nothing; health covers mental-health, not the other way.
_DENIALS = """
#role              denied         Goal  CarePlan
coordinator        health         ---+  +--+
coordinator        mental-health  ++-+  ++-+
coordinator        school         +++-  +++-
team               health         ---+  +--+
team               mental-health  ++-+  ++-+
team               school         +++-  +++-
coordinating-unit  health         ++++  ++++
coordinating-unit  mental-health  ++++  ++++
coordinating-unit  school         ++++  ++++
person             health         ++++  ++++
person             mental-health  ++++  ++++
person             school         ++++  ++++
"""


class Relabelled(NamedTuple):
    """A Goal written with one set of labels, then another; by a caller's role, which versions may be read."""

    first: str
    second: str
    coordinator: str
    team: str
    unit: str
    person: str


# Health is withheld from coordinator and team. 12: both versions; 2: the second alone; 0: none, nor the Goal itself.
_RELABELLED = """
#first              second              coordinator  team  unit  person
mental-health       school              2            2     12    12
school              mental-health       0            0     12    12
none                school              2            2     12    12
school              none                0            0     12    12
school              housing             12           12    12    12
school,third-party  school              12           12    12    2
school              school,third-party  12           12    12    0
"""


DENIALS = tuple(Denial(role, kind, (goal, plan)) for role, kind, goal, plan in _rows(_DENIALS))
RELABELLED = tuple(Relabelled(*row) for row in _rows(_RELABELLED))
