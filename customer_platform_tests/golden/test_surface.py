"""What users, their jobs and their queries know the platform by changes when it is meant to alone.

`make golden` writes the files of this folder again.
"""

from collections.abc import Iterator
from pathlib import Path

import click
import duckdb
import pytest
from click.testing import CliRunner

from customer_platform.cli import main
from customer_platform.publishing.catalogue import FILE_NAME
from customer_platform_tests.golden.conftest import Compare
from customer_platform_tests.support.demos import DEMOS, BuiltDemo, built_demo
from customer_platform_tests.support.digests import table_lines


@pytest.fixture(scope="module", params=DEMOS)
def demo(request: pytest.FixtureRequest, shared: Path) -> BuiltDemo:
    return built_demo(request.param, shared)


def _asset_lines(demo: BuiltDemo) -> Iterator[str]:
    for name, asset in sorted(demo.told["assets"].items()):
        yield f"{name}, group {asset['group']}{', by day' * asset['by_day']}"
        for check, blocking in sorted(asset["checks"].items()):
            yield f"    {check}, {blocking}"


def test_assets_groups_and_checks(demo: BuiltDemo, compare: Compare) -> None:
    compare(f"{demo.business_model}/assets.txt", _asset_lines(demo))


def _published_lines(demo: BuiltDemo) -> Iterator[str]:
    catalogue = demo.environment.published / FILE_NAME
    with duckdb.connect(str(catalogue), read_only=True) as connection:
        columns = connection.execute(
            "select table_schema || '.' || table_name, column_name, data_type "
            "from information_schema.columns order by table_schema, table_name, ordinal_position"
        ).fetchall()
    before = None
    for relation, column, kind in columns:
        if relation != before:
            yield relation
        yield f"    {column:<40} {kind}"
        before = relation


def test_columns_of_what_is_published(demo: BuiltDemo, compare: Compare) -> None:
    compare(f"{demo.business_model}/published.txt", _published_lines(demo))


def test_rows_of_the_masters(demo: BuiltDemo, compare: Compare) -> None:
    compare(f"{demo.business_model}/masters.txt", table_lines(demo.home / "built.duckdb", "master"))


def _help_lines(command: click.Command, *path: str) -> Iterator[str]:
    shown = CliRunner().invoke(
        main, [*path, "--help"], terminal_width=100, prog_name="customer-platform"
    )
    assert shown.exit_code == 0, shown.output
    yield f"$ {' '.join(('customer-platform', *path, '--help'))}"
    yield from shown.output.splitlines()
    yield ""
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from _help_lines(inner, *path, name)


def test_help_of_every_command(compare: Compare) -> None:
    compare("help.txt", _help_lines(main))
