"""Alembic's entry: it runs on the connection it is given, already locked and in its role (store.migration)."""

from typing import Any

from alembic import context
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlmodel import SQLModel

from oppfolging_api.store import followed, planned, projected, tables
from oppfolging_api.store.columns import TransactionId
from oppfolging_api.store.migration import LOG_MONTH

ischema_names["xid8"] = TransactionId
MODELS = (tables, projected, followed, planned)
"""Where the tables are declared."""


def belongs_to_models(entry: Any, name: str | None, kind: str, _reflected: bool, _compare_to: Any) -> bool:
    """The months of the access log are partitions made by `migrate`, not tables of the models."""
    return not (kind == "table" and LOG_MONTH.fullmatch(name or "")) and not (
        kind == "index" and LOG_MONTH.match(entry.table.name)
    )


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    compare_type=True,
    compare_server_default=False,
    include_object=belongs_to_models,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
