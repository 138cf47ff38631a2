"""What a deployment writes may be read by its owner alone, or by whom the owner shares it with."""

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from customer_platform.deployment import prepare
from customer_platform.environment import load_environment
from customer_platform.errors import EnvironmentVariableError, OpenHomeError
from customer_platform.permissions import close_folder, read_umask
from customer_platform.project import REPOSITORY
from customer_platform.publishing import full_edition, publish, run_query
from customer_platform_tests.support.demos import BuiltDemo
from customer_platform_tests.support.small_masters import FIRST, RELATIONS, SmallMasters, rows


@pytest.fixture
def open_umask() -> Iterator[None]:
    """The umask of most shells, for as long as a test runs."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("business_model", ["retail", "b2b", "marketplace"])
def test_after_runs_every_file_and_folder_of_a_home_is_of_its_owner_alone(
    request: pytest.FixtureRequest, business_model: str
) -> None:
    demo: BuiltDemo = request.getfixturevalue(business_model)
    paths = [demo.home, *demo.home.rglob("*")]
    assert len(paths) > 100
    assert {path.name for path in paths} >= {"landing", "warehouse.duckdb", "published", "dagster"}
    assert [str(path) for path in paths if _mode(path) & 0o077] == []


@pytest.mark.usefixtures("open_umask")
def test_a_home_that_was_open_is_closed_and_what_is_prepared_in_it(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o755)
    program = (
        "from customer_platform.deployment import prepare\n"
        "from customer_platform.environment import load_environment\n"
        "import subprocess\n"
        "environment = load_environment()\n"
        "environment.dbt_target.mkdir(parents=True)\n"
        "import customer_platform.orchestration.dbt_project as projects\n"
        "projects.is_parsed = lambda project: True\n"
        "prepare(environment)\n"
        "subprocess.run(['touch', str(environment.home / 'by_another_program')], check=True)\n"
    )
    variables = os.environ | {"CUSTOMER_PLATFORM_HOME": str(home)}
    subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, env=variables, check=True)
    assert _mode(home) == 0o700
    assert _mode(home / "landing") == 0o700
    assert _mode(home / "dagster" / "dagster.yaml") == 0o600
    assert _mode(home / "by_another_program") == 0o600


@pytest.mark.usefixtures("open_umask")
def test_a_demo_is_closed_before_anything_is_prepared(tmp_path: Path) -> None:
    home = tmp_path / "home"
    program = "from customer_platform.cli import main; main()"
    subprocess.run(
        [sys.executable, "-c", program, "demo", "--customers", "20", "--days", "1"],
        cwd=REPOSITORY, env=os.environ | {"CUSTOMER_PLATFORM_HOME": str(home)}, check=True,
    )  # fmt: skip
    assert [str(path) for path in (home, *home.rglob("*")) if _mode(path) & 0o077] == []


@pytest.mark.usefixtures("open_umask")
def test_what_a_delivery_has_landed_stays_as_it_is(tmp_path: Path) -> None:
    landed = tmp_path / "landing" / "customers.csv"
    landed.parent.mkdir(mode=0o775)
    landed.touch(mode=0o664)
    before = _mode(landed), _mode(landed.parent)
    close_folder(tmp_path, 0o077)
    assert _mode(tmp_path) == 0o700
    assert (_mode(landed), _mode(landed.parent)) == before


@pytest.mark.parametrize(
    ("umask", "before", "after"),
    [(0o077, 0o755, 0o700), (0o027, 0o2775, 0o2750), (0o027, 0o710, 0o710), (0o002, 0o700, 0o700)],
)
def test_a_folder_loses_permissions_and_never_gets_any(
    tmp_path: Path, umask: int, before: int, after: int
) -> None:
    folder = tmp_path / "home"
    folder.mkdir()
    folder.chmod(before)
    close_folder(folder, umask)
    assert _mode(folder) == after


def test_an_open_folder_of_somebody_else_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise PermissionError

    tmp_path.chmod(0o750)
    monkeypatch.setattr(os, "chmod", refused)
    close_folder(tmp_path, 0o027)
    with pytest.raises(OpenHomeError, match=rf"mode 750.*chmod 700 {tmp_path}"):
        close_folder(tmp_path, 0o077)


def test_without_a_variable_nobody_else_may_read() -> None:
    assert load_environment({}).umask == 0o077
    assert load_environment({"CUSTOMER_PLATFORM_UMASK": ""}).umask == 0o077
    shared = load_environment({"CUSTOMER_PLATFORM_UMASK": "027"})
    assert shared.umask == 0o027
    assert shared.process_variables["CUSTOMER_PLATFORM_UMASK"] == "027"
    assert read_umask("0007") == 0o007


@pytest.mark.parametrize("stated", ["77", "700", "127", "079", "0o77", "-07", "rwx", "07777"])
def test_what_is_no_umask_or_locks_its_owner_out_is_refused(stated: str) -> None:
    with pytest.raises(EnvironmentVariableError, match=rf"CUSTOMER_PLATFORM_UMASK='{stated}'.*077"):
        load_environment({"CUSTOMER_PLATFORM_UMASK": stated})


def test_a_publication_can_lie_behind_a_link_in_a_folder_that_a_group_reads(
    masters_for_a_group: SmallMasters, tmp_path: Path
) -> None:
    shared = tmp_path / "shared"
    written = [path for path in shared.rglob("*") if path.is_file()]
    assert len(written) > 5
    assert {_mode(path) for path in written} == {0o640}
    # Folders pass their group on.
    assert {_mode(path) for path in (shared, *shared.rglob("*")) if path.is_dir()} == {0o2750}
    assert rows(run_query(masters_for_a_group.folder, "select count(*) from returns")) == [(2,)]


@pytest.fixture
def masters_for_a_group(tmp_path: Path) -> Iterator[SmallMasters]:
    """Masters published as docs/privacy.md shows it for a group."""
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o2750)
    home = tmp_path / "home"
    home.mkdir()
    (home / "published").symlink_to(shared)
    before = os.umask(0o027)
    masters = SmallMasters(home)
    publish(masters.connection, [full_edition(masters.folder)], RELATIONS, FIRST)
    yield masters
    os.umask(before)


def test_prepare_closes_the_home_of_this_process() -> None:
    environment = load_environment()
    environment.home.chmod(0o755)
    prepare(environment)
    assert _mode(environment.home) == 0o700
