import shutil
from pathlib import Path

import pytest

from customer_platform import project
from customer_platform.environment import AUTOMATION, load_environment
from customer_platform.errors import EnvironmentVariableError, FaultyYamlError, ProjectError
from customer_platform.new_project import create_project
from customer_platform.project import PACKAGE, REPOSITORY, Project, find_project
from customer_platform.stewardship.decisions_store import open_decisions
from customer_platform.versions import Versions


def test_without_variables_it_is_development_in_the_repository() -> None:
    environment = load_environment({})
    assert environment.name == "development"
    assert environment.home == REPOSITORY / ".customer_platform" / "retail"
    assert environment.business_model == "retail"


def test_everything_a_run_writes_lies_under_the_home(tmp_path: Path) -> None:
    environment = load_environment({"CUSTOMER_PLATFORM_HOME": str(tmp_path)})
    paths = (
        environment.landing,
        environment.warehouse,
        environment.dagster_home,
        environment.dbt_target,
    )
    assert all(path.is_relative_to(tmp_path) for path in paths)
    written = [
        environment.process_variables[name]
        for name in (
            "CUSTOMER_PLATFORM_DUCKDB",
            "DAGSTER_HOME",
            "DBT_TARGET_PATH",
            "DBT_LOG_PATH",
        )
    ]
    assert all(Path(path).is_relative_to(tmp_path) for path in written)


@pytest.mark.parametrize(
    ("variable", "value", "known"),
    [
        ("CUSTOMER_PLATFORM_ENVIRONMENT", "prod", "production"),
        ("CUSTOMER_PLATFORM_BUSINESS_MODEL", "retailer", "retail"),
        ("CUSTOMER_PLATFORM_START_DATE", "01-12-2010", "YYYY-MM-DD"),
    ],
)
def test_an_unknown_value_fails_naming_the_variable_and_what_it_may_be(
    variable: str, value: str, known: str
) -> None:
    with pytest.raises(EnvironmentVariableError, match=f"{variable}='{value}'.*{known}"):
        load_environment({variable: value})


def test_decisions_are_kept_in_the_home_unless_a_database_is_named(tmp_path: Path) -> None:
    here = load_environment({"CUSTOMER_PLATFORM_HOME": str(tmp_path)})
    assert here.decisions == f"sqlite:///{tmp_path}/decisions.sqlite"
    assert "CUSTOMER_PLATFORM_DECISIONS" not in here.process_variables
    there = load_environment({"CUSTOMER_PLATFORM_DECISIONS": "postgres://eva:secret@db/decisions"})
    assert there.decisions == "postgresql://eva:secret@db/decisions"
    assert load_environment(there.process_variables).decisions == there.decisions
    assert "secret" not in repr(there)


def test_decisions_in_another_database_are_not_forgotten_with_the_variable(tmp_path: Path) -> None:
    home = {"CUSTOMER_PLATFORM_HOME": str(tmp_path)}
    url = {"CUSTOMER_PLATFORM_DECISIONS": "postgresql://eva:secret@db/decisions"}
    open_decisions(load_environment(home | url), "customer")
    with pytest.raises(EnvironmentVariableError, match="set CUSTOMER_PLATFORM_DECISIONS"):
        open_decisions(load_environment(home), "customer")
    assert load_environment(home | url).decisions == url["CUSTOMER_PLATFORM_DECISIONS"]


@pytest.mark.parametrize("url", ["mysql://eva:secret@db/x", "sqlite:///secret.db", "secret"])
def test_a_database_that_decisions_cannot_be_kept_in_is_refused_unquoted(url: str) -> None:
    with pytest.raises(EnvironmentVariableError, match="write postgresql://") as refused:
        load_environment({"CUSTOMER_PLATFORM_DECISIONS": url})
    assert "secret" not in str(refused.value)


def test_only_production_runs_its_schedules_and_tests_run_nothing_by_themselves() -> None:
    assert [name for name, automation in AUTOMATION.items() if automation.schedules] == [
        "production"
    ]
    assert not AUTOMATION["test"].sensors
    assert AUTOMATION["development"].sensors


def test_no_telemetry_leaves_by_default() -> None:
    assert load_environment({}).process_variables["DBT_SEND_ANONYMOUS_USAGE_STATS"] == "false"
    assert "telemetry:\n  enabled: false" in (PACKAGE / "dagster.yaml").read_text()
    assert "[tool.dg.cli.telemetry]\nenabled = false" in (REPOSITORY / "pyproject.toml").read_text()


def _dg_project(root: Path, *lines: str) -> Path:
    """A folder that Dagster takes for a project."""
    root.mkdir(parents=True)
    (root / "pyproject.toml").write_text("\n".join(["[tool.dg.project]", *lines, ""]))
    return root


def test_a_project_is_found_from_any_folder_below_it(tmp_path: Path) -> None:
    create_project(tmp_path / "shop", "b2b")
    below = tmp_path / "shop" / "dbt" / "models" / "b2b"
    shop = tmp_path / "shop"
    assert find_project(below) == Project(shop, shop / "defs", shop / "dbt")
    assert find_project(below).business_models == ("b2b",)


def test_a_project_of_other_components_is_passed_over(tmp_path: Path) -> None:
    create_project(tmp_path / "shop", "retail")
    other = _dg_project(tmp_path / "shop" / "web", 'root_module = "web"', "registry_modules = []")
    assert find_project(other).root == tmp_path / "shop"
    mine = _dg_project(
        tmp_path / "shop" / "mine",
        'root_module = "mine"',
        'registry_modules = ["customer_platform.components"]',
    )
    assert find_project(mine) == Project(mine, mine / "mine" / "defs", mine / "dbt")


def test_outside_of_any_project_it_is_said_how_to_make_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert find_project(tmp_path).root == REPOSITORY
    # Of a wheel, the folder above the package is no checkout.
    monkeypatch.setattr(project, "REPOSITORY", tmp_path)
    with pytest.raises(ProjectError, match=f"{tmp_path} is in no project.*customer-platform init"):
        find_project(tmp_path)


def test_a_broken_pyproject_is_named(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool\n")
    with pytest.raises(ProjectError, match=f"{tmp_path}/pyproject.toml is no valid TOML: "):
        find_project(tmp_path)


def test_a_project_has_its_home_in_it_and_its_only_business_model_by_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_project(tmp_path / "shop", "marketplace")
    monkeypatch.chdir(tmp_path / "shop" / "defs")
    loaded = load_environment({})
    assert loaded.business_model == "marketplace"
    assert loaded.home == tmp_path / "shop" / ".customer_platform" / "marketplace"
    with pytest.raises(EnvironmentVariableError, match="'retail': choose one of marketplace"):
        load_environment({"CUSTOMER_PLATFORM_BUSINESS_MODEL": "retail"})


def test_a_project_without_business_models_is_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_project(tmp_path / "shop", "retail")
    shutil.rmtree(tmp_path / "shop" / "defs" / "retail")
    monkeypatch.chdir(tmp_path / "shop")
    with pytest.raises(ProjectError, match=f"{tmp_path}/shop/defs has no business model"):
        load_environment({})


def test_what_is_stated_of_another_environment_by_a_variable_is_left_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_project(tmp_path / "shop", "retail")
    monkeypatch.chdir(tmp_path / "shop")
    Path("environments.yaml").write_text('production: {sensors: "{{ env.SENSORS }}"}\n')
    assert load_environment({}).automation.sensors
    with pytest.raises(FaultyYamlError, match="the environment variable SENSORS isn't set"):
        load_environment({"CUSTOMER_PLATFORM_ENVIRONMENT": "production"})
    monkeypatch.setenv("SENSORS", "false")
    found = load_environment({"CUSTOMER_PLATFORM_ENVIRONMENT": "production"})
    assert not found.automation.sensors


def test_a_home_with_versions_is_that_of_one_environment_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under another name it would have that one's approvers."""
    home = tmp_path / "home"
    (home / "versions/1").mkdir(parents=True)
    (home / "versions/current").symlink_to("1")
    Versions(home).claim("production")
    variables = {"CUSTOMER_PLATFORM_HOME": str(home)}
    with pytest.raises(EnvironmentVariableError, match="is the home of production, and this would"):
        load_environment(variables)
    found = load_environment({**variables, "CUSTOMER_PLATFORM_ENVIRONMENT": "production"})
    assert found.version == home / "versions/1"


def test_a_home_that_may_not_be_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(path: Path) -> bool:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "is_symlink", refused)
    with pytest.raises(ProjectError, match=f"{tmp_path} can't be read: it belongs to another user"):
        load_environment({"CUSTOMER_PLATFORM_HOME": str(tmp_path)})
