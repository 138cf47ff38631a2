"""The tables of the store: rows are added, and only the erasure of a person deletes any.

Leases are the exception: they say who looks at which pair now, and end by themselves.
"""

from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)

METADATA = MetaData()

PAIR = ("source", "source_record_id", "other_source", "other_record_id")


def _scope() -> list[Column[str]]:
    """Whose rows they are: one database may serve several environments."""
    return [
        Column(name, String, nullable=False) for name in ("environment", "business_model", "entity")
    ]


def _pair() -> list[Column[str]]:
    """Two records, in order of their names."""
    return [Column(name, String, nullable=False) for name in PAIR]


# One row per decision of a steward, withdrawn or not.
DECISIONS = Table(
    "decisions",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    *_scope(),
    Column("kind", String, nullable=False),
    *_pair(),
    Column("author", String, nullable=False),
    Column("decided_at", DateTime, nullable=False),
    Column("reason", Text, nullable=False),
    # Where the pair came from, `queue` or `linked`, and the rule that put it there.
    Column("sample", String),
    Column("rule", String),
    sqlite_autoincrement=True,
)
Index("decisions_of_entity", *(DECISIONS.c[name] for name in ("environment", "entity")))

# One row per decision that was withdrawn.
WITHDRAWALS = Table(
    "withdrawals",
    METADATA,
    Column("number", ForeignKey("decisions.number"), primary_key=True),
    Column("author", String, nullable=False),
    Column("withdrawn_at", DateTime, nullable=False),
    Column("reason", Text, nullable=False),
)

# One row per comment on a record.
COMMENTS = Table(
    "comments",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    *_scope(),
    Column("source", String, nullable=False),
    Column("source_record_id", String, nullable=False),
    Column("author", String, nullable=False),
    Column("written_at", DateTime, nullable=False),
    Column("comment", Text, nullable=False),
)

# One row per pair that a steward has skipped, or taken back after that: the last row holds.
SKIPS = Table(
    "skips",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    *_scope(),
    *_pair(),
    Column("author", String, nullable=False),
    Column("skipped_at", DateTime, nullable=False),
    Column("is_taken_back", Boolean, nullable=False),
)

# One row per pair that somebody looks at.
LEASES = Table(
    "leases",
    METADATA,
    *_scope(),
    *_pair(),
    Column("holder", String, nullable=False),
    Column("ends_at", DateTime, nullable=False),
    Index("one_lease_per_pair", "environment", "business_model", "entity", *PAIR, unique=True),
)
