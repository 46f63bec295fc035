"""The columns that tables of the store have in common."""

from typing import Any

from sqlalchemy import ARRAY, DateTime, Text, text
from sqlalchemy.types import UserDefinedType
from sqlmodel import Field

INSTANT: Any = DateTime(timezone=True)
TEXTS: Any = ARRAY(Text)
IN_CODE_ORDER: Any = Text(collation="C")


class TransactionId(UserDefinedType[str]):
    """xid8, the id of the writing transaction: feeds stop at the oldest one still open (DESIGN D13)."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "xid8"


_XID: Any = TransactionId()


def key_column(**options: Any) -> Any:
    return Field(primary_key=True, sa_type=Text, **options)


def texts_column() -> Any:
    return Field(sa_type=TEXTS, nullable=False)


def moment_column(*, nullable: bool = False) -> Any:
    return Field(default=None, sa_type=INSTANT, nullable=nullable)


def transaction_column() -> Any:
    written = {"server_default": text("pg_current_xact_id()")}
    return Field(sa_type=_XID, nullable=False, sa_column_kwargs=written)
