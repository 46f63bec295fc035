"""What the policy and the rules look at, drawn from the resources that say it: a projection holds only what its own
resource says, and is joined where it is read."""

from datetime import date, datetime

from sqlalchemy import Date, Index, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from oppfolging_api.store.columns import key_column, moment_column, texts_column


class KnownIdentity(SQLModel, table=True):
    """Who a verified number stands for. Keys are `system|value`, or `pid|` and the keyed hash of an identity number.

    `born`: of a Patient, whose own access begins at an age.
    """

    __tablename__ = "identity"
    __table_args__ = (
        Index(
            "identity_one",
            "municipality",
            "type",
            "key",
            unique=True,
            postgresql_where=text("type <> 'RelatedPerson'"),
        ),
        Index("identity_key", "key", "type"),
    )

    municipality: str = key_column()
    type: str = key_column()
    id: str = key_column()
    key: str = key_column()
    born: date | None = Field(default=None, sa_type=Date)


class Employment(SQLModel, table=True):
    """A PractitionerRole: who works where, and when."""

    __tablename__ = "employment"
    __table_args__ = (Index("employment_practitioner", "municipality", "practitioner"),)

    municipality: str = key_column()
    id: str = key_column()
    practitioner: str | None = Field(default=None, sa_type=Text)
    organisation: str | None = Field(default=None, sa_type=Text)
    general_practitioner: bool
    active: bool
    starts: datetime | None = moment_column(nullable=True)
    ends: datetime | None = moment_column(nullable=True)


class WorkedFor(SQLModel, table=True):
    """Whom a PractitionerRole has ever been for: kept by a trigger on `employment`, and for good. `practitioner` is
    empty where it was nobody's."""

    __tablename__ = "worked_for"
    __table_args__ = (Index("worked_for_role", "municipality", "role"),)

    municipality: str = key_column()
    practitioner: str = key_column()
    role: str = key_column()
    organisation: str = key_column()


class OrganisationPart(SQLModel, table=True):
    """Organization.partOf."""

    __tablename__ = "organisation_part"

    municipality: str = key_column()
    id: str = key_column()
    part_of: str = Field(sa_type=Text)


class Relation(SQLModel, table=True):
    """A RelatedPerson: who they are related to, and whether they hold authority as guardian, in all or in what."""

    __tablename__ = "relation"

    municipality: str = key_column()
    id: str = key_column()
    person: str = Field(sa_type=Text)
    guardian: bool
    authority: str | None = Field(default=None, sa_type=Text)
    active: bool
    starts: datetime | None = moment_column(nullable=True)
    ends: datetime | None = moment_column(nullable=True)


class Membership(SQLModel, table=True):
    """Who is on whose team, in which layer and when; `active` is the team's state."""

    __tablename__ = "membership"
    __table_args__ = (
        Index("membership_member", "municipality", "member"),
        Index("membership_person", "municipality", "person"),
    )

    municipality: str = key_column()
    id: str = key_column()
    position: int = Field(primary_key=True)
    person: str = Field(sa_type=Text)
    member: str = Field(sa_type=Text)
    coordinator: bool
    layer: str = Field(sa_type=Text)
    active: bool
    starts: datetime | None = moment_column(nullable=True)
    ends: datetime | None = moment_column(nullable=True)


class SoleActive(SQLModel, table=True):
    """What a person may have only one of at a time. The check waits for the commit, so one transaction can swap."""

    __tablename__ = "sole_active"
    __table_args__ = (
        UniqueConstraint(
            "municipality", "slot", "person", name="sole_active_person", deferrable=True, initially="DEFERRED"
        ),
    )

    municipality: str = key_column()
    type: str = key_column()
    id: str = key_column()
    slot: str = Field(sa_type=Text)
    person: str = Field(sa_type=Text)


class Assignment(SQLModel, table=True):
    """A Task: who owns it and what it is about."""

    __tablename__ = "assignment"
    __table_args__ = (
        Index("assignment_owner", "municipality", "owner"),
        Index("assignment_focus", "municipality", "focus"),
    )

    municipality: str = key_column()
    id: str = key_column()
    owner: str = Field(sa_type=Text)
    focus: str | None = Field(default=None, sa_type=Text)
    person: str | None = Field(default=None, sa_type=Text)
    open: bool


class Denial(SQLModel, table=True):
    """One rule of an active sharing consent: kinds of information withheld from an Organization or a Practitioner."""

    __tablename__ = "denial"
    __table_args__ = (Index("denial_actor", "municipality", "actor"),)

    municipality: str = key_column()
    id: str = key_column()
    position: int = Field(primary_key=True)
    person: str = Field(sa_type=Text)
    actor: str = Field(sa_type=Text)
    kinds: list[str] = texts_column()
    starts: datetime | None = moment_column(nullable=True)
    ends: datetime | None = moment_column(nullable=True)


class Permit(SQLModel, table=True):
    """One reader of a person's crisis plan, an Organization or a Practitioner, by an active emergency consent."""

    __tablename__ = "permit"
    __table_args__ = (Index("permit_actor", "municipality", "actor"),)

    municipality: str = key_column()
    id: str = key_column()
    position: int = Field(primary_key=True)
    person: str = Field(sa_type=Text)
    actor: str = Field(sa_type=Text)
    starts: datetime | None = moment_column(nullable=True)
    ends: datetime | None = moment_column(nullable=True)


class Invitation(SQLModel, table=True):
    """Who takes part in a meeting about a referral; `open` until the meeting is called off."""

    __tablename__ = "invitation"
    __table_args__ = (Index("invitation_member", "municipality", "member"),)

    municipality: str = key_column()
    id: str = key_column()
    position: int = Field(primary_key=True)
    person: str = Field(sa_type=Text)
    member: str = Field(sa_type=Text)
    referral: str = Field(sa_type=Text)
    open: bool


class ReferralCourse(SQLModel, table=True):
    """How far the work with a referral has come, drawn from the Task that carries it: what its sender is told and what
    figures of time are made from. `status` and `outcome` are the Task's; `decided` is when it ended."""

    __tablename__ = "referral_course"
    __table_args__ = (
        Index("referral_course_referral", "municipality", "referral"),
        Index("referral_course_received", "municipality", "received"),
        Index("referral_course_person", "municipality", "person"),
    )

    municipality: str = key_column()
    id: str = key_column()
    referral: str = Field(sa_type=Text)
    person: str | None = Field(default=None, sa_type=Text)
    status: str = Field(sa_type=Text)
    outcome: str | None = Field(default=None, sa_type=Text)
    received: datetime = moment_column()
    due: datetime | None = moment_column(nullable=True)
    decided: datetime | None = moment_column(nullable=True)


class FeedbackLink(SQLModel, table=True):
    """A Communication that answers a referral: what the sender may read, when it was sent, NULL before that, and when
    the sender's system receipted for it, or what it said as it rejected it (`refused`)."""

    __tablename__ = "feedback_link"
    __table_args__ = (Index("feedback_link_referral", "municipality", "referral"),)

    municipality: str = key_column()
    id: str = key_column()
    referral: str = key_column()
    sent: datetime | None = moment_column(nullable=True)
    received: datetime | None = moment_column(nullable=True)
    refused: str | None = Field(default=None, sa_type=Text)
