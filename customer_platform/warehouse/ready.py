"""Whether the engine of a deployment can be used, and whose its lake is."""

from functools import cache

from customer_platform.chosen_engine import LAKE, ChosenEngine
from customer_platform.environment import ENGINE, Environment
from customer_platform.errors import EngineUnavailableError
from customer_platform.warehouse.base import engine_of

# In a lake: the home whose tables it holds.
_HOME = ".home"


def ready_engine(environment: Environment) -> None:
    """Checks that the engine can be used, before anything is written; in a process once.

    Args:
        environment: The deployment.

    Raises:
        EngineUnavailableError: It can't; the message says why, and what to do.
    """
    _refuse_other_home(environment)
    _checked(environment.engine)


@cache
def _checked(chosen: ChosenEngine) -> None:
    engine_of(chosen).check()


def _refuse_other_home(environment: Environment) -> None:
    lake = environment.engine.lake
    if lake is None or not (lake / _HOME).is_file():
        return
    home = (lake / _HOME).read_text("utf-8").strip()
    if home != str(environment.home):
        raise EngineUnavailableError(
            f"the lake {lake} holds the tables of the home {home}: give {environment.home} a "
            f"folder of its own in {LAKE}"
        )


def claim_lake(environment: Environment) -> None:
    """Writes down in the home which lake its tables are in, and in the lake whose it is.

    Args:
        environment: The deployment; nothing is done on DuckDB.
    """
    lake = environment.engine.lake
    if lake is None:
        return
    (lake / _HOME).write_text(f"{environment.home}\n", "utf-8")
    (environment.home / ENGINE).write_text(f"{lake}\n", "utf-8")
