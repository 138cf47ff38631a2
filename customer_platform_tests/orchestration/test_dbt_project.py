import os
from importlib import metadata
from pathlib import Path

import pytest

from customer_platform.environment import Environment
from customer_platform.errors import EngineError
from customer_platform.new_project import create_project
from customer_platform.orchestration.dbt_project import (
    dbt_project,
    is_newer,
    is_parsed,
    link_engine,
)
from customer_platform.project import DBT_PROJECT, Project, find_project
from customer_platform_tests.support.projects import checkout


def _touch(path: Path, seconds: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("")
    os.utime(path, (seconds, seconds))
    return path


def test_what_was_made_after_its_sources_is_not_made_again(tmp_path: Path) -> None:
    source = _touch(tmp_path / "models" / "a.sql", 100)
    assert is_newer(_touch(tmp_path / "manifest.json", 200), [source])
    assert not is_newer(_touch(tmp_path / "manifest.json", 50), [source])
    assert not is_newer(tmp_path / "absent.json", [source])


@pytest.fixture
def shop(tmp_path: Path) -> Project:
    """A project that has just been made."""
    create_project(tmp_path / "shop", "retail")
    return find_project(tmp_path / "shop")


def test_a_project_is_led_to_the_macros_of_the_installed_software(shop: Project) -> None:
    link_engine(shop)
    link = shop.dbt / "engine"
    assert link.readlink() == DBT_PROJECT
    made = link.lstat().st_mtime_ns
    link_engine(shop)
    assert link.lstat().st_mtime_ns == made


def test_a_link_to_another_installation_is_put_right(shop: Project) -> None:
    (shop.dbt / "engine").symlink_to("/opt/other/customer_platform/dbt")
    link_engine(shop)
    assert (shop.dbt / "engine").readlink() == DBT_PROJECT
    assert not list(shop.dbt.glob(".engine*"))


def test_a_folder_where_the_link_goes_is_left_alone_and_named(shop: Project) -> None:
    (shop.dbt / "engine" / "macros").mkdir(parents=True)
    with pytest.raises(EngineError, match=f"{shop.dbt}/engine can't be made a link to .*: move"):
        link_engine(shop)
    assert (shop.dbt / "engine" / "macros").is_dir()
    assert not list(shop.dbt.glob(".engine*"))


def test_a_checkout_needs_no_link() -> None:
    link_engine(checkout())
    assert not (DBT_PROJECT / "engine").exists()


def test_another_version_of_the_software_parses_anew(
    prepared: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = dbt_project(prepared)
    assert is_parsed(project)
    monkeypatch.setattr(metadata, "version", lambda _: "0.2.0")
    assert not is_parsed(project)
