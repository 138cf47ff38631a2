"""What a project says of its environments: `environments.yaml`, next to its `pyproject.toml`.

    production:
      home: "{{ env.CUSTOMER_PLATFORM_PRODUCTION_HOME }}"
      approvers: [anna@example.com, ben@example.com]
    acceptance:
      home: /srv/acceptance/{business_model}
      reads: production

What isn't said is as it always was, so a project needs no such file. Secrets don't belong into it:
`{{ env.NAME }}` is what an environment variable holds.
"""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from customer_platform import checked_yaml
from customer_platform.errors import FaultyYamlError

FILE = "environments.yaml"

NAMES = ("development", "test", "acceptance", "production")

_EXAMPLE = "no environment: write keys such as `home: /srv/customer_platform`"


class EnvironmentSpec(BaseModel):
    """What is declared of one environment."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    home: str | None = Field(
        default=None,
        min_length=1,
        description="Folder of everything that a run writes; `{business_model}` stands for the "
        "business model. A relative one starts at the project. CUSTOMER_PLATFORM_HOME goes before.",
    )
    landing: str | None = Field(
        default=None,
        min_length=1,
        description="The landing zone, where it isn't `landing/` in the home.",
    )
    reads: Literal["development", "test", "acceptance", "production"] | None = Field(
        default=None,
        description="Another environment: raw tables are copied from its warehouse, which is only "
        "read, and what isn't there is landed from its landing zone. The home starts as a copy of "
        "the other one, with its customer IDs.",
    )
    engine: Literal["duckdb", "spark"] | None = Field(
        default=None,
        description="What keeps and transforms the tables. It is chosen by "
        "CUSTOMER_PLATFORM_WAREHOUSE; where this says otherwise, nothing runs.",
    )
    sensors: bool | None = Field(
        default=None, description="Whether files and refreshes run by themselves."
    )
    schedules: bool | None = Field(default=None, description="Whether the nightly run does.")
    approvers: tuple[str, ...] = Field(
        default=(),
        description="Who may approve a plan; one of them has to, and not its author. Without any, "
        "plans are applied without approval.",
    )
    keep_versions_days: int = Field(
        default=30,
        ge=1,
        description="For how many days a version that is no longer in force can be rolled back to.",
    )
    tolerance: float = Field(
        default=0.1,
        ge=0,
        le=1,
        description="The share by which more may change than was planned, as data come in.",
    )
    tolerated: int = Field(
        default=20, ge=0, description="How many more customers may change than planned, whatever "
        "their share.",
    )  # fmt: skip


def read_environment_spec(root: Path, name: str) -> EnvironmentSpec:
    """What a project says of one of its environments; nothing where it has no such file.

    Args:
        root: The folder of the project.
        name: The environment.

    Raises:
        FaultyYamlError: The file isn't right, or names a variable that isn't set.
    """
    path = root / FILE
    if not path.is_file():
        return EnvironmentSpec()
    nodes = checked_yaml.compose(checked_yaml.read_text(path), str(path))
    if not nodes:
        return EnvironmentSpec()
    checked_yaml.refuse_repeated(nodes[0], str(path))
    stated = checked_yaml.entries(nodes[0])
    for known, node in stated.items():
        if known not in NAMES:
            raise FaultyYamlError(
                f"{path}:{checked_yaml.position(node)}: there is no environment {known!r}: choose "
                f"one of {', '.join(NAMES)}"
            )
    if len(nodes) > 1 or not stated:
        raise FaultyYamlError(f"{path}:1:1: write one mapping, of environments to what they are")
    if name in stated:
        # Of another environment the variables may be set elsewhere alone.
        checked_yaml.fill_in(stated[name], str(path))
    specs = {
        known: checked_yaml.validated(EnvironmentSpec, node, str(path), _EXAMPLE)
        for known, node in stated.items()
        if known == name or not checked_yaml.has_variables(node)
    }
    return specs.get(name, EnvironmentSpec())
