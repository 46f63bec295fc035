"""The relational store (DESIGN section 6). The stored JSON is the truth; everything else here is a projection of it.

The municipality is the first column of every key and index. Rows of packaged resources carry the municipality `*`.
What is drawn from resources beside the index stands in store/projected.py.
"""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Identity,
    Index,
    LargeBinary,
    Numeric,
    Text,
    text,
)
from sqlmodel import Field, SQLModel

from oppfolging_api.store.columns import (
    IN_CODE_ORDER,
    INSTANT,
    TEXTS,
    key_column,
    moment_column,
    texts_column,
    transaction_column,
)

PACKAGED = "*"


class Resource(SQLModel, table=True):
    """The current version of a resource, its body exactly as served, empty once deleted."""

    __tablename__ = "resource"

    municipality: str = key_column()
    type: str = key_column()
    id: str = key_column()
    version: int
    updated: datetime = moment_column()
    deleted: bool
    body: bytes = Field(sa_type=LargeBinary)
    transaction: str = transaction_column()


class ResourceVersion(SQLModel, table=True):
    """Every version there has been, the current one too; `kinds` are the labels that version counted as."""

    __tablename__ = "resource_version"
    __table_args__ = (
        Index("resource_version_feed", "municipality", "type", "transaction", "id", "version"),
        Index("resource_version_updated", "municipality", "updated", "transaction"),
    )

    municipality: str = key_column()
    id: str = key_column()
    type: str = key_column()
    version: int = Field(primary_key=True)
    method: str = Field(sa_type=Text)
    updated: datetime = moment_column()
    person: str | None = Field(default=None, sa_type=Text)
    kinds: list[str] = texts_column()
    body: bytes = Field(sa_type=LargeBinary)
    transaction: str = transaction_column()


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
        Index("find_third_party", "municipality", "person", postgresql_where=text("kinds @> '{third-party}'")),
    )

    municipality: str = key_column()
    id: str = key_column()
    type: str = key_column()
    person: str | None = Field(default=None, sa_type=Text)
    updated: datetime = moment_column()
    deleted: bool
    kinds: list[str] = texts_column()
    keys: list[str] = texts_column()


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

    municipality: str = key_column()
    id: str = key_column()
    type: str = key_column()
    position: int = Field(primary_key=True)
    parameter: str = Field(sa_type=Text)
    value: str = Field(sa_type=IN_CODE_ORDER)
    exact: str = Field(sa_type=Text)


class FindDate(SQLModel, table=True):
    """The half-open range of instants a date covers; read through the view `tenant_find_date`."""

    __tablename__ = "find_date"
    __table_args__ = (
        Index("find_date_low", "municipality", "type", "parameter", "low", "high", "id"),
        Index("find_date_high", "municipality", "type", "parameter", "high", "id"),
    )

    municipality: str = key_column()
    id: str = key_column()
    type: str = key_column()
    position: int = Field(primary_key=True)
    parameter: str = Field(sa_type=Text)
    low: datetime = moment_column()
    high: datetime = moment_column()


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

    municipality: str = key_column()
    id: str = key_column()
    type: str = key_column()
    position: int = Field(primary_key=True)
    parameter: str = Field(sa_type=Text)
    low: Decimal = Field(sa_type=Numeric)
    high: Decimal = Field(sa_type=Numeric)
    system: str | None = Field(default=None, sa_type=Text)
    code: str | None = Field(default=None, sa_type=Text)
    unit: str | None = Field(default=None, sa_type=Text)


class ReferralReceipt(SQLModel, table=True):
    """That a message was received: one row a sender and message id, with a digest of what it said.

    `sender` is the key of the token's organisation, or the keyed hash of an identity number where a person refers.
    `referral` is the ServiceRequest, NULL where the message was none. Of a PLO message: `answer`, the AppRec it was
    answered with, and `envelope`, as JSON whom and where to answer in its conversation.
    """

    __tablename__ = "referral_receipt"
    __table_args__ = (Index("receipt_referral", "municipality", "referral", unique=True),)

    municipality: str = key_column()
    sender: str = key_column()
    message_id: str = key_column()
    digest: bytes = Field(sa_type=LargeBinary)
    referral: str | None = Field(default=None, sa_type=Text)
    hears_outcome: bool
    received: datetime = moment_column()
    answer: bytes | None = Field(default=None, sa_type=LargeBinary)
    envelope: str | None = Field(default=None, sa_type=Text)


class Outbox(SQLModel, table=True):
    """Every change, in the transaction that made it; deliveries read it later."""

    __tablename__ = "outbox"

    municipality: str = key_column()
    number: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    type: str = Field(sa_type=Text)
    id: str = Field(sa_type=Text)
    version: int
    method: str = Field(sa_type=Text)
    transaction: str = transaction_column()


class AccessLog(SQLModel, table=True):
    """Who read or wrote what about whom: a row a person a request. Append only, one partition a month; never an
    identity number or a body.

    `what`: `Type/id`, or `Type` where several of a type were given. `purpose`: why, by the codes of v3-ActReason. The
    primary key serves a municipality's log by date, the index a person's. `client`: the software, and its supplier.
    """

    __tablename__ = "access_log"
    __table_args__ = (
        Index("access_log_person", "municipality", "person", "at", "number"),
        {"postgresql_partition_by": "RANGE (at)"},
    )

    municipality: str = key_column()
    at: datetime = Field(primary_key=True, sa_type=INSTANT)
    number: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    request: str = Field(sa_type=Text)
    issuer: str | None = Field(default=None, sa_type=Text)
    subject: str | None = Field(default=None, sa_type=Text)
    hpr: str | None = Field(default=None, sa_type=Text)
    organisation: str | None = Field(default=None, sa_type=Text)
    roles: list[str] = texts_column()
    purpose: str | None = Field(default=None, sa_type=Text)
    interaction: str = Field(sa_type=Text)
    status: int
    what: list[str] = Field(sa_type=TEXTS, nullable=False, sa_column_kwargs={"server_default": text("'{}'")})
    person: str | None = Field(default=None, sa_type=Text)
    client: str | None = Field(default=None, sa_type=Text)


class IssuerKey(SQLModel, table=True):
    """The last good keys of a token issuer, so that a worker can start while the issuer is down."""

    __tablename__ = "issuer_key"

    issuer: str = key_column()
    fetched: datetime = moment_column()
    jwks: bytes = Field(sa_type=LargeBinary)


class DpopProof(SQLModel, table=True):
    """A DPoP proof that has been taken, as a hash, until it is stale anyway. Only a database function touches it."""

    __tablename__ = "dpop_proof"
    __table_args__ = (Index("dpop_proof_expires", "expires"),)

    proof: bytes = Field(primary_key=True, sa_type=LargeBinary)
    expires: datetime = moment_column()


class Drawn(SQLModel, table=True):
    """Which number (store/drawing.py) all rows were drawn by, NULL while some may be another's; and the number that is
    drawing now, with how far it has come: `past` holds municipality, type and id of the last resource."""

    __tablename__ = "drawn"
    __table_args__ = (CheckConstraint("one", name="drawn_one"),)

    one: bool = Field(primary_key=True)
    number: int | None = None
    under_way: int | None = None
    past: list[str] = texts_column()
