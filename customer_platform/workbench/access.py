"""Who is asking, and what they may see."""

import getpass
import ipaddress
import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Literal

from starlette.requests import Request

from customer_platform.errors import SignInError
from customer_platform.privacy.records import RecordMask
from customer_platform.stewardship.explain import Mask
from customer_platform.stewardship.explain.masking import unmasked

Role = Literal["viewer", "steward", "admin"]
# Each may do what those before it may.
ROLES: tuple[Role, ...] = ("viewer", "steward", "admin")

# What changes something is for stewards, unless it stands here.
_FOR_ALL = re.compile(r"/sign-out|/api/(\w+/)?match")
# What only stewards read.
_FOR_STEWARDS = ("/decide", "/rules")
_READING = ("GET", "HEAD")


@dataclass(frozen=True)
class User:
    """Who asks for a page.

    Attributes:
        name: Their name; the author of what they decide.
        role: A `viewer` sees masked values; a `steward` decides; an `admin` may do all.
    """

    name: str
    role: Role

    @property
    def sees_values(self) -> bool:
        """Whether personal data is shown as it is."""
        return self.role != "viewer"

    def may(self, role: Role) -> bool:
        """Whether they may do what a role may."""
        return ROLES.index(self.role) >= ROLES.index(role)


# Somebody who hasn't signed in, and sees nothing but the page that asks them to.
NOBODY = User("", "viewer")


def role_for(method: str, path: str) -> Role:
    """Which role a request needs: whatever isn't only read, and isn't known, needs a steward.

    Args:
        method: The method of HTTP.
        path: The path.
    """
    if method in _READING:
        return "steward" if path.startswith(_FOR_STEWARDS) else "viewer"
    return "viewer" if method == "POST" and _FOR_ALL.fullmatch(path) else "steward"


def current_user(request: Request) -> User:
    """Who asks: on loopback, without a way to sign in, whoever runs the workbench."""
    user: User | None = getattr(request.state, "user", None)
    return user or User(_owner(), "steward")


def mask_for(user: User, mask: Callable[[], RecordMask]) -> Mask:
    """How values of match keys and attributes are shown to a user.

    Args:
        user: Who asks.
        mask: Reads the mask of the entity's records.
    """
    return unmasked if user.sees_values else mask()


def is_loopback(host: str) -> bool:
    """Whether nobody but this machine reaches an address.

    Args:
        host: The address to listen on.
    """
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def require_sign_in(host: str, *, can_sign_in: bool) -> None:
    """Checks that whoever reaches an address has to sign in.

    Args:
        host: The address to listen on.
        can_sign_in: Whether there is a way to sign in.

    Raises:
        SignInError: Others may reach it, and nobody has to sign in.
    """
    if not can_sign_in and not is_loopback(host):
        raise SignInError(
            f"--host {host}: others may reach this address, and nobody has to sign in. Give people "
            "passwords with `customer-platform workbench-user add`, or name the header of a "
            "reverse proxy with --proxy-header; without --host, the workbench listens on 127.0.0.1 "
            "alone"
        )


@cache
def _owner() -> str:
    try:
        found = subprocess.run(
            ["git", "config", "user.name"], capture_output=True, text=True, check=False
        ).stdout.strip()
    except FileNotFoundError:
        found = ""
    return found or getpass.getuser()
