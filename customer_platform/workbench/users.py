"""Who may sign in: a file of names, roles and hashes of passwords."""

import json
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from customer_platform.errors import SignInError
from customer_platform.whole_files import write_whole
from customer_platform.workbench.access import ROLES, Role, User

FILE = "workbench-users.json"
SHORTEST = 10

_HASHER = PasswordHasher()
# Whoever guesses a name that there isn't waits as long as for one that there is.
_NOBODY = _HASHER.hash("nobody's password")


@dataclass(frozen=True)
class KnownUser:
    """A line of the file.

    Attributes:
        name: The name.
        role: What they may do.
        password: The argon2 hash; None of somebody whom a proxy signs in.
    """

    name: str
    role: Role
    password: str | None = None

    @property
    def user(self) -> User:
        """As pages know them."""
        return User(self.name, self.role)


class Users:
    """The users of a workbench, read again when the file has changed.

    Args:
        path: The file; there need be none.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._known: tuple[tuple[int, int] | None, dict[str, KnownUser]] = (None, {})

    def all(self) -> dict[str, KnownUser]:
        """The users by name.

        Raises:
            SignInError: The file can't be read.
        """
        with self._lock:
            try:
                found = self.path.stat()
            except FileNotFoundError:
                return {}
            stamp = (found.st_ino, found.st_mtime_ns)
            if stamp != self._known[0]:
                self._known = stamp, self._read()
            return self._known[1]

    @property
    def can_sign_in(self) -> bool:
        """Whether anybody has a password."""
        return any(each.password for each in self.all().values())

    def keep(self, name: str, role: str, password: str | None) -> None:
        """Adds a user, or gives one that there is another role and password.

        Args:
            name: The name.
            role: `viewer`, `steward` or `admin`.
            password: The password; None for somebody whom a proxy signs in.

        Raises:
            SignInError: The name is blank, there is no such role, or the password is too short.
        """
        known = next((each for each in ROLES if each == role), None)
        if known is None:
            raise SignInError(f"there is no role {role!r}: choose one of {', '.join(ROLES)}")
        if not name.strip() or not name.isprintable():
            raise SignInError(f"{name!r} is no name of a user")
        if password is not None and len(password) < SHORTEST:
            raise SignInError(f"a password needs {SHORTEST} characters or more")
        hashed = _HASHER.hash(password) if password is not None else None
        self._write({**self.all(), name: KnownUser(name, known, hashed)})

    def remove(self, name: str) -> None:
        """Removes a user, whose session ends with the next request.

        Raises:
            SignInError: There is no such user.
        """
        if name not in self.all():
            raise SignInError(f"{self.path} has no user {name!r}")
        self._write({key: each for key, each in self.all().items() if key != name})

    def check(self, name: str, password: str) -> KnownUser | None:
        """The user of a name and password; None where one of the two is wrong."""
        known = self.all().get(name)
        try:
            _HASHER.verify((known and known.password) or _NOBODY, password)
        except (VerificationError, InvalidHashError):
            return None
        return known if known and known.password else None

    def _read(self) -> dict[str, KnownUser]:
        try:
            users = [KnownUser(**each) for each in json.loads(self.path.read_text("utf-8"))]
        except (OSError, ValueError, TypeError) as error:
            raise SignInError(
                f"{self.path} can't be read: write it with `customer-platform workbench-user add`"
            ) from error
        if faulty := [each.name for each in users if each.role not in ROLES]:
            raise SignInError(f"{self.path}: {faulty[0]} has none of the roles {', '.join(ROLES)}")
        return {each.name: each for each in users}

    def _write(self, users: dict[str, KnownUser]) -> None:
        write_whole(self.path, json.dumps([asdict(each) for each in users.values()], indent=2))
        self.path.chmod(0o600)


class Attempts:
    """Slows down who guesses passwords: after each failure the next attempt has to wait longer."""

    _FREE, _LONGEST, _KEPT = 3, 60.0, 10_000

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failed: dict[str, tuple[int, float]] = {}

    def begin(self, *whos: str) -> float:
        """Notes an attempt, which has failed until it succeeds: others may be made meanwhile.

        Args:
            whos: Who makes it: the name, and the address that it comes from.

        Returns:
            For how many seconds it has to wait, and isn't noted; 0 when it may be made now.
        """
        now = time.monotonic()
        with self._lock:
            wait = max((self._failed.get(who, (0, now))[1] - now for who in whos), default=0.0)
            if wait > 0:
                return wait
            if len(self._failed) > self._KEPT:
                self._failed = {who: each for who, each in self._failed.items() if each[1] > now}
            for who in whos:
                count = self._failed.get(who, (0, now))[0] + 1
                delay = min(2.0 ** max(count - self._FREE, 0), self._LONGEST)
                self._failed[who] = count, now + (delay if count >= self._FREE else 0.0)
            return 0.0

    def succeeded(self, *whos: str) -> None:
        """Forgets the failures of whoever has signed in."""
        with self._lock:
            for who in whos:
                self._failed.pop(who, None)
