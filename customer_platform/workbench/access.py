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

READING = ("GET", "HEAD")

# What needs no steward: whatever comes next does, until it stands here.
_READ_BY_ALL = re.compile(
    r"/|/find|/health(/\w+(/checks)?)?|/api/(docs|openapi\.json|\w+(/[^/]+)?)"
    r"|/(?!(decide|rules|health|api)/)\w+/[^/]+(/(links|timeline|history|comments))?"
)
_SENT_BY_ALL = re.compile(r"/sign-out|/api/(\w+/)?match")
# What writes to the project, for all who use it.
_FOR_ADMINS = re.compile(r"/health/\w+/ignore")


@dataclass(frozen=True)
class User:
    """Who asks for a page.

    Attributes:
        name: Their name; the author of what they decide.
        role: A `viewer` sees masked values; a `steward` decides; an `admin` also writes what is
            proposed to the project.
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
    """Which role a request needs: what isn't known needs a steward.

    Args:
        method: The method of HTTP.
        path: The path that is routed.
    """
    if method in READING:
        return "viewer" if _READ_BY_ALL.fullmatch(path) else "steward"
    if method == "POST" and _SENT_BY_ALL.fullmatch(path):
        return "viewer"
    return "admin" if _FOR_ADMINS.fullmatch(path) else "steward"


def current_user(request: Request) -> User:
    """Who asks, as the gate has found."""
    user: User = request.state.user
    return user


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
def owner() -> User:
    """Who runs the workbench, and may do all: on loopback, where nobody signs in, whoever asks."""
    return User(_git_name() or getpass.getuser(), "admin")


def _git_name() -> str:
    try:
        found = subprocess.run(
            ["git", "config", "user.name"], capture_output=True, text=True, check=False
        ).stdout.strip()
    except FileNotFoundError:
        return ""
    return found
