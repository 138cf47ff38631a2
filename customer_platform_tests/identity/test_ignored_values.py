"""Which values never link."""

from collections.abc import Sequence

import duckdb
import pytest

from customer_platform.identity import ResolutionRules, key_sql


def kept(
    connection: duckdb.DuckDBPyConnection,
    normalise: str,
    ignored: Sequence[str],
    values: Sequence[str | None],
    country: str | None = None,
) -> list[str | None]:
    """The values of a match key in the order of the records."""
    rules = ResolutionRules.model_validate(
        {
            "record_id": "id",
            "match_keys": {"key": {"column": "value", "normalise": normalise, "country": country}},
            "match_rules": [{"name": "rule", "match": ["key"]}],
            "ignored_values": {"key": list(ignored)},
        }
    )
    connection.execute("create or replace table records (id integer, value varchar)")
    connection.executemany("insert into records values (?, ?)", list(enumerate(values)))
    key_sql.create_functions(connection, rules)
    rows = connection.execute(
        f'select "key key" from ({key_sql.keyed_records("records", rules)}) '
        "order by record_id::integer"
    ).fetchall()
    return [row[0] for row in rows]


def test_entries_are_normalised_as_the_values_of_their_key(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    values = ["test@test.com", " TEST@test.com ", "test@test.co"]
    assert kept(connection, "email", ["Test@Test.com "], values) == [None, None, "test@test.co"]
    values = ["06 1234 5678", "+31687654321"]
    assert kept(connection, "phone", ["06-12345678"], values, "NL") == [None, "+31687654321"]
    assert kept(connection, "name", ["Onbekénd!"], ["onbekend", "bekend"]) == [None, "bekend"]
    values = ["1900-01-01", "01.01.1900", "1900-01-02"]
    assert kept(connection, "date", ["1900/1/1"], values) == [None, None, "1900-01-02"]


def test_a_star_stands_for_any_characters_and_the_rest_is_normalised(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    values = ["noreply@a.nl", "NoReply@b.nl", "x.noreply@a.nl", "anna@a.nl", None]
    assert kept(connection, "email", [" NoReply@* "], values) == [
        None,
        None,
        "x.noreply@a.nl",
        "anna@a.nl",
        None,
    ]
    values = ["0612345678", "0612399999", "0622345678"]
    assert kept(connection, "phone", ["+31 6 123*"], values, "NL") == [None, None, "+31622345678"]
    values = ["Tést Accountje", "Attest", "Anna"]
    assert kept(connection, "name", ["TEST*"], values) == [None, "attest", "anna"]
    assert kept(connection, "code", ["lc-0*9"], ["LC 0129", "LC-0128"]) == [None, "LC0128"]
    assert kept(connection, "postcode", ["12* a*"], ["1234 AB", "1234 BB"]) == [None, "1234BB"]
    assert kept(connection, "date", ["1900-*"], ["01.05.1900", "1990-01-01"]) == [
        None,
        "1990-01-01",
    ]


@pytest.mark.parametrize("entry", ["a%*", "a_*", "a\\*", "*%", "*_", "a'*"])
def test_every_other_character_stands_for_itself(
    connection: duckdb.DuckDBPyConnection, entry: str
) -> None:
    meant = entry.replace("*", "")
    assert kept(connection, "exact", [entry], [meant, "abc", "ab"]) == [None, "abc", "ab"]


def test_an_ignored_value_with_a_quote_is_only_text(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    assert kept(connection, "exact", ["x' or 'a'='a"], ["x' or 'a'='a", "y"]) == [None, "y"]


def test_an_entry_that_is_no_value_ignores_nothing_else(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    assert kept(connection, "email", ["unknown", "a@b.nl"], ["c@d.nl", "a@b.nl"]) == [
        "c@d.nl",
        None,
    ]
