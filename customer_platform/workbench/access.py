"""Who is asking, and what they may see."""

import getpass
import ipaddress
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


def require_loopback(host: str) -> None:
    """Checks that no one else reaches an address.

    Args:
        host: The address to listen on.

    Raises:
        SignInError: Others may reach it, and nobody has to sign in.
    """
    try:
        is_loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_loopback = False
    if not is_loopback:
        raise SignInError(
            f"--host {host}: others may reach this address, and nobody has to sign in; leave "
            "--host out, and the workbench listens on 127.0.0.1 alone"
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
