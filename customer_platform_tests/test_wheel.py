"""What is built to be installed, and a company that installs it."""

import os
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

from customer_platform.project import REPOSITORY, business_models

_BUILD = "import sys; from setuptools import build_meta as b; getattr(b, sys.argv[1])(sys.argv[2])"


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sdist, built from a checkout as somebody has just cloned it, and its wheel."""
    root = tmp_path_factory.mktemp("checkout")
    made = shutil.ignore_patterns("__pycache__", "*.nb[ic]", "target", "logs")
    for folder in ("customer_platform", "customer_platform_tests", "dbt"):
        shutil.copytree(REPOSITORY / folder, root / folder, ignore=made)
    for file in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
        shutil.copy(REPOSITORY / file, root)
    found = root / "dist"
    _build("build_sdist", root, found)
    [path] = found.iterdir()
    with tarfile.open(path) as sdist:
        sdist.extractall(root / "unpacked", filter="data")
    [unpacked] = (root / "unpacked").iterdir()
    _build("build_wheel", unpacked, found)
    return found


def _build(step: str, root: Path, into: Path) -> None:
    command = [sys.executable, "-c", _BUILD, step, str(into)]
    subprocess.run(command, cwd=root, check=True, capture_output=True)


def _wheel(dist: Path) -> Path:
    [wheel] = dist.glob("*.whl")
    return wheel


def test_the_wheel_has_all_that_it_needs_and_no_tests(dist: Path) -> None:
    with zipfile.ZipFile(_wheel(dist)) as wheel:
        names = set(wheel.namelist())
    package = {
        f"customer_platform/{path.relative_to(REPOSITORY / 'customer_platform')}"
        for path in (REPOSITORY / "customer_platform").rglob("*")
        if path.is_file() and path.suffix not in (".pyc", ".nbi", ".nbc")
    }
    dbt = {
        f"customer_platform/{path.relative_to(REPOSITORY)}"
        for folder in ("macros", "models", "seeds", "tests")
        for path in (REPOSITORY / "dbt" / folder).rglob("*")
        if path.is_file()
    }
    assert package - names == set()
    assert dbt - names == set()
    assert {"customer_platform/dbt/dbt_project.yml", "customer_platform/dbt/profiles.yml"} <= names
    tops = {name.split("/")[0] for name in names}
    assert tops == {"customer_platform", "customer_platform-0.1.0.dist-info"}


def test_the_sdist_has_what_the_wheel_is_built_from_and_no_tests(dist: Path) -> None:
    [path] = dist.glob("*.tar.gz")
    with tarfile.open(path) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    assert {"setup.py", "pyproject.toml", "LICENSE", "dbt/macros/generate_schema_name.sql"} <= names
    assert "customer_platform/defs/b2b/sources/crm/defs.yaml" in names
    assert not [name for name in names if name.startswith("customer_platform_tests")]


@pytest.fixture(scope="module")
def installed(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment that has the wheel, and all else from the one that runs."""
    folder = tmp_path_factory.mktemp("installed") / ".venv"
    venv.create(folder, with_pip=True)
    programs = folder / "bin"
    install = [str(programs / "python"), "-m", "pip", "install", "--no-deps", "--no-index"]
    subprocess.run([*install, str(_wheel(dist))], check=True, capture_output=True)
    [site] = folder.glob("lib/python*/site-packages")
    # A path in it is a folder to import from: what makes the checkout importable there is not read.
    [libraries] = Path(sys.prefix).glob("lib/python*/site-packages")
    (site / "libraries.pth").write_text(f"{libraries}\n")
    for name in ("dbt", "dg", "dagster"):
        text = Path(sys.executable).with_name(name).read_text()
        program = programs / name
        program.write_text(f"#!{programs / 'python'}\n{text.partition(chr(10))[2]}")
        program.chmod(0o755)
    return programs


class Company:
    """Somebody at a terminal, who has installed the wheel and set nothing."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self.programs = programs
        self.folder = folder

    def run(self, *command: str, within: str = ".", fails: bool = False) -> str:
        """What a command says, started in a folder."""
        ours = ("CUSTOMER_PLATFORM_", "DAGSTER_", "DBT_", "PYTHON", "VIRTUAL_ENV")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        result = subprocess.run(
            [str(self.programs / command[0]), *command[1:]],
            cwd=self.folder / within,
            env=kept | {"PATH": f"{self.programs}:/usr/bin:/bin", "COLUMNS": "200"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (result.returncode != 0) is fails, result.stdout + result.stderr
        return result.stdout + result.stderr


@pytest.fixture
def company(installed: Path, tmp_path: Path) -> Company:
    return Company(installed, tmp_path)


@pytest.mark.slow
def test_a_company_installs_it_makes_a_project_and_runs_it(company: Company) -> None:
    where = company.run("python", "-c", "import customer_platform; print(customer_platform)")
    assert f"'{company.programs.parent}" in where
    said = company.run("customer-platform", "run", fails=True)
    assert "is in no project" in said
    assert "customer-platform init FOLDER" in said
    company.run("customer-platform", "init", "shop", "--model", "retail")
    company.run("customer-platform", "demo", "--customers", "200", "--days", "10", within="shop")
    said = company.run("customer-platform", "run", within="shop/dbt/models")
    assert ", 0 failed." in said
    said = company.run("dg", "check", "defs", within="shop")
    assert "All definitions loaded successfully" in said
    query = ("customer-platform", "query", "select count(*) > 100 as many from customers")
    assert "True" in company.run(*query, within="shop/defs")
    written = {path.name for path in (company.folder / "shop").iterdir()}
    assert written == {
        ".customer_platform", ".gitignore", "README.md", "dbt", "defs", "pyproject.toml",
        "workspace.yaml",
    }  # fmt: skip
    members = company.folder / "members_2024-06-01.csv"
    members.write_text("member_no,name,surname,mail\nA-1,Anna,de Vries,anna@example.com\n")
    company.run("customer-platform", "add-source", "app", str(members), "--yes", within="shop")
    assert (company.folder / "shop/defs/retail/sources/app/defs.yaml").exists()
    assert (company.folder / "shop/dbt/models/retail/staging/app/stg_app__members.sql").exists()
    company.run("customer-platform", "remove-source", "app", "--yes", within="shop")
    assert not (company.folder / "shop/defs/retail/sources/app").exists()


@pytest.mark.slow
@pytest.mark.parametrize("model", [name for name in business_models() if name != "retail"])
def test_projects_of_the_other_business_models_run_as_well(company: Company, model: str) -> None:
    company.run("customer-platform", "init", "shop", "--model", model)
    company.run("customer-platform", "demo", "--customers", "100", "--days", "5", within="shop")
    assert ", 0 failed." in company.run("customer-platform", "run", within="shop")
