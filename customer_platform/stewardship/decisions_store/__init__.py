"""The store of decisions: append-only, in SQLite or PostgreSQL, one for each environment."""

from customer_platform.deployed_identity import declared_entity, overrides_seed
from customer_platform.environment import DECISIONS_ELSEWHERE, Environment
from customer_platform.stewardship.decide.decisions import Decision
from customer_platform.stewardship.decide.overrides_file import read_lines
from customer_platform.stewardship.decisions_store.database import Database
from customer_platform.stewardship.decisions_store.files import export_decisions, import_decisions
from customer_platform.stewardship.decisions_store.serving import lease_pair, skip_pair
from customer_platform.stewardship.decisions_store.store import (
    Comment,
    DecisionStore,
    NewDecision,
    Scope,
    StoredDecision,
)

__all__ = [
    "Comment",
    "DecisionStore",
    "NewDecision",
    "Scope",
    "StoredDecision",
    "export_decisions",
    "import_decisions",
    "lease_pair",
    "open_decisions",
    "seeded_decisions",
    "skip_pair",
]


def open_decisions(environment: Environment, entity: str) -> DecisionStore:
    """The decisions about an entity in a deployment; opens nothing yet.

    Args:
        environment: The deployment.
        entity: The entity.

    Raises:
        EnvironmentVariableError: They are in a database that nobody names here.
    """
    url = environment.decisions
    marker = environment.home / DECISIONS_ELSEWHERE
    if url.startswith("postgresql") and environment.home.is_dir() and not marker.exists():
        # Else whoever applies a plan without the variable would build a map without decisions.
        marker.touch(0o600)
    scope = Scope(environment.name, environment.business_model, entity)
    return DecisionStore(Database(url, environment.umask), scope)


def seeded_decisions(environment: Environment, entity: str) -> list[tuple[str, Decision]]:
    """The decisions about an entity that the project's seed holds, each with its file and line.

    Args:
        environment: The deployment.
        entity: The entity.

    Raises:
        OverrideRefusedError: The file isn't right; names file and line.
    """
    declared = declared_entity(environment, entity)
    if declared.overrides is None:
        return []
    path = overrides_seed(environment, declared)
    return [(f"{path.name}:{line.first}", line.decision) for line in read_lines(path)]
