"""The workbench of a deployment, looked at in a process of its own."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from customer_platform.project import REPOSITORY

# Declarations are of the process's business model, so each demo is looked at in one of its own.
_LOOK = """
import json
from fastapi.testclient import TestClient
from customer_platform.environment import load_environment
from customer_platform.workbench.app import create_app
from customer_platform.workbench.matching import match

app = create_app(load_environment())
found = {}
with TestClient(app) as client:
    published = app.state.reader.current()
    for path, entity in published.paths.items():
        tables = entity.tables
        with published.evidence() as connection:
            rows = connection.execute(
                "select customer_id, min(source_record_id) from "
                f"{tables.qualified(tables.resolution_state)} group by customer_id "
                "order by count(*) desc, customer_id limit 1"
            ).fetchall()
            if not rows:
                continue
            [(owner, record)] = rows
            cursor = connection.execute(
                f"select records.* from {entity.records} as records "
                f"inner join {tables.qualified(tables.resolution_state)} as kept "
                "using (source, source_record_id) where customer_id = ? limit 1", [owner]
            )
            names = [name for name, *_ in cursor.description]
            row = dict(zip(names, cursor.fetchall()[0]))
        known = [*entity.attributes, "source"]
        there = [name for name in known if row.get(name) is not None]
        record_of = {name: str(row[name]) for name in there}
        matched = match(published, entity, record_of)
        found[path] = {
            "pages": [
                client.get(f"/{path}/{owner}{part}").status_code
                for part in ("", "/links", "/timeline", "/history")
            ],
            "is_offered": all(
                answer.url.path == f"/{area}/{path}" or f'"/{area}/{path}"' in answer.text
                for area in ("decide", "rules", "health")
                for answer in [client.get(f"/{area}")]
            ),
            "is_found": owner in client.get("/find", params={"q": owner}).text,
            "by_record": owner in client.get("/find", params={"q": record}).text,
            "matches": owner in (matched.id, *matched.merges),
        }
print(json.dumps(found))
"""

# What is found of an entity whose pages are all there.
AS_WANTED = {
    "pages": [200] * 4,
    "is_offered": True,
    "is_found": True,
    "by_record": True,
    "matches": True,
}


def look_at_workbench(variables: Mapping[str, str], project: Path = REPOSITORY) -> dict[str, Any]:
    """What the workbench shows of the largest customer, buyer, account, ... of each entity.

    Args:
        variables: All environment variables of the process.
        project: The folder of its project.

    Returns:
        By path of an entity, the status of its pages, whether one can decide about it, try its
        rules and see its health, whether it is found, also by a record of its, and whether that
        record matches it. An entity without records isn't in it.

    Raises:
        AssertionError: The workbench has failed; has what it printed.
    """
    looked = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _LOOK],
        cwd=project,
        env=dict(variables),
        capture_output=True,
        text=True,
        check=False,
    )
    assert looked.returncode == 0, looked.stderr
    found: dict[str, Any] = json.loads(looked.stdout.splitlines()[-1])
    return found
