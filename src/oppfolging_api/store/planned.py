"""What is asked of everybody's plans at once (plan/missing.py): drawn from resources as what stands in
store/projected.py."""

from datetime import date, datetime

from sqlalchemy import Date, Index, Text, text
from sqlmodel import Field, SQLModel

from oppfolging_api.store.columns import key_column, moment_column, texts_column


class HeldPlan(SQLModel, table=True):
    """A CarePlan of ours. `parts`: the goals and activities it gathers, as `Type/id`. Points of its content: `told` are
    those it answers itself, `lacks` those it leaves something out of, `waived` those it says do not apply."""

    __tablename__ = "care_plan"
    __table_args__ = (Index("care_plan_person", "municipality", "person"),)

    municipality: str = key_column()
    id: str = key_column()
    person: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    external: bool
    status: str = Field(sa_type=Text)
    state: str | None = Field(default=None, sa_type=Text)
    ask_again: date | None = Field(default=None, sa_type=Date)
    starts: datetime | None = moment_column(nullable=True)
    ends: datetime | None = moment_column(nullable=True)
    review: date | None = Field(default=None, sa_type=Date)
    author: str | None = Field(default=None, sa_type=Text)
    parts: list[str] = texts_column()
    told: list[str] = texts_column()
    lacks: list[str] = texts_column()
    waived: list[str] = texts_column()


class GoalCourse(SQLModel, table=True):
    """A Goal: whether it is still wanted, the last day it is to be reached by, and when it is looked at again."""

    __tablename__ = "goal_course"
    __table_args__ = (Index("goal_course_person", "municipality", "person"),)

    municipality: str = key_column()
    id: str = key_column()
    person: str = Field(sa_type=Text)
    open: bool
    due: date | None = Field(default=None, sa_type=Date)
    review: date | None = Field(default=None, sa_type=Date)


class Activity(SQLModel, table=True):
    """A Task that is a measure for somebody. `void`: it came to nothing. `extent`: it says until when or how many
    times; `told`: it says how."""

    __tablename__ = "activity"
    __table_args__ = (
        Index("activity_person", "municipality", "person"),
        Index("activity_due", "municipality", "due", postgresql_where=text("open")),
    )

    municipality: str = key_column()
    id: str = key_column()
    person: str = Field(sa_type=Text)
    owner: str | None = Field(default=None, sa_type=Text)
    open: bool
    void: bool
    due: datetime | None = moment_column(nullable=True)
    extent: bool
    told: bool


class ConsentTerm(SQLModel, table=True):
    """A kind of Consent somebody has given: whether it stands, and from when to when."""

    __tablename__ = "consent_term"
    __table_args__ = (Index("consent_term_person", "municipality", "person"),)

    municipality: str = key_column()
    id: str = key_column()
    kind: str = key_column()
    person: str = Field(sa_type=Text)
    active: bool
    starts: datetime | None = moment_column(nullable=True)
    ends: datetime | None = moment_column(nullable=True)
