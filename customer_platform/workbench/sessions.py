"""Sessions in signed cookies, and the tokens by which a form shows that a page of ours sent it."""

import hmac
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from itsdangerous import BadData, URLSafeTimedSerializer

from customer_platform.errors import SignInError

COOKIE = "workbench"
LIFETIME = 12 * 60 * 60
FILE = "workbench-secret"

_BYTES = 32


@dataclass(frozen=True)
class Session:
    """A browser that was here before.

    Attributes:
        key: What tells it from others.
        name: Who has signed in; None where nobody has.
        stamp: Part of the user's hash: another password ends the session.
    """

    key: str
    name: str | None = None
    stamp: str | None = None


class Sessions:
    """Reads and signs sessions.

    Args:
        secret: What they are signed with.
    """

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._signer = URLSafeTimedSerializer(secret, salt="session")

    def read(self, cookie: str | None) -> Session | None:
        """The session of a cookie; None where it is missing, forged or too old."""
        if not cookie:
            return None
        try:
            return Session(*self._signer.loads(cookie, max_age=LIFETIME))
        except (BadData, TypeError):
            return None

    def begin(self, name: str | None = None, stamp: str | None = None) -> Session:
        """A new session."""
        return Session(secrets.token_urlsafe(18), name, stamp)

    def written(self, session: Session) -> str:
        """The session as the text of a cookie."""
        return str(self._signer.dumps([session.key, session.name, session.stamp]))

    def token(self, session: Session) -> str:
        """What a form of this session sends along, which no other site can know."""
        return hmac.new(self._secret, f"form {session.key}".encode(), sha256).hexdigest()

    def is_token(self, session: Session, token: str | None) -> bool:
        """Whether a form was sent from a page of this session."""
        return token is not None and hmac.compare_digest(
            self.token(session).encode(), token.encode()
        )


def read_secret(home: Path) -> bytes:
    """The secret that sessions are signed with, made where there is none yet.

    Args:
        home: The home.

    Raises:
        SignInError: It can't be written, or isn't whole.
    """
    path = home / FILE
    made = home / f".{FILE}.{secrets.token_hex(8)}"
    try:
        if not path.exists():
            descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(secrets.token_bytes(_BYTES))
            # Whole or not at all, and never in the place of another one's: an empty secret would
            # sign what anybody forges.
            with suppress(FileExistsError):
                os.link(made, path)
        secret = path.read_bytes()
    except OSError as error:
        raise SignInError(f"{path} can't be written or read: {error.strerror}") from error
    finally:
        made.unlink(missing_ok=True)
    if len(secret) != _BYTES:
        raise SignInError(
            f"{path} has {len(secret)} bytes instead of {_BYTES}: remove it, and start again; "
            "everybody then signs in again"
        )
    return secret
