"""What can go wrong with a database."""

from customer_platform.ingestion.errors import IngestionError


class DatabaseError(IngestionError):
    """A database cannot be read; the message names the table and what to do, and no password."""
