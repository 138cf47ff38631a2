"""What isn't there yet where tables are kept on Spark: refused, with what to do instead.

Python writes raw rows and the ID maps there, and dbt the masters. Whatever else would change rows
that have been kept is listed here, and asks before it begins.
"""

from typing import Literal

from customer_platform.environment import Environment
from customer_platform.errors import NotOnEngineError

Refused = Literal["versions", "requests", "retention", "reads"]

_NOT_YET: dict[Refused, tuple[str, str]] = {
    "versions": (
        "plan, apply and roll-back",
        "try a change in another home on DuckDB, review it in git, and run it here with "
        "`customer-platform run`",
    ),
    "requests": (
        "finding, erasing, keeping out and disclosing people",
        "delete their rows from what the sources deliver, land those days again, and build "
        "everything again",
    ),
    "retention": (
        "deleting what is older than `keep_days`",
        "remove older partitions from the lake and the catalogue by hand, or leave `keep_days` out",
    ),
    "reads": (
        "an environment that reads another one's raw tables",
        "give each environment a landing zone of its own",
    ),
}


def refuse_on_spark(environment: Environment, what: Refused) -> None:
    """Keeps from beginning what Spark can't do yet.

    Args:
        environment: The deployment; nothing is refused on DuckDB.
        what: What is about to begin.

    Raises:
        NotOnEngineError: Its tables are on Spark.
    """
    if environment.engine.name == "duckdb":
        return
    named, instead = _NOT_YET[what]
    raise NotOnEngineError(
        f"On Spark {named} isn't there yet: {instead}. docs/engines.md lists what each engine "
        "doesn't do."
    )
