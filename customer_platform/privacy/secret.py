"""The secret of a deployment, and keyed hashes (HMAC-SHA-256, RFC 2104) of values made with it.

With the secret anybody can try whether a value is among the hashed ones; without it nobody can. So
it is never written to the warehouse, to a log or to what is published.
"""

import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from customer_platform.errors import PrivacyError
from customer_platform.warehouse.sql import identifier, literal

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from customer_platform.environment import Environment

VARIABLE = "CUSTOMER_PLATFORM_PRIVACY_SECRET"

_SHORTEST = 32
# What a pseudonym begins with.
ERASED = "erased-"
_PSEUDONYM_DIGITS = 16
_BLOCK = 64


@dataclass(frozen=True)
class Secret:
    """A secret that values are hashed with; each purpose has hashes of its own.

    Attributes:
        key: The secret.
    """

    key: bytes = field(repr=False)

    def digest(self, purpose: str, value: str) -> str:
        """The keyed hash of a value, in hexadecimal.

        Args:
            purpose: What the hash is for: the same value has another one for another purpose.
            value: The value.
        """
        return hmac.new(self.key_of(purpose), value.encode(), hashlib.sha256).hexdigest()

    def in_sql(self, connection: "DuckDBPyConnection", purpose: str, expression: str) -> str:
        """SQL of the keyed hashes of text, the same as `digest`; null where there is none.

        The connection gets the key as session variables, so that no statement holds it.

        Args:
            connection: The connection that runs the SQL.
            purpose: What the hash is for.
            expression: SQL of the text.
        """
        key = self.key_of(purpose).ljust(_BLOCK, b"\0")
        pads = []
        for name, pad in (("inner", 0x36), ("outer", 0x5C)):
            variable = f"privacy_{purpose}_{name}"
            connection.execute(
                f"set variable {identifier(variable)} = ?::blob",
                [bytes(each ^ pad for each in key)],
            )
            pads.append(f"getvariable({literal(variable)})")
        inner, outer = pads
        return f"sha256({outer} || unhex(sha256({inner} || encode({expression}))))"

    @property
    def fingerprint(self) -> str:
        """What says whether two secrets are the same, and nothing of either."""
        return self.digest("fingerprint", "customer_platform")[:16]

    def key_of(self, purpose: str) -> bytes:
        """A key of 32 bytes for one purpose, which tells nothing of the secret."""
        return hmac.new(self.key, purpose.encode(), hashlib.sha256).digest()


def read_secret(environment: "Environment", variables: Mapping[str, str] = os.environ) -> Secret:
    """The secret of a deployment, made at its first use.

    It is that of the environment variable, else that of the file `privacy/secret` in the home. The
    home keeps the secret's fingerprint, so that another one is noticed.

    Args:
        environment: The deployment.
        variables: The environment variables.

    Raises:
        PrivacyError: The secret is too short, missing though it has been used, or another one.
    """
    folder = environment.privacy
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / "secret"
    known = folder / "secret_fingerprint"
    if stated := variables.get(VARIABLE):
        if len(stated) < _SHORTEST:
            raise PrivacyError(
                f"{VARIABLE} has {len(stated)} characters; it needs {_SHORTEST} or more, such as "
                "those of `openssl rand -hex 32`"
            )
        secret = Secret(stated.encode())
    else:
        if not path.exists() and known.exists():
            raise PrivacyError(
                f"the secret of {environment.home} is missing: put its file back, {path}, or set "
                f"{VARIABLE}. Without it nobody can tell whom to keep out"
            )
        _make(path)
        secret = Secret(path.read_bytes())
    _make(known, secret.fingerprint.encode())
    if known.read_text() != secret.fingerprint:
        where = VARIABLE if stated else str(path)
        raise PrivacyError(
            f"{where} is another secret than the one that {environment.home} has been used with: "
            "put the first one back. With another one nobody is kept out, and pseudonyms change"
        )
    return secret


def visitor_pseudonym(connection: "DuckDBPyConnection", secret: Secret, visitor: str) -> str:
    """SQL of what stands for a visitor whose events stay, the same in every delivery.

    Args:
        connection: The connection that runs the SQL.
        secret: The secret of the deployment.
        visitor: SQL of the visitor.
    """
    digest = secret.in_sql(connection, "pseudonym_of_visitor", visitor)
    return f"'{ERASED}' || left({digest}, {_PSEUDONYM_DIGITS})"


def _make(path: Path, content: bytes | None = None) -> None:
    """Writes a file that is readable by its owner alone, whole, unless it is there already."""
    if path.exists():
        return
    made = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content or secrets.token_hex(32).encode())
        file.flush()
        os.fsync(file.fileno())
    # Of two processes that make it at the same time, the first one's counts.
    with suppress(FileExistsError):
        os.link(made, path)
    made.unlink()
