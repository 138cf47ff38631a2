"""Text that the loader keeps as text, and the staging view reads as a number or as yes and no."""

import pytest

from customer_platform.onboarding.readings import NumberReading, TruthReading
from customer_platform.onboarding.staging_sql import staging_sql
from customer_platform.onboarding.staging_yaml import staging_file
from customer_platform_tests.support.onboarding import PLATFORM, Deliver, proposed, types


def _column(deliver: Deliver, name: str, values: str) -> str:
    rows = "".join(f"{n};{value}\n" for n, value in enumerate(values.split("|")))
    return f"id;{name}\n{rows}"


@pytest.mark.parametrize(
    ("values", "mark", "kind"),
    [("1,50|2,25", ",", "decimal(18, 2)"), ("1.234,56|-7,1", ",", "decimal(18, 2)"),
     ("1,100.50|2.25", ".", "decimal(18, 2)"), ("€ 1,50|€ 2,50", ",", "decimal(18, 2)"),
     ("12 EUR|-1.200,125 EUR", ",", "decimal(18, 3)"), ("1 234,5|2", ",", "decimal(18, 2)"),
     ("$ 15|$ 1,500.00", ".", "decimal(18, 2)"), ("€ 15|€ 20", ".", "decimal(18, 2)"),
     ("1'234.50|2", ".", "decimal(18, 2)"), ("1,50|", ",", "decimal(18, 2)")],
)  # fmt: skip
def test_numbers_written_otherwise_are_read_in_the_view(
    deliver: Deliver, values: str, mark: str, kind: str
) -> None:
    proposal = proposed(deliver(_column(deliver, "bedrag", values)), delimiter=";")
    column = proposal.columns[1]
    assert (column.type.type, column.type.reading) == ("varchar", NumberReading(mark, kind))
    assert f"is text in the raw table, and {kind} in the view" in proposal.notes[0]
    assert f"{{{{ parse_number('bedrag', '{mark}', '{kind}') }}}} as bedrag" in staging_sql(
        "app", proposal, PLATFORM
    )
    assert f"data_type: {kind}" in staging_file("app", proposal, "Rows.", PLATFORM)


@pytest.mark.parametrize(
    "values", ["1,50|n/a", "1.2.3|1,5", "007,5|1,5", "1,50|2.25", "A1,5|2,5", "1.5,25|2,5"]
)
def test_what_is_not_a_number_in_every_row_stays_text(deliver: Deliver, values: str) -> None:
    proposal = proposed(deliver(_column(deliver, "code", values)), delimiter=";")
    assert proposal.columns[1].type.reading is None
    assert proposal.notes == []


@pytest.mark.parametrize("values", ["1,100|2,250", "1.234.567|2.345.678"])
def test_thousands_that_may_be_decimals_or_codes_are_told(deliver: Deliver, values: str) -> None:
    proposal = proposed(deliver(_column(deliver, "n", values)), delimiter=";")
    assert types(proposal)["n"] == "varchar"
    assert proposal.columns[1].type.reading is None
    assert "may be a number with thousands: if so, cast it in the view" in proposal.notes[0]


@pytest.mark.parametrize(
    ("values", "yes", "no"),
    [("ja|nee|Ja", ("ja",), ("nee",)), ("J|N", ("j",), ("n",)), ("oui|non", ("oui",), ("non",)),
     ("sí|no|si", ("si", "sí"), ("no",)), ("Sim|Não", ("sim",), ("não",)),
     ("ja|nein|", ("ja",), ("nein",)), ("vrai|faux", ("vrai",), ("faux",))],
)  # fmt: skip
def test_yes_and_no_of_another_language_are_read_in_the_view(
    deliver: Deliver, values: str, yes: tuple[str, ...], no: tuple[str, ...]
) -> None:
    proposal = proposed(deliver(_column(deliver, "actief", values)), delimiter=";")
    assert proposal.columns[1].type.reading == TruthReading(yes, no)
    cases = [f"when '{word}' then true" for word in yes] + [f"when '{no[0]}' then false"]
    sql = " ".join(staging_sql("app", proposal, PLATFORM).split())
    assert f"case lower(trim(actief)) {' '.join(cases)} end as actief" in sql
    assert "data_type: boolean" in staging_file("app", proposal, "Rows.", PLATFORM)


@pytest.mark.parametrize("values", ["ja|nee|misschien", "J|J", "n|n", "m|v"])
def test_words_that_are_not_all_yes_and_no_stay_text(deliver: Deliver, values: str) -> None:
    proposal = proposed(deliver(_column(deliver, "soort", values)), delimiter=";")
    assert proposal.columns[1].type.reading is None


def test_an_attribute_that_says_yes_and_no_is_read_and_other_columns_of_records_are_told(
    deliver: Deliver,
) -> None:
    path = deliver(
        "klantnr;email;nieuwsbrief;omzet\n1;a@x.nl;ja;1,50\n2;b@x.nl;nee;2,50\n", "klanten.csv"
    )
    proposal = proposed(path)
    sql = " ".join(staging_sql("app", proposal, PLATFORM).split())
    assert "{{ says_yes('nieuwsbrief') }} as email_consent" in sql
    assert "omzet" not in sql
    assert proposal.notes == [
        "nieuwsbrief: ja and nee are text in the raw table, and boolean in the view",
        "omzet: 2,50 is text in the raw table, which is no attribute of a record: read it with the "
        "macro parse_number",
    ]
