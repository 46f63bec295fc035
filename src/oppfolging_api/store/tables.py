"""The relational store (DESIGN section 6). The stored JSON is the truth; everything else here is a projection of it.

The municipality is the first column of every key and index. Rows of packaged resources carry the municipality `*`.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    DateTime,
    Identity,
    Index,
    LargeBinary,
    Numeric,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.types import UserDefinedType
from sqlmodel import Field, SQLModel

PACKAGED = "*"

_INSTANT: Any = DateTime(timezone=True)
_TEXTS: Any = ARRAY(Text)
_IN_CODE_ORDER: Any = Text(collation="C")


class TransactionId(UserDefinedType[str]):
    """xid8, the id of the writing transaction: feeds stop at the oldest one still open (DESIGN D13)."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "xid8"


_XID: Any = TransactionId()


def _key(**options: Any) -> Any:
    return Field(primary_key=True, sa_type=Text, **options)


def _texts() -> Any:
    return Field(sa_type=_TEXTS, nullable=False)


def _moment(*, nullable: bool = False) -> Any:
    return Field(default=None, sa_type=_INSTANT, nullable=nullable)


def _transaction() -> Any:
    return Field(sa_type=_XID, nullable=False, sa_column_kwargs={"server_default": text("pg_current_xact_id()")})


class Resource(SQLModel, table=True):
    """The current version of a resource, its body exactly as served, empty once deleted."""

    __tablename__ = "resource"

    municipality: str = _key()
    type: str = _key()
    id: str = _key()
    version: int
    updated: datetime = _moment()
    deleted: bool
    body: bytes = Field(sa_type=LargeBinary)
    transaction: str = _transaction()


class ResourceVersion(SQLModel, table=True):
    """Every version there has been, the current one too; `kinds` are the labels that version counted as."""

    __tablename__ = "resource_version"
    __table_args__ = (
        Index("resource_version_feed", "municipality", "type", "transaction", "id", "version"),
        Index("resource_version_updated", "municipality", "updated", "transaction"),
    )

    municipality: str = _key()
    id: str = _key()
    type: str = _key()
    version: int = Field(primary_key=True)
    method: str = Field(sa_type=Text)
    updated: datetime = _moment()
    person: str | None = Field(default=None, sa_type=Text)
    kinds: list[str] = _texts()
    body: bytes = Field(sa_type=LargeBinary)
    transaction: str = _transaction()


class Find(SQLModel, table=True):
    """What a search and the policy look at, one narrow row a resource; read through the view `tenant_find`,
    or, where only the index on the keys is to be used, `tenant_find_by_keys`.

    `keys` are those of store/index.py: `parameter=value` for every token, reference and URI, `parameter` where there is
    a value at all, `@Type/id` for everything referred to.
    """

    __tablename__ = "find"
    __table_args__ = (
        Index("find_keys", "keys", postgresql_using="gin"),
        Index("find_updated", "municipality", "type", "updated", "id"),
        Index("find_person", "municipality", "person", "type", "updated", "id"),
    )

    municipality: str = _key()
    id: str = _key()
    type: str = _key()
    person: str | None = Field(default=None, sa_type=Text)
    updated: datetime = _moment()
    deleted: bool
    kinds: list[str] = _texts()
    keys: list[str] = _texts()


class FindString(SQLModel, table=True):
    """Folded text, in one order whatever that of the database is, so that an index finds what it begins with; read
    through the view `tenant_find_string`, or by the pieces of the text through `tenant_find_string_by_pieces`."""

    __tablename__ = "find_string"
    __table_args__ = (
        Index("find_string_value", "municipality", "type", "parameter", "value", "id"),
        Index(
            "find_string_pieces",
            text("pieces(parameter, value)"),
            postgresql_using="gin",
            postgresql_where=text(r"parameter NOT LIKE '%\:text'"),
        ),
    )

    municipality: str = _key()
    id: str = _key()
    type: str = _key()
    position: int = Field(primary_key=True)
    parameter: str = Field(sa_type=Text)
    value: str = Field(sa_type=_IN_CODE_ORDER)
    exact: str = Field(sa_type=Text)


class FindDate(SQLModel, table=True):
    """The half-open range of instants a date covers; read through the view `tenant_find_date`."""

    __tablename__ = "find_date"
    __table_args__ = (
        Index("find_date_low", "municipality", "type", "parameter", "low", "high", "id"),
        Index("find_date_high", "municipality", "type", "parameter", "high", "id"),
    )

    municipality: str = _key()
    id: str = _key()
    type: str = _key()
    position: int = Field(primary_key=True)
    parameter: str = Field(sa_type=Text)
    low: datetime = _moment()
    high: datetime = _moment()


class FindQuantity(SQLModel, table=True):
    """The half-open range of numbers a quantity covers, infinite where it is open; read through the view
    `tenant_find_quantity`."""

    __tablename__ = "find_quantity"
    __table_args__ = (
        Index("find_quantity_low", "municipality", "type", "parameter", "low", "high", "id"),
        Index("find_quantity_high", "municipality", "type", "parameter", "high", "id"),
        Index("find_measure_low", "municipality", "type", "parameter", "system", "code", "low", "high", "id"),
        Index("find_measure_high", "municipality", "type", "parameter", "system", "code", "high", "id"),
    )

    municipality: str = _key()
    id: str = _key()
    type: str = _key()
    position: int = Field(primary_key=True)
    parameter: str = Field(sa_type=Text)
    low: Decimal = Field(sa_type=Numeric)
    high: Decimal = Field(sa_type=Numeric)
    system: str | None = Field(default=None, sa_type=Text)
    code: str | None = Field(default=None, sa_type=Text)
    unit: str | None = Field(default=None, sa_type=Text)


class KnownIdentity(SQLModel, table=True):
    """Who a verified number stands for. Keys are `system|value`, or `pid|` and the keyed hash of an identity number."""

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

    municipality: str = _key()
    type: str = _key()
    id: str = _key()
    key: str = _key()


class Employment(SQLModel, table=True):
    """A PractitionerRole: who works where, and when."""

    __tablename__ = "employment"
    __table_args__ = (Index("employment_practitioner", "municipality", "practitioner"),)

    municipality: str = _key()
    id: str = _key()
    practitioner: str | None = Field(default=None, sa_type=Text)
    organisation: str | None = Field(default=None, sa_type=Text)
    general_practitioner: bool
    active: bool
    starts: datetime | None = _moment(nullable=True)
    ends: datetime | None = _moment(nullable=True)


class OrganisationPart(SQLModel, table=True):
    """Organization.partOf."""

    __tablename__ = "organisation_part"

    municipality: str = _key()
    id: str = _key()
    part_of: str = Field(sa_type=Text)


class Relation(SQLModel, table=True):
    """A RelatedPerson: who they are related to, and whether they hold authority as guardian."""

    __tablename__ = "relation"

    municipality: str = _key()
    id: str = _key()
    person: str = Field(sa_type=Text)
    guardian: bool
    active: bool
    starts: datetime | None = _moment(nullable=True)
    ends: datetime | None = _moment(nullable=True)


class Membership(SQLModel, table=True):
    """Who is on whose team, in which layer and when; `active` is the team's state."""

    __tablename__ = "membership"
    __table_args__ = (
        Index("membership_member", "municipality", "member"),
        Index("membership_person", "municipality", "person"),
    )

    municipality: str = _key()
    id: str = _key()
    position: int = Field(primary_key=True)
    person: str = Field(sa_type=Text)
    member: str = Field(sa_type=Text)
    coordinator: bool
    layer: str = Field(sa_type=Text)
    active: bool
    starts: datetime | None = _moment(nullable=True)
    ends: datetime | None = _moment(nullable=True)


class SoleActive(SQLModel, table=True):
    """What a person may have only one of at a time. The check waits for the commit, so one transaction can swap."""

    __tablename__ = "sole_active"
    __table_args__ = (
        UniqueConstraint(
            "municipality", "slot", "person", name="sole_active_person", deferrable=True, initially="DEFERRED"
        ),
    )

    municipality: str = _key()
    type: str = _key()
    id: str = _key()
    slot: str = Field(sa_type=Text)
    person: str = Field(sa_type=Text)


class Assignment(SQLModel, table=True):
    """A Task: who owns it and what it is about."""

    __tablename__ = "assignment"
    __table_args__ = (Index("assignment_owner", "municipality", "owner"),)

    municipality: str = _key()
    id: str = _key()
    owner: str = Field(sa_type=Text)
    focus: str | None = Field(default=None, sa_type=Text)
    person: str | None = Field(default=None, sa_type=Text)
    open: bool


class Denial(SQLModel, table=True):
    """One rule of an active sharing consent: kinds of information withheld from an Organization or a Practitioner."""

    __tablename__ = "denial"
    __table_args__ = (Index("denial_actor", "municipality", "actor"),)

    municipality: str = _key()
    id: str = _key()
    position: int = Field(primary_key=True)
    person: str = Field(sa_type=Text)
    actor: str = Field(sa_type=Text)
    kinds: list[str] = _texts()
    starts: datetime | None = _moment(nullable=True)
    ends: datetime | None = _moment(nullable=True)


class FeedbackLink(SQLModel, table=True):
    """A Communication that answers a referral: what the sender may read."""

    __tablename__ = "feedback_link"
    __table_args__ = (Index("feedback_link_referral", "municipality", "referral"),)

    municipality: str = _key()
    id: str = _key()
    referral: str = _key()


class ReferralReceipt(SQLModel, table=True):
    """That a message was received: one row a sender and message id, with a digest of what it said.

    `sender` is the key of the token's organisation, or the keyed hash of an identity number where a person refers.
    """

    __tablename__ = "referral_receipt"
    __table_args__ = (Index("receipt_referral", "municipality", "referral", unique=True),)

    municipality: str = _key()
    sender: str = _key()
    message_id: str = _key()
    digest: bytes = Field(sa_type=LargeBinary)
    referral: str = Field(sa_type=Text)
    hears_outcome: bool
    received: datetime = _moment()


class Outbox(SQLModel, table=True):
    """Every change, in the transaction that made it; deliveries read it later."""

    __tablename__ = "outbox"

    municipality: str = _key()
    number: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    type: str = Field(sa_type=Text)
    id: str = Field(sa_type=Text)
    version: int
    method: str = Field(sa_type=Text)
    transaction: str = _transaction()


class AccessLog(SQLModel, table=True):
    """Who read or wrote what about whom. Append only, one partition a month, never an identity number or a body."""

    __tablename__ = "access_log"
    __table_args__ = (
        Index("access_log_person", "municipality", "person", "at"),
        {"postgresql_partition_by": "RANGE (at)"},
    )

    municipality: str = _key()
    at: datetime = Field(primary_key=True, sa_type=_INSTANT)
    number: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    request: str = Field(sa_type=Text)
    issuer: str | None = Field(default=None, sa_type=Text)
    subject: str | None = Field(default=None, sa_type=Text)
    hpr: str | None = Field(default=None, sa_type=Text)
    organisation: str | None = Field(default=None, sa_type=Text)
    roles: list[str] = _texts()
    interaction: str = Field(sa_type=Text)
    status: int
    type: str | None = Field(default=None, sa_type=Text)
    id: str | None = Field(default=None, sa_type=Text)
    person: str | None = Field(default=None, sa_type=Text)


class IssuerKey(SQLModel, table=True):
    """The last good keys of a token issuer, so that a worker can start while the issuer is down."""

    __tablename__ = "issuer_key"

    issuer: str = _key()
    fetched: datetime = _moment()
    jwks: bytes = Field(sa_type=LargeBinary)
