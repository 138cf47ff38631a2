"""A project, a company's choices: where they lie, and which business models are among them.

It is the folder that `customer-platform init` makes, or a checkout of this software. It is found
from the working directory upwards, as git and dbt do.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from customer_platform.errors import ProjectError

PACKAGE = Path(__file__).resolve().parent
# The checkout, where the package lies in one.
REPOSITORY = PACKAGE.parent

# What comes with the software: the definitions of the bundled business models and of the platform,
# and the dbt project with their models and everybody's macros, which a wheel has in the package.
DEFS = PACKAGE / "defs"
DBT_PROJECT = PACKAGE / "dbt" if (PACKAGE / "dbt").exists() else REPOSITORY / "dbt"

# What distinguishes a project's pyproject.toml from others: the components that it uses.
_COMPONENTS = "customer_platform.components"


@dataclass(frozen=True)
class Project:
    """A company's choices, which the software reads and never brings along.

    Attributes:
        root: Its folder, that of the `pyproject.toml`.
        defs: Its definitions: a folder per business model.
        dbt: Its dbt project.
    """

    root: Path
    defs: Path
    dbt: Path

    @property
    def business_models(self) -> tuple[str, ...]:
        """The business models there are.

        Raises:
            ProjectError: There is none.
        """
        found = business_models(self.defs) if self.defs.is_dir() else ()
        if not found:
            raise ProjectError(
                f"{self.defs} has no business model: make a project with `customer-platform init`, "
                "or a folder of your own there"
            )
        return found


def business_models(defs: Path = DEFS) -> tuple[str, ...]:
    """The business models in a folder of definitions: its folders, without that of the platform.

    Args:
        defs: The folder, by default that of the bundled ones.
    """
    folders = (path.name for path in defs.iterdir() if path.is_dir())
    return tuple(sorted(name for name in folders if name != "platform" and name[0] not in "._"))


def read_project(root: Path) -> Project | None:
    """The project whose `pyproject.toml` lies in a folder, None where there is none.

    It is one when `[tool.dg.project]` has `customer_platform.components` among its
    `registry_modules`; the definitions are where that table says.

    Args:
        root: The folder.

    Raises:
        ProjectError: The `pyproject.toml` can't be read.
    """
    path = root / "pyproject.toml"
    if not path.is_file():
        return None
    try:
        settings = tomllib.loads(path.read_text())
    except tomllib.TOMLDecodeError as error:
        raise ProjectError(f"{path} is no valid TOML: {error}") from error
    declared = settings.get("tool", {}).get("dg", {}).get("project", {})
    if _COMPONENTS not in declared.get("registry_modules", []):
        return None
    module = declared.get("defs_module") or f"{declared.get('root_module', '')}.defs"
    return Project(root, root.joinpath(*module.split(".")), root / "dbt")


def find_project(folder: Path | None = None) -> Project:
    """The project that a folder lies in; outside of any, the checkout that the software runs from.

    Args:
        folder: The folder, by default the working directory.

    Raises:
        ProjectError: There is no project; the message says how to make one.
    """
    folder = (folder or Path.cwd()).resolve()
    for root in (folder, *folder.parents, REPOSITORY):
        if project := read_project(root):
            return project
    raise ProjectError(
        f"{folder} is in no project. Change to the folder of yours, or make one: "
        "`customer-platform init FOLDER`"
    )
