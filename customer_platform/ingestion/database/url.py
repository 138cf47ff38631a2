"""Database URL from an environment variable; the password is never shown."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

from customer_platform.errors import DatabaseError

_SCHEMES = {
    "postgresql": "postgresql",
    "postgres": "postgresql",
    "mysql": "mysql",
    "mariadb": "mysql",
    "sqlite": "sqlite",
}
_EXAMPLES = (
    "postgresql://user:password@host:5432/database, mysql://user:password@host:3306/database or "
    "sqlite:////absolute/path.db"
)


@dataclass(frozen=True)
class DatabaseUrl:
    """A database's URL, taken apart.

    Attributes:
        variable: The environment variable that it stood in.
        database: `postgresql`, `mysql` or `sqlite`.
        text: The URL as it was; holds the password.
        host: Host name.
        port: Port, None for the usual one.
        user: User name.
        password: Password.
        name: Name of the database, of SQLite the path of its file.
        options: What stands behind the question mark.
    """

    variable: str
    database: str
    text: str = field(repr=False)
    host: str
    port: int | None
    user: str
    password: str = field(repr=False)
    name: str
    options: Mapping[str, str] = field(repr=False)

    def scrubbed(self, message: str) -> str:
        """A message without the password, and without the URL that holds it."""
        secrets = {self.text, self.password, *_passwords(self.text), *self.options.values()}
        for secret in sorted(filter(None, secrets), key=len, reverse=True):
            message = message.replace(secret, "***")
        return message


def read_url(variable: str, variables: Mapping[str, str] = os.environ) -> DatabaseUrl:
    """Read and take apart the URL of a database.

    Args:
        variable: Name of the environment variable.
        variables: The environment variables, by default those of the process.

    Raises:
        DatabaseError: It isn't set, or isn't the URL of a known kind of database.
    """
    text = variables.get(variable, "")
    if not text:
        raise DatabaseError(
            f"the environment variable {variable} is not set: set it to the database's URL, "
            f"{_EXAMPLES}"
        )
    try:
        parts = urlsplit(text)
        database = _SCHEMES[parts.scheme.split("+")[0]]
        port = parts.port
    except (KeyError, ValueError):
        # Neither cause nor value is shown: both may hold the password.
        raise DatabaseError(
            f"the environment variable {variable} does not hold the URL of a database: write "
            f"{_EXAMPLES}; percent-encode what is special in a password"
        ) from None
    path = unquote(parts.path)
    return DatabaseUrl(
        variable,
        database,
        text,
        unquote(parts.hostname or ""),
        port,
        unquote(parts.username or ""),
        unquote(parts.password or ""),
        path[1:] if path.startswith("/") else path,
        dict(parse_qsl(parts.query)),
    )


def _passwords(text: str) -> tuple[str, ...]:
    """The password as it stands in the URL, percent-encoded."""
    credentials, at, _ = urlsplit(text).netloc.rpartition("@")
    return (credentials.partition(":")[2],) if at else ()
