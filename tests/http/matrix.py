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

`team-informed` is the team scope in the layer `informed`; the case-member is invited to a meeting about the own
person's referral. `Task*` is a Task the caller owns (the leader: their organisation), focused on the ServiceRequest;
`Task` is the coordinating unit's own. `Communication*` is the feedback on the referral that made the ServiceRequest,
`Communication` a message. The unit has written down the answers and nobody is named as the message's sender: whoever
writes one may change it, and only the unit changes what names nobody. What the service publishes (the types of
PUBLISHED) is the same in every municipality, and nobody writes it. An AuditEvent is composed of the access log
(COMPOSED): it has no versions, and nobody writes it either.
"""

from typing import NamedTuple

INTERACTIONS = ("read", "vread", "history", "search", "create", "update", "delete")
TARGETS = ("own person", "other person", "other municipality")
OWNED_TASK, FEEDBACK = "Task*", "Communication*"
PUBLISHED = ("StructureDefinition", "SearchParameter", "OperationDefinition", "CodeSystem", "ValueSet")

COMPOSED = ("AuditEvent",)


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
coordinating-unit  Observation            ++++ +++   ++++ +++   ---- r--
coordinating-unit  Condition              ++++ +++   ++++ +++   ---- r--
coordinating-unit  DocumentReference      ++++ +++   ++++ +++   ---- r--
coordinating-unit  Appointment            ++++ +++   ++++ +++   ---- r--
coordinating-unit  AppointmentResponse    ++++ +++   ++++ +++   ---- r--
coordinating-unit  Composition            ++++ +++   ++++ +++   ---- r--
coordinating-unit  Provenance             ++++ +++   ++++ +++   ---- r--
coordinating-unit  QuestionnaireResponse  ++++ +++   ++++ +++   ---- r--
coordinating-unit  Communication          ++++ +++   ++++ +++   ---- r--
coordinating-unit  Consent                ++++ +++   ++++ +++   ---- r--
coordinating-unit  Practitioner           ++++ +++   ++++ +++   ---- r--
coordinating-unit  PractitionerRole       ++++ +++   ++++ +++   ---- r--
coordinating-unit  Organization           ++++ +++   ++++ +++   ---- r--
coordinating-unit  HealthcareService      ++++ +++   ++++ +++   ---- r--
coordinating-unit  Location               ++++ +++   ++++ +++   ---- r--
coordinating-unit  Questionnaire          ++++ +++   ++++ +++   ---- r--
coordinating-unit  StructureDefinition    ++++ xxx   ++++ xxx   ++++ xxx
coordinating-unit  SearchParameter        ++++ xxx   ++++ xxx   ++++ xxx
coordinating-unit  OperationDefinition    ++++ xxx   ++++ xxx   ++++ xxx
coordinating-unit  CodeSystem             ++++ xxx   ++++ xxx   ++++ xxx
coordinating-unit  ValueSet               ++++ xxx   ++++ xxx   ++++ xxx
coordinating-unit  AuditEvent             +--+ xxx   +--+ xxx   ---- xxx
system             Patient                ++++ +++   ++++ +++   ---- rr-
system             RelatedPerson          ++++ +++   ++++ +++   ---- rr-
system             ServiceRequest         ++++ +++   ++++ +++   ---- rr-
system             Task                   ++++ +++   ++++ +++   ---- rr-
system             CareTeam               ++++ +++   ++++ +++   ---- rr-
system             CarePlan               ++++ +++   ++++ +++   ---- rr-
system             Goal                   ++++ +++   ++++ +++   ---- rr-
system             Observation            ++++ +++   ++++ +++   ---- rr-
system             Condition              ++++ +++   ++++ +++   ---- rr-
system             DocumentReference      ++++ +++   ++++ +++   ---- rr-
system             Appointment            ++++ +++   ++++ +++   ---- rr-
system             AppointmentResponse    ++++ +++   ++++ +++   ---- rr-
system             Composition            ++++ +++   ++++ +++   ---- rr-
system             Provenance             ++++ +++   ++++ +++   ---- rr-
system             QuestionnaireResponse  ++++ +++   ++++ +++   ---- rr-
system             Communication          ++++ +++   ++++ +++   ---- rr-
system             Consent                ++++ +++   ++++ +++   ---- rr-
system             Practitioner           ++++ +++   ++++ +++   ---- rr-
system             PractitionerRole       ++++ +++   ++++ +++   ---- rr-
system             Organization           ++++ +++   ++++ +++   ---- rr-
system             HealthcareService      ++++ +++   ++++ +++   ---- rr-
system             Location               ++++ +++   ++++ +++   ---- rr-
system             Questionnaire          ++++ +++   ++++ +++   ---- rr-
system             StructureDefinition    ++++ xxx   ++++ xxx   ++++ xxx
system             SearchParameter        ++++ xxx   ++++ xxx   ++++ xxx
system             OperationDefinition    ++++ xxx   ++++ xxx   ++++ xxx
system             CodeSystem             ++++ xxx   ++++ xxx   ++++ xxx
system             ValueSet               ++++ xxx   ++++ xxx   ++++ xxx
system             AuditEvent             ---- xxx   ---- xxx   ---- xxx
coordinator        Patient                ++++ x+x   ---- x-x   ---- x-x
coordinator        RelatedPerson          ++++ +++   ---- r--   ---- r--
coordinator        ServiceRequest         ++++ x+x   ---- x-x   ---- x-x
coordinator        Task                   ++++ +++   ---- r--   ---- r--
coordinator        CareTeam               ++++ x+x   ---- x-x   ---- x-x
coordinator        CarePlan               ++++ +++   ---- r--   ---- r--
coordinator        Goal                   ++++ +++   ---- r--   ---- r--
coordinator        Observation            ++++ +++   ---- r--   ---- r--
coordinator        Condition              ++++ +++   ---- r--   ---- r--
coordinator        DocumentReference      ++++ +++   ---- r--   ---- r--
coordinator        Appointment            ++++ +++   ---- r--   ---- r--
coordinator        AppointmentResponse    ++++ +++   ---- r--   ---- r--
coordinator        Composition            ++++ +++   ---- r--   ---- r--
coordinator        Provenance             ++++ +++   ---- r--   ---- r--
coordinator        QuestionnaireResponse  ++++ +++   ---- r--   ---- r--
coordinator        Communication          ++++ +xx   ---- r--   ---- r--
coordinator        Consent                ++++ +++   ---- r--   ---- r--
coordinator        Practitioner           ++++ xxx   ++++ xxx   ---- xxx
coordinator        PractitionerRole       ++++ xxx   ++++ xxx   ---- xxx
coordinator        Organization           ++++ xxx   ++++ xxx   ---- xxx
coordinator        HealthcareService      ++++ xxx   ++++ xxx   ---- xxx
coordinator        Location               ++++ xxx   ++++ xxx   ---- xxx
coordinator        Questionnaire          ++++ xxx   ++++ xxx   ---- xxx
coordinator        StructureDefinition    ++++ xxx   ++++ xxx   ++++ xxx
coordinator        SearchParameter        ++++ xxx   ++++ xxx   ++++ xxx
coordinator        OperationDefinition    ++++ xxx   ++++ xxx   ++++ xxx
coordinator        CodeSystem             ++++ xxx   ++++ xxx   ++++ xxx
coordinator        ValueSet               ++++ xxx   ++++ xxx   ++++ xxx
coordinator        AuditEvent             ---- xxx   ---- xxx   ---- xxx
team               Patient                ++++ xxx   ---- xxx   ---- xxx
team               RelatedPerson          ++++ xxx   ---- xxx   ---- xxx
team               ServiceRequest         ++++ xxx   ---- xxx   ---- xxx
team               Task                   ++++ xxx   ---- x-x   ---- x-x
team               Task*                  ++++ x+x   ---- x-x   ---- x-x
team               CareTeam               ++++ xxx   ---- xxx   ---- xxx
team               CarePlan               ++++ xxx   ---- xxx   ---- xxx
team               Goal                   ++++ xxx   ---- xxx   ---- xxx
team               Observation            ++++ xxx   ---- xxx   ---- xxx
team               Condition              ++++ xxx   ---- xxx   ---- xxx
team               DocumentReference      ++++ xxx   ---- xxx   ---- xxx
team               Appointment            ++++ xxx   ---- xxx   ---- xxx
team               AppointmentResponse    ++++ xxx   ---- xxx   ---- xxx
team               Composition            ++++ xxx   ---- xxx   ---- xxx
team               Provenance             ++++ xxx   ---- xxx   ---- xxx
team               QuestionnaireResponse  ++++ +xx   ---- r-x   ---- r-x
team               Communication          ++++ +xx   ---- rxx   ---- rxx
team               Consent                ---- xxx   ---- xxx   ---- xxx
team               Practitioner           ++++ xxx   ++++ xxx   ---- xxx
team               PractitionerRole       ++++ xxx   ++++ xxx   ---- xxx
team               Organization           ++++ xxx   ++++ xxx   ---- xxx
team               HealthcareService      ++++ xxx   ++++ xxx   ---- xxx
team               Location               ++++ xxx   ++++ xxx   ---- xxx
team               Questionnaire          ++++ xxx   ++++ xxx   ---- xxx
team               StructureDefinition    ++++ xxx   ++++ xxx   ++++ xxx
team               SearchParameter        ++++ xxx   ++++ xxx   ++++ xxx
team               OperationDefinition    ++++ xxx   ++++ xxx   ++++ xxx
team               CodeSystem             ++++ xxx   ++++ xxx   ++++ xxx
team               ValueSet               ++++ xxx   ++++ xxx   ++++ xxx
team               AuditEvent             ---- xxx   ---- xxx   ---- xxx
team-informed      Patient                ++++ xxx   ---- xxx   ---- xxx
team-informed      RelatedPerson          ++++ xxx   ---- xxx   ---- xxx
team-informed      ServiceRequest         ++++ xxx   ---- xxx   ---- xxx
team-informed      Task                   ++++ xxx   ---- x-x   ---- x-x
team-informed      CareTeam               ++++ xxx   ---- xxx   ---- xxx
team-informed      CarePlan               ++++ xxx   ---- xxx   ---- xxx
team-informed      Goal                   ++++ xxx   ---- xxx   ---- xxx
team-informed      Observation            ++++ xxx   ---- xxx   ---- xxx
team-informed      Condition              ++++ xxx   ---- xxx   ---- xxx
team-informed      DocumentReference      ++++ xxx   ---- xxx   ---- xxx
team-informed      Appointment            ++++ xxx   ---- xxx   ---- xxx
team-informed      AppointmentResponse    ++++ xxx   ---- xxx   ---- xxx
team-informed      Composition            ++++ xxx   ---- xxx   ---- xxx
team-informed      Provenance             ++++ xxx   ---- xxx   ---- xxx
team-informed      QuestionnaireResponse  ++++ xxx   ---- r-x   ---- r-x
team-informed      Communication          ++++ +xx   ---- rxx   ---- rxx
team-informed      Consent                ---- xxx   ---- xxx   ---- xxx
team-informed      Practitioner           ++++ xxx   ++++ xxx   ---- xxx
team-informed      PractitionerRole       ++++ xxx   ++++ xxx   ---- xxx
team-informed      Organization           ++++ xxx   ++++ xxx   ---- xxx
team-informed      HealthcareService      ++++ xxx   ++++ xxx   ---- xxx
team-informed      Location               ++++ xxx   ++++ xxx   ---- xxx
team-informed      Questionnaire          ++++ xxx   ++++ xxx   ---- xxx
team-informed      StructureDefinition    ++++ xxx   ++++ xxx   ++++ xxx
team-informed      SearchParameter        ++++ xxx   ++++ xxx   ++++ xxx
team-informed      OperationDefinition    ++++ xxx   ++++ xxx   ++++ xxx
team-informed      CodeSystem             ++++ xxx   ++++ xxx   ++++ xxx
team-informed      ValueSet               ++++ xxx   ++++ xxx   ++++ xxx
team-informed      AuditEvent             ---- xxx   ---- xxx   ---- xxx
case-member        Patient                ++++ xxx   ---- xxx   ---- xxx
case-member        RelatedPerson          ++++ xxx   ---- xxx   ---- xxx
case-member        ServiceRequest         ++++ xxx   ---- xxx   ---- xxx
case-member        Task                   ++++ xxx   ---- xxx   ---- xxx
case-member        CareTeam               ++++ xxx   ---- xxx   ---- xxx
case-member        CarePlan               ++++ xxx   ---- xxx   ---- xxx
case-member        Goal                   ++++ xxx   ---- xxx   ---- xxx
case-member        Observation            ++++ xxx   ---- xxx   ---- xxx
case-member        Condition              ++++ xxx   ---- xxx   ---- xxx
case-member        DocumentReference      ++++ xxx   ---- xxx   ---- xxx
case-member        Appointment            ++++ xxx   ---- xxx   ---- xxx
case-member        AppointmentResponse    ++++ xxx   ---- xxx   ---- xxx
case-member        Composition            ++++ xxx   ---- xxx   ---- xxx
case-member        Provenance             ++++ xxx   ---- xxx   ---- xxx
case-member        QuestionnaireResponse  ++++ +xx   ---- r-x   ---- r-x
case-member        Communication          ++++ +xx   ---- rxx   ---- rxx
case-member        Consent                ---- xxx   ---- xxx   ---- xxx
case-member        Practitioner           ++++ xxx   ++++ xxx   ---- xxx
case-member        PractitionerRole       ++++ xxx   ++++ xxx   ---- xxx
case-member        Organization           ++++ xxx   ++++ xxx   ---- xxx
case-member        HealthcareService      ++++ xxx   ++++ xxx   ---- xxx
case-member        Location               ++++ xxx   ++++ xxx   ---- xxx
case-member        Questionnaire          ++++ xxx   ++++ xxx   ---- xxx
case-member        StructureDefinition    ++++ xxx   ++++ xxx   ++++ xxx
case-member        SearchParameter        ++++ xxx   ++++ xxx   ++++ xxx
case-member        OperationDefinition    ++++ xxx   ++++ xxx   ++++ xxx
case-member        CodeSystem             ++++ xxx   ++++ xxx   ++++ xxx
case-member        ValueSet               ++++ xxx   ++++ xxx   ++++ xxx
case-member        AuditEvent             ---- xxx   ---- xxx   ---- xxx
leader             Patient                ++++ xxx   ---- xxx   ---- xxx
leader             RelatedPerson          ---- xxx   ---- xxx   ---- xxx
leader             ServiceRequest         ++++ xxx   ---- xxx   ---- xxx
leader             Task                   ---- x-x   ---- x-x   ---- x-x
leader             Task*                  ++++ x+x   ---- x-x   ---- x-x
leader             CareTeam               ---- xxx   ---- xxx   ---- xxx
leader             CarePlan               ---- xxx   ---- xxx   ---- xxx
leader             Goal                   ---- xxx   ---- xxx   ---- xxx
leader             Observation            ---- xxx   ---- xxx   ---- xxx
leader             Condition              ---- xxx   ---- xxx   ---- xxx
leader             DocumentReference      ---- xxx   ---- xxx   ---- xxx
leader             Appointment            ---- xxx   ---- xxx   ---- xxx
leader             AppointmentResponse    ---- xxx   ---- xxx   ---- xxx
leader             Composition            ---- xxx   ---- xxx   ---- xxx
leader             Provenance             ---- xxx   ---- xxx   ---- xxx
leader             QuestionnaireResponse  ---- xxx   ---- xxx   ---- xxx
leader             Communication          ---- xxx   ---- xxx   ---- xxx
leader             Consent                ---- xxx   ---- xxx   ---- xxx
leader             Practitioner           ++++ xxx   ++++ xxx   ---- xxx
leader             PractitionerRole       ++++ xxx   ++++ xxx   ---- xxx
leader             Organization           ++++ xxx   ++++ xxx   ---- xxx
leader             HealthcareService      ++++ xxx   ++++ xxx   ---- xxx
leader             Location               ++++ xxx   ++++ xxx   ---- xxx
leader             Questionnaire          ++++ xxx   ++++ xxx   ---- xxx
leader             StructureDefinition    ++++ xxx   ++++ xxx   ++++ xxx
leader             SearchParameter        ++++ xxx   ++++ xxx   ++++ xxx
leader             OperationDefinition    ++++ xxx   ++++ xxx   ++++ xxx
leader             CodeSystem             ++++ xxx   ++++ xxx   ++++ xxx
leader             ValueSet               ++++ xxx   ++++ xxx   ++++ xxx
leader             AuditEvent             ---- xxx   ---- xxx   ---- xxx
referrer           Patient                ---- xxx   ---- xxx   ---- xxx
referrer           RelatedPerson          ---- xxx   ---- xxx   ---- xxx
referrer           ServiceRequest         ++++ xxx   ---- xxx   ---- xxx
referrer           Task                   ---- xxx   ---- xxx   ---- xxx
referrer           CareTeam               ---- xxx   ---- xxx   ---- xxx
referrer           CarePlan               ---- xxx   ---- xxx   ---- xxx
referrer           Goal                   ---- xxx   ---- xxx   ---- xxx
referrer           Observation            ---- xxx   ---- xxx   ---- xxx
referrer           Condition              ---- xxx   ---- xxx   ---- xxx
referrer           DocumentReference      ---- xxx   ---- xxx   ---- xxx
referrer           Appointment            ---- xxx   ---- xxx   ---- xxx
referrer           AppointmentResponse    ---- xxx   ---- xxx   ---- xxx
referrer           Composition            ---- xxx   ---- xxx   ---- xxx
referrer           Provenance             ---- xxx   ---- xxx   ---- xxx
referrer           QuestionnaireResponse  ---- xxx   ---- xxx   ---- xxx
referrer           Communication          ---- xxx   ---- xxx   ---- xxx
referrer           Communication*         ++++ xxx   ---- xxx   ---- xxx
referrer           Consent                ---- xxx   ---- xxx   ---- xxx
referrer           Practitioner           ++++ xxx   ++++ xxx   ---- xxx
referrer           PractitionerRole       ++++ xxx   ++++ xxx   ---- xxx
referrer           Organization           ++++ xxx   ++++ xxx   ---- xxx
referrer           HealthcareService      ++++ xxx   ++++ xxx   ---- xxx
referrer           Location               ++++ xxx   ++++ xxx   ---- xxx
referrer           Questionnaire          ++++ xxx   ++++ xxx   ---- xxx
referrer           StructureDefinition    ++++ xxx   ++++ xxx   ++++ xxx
referrer           SearchParameter        ++++ xxx   ++++ xxx   ++++ xxx
referrer           OperationDefinition    ++++ xxx   ++++ xxx   ++++ xxx
referrer           CodeSystem             ++++ xxx   ++++ xxx   ++++ xxx
referrer           ValueSet               ++++ xxx   ++++ xxx   ++++ xxx
referrer           AuditEvent             ---- xxx   ---- xxx   ---- xxx
person             Patient                ++++ xxx   ---- xxx   ---- xxx
person             RelatedPerson          ++++ xxx   ---- xxx   ---- xxx
person             ServiceRequest         ++++ xxx   ---- xxx   ---- xxx
person             Task                   ++++ xxx   ---- xxx   ---- xxx
person             CareTeam               ++++ xxx   ---- xxx   ---- xxx
person             CarePlan               ++++ xxx   ---- xxx   ---- xxx
person             Goal                   ++++ xxx   ---- xxx   ---- xxx
person             Observation            ++++ xxx   ---- xxx   ---- xxx
person             Condition              ++++ xxx   ---- xxx   ---- xxx
person             DocumentReference      ++++ xxx   ---- xxx   ---- xxx
person             Appointment            ++++ xxx   ---- xxx   ---- xxx
person             AppointmentResponse    ++++ xxx   ---- xxx   ---- xxx
person             Composition            ++++ xxx   ---- xxx   ---- xxx
person             Provenance             ++++ xxx   ---- xxx   ---- xxx
person             QuestionnaireResponse  ++++ +xx   ---- rxx   ---- rxx
person             Communication          ++++ +xx   ---- rxx   ---- rxx
person             Consent                ++++ ++x   ---- r-x   ---- r-x
person             Practitioner           ++++ xxx   ++++ xxx   ---- xxx
person             PractitionerRole       ++++ xxx   ++++ xxx   ---- xxx
person             Organization           ++++ xxx   ++++ xxx   ---- xxx
person             HealthcareService      ++++ xxx   ++++ xxx   ---- xxx
person             Location               ++++ xxx   ++++ xxx   ---- xxx
person             Questionnaire          ++++ xxx   ++++ xxx   ---- xxx
person             StructureDefinition    ++++ xxx   ++++ xxx   ++++ xxx
person             SearchParameter        ++++ xxx   ++++ xxx   ++++ xxx
person             OperationDefinition    ++++ xxx   ++++ xxx   ++++ xxx
person             CodeSystem             ++++ xxx   ++++ xxx   ++++ xxx
person             ValueSet               ++++ xxx   ++++ xxx   ++++ xxx
person             AuditEvent             +--+ xxx   ---- xxx   ---- xxx
analyst            Patient                xxxx xxx   xxxx xxx   xxxx xxx
analyst            RelatedPerson          xxxx xxx   xxxx xxx   xxxx xxx
analyst            ServiceRequest         xxxx xxx   xxxx xxx   xxxx xxx
analyst            Task                   xxxx xxx   xxxx xxx   xxxx xxx
analyst            CareTeam               xxxx xxx   xxxx xxx   xxxx xxx
analyst            CarePlan               xxxx xxx   xxxx xxx   xxxx xxx
analyst            Goal                   xxxx xxx   xxxx xxx   xxxx xxx
analyst            Observation            xxxx xxx   xxxx xxx   xxxx xxx
analyst            Condition              xxxx xxx   xxxx xxx   xxxx xxx
analyst            DocumentReference      xxxx xxx   xxxx xxx   xxxx xxx
analyst            Appointment            xxxx xxx   xxxx xxx   xxxx xxx
analyst            AppointmentResponse    xxxx xxx   xxxx xxx   xxxx xxx
analyst            Composition            xxxx xxx   xxxx xxx   xxxx xxx
analyst            Provenance             xxxx xxx   xxxx xxx   xxxx xxx
analyst            QuestionnaireResponse  xxxx xxx   xxxx xxx   xxxx xxx
analyst            Communication          xxxx xxx   xxxx xxx   xxxx xxx
analyst            Consent                xxxx xxx   xxxx xxx   xxxx xxx
analyst            Practitioner           xxxx xxx   xxxx xxx   xxxx xxx
analyst            PractitionerRole       xxxx xxx   xxxx xxx   xxxx xxx
analyst            Organization           xxxx xxx   xxxx xxx   xxxx xxx
analyst            HealthcareService      xxxx xxx   xxxx xxx   xxxx xxx
analyst            Location               xxxx xxx   xxxx xxx   xxxx xxx
analyst            Questionnaire          xxxx xxx   xxxx xxx   xxxx xxx
analyst            StructureDefinition    xxxx xxx   xxxx xxx   xxxx xxx
analyst            SearchParameter        xxxx xxx   xxxx xxx   xxxx xxx
analyst            OperationDefinition    xxxx xxx   xxxx xxx   xxxx xxx
analyst            CodeSystem             xxxx xxx   xxxx xxx   xxxx xxx
analyst            ValueSet               xxxx xxx   xxxx xxx   xxxx xxx
analyst            AuditEvent             xxxx xxx   xxxx xxx   xxxx xxx
no-role-of-ours    Patient                xxxx xxx   xxxx xxx   xxxx xxx
no-role-of-ours    RelatedPerson          xxxx xxx   xxxx xxx   xxxx xxx
no-role-of-ours    ServiceRequest         xxxx xxx   xxxx xxx   xxxx xxx
no-role-of-ours    Task                   xxxx xxx   xxxx xxx   xxxx xxx
no-role-of-ours    CareTeam               xxxx xxx   xxxx xxx   xxxx xxx
no-role-of-ours    CarePlan               xxxx xxx   xxxx xxx   xxxx xxx
no-role-of-ours    Goal                   xxxx xxx   xxxx xxx   xxxx xxx
no-role-of-ours    Observation            xxxx xxx   xxxx xxx   xxxx xxx
no-role-of-ours    Condition              xxxx xxx   xxxx xxx   xxxx xxx
no-role-of-ours    DocumentReference      xxxx xxx   xxxx xxx   xxxx xxx
no-role-of-ours    Appointment            xxxx xxx   xxxx xxx   xxxx xxx
no-role-of-ours    AppointmentResponse    xxxx xxx   xxxx xxx   xxxx xxx
no-role-of-ours    Composition            xxxx xxx   xxxx xxx   xxxx xxx
no-role-of-ours    Provenance             xxxx xxx   xxxx xxx   xxxx xxx
no-role-of-ours    QuestionnaireResponse  xxxx xxx   xxxx xxx   xxxx xxx
no-role-of-ours    Communication          xxxx xxx   xxxx xxx   xxxx xxx
no-role-of-ours    Consent                xxxx xxx   xxxx xxx   xxxx xxx
no-role-of-ours    Practitioner           xxxx xxx   xxxx xxx   xxxx xxx
no-role-of-ours    PractitionerRole       xxxx xxx   xxxx xxx   xxxx xxx
no-role-of-ours    Organization           xxxx xxx   xxxx xxx   xxxx xxx
no-role-of-ours    HealthcareService      xxxx xxx   xxxx xxx   xxxx xxx
no-role-of-ours    Location               xxxx xxx   xxxx xxx   xxxx xxx
no-role-of-ours    Questionnaire          xxxx xxx   xxxx xxx   xxxx xxx
no-role-of-ours    StructureDefinition    xxxx xxx   xxxx xxx   xxxx xxx
no-role-of-ours    SearchParameter        xxxx xxx   xxxx xxx   xxxx xxx
no-role-of-ours    OperationDefinition    xxxx xxx   xxxx xxx   xxxx xxx
no-role-of-ours    CodeSystem             xxxx xxx   xxxx xxx   xxxx xxx
no-role-of-ours    ValueSet               xxxx xxx   xxxx xxx   xxxx xxx
no-role-of-ours    AuditEvent             xxxx xxx   xxxx xxx   xxxx xxx
no-token           Patient                !!!! !!!   !!!! !!!   !!!! !!!
no-token           RelatedPerson          !!!! !!!   !!!! !!!   !!!! !!!
no-token           ServiceRequest         !!!! !!!   !!!! !!!   !!!! !!!
no-token           Task                   !!!! !!!   !!!! !!!   !!!! !!!
no-token           CareTeam               !!!! !!!   !!!! !!!   !!!! !!!
no-token           CarePlan               !!!! !!!   !!!! !!!   !!!! !!!
no-token           Goal                   !!!! !!!   !!!! !!!   !!!! !!!
no-token           Observation            !!!! !!!   !!!! !!!   !!!! !!!
no-token           Condition              !!!! !!!   !!!! !!!   !!!! !!!
no-token           DocumentReference      !!!! !!!   !!!! !!!   !!!! !!!
no-token           Appointment            !!!! !!!   !!!! !!!   !!!! !!!
no-token           AppointmentResponse    !!!! !!!   !!!! !!!   !!!! !!!
no-token           Composition            !!!! !!!   !!!! !!!   !!!! !!!
no-token           Provenance             !!!! !!!   !!!! !!!   !!!! !!!
no-token           QuestionnaireResponse  !!!! !!!   !!!! !!!   !!!! !!!
no-token           Communication          !!!! !!!   !!!! !!!   !!!! !!!
no-token           Consent                !!!! !!!   !!!! !!!   !!!! !!!
no-token           Practitioner           !!!! !!!   !!!! !!!   !!!! !!!
no-token           PractitionerRole       !!!! !!!   !!!! !!!   !!!! !!!
no-token           Organization           !!!! !!!   !!!! !!!   !!!! !!!
no-token           HealthcareService      !!!! !!!   !!!! !!!   !!!! !!!
no-token           Location               !!!! !!!   !!!! !!!   !!!! !!!
no-token           Questionnaire          !!!! !!!   !!!! !!!   !!!! !!!
no-token           StructureDefinition    !!!! !!!   !!!! !!!   !!!! !!!
no-token           SearchParameter        !!!! !!!   !!!! !!!   !!!! !!!
no-token           OperationDefinition    !!!! !!!   !!!! !!!   !!!! !!!
no-token           CodeSystem             !!!! !!!   !!!! !!!   !!!! !!!
no-token           ValueSet               !!!! !!!   !!!! !!!   !!!! !!!
no-token           AuditEvent             !!!! !!!   !!!! !!!   !!!! !!!
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
    "Observation": "performer",
    "DocumentReference": "custodian",
    "Composition": "author",
    "Provenance": "agent",
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
    "case-member": "-----+",
    "leader": "0000-+",
    "referrer": "00000-",
    "person": "-----+",
}
"""+ found and brings it along; - found alone; 0 not found. In the order of INCLUDES."""

BOUND_BY_A_DENIAL_FOR = ("their organisation", "its parent", "another employer", "the practitioner")
LABELS = ("", "health", "mental-health", "school")
WITHHELD_TYPES = ("Goal", "CarePlan", "Observation", "Condition", "DocumentReference", "Appointment", "Composition")


class Denial(NamedTuple):
    """`cells`: for each of WITHHELD_TYPES a letter a label of LABELS, + visible and - not."""

    role: str
    kind: str
    cells: tuple[str, ...]


# Unlabelled, a Goal counts as health, as do the four beside it, a CarePlan and a Composition as nothing; health covers
# mental-health, not the other way.
_DENIALS = """
#role              denied         Goal  CarePlan  Observation  Condition  DocumentReference  Appointment  Composition
coordinator        health         ---+  +--+      ---+         ---+       ---+               ---+         +--+
coordinator        mental-health  ++-+  ++-+      ++-+         ++-+       ++-+               ++-+         ++-+
coordinator        school         +++-  +++-      +++-         +++-       +++-               +++-         +++-
team               health         ---+  +--+      ---+         ---+       ---+               ---+         +--+
team               mental-health  ++-+  ++-+      ++-+         ++-+       ++-+               ++-+         ++-+
team               school         +++-  +++-      +++-         +++-       +++-               +++-         +++-
coordinating-unit  health         ++++  ++++      ++++         ++++       ++++               ++++         ++++
coordinating-unit  mental-health  ++++  ++++      ++++         ++++       ++++               ++++         ++++
coordinating-unit  school         ++++  ++++      ++++         ++++       ++++               ++++         ++++
person             health         ++++  ++++      ++++         ++++       ++++               ++++         ++++
person             mental-health  ++++  ++++      ++++         ++++       ++++               ++++         ++++
person             school         ++++  ++++      ++++         ++++       ++++               ++++         ++++
"""


class Relabelled(NamedTuple):
    """A Goal written with one set of labels, then another; by a caller's role, which versions may be read."""

    first: str
    second: str
    seen: dict[str, str]


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


DENIALS = tuple(Denial(role, kind, tuple(cells)) for role, kind, *cells in _rows(_DENIALS))
_READERS = ("coordinator", "team", "coordinating-unit", "person")
RELABELLED = tuple(
    Relabelled(first, second, dict(zip(_READERS, seen, strict=True))) for first, second, *seen in _rows(_RELABELLED)
)
