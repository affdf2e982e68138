"""Alembic's entry: runs on the connection that `Database.migrate` gives it."""

from __future__ import annotations

from typing import Any

from alembic import context
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import AutoString

from aiditor.store import tables


def plain(kind: str, column: Any, _: Any) -> str | bool:
    """Types as SQLAlchemy has them: a migration must not change when the package's own types do."""
    if kind != "type":
        return False
    if isinstance(column, tables.UtcTime):
        return "sa.DateTime(timezone=True)"
    if isinstance(column, AutoString):
        return f"sa.String({column.length or ''})"
    return False


context.configure(
    render_item=plain,
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,  # SQLite changes a column only by making the table anew
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
