"""Who looked at whom: a file that is only added to, and holds no value of anybody."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

from starlette.types import Scope

from customer_platform.workbench.access import User

FILE = "logs/workbench-access.jsonl"


class AccessLog:
    """Notes requests: by whom, of which page, and about which customers, by their opaque IDs.

    What was searched for, and what was typed, isn't noted: it may be somebody's name.

    Args:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def note(self, user: User, scope: Scope, status: int) -> None:
        """Adds a line.

        Args:
            user: Who has asked.
            scope: The request, once it was answered.
            status: Status of the answer.
        """
        route = scope.get("route")
        # A path that leads nowhere may hold anything.
        found = status < 400 and route is not None
        customers = list(scope.get("state", {}).get("looked_at", ()))
        if found and (named := scope.get("path_params", {}).get("owner")):
            customers.insert(0, named)
        line = {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "user": user.name,
            "role": user.role,
            "method": scope["method"],
            "page": route.path if route is not None else None,
            "status": status,
            "customers": customers if found else [],
        }
        self.path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            # In one write, so that lines of several processes don't mix.
            os.write(descriptor, f"{json.dumps(line, ensure_ascii=False)}\n".encode())
        finally:
            os.close(descriptor)
