"""The tables, in SQLAlchemy Core: the same on SQLite and PostgreSQL.

A column stands alone where rows are found, ordered or guarded by it; whole values rest as JSON beside them. What this
file says is reached through the migrations beside it, step by step; `HEAD` names the last of them.
"""

from datetime import UTC, datetime
from typing import Any, Final

import sqlalchemy as sa
from pydantic import TypeAdapter
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect

from video_gen.spec import (
    Done,
    ErrorFacts,
    MediaInfo,
    Operation,
    Plan,
    Request,
)

HEAD: Final = "0009"
"""The migration that brings a store to these tables."""

KEY_LENGTH: Final = 255
"""Characters of an idempotency key, at most."""

Identity: Final = sa.BigInteger().with_variant(sa.Integer, "sqlite")  # SQLite counts by itself in INTEGER alone
Json: Final = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


class UtcTime(sa.TypeDecorator[datetime]):
    """A moment, kept in UTC to the microsecond; comes back aware of it on both databases."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 (its signature)
        """Bring the moment to UTC."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 (its signature)
        """Say that it is UTC, where the database forgot."""
        return None if value is None else value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class ValueJson(sa.TypeDecorator[Any]):
    """A frozen value of `spec`, kept as JSON."""

    impl = sa.JSON
    cache_ok = True

    def __init__(self, kind: type[Any]) -> None:
        super().__init__()
        self.kind = kind
        self._adapter: TypeAdapter[Any] = TypeAdapter(kind)

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """Use the database's own JSON type."""
        return dialect.type_descriptor(Json)

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:  # noqa: ARG002 (its signature)
        """Write the value as plain JSON, in full: a default that changes later must not change what was stored."""
        return None if value is None else self._adapter.dump_python(value, mode="json")

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:  # noqa: ARG002 (its signature)
        """Read the value back."""
        return None if value is None else self._adapter.validate_python(value)


metadata: Final = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

jobs: Final = sa.Table(
    "jobs",
    metadata,
    sa.Column("seq", Identity, primary_key=True, autoincrement=True),
    sa.Column("id", sa.String(64), nullable=False, unique=True),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("phase", sa.String(16)),
    sa.Column("progress", sa.Float, nullable=False, default=0.0),
    sa.Column("provider", sa.String(64), nullable=False),
    sa.Column("model", sa.String(200), nullable=False),
    sa.Column("prompt", sa.Text, nullable=False),
    sa.Column("priority", sa.Integer, nullable=False, default=0),
    sa.Column("epoch", sa.Integer, nullable=False, default=0),
    sa.Column("cancel_requested", sa.Boolean, nullable=False, default=False),
    sa.Column("idempotency_key", sa.String(KEY_LENGTH)),
    sa.Column("request_hash", sa.String(64), nullable=False),
    sa.Column("owner", sa.String(64)),
    sa.Column("own_key", sa.Boolean, nullable=False, default=False, server_default=sa.false()),
    sa.Column("planned", sa.BigInteger, nullable=False, default=0, server_default=sa.text("0")),
    sa.Column("cost", sa.BigInteger, nullable=False, default=0),
    sa.Column("out", sa.Text),
    sa.Column("overwrite", sa.Boolean, nullable=False, default=False),
    sa.Column("model_used", sa.String(200)),
    sa.Column("fallback_from", sa.String(200)),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("updated_at", UtcTime, nullable=False),
    sa.Column("started_at", UtcTime),
    sa.Column("ended_at", UtcTime),
    sa.Column("deadline", UtcTime),
    sa.Column("heard", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("request", ValueJson(Request), nullable=False),
    sa.Column("plan", ValueJson(Plan), nullable=False),
    sa.Column("error", ValueJson(ErrorFacts)),
    sa.Column("tags", Json, nullable=False),
    sa.Index(None, "status", "provider", "owner", "priority", "seq"),
    sa.Index(None, "status", "cancel_requested"),
    sa.Index(None, "status", "deadline"),
    sa.Index(None, "status", "heard"),
    sa.Index(None, "model"),
    sa.Index(None, "owner", "seq"),
    sa.Index(None, "request_hash"),
    sa.Index(None, "created_at", "owner"),
    sa.Index(None, "status", "owner", "planned"),
    # Each owner has idempotency keys of its own. NULL equals nothing in an index, so the installation has one apart.
    sa.Index(None, "owner", "idempotency_key", unique=True),
    sa.Index(
        "ix_jobs_idempotency_key_of_installation",
        "idempotency_key",
        unique=True,
        sqlite_where=sa.text("owner IS NULL"),
        postgresql_where=sa.text("owner IS NULL"),
    ),
    sqlite_autoincrement=True,
)

attempts: Final = sa.Table(
    "attempts",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("job_id", sa.String(64), sa.ForeignKey("jobs.id", ondelete="CASCADE"), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("model", sa.String(200), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("idempotency_key", sa.String(255), nullable=False, unique=True),
    sa.Column("intent_at", UtcTime, nullable=False),
    sa.Column("submitted_at", UtcTime),
    sa.Column("ended_at", UtcTime),
    sa.Column("reserved", sa.BigInteger, nullable=False),
    sa.Column("cost", sa.BigInteger),
    sa.Column("plan", ValueJson(Plan), nullable=False),
    sa.Column("operation", ValueJson(Operation)),
    sa.Column("outcome", ValueJson(Done)),
    sa.Column("error", ValueJson(ErrorFacts)),
    sa.UniqueConstraint("job_id", "number"),
    sa.Index(None, "state"),
    sa.Index(None, "ended_at"),
)

events: Final = sa.Table(
    "events",
    metadata,
    sa.Column("seq", Identity, primary_key=True, autoincrement=True),
    sa.Column("job_id", sa.String(64), sa.ForeignKey("jobs.id", ondelete="CASCADE"), nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("kind", sa.String(64), nullable=False),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("data", Json, nullable=False),
    sa.Index(None, "job_id", "seq"),
    sqlite_autoincrement=True,
)

ledger: Final = sa.Table(
    "ledger",
    metadata,
    sa.Column("seq", Identity, primary_key=True, autoincrement=True),
    # No foreign keys: what was spent stays on the books after its job is deleted.
    sa.Column("attempt_id", sa.String(64), nullable=False),
    sa.Column("job_id", sa.String(64), nullable=False),
    sa.Column("owner", sa.String(64)),
    sa.Column("provider", sa.String(64), nullable=False),
    sa.Column("model", sa.String(200), nullable=False),
    sa.Column("leg", sa.String(8), nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("held", sa.BigInteger, nullable=False),
    sa.Column("spent", sa.BigInteger, nullable=False),
    sa.Column("own_key", sa.Boolean, nullable=False, default=False, server_default=sa.false()),
    sa.Column("at", UtcTime, nullable=False),
    sa.UniqueConstraint("attempt_id", "leg"),
    sa.Index(None, "job_id"),
    sa.Index(None, "at"),
    sqlite_autoincrement=True,
)

artifacts: Final = sa.Table(
    "artifacts",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("job_id", sa.String(64), sa.ForeignKey("jobs.id", ondelete="CASCADE"), nullable=False),
    sa.Column("index", sa.Integer, nullable=False),
    sa.Column("path", sa.Text, nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("media_type", sa.String(64), nullable=False),
    sa.Column("info", ValueJson(MediaInfo), nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.UniqueConstraint("job_id", "index"),
    sa.Index(None, "path"),
    sa.Index(None, "sha256"),
)

inputs: Final = sa.Table(
    "inputs",
    metadata,
    sa.Column("job_id", sa.String(64), sa.ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("sha256", sa.String(64), primary_key=True),
    sa.Index(None, "sha256"),
)

job_keys: Final = sa.Table(
    "job_keys",
    metadata,
    sa.Column("job_id", sa.String(64), sa.ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("provider", sa.String(64), primary_key=True),
    sa.Column("sealed", sa.Text, nullable=False),
)

api_keys: Final = sa.Table(
    "api_keys",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("prefix", sa.String(16), nullable=False, unique=True),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("scopes", Json, nullable=False),
    sa.Column("models", Json, nullable=False),
    sa.Column("max_cost_per_day", sa.BigInteger),
    sa.Column("max_jobs_per_day", sa.Integer),
    sa.Column("max_concurrent", sa.Integer),
    sa.Column("requests_per_minute", sa.Integer),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("expires_at", UtcTime),
    sa.Column("revoked_at", UtcTime),
    sa.Column("last_used_at", UtcTime),
    # A name is free again when its key is revoked: a key is replaced under the name it had.
    sa.Index(
        "ix_api_keys_name",
        "name",
        unique=True,
        sqlite_where=sa.text("revoked_at IS NULL"),
        postgresql_where=sa.text("revoked_at IS NULL"),
    ),
)
