"""Names in SQL that Splink and DuckDB both read."""


def quoted(name: str) -> str:
    """Quotes the name of a column."""
    return '"' + name.replace('"', '""') + '"'
