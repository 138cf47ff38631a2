import pytest
from click.testing import CliRunner

from customer_platform.cli import main
from customer_platform.environment import Environment
from customer_platform_tests.support.small_masters import FIRST, SmallMasters


@pytest.fixture
def published(deployment: Environment) -> Environment:
    """A deployment whose masters are published, and whose warehouse is being written."""
    SmallMasters(deployment.home).publish(FIRST)
    return deployment


@pytest.mark.parametrize(
    ("arguments", "output"),
    [
        ([], "customer_id  net_revenue\n        c_0            0\n        c_1            1\n"),
        (["--format", "csv"], "customer_id,net_revenue\nc_0,0\nc_1,1\n"),
        (
            ["--format", "json"],
            '{"customer_id":"c_0","net_revenue":0}\n{"customer_id":"c_1","net_revenue":1}\n',
        ),
    ],
)
def test_a_query_is_printed_in_the_format_asked_for(
    published: Environment, arguments: list[str], output: str
) -> None:
    query = "select customer_id, net_revenue from customers order by customer_id"
    result = CliRunner().invoke(main, ["query", query, *arguments])
    assert result.exit_code == 0, result.output
    assert result.output == output


@pytest.mark.parametrize(
    ("output", "rows"),
    [
        ("table", ["amount number", "123456789012345.1234 7"]),
        ("csv", ["amount,number", "123456789012345.1234,7", ","]),
        (
            "json",
            ['{"amount":123456789012345.1234,"number":7}', '{"amount":null,"number":null}'],
        ),
    ],
)
def test_numbers_are_printed_exactly_and_what_is_missing_is_blank(
    published: Environment, output: str, rows: list[str]
) -> None:
    query = (
        "select 123456789012345.1234::decimal(38, 4) as amount, 7 as number "
        "union all select null, null"
    )
    result = CliRunner().invoke(main, ["query", query, "--format", output])
    assert [" ".join(line.split()) for line in result.output.splitlines() if line.strip()] == rows


def test_a_query_without_rows_shows_its_columns_and_says_so(published: Environment) -> None:
    query = "select customer_id, net_revenue from customers where false"
    result = CliRunner().invoke(main, ["query", query])
    assert result.output == "customer_id net_revenue\n(no rows)\n"


def test_a_long_table_says_how_much_there_is(published: Environment) -> None:
    result = CliRunner().invoke(main, ["query", "from customers", "--rows", "1"])
    assert "2 rows in all" in result.output
    assert "c_1" not in result.output


def test_a_wrong_query_and_nothing_published_end_in_one_message(deployment: Environment) -> None:
    result = CliRunner().invoke(main, ["query", "select 1"])
    assert result.exit_code == 1
    assert "Nothing is published" in result.output
    SmallMasters(deployment.home).publish(FIRST)
    result = CliRunner().invoke(main, ["query", "select * from nowhere"])
    assert result.exit_code == 1
    assert "nowhere" in result.output
    assert "Traceback" not in result.output
