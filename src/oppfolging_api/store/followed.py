"""What the worklist goes by: drawn from resources as what stands in store/projected.py, and how far its run is."""

from datetime import date, datetime

from sqlalchemy import Date, Index, Text
from sqlmodel import Field, SQLModel

from oppfolging_api.store.columns import key_column, moment_column, texts_column


class Work(SQLModel, table=True):
    """A Task of the worklist: what it is about, whose it is, and `since` when, which tells one occasion from another.
    `settled`: the service ended it. Each occasion has one Task for good."""

    __tablename__ = "work"
    __table_args__ = (
        Index("work_one", "municipality", "code", "focus", "since", unique=True),
        Index("work_person", "municipality", "person"),
        Index("work_focus", "municipality", "focus"),
    )

    municipality: str = key_column()
    id: str = key_column()
    code: str = Field(sa_type=Text)
    focus: str = Field(sa_type=Text)
    person: str | None = Field(default=None, sa_type=Text)
    owner: str | None = Field(default=None, sa_type=Text)
    since: datetime = moment_column()
    detail: str | None = Field(default=None, sa_type=Text)
    open: bool
    settled: bool


class JobRun(SQLModel, table=True):
    """A job that one process does once a day: the last `day` it was done for, the one `under_way` and how far it has
    come (`past`), and who is at it `until` when, unless it says so again."""

    __tablename__ = "job_run"

    job: str = key_column()
    day: date | None = Field(default=None, sa_type=Date)
    under_way: date | None = Field(default=None, sa_type=Date)
    past: list[str] = texts_column()
    holder: str | None = Field(default=None, sa_type=Text)
    until: datetime | None = moment_column(nullable=True)
