"""Countries are told in seven languages, and a phone number is of no country but the stated one."""

import duckdb
import pytest

from customer_platform.identity.normalisers.phones import PHONE_RULES
from customer_platform.onboarding.vocabulary import COUNTRIES, country_names
from customer_platform_tests.identity.normalisers.conftest import evaluate


@pytest.mark.parametrize(
    ("code", "written"),
    [
        ("DE", ["Germany", "Duitsland", "DEUTSCHLAND", "Allemagne", "Alemania", "Alemanha",
                "Germania", "DEU", "de", " DE "]),
        ("NL", ["Netherlands", "The Netherlands", "Nederland", "Niederlande", "Pays-Bas",
                "Países Bajos", "Países Baixos", "Paesi Bassi", "Holland"]),
        ("BE", ["België", "Belgique", "Belgien", "Bélgica", "Belgio"]),
        ("ES", ["España", "Spanien", "Espagne", "Spanje", "Spagna", "Espanha"]),
        ("IT", ["Italia", "Italien", "Italië", "Itália"]),
        ("AT", ["Österreich", "Oesterreich", "Oostenrijk", "Autriche"]),
        ("CH", ["Schweiz", "Suisse", "Svizzera", "Zwitserland"]),
        ("BR", ["Brasil", "Brasilien", "Brazilië", "Brésil"]),
        ("PL", ["Polen", "Pologne", "Polonia", "Polska"]),
        ("GB", ["UK", "uk", "U.K.", "United Kingdom", "Großbritannien", "Royaume-Uni", "England"]),
        ("US", ["USA", "U.S.A.", "us", "Vereinigte Staaten", "États-Unis", "Estados Unidos"]),
        ("PH", ["Philippines", "Philipines"]),
        ("CI", ["CI"]),
        (None, ["Atlantis", "", " ", "-", "n/a", None]),
    ],
)  # fmt: skip
def test_a_country_is_told_by_code_or_name(
    in_memory: duckdb.DuckDBPyConnection,
    macros: dict[str, str],
    code: str | None,
    written: list[str | None],
) -> None:
    assert evaluate(in_memory, macros["country"], written) == [code] * len(written)


def test_every_name_in_the_list_is_told_and_of_one_country_alone(
    in_memory: duckdb.DuckDBPyConnection, macros: dict[str, str]
) -> None:
    listed = [(name, code) for code, names in country_names().items() for name in names]
    assert len(listed) == len(COUNTRIES)
    told = evaluate(in_memory, macros["country"], [name for name, _ in listed])
    assert list(zip([name for name, _ in listed], told, strict=True)) == listed
    assert set(PHONE_RULES) <= set(country_names())


def _phones(
    connection: duckdb.DuckDBPyConnection,
    macros: dict[str, str],
    numbers: list[str],
    country: str | None,
) -> list[str | None]:
    """Phone numbers as a staging view has them that is told the country's code and name."""
    [code] = evaluate(connection, macros["country"], [country])
    rows = connection.execute(
        f"select {macros['phone_of_country']} from (select unnest(?::varchar[]) as value, "
        "?::varchar as code, ?::varchar as country)",
        [numbers, code, country],
    ).fetchall()
    return [row[0] for row in rows]


@pytest.mark.parametrize(
    ("country", "phone"),
    [("Deutschland", "+49301234567"), ("Germany", "+49301234567"), ("Nederland", "+31301234567"),
     (None, "+31301234567"), (" ", "+31301234567"), ("Atlantis", None), ("Tschechien", None),
     ("CZ", None), ("Polska", "+48301234567")],
)  # fmt: skip
def test_a_number_without_a_country_code_is_one_of_the_stated_country_or_of_none(
    in_memory: duckdb.DuckDBPyConnection,
    macros: dict[str, str],
    country: str | None,
    phone: str | None,
) -> None:
    assert _phones(in_memory, macros, ["0301234567"], country) == [phone]


@pytest.mark.parametrize("country", ["Atlantis", "CZ", "Deutschland"])
def test_a_number_with_a_country_code_needs_no_country(
    in_memory: duckdb.DuckDBPyConnection, macros: dict[str, str], country: str
) -> None:
    numbers = ["+31 30 123 4567", "0031 30 1234567", "+420 234 567 890"]
    assert _phones(in_memory, macros, numbers, country) == [
        "+31301234567", "+31301234567", "+420234567890",
    ]  # fmt: skip
