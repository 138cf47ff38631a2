import json

import duckdb
import pytest

from customer_platform.errors import OnboardingError
from customer_platform_tests.support.onboarding import (
    Deliver,
    attributes,
    entity,
    proposed,
    types,
)


@pytest.mark.parametrize(
    ("rows", "key"),
    [("email,number\na@x.nl,7\nb@x.nl,8", ("number",)),
     ("created,customer_code\n2024-01-01,a\n2024-01-02,b", ("customer_code",)),
     ("email,city\na@x.nl,A\nb@x.nl,A", ("email",)),
     # A name and a date never repeat by chance alone; what is named as a key goes before an email.
     ("naam,email,telefoon\nAnna Vos,a@x.nl,0612345678\nBert Vos,b@x.nl,0612345679", ("email",)),
     ("winkel,lidnr,naam,email\nA,1,An,a@x.nl\nA,2,Bo,b@x.nl\nB,1,Cy,c@x.nl\nB,2,Di,d@x.nl",
      ("winkel", "lidnr")),
     ("firma,ustid\nAcme,DE123456789\nBolt,DE123456788", ("ustid",)),
     ("klant,datum,bedrag\nA,2024-01-01,10\nB,2024-01-02,20\nA,2024-01-03,30",
      ("klant", "datum")),
     ("order_id,line,product\n1,1,a\n1,2,a\n2,1,a", ("order_id", "line")),
     ("shop,till,receipt_no,qty\n1,1,1,5\n1,2,1,5\n2,1,1,5\n1,1,2,5\n2,2,2,9\n2,2,1,1\n1,2,2,9",
      ("shop", "till", "receipt_no"))],
)  # fmt: skip
def test_the_key_is_the_shortest_that_never_repeats_named_as_one_first(
    deliver: Deliver, rows: str, key: tuple[str, ...]
) -> None:
    assert proposed(deliver(rows + "\n")).primary_key.columns == key


@pytest.mark.parametrize(
    ("rows", "key"),
    # Of the row itself, before those of other objects, wherever they stand.
    [("AccountId,OwnerId,Id,email\n1,7,31,a@x.nl\n2,8,32,b@x.nl", ("Id",)),
     ("account_id,contact_id,email\n1,31,a@x.nl\n2,32,b@x.nl", ("contact_id",)),
     ("customer_id,order_id,total\n1,31,5.00\n2,32,6.00", ("customer_id",)),
     # Case tells two IDs of Salesforce apart.
     ("Id,email\n003A0000000abcd,a@x.nl\n003A0000000abcD,b@x.nl", ("Id",)),
     # No phone, postcode or name, however unique, and no code that nothing names as a key.
     ("mobile,zip,name,pin,email\n06 12345678,1234 AB,Jan Bos,k1,a@x.nl\n"
      "06 12345679,1234 AC,Piet Vos,k2,b@x.nl", ("email",)),
     ("group_id,password_hash,email\n1,x7,a@x.nl\n1,x8,b@x.nl", ("email",)),
     # Nor the number of a row in its file, amounts and descriptions.
     ("Unnamed: 0,email\n0,a@x.nl\n1,b@x.nl", ("email",)),
     ("__index_level_0__,email\n4,a@x.nl\n9,b@x.nl", ("email",)),
     ("row_number,email\n1,a@x.nl\n2,b@x.nl", ("email",)),
     ("n,email\n0,a@x.nl\n1,b@x.nl", ("email",)),
     ("Notes,IP,email\nx1,10.0.0.1,a@x.nl\nx2,10.0.0.2,b@x.nl", ("email",)),
     ("spent,email\n10,a@x.nl\n20,b@x.nl", ("email",)),
     # Nor what somebody does; the position of a line is a number.
     ("Position,email\nCEO,a@x.nl\nCTO,b@x.nl", ("email",)),
     ("Functie,email\nHoofd inkoop,a@x.nl\nInkoper,b@x.nl", ("email",)),
     ("Position,Artikel\n1,a\n2,b", ("Position",))],
)  # fmt: skip
def test_a_key_is_of_the_row_itself_and_not_what_is_unique_by_chance(
    deliver: Deliver, rows: str, key: tuple[str, ...]
) -> None:
    assert proposed(deliver(rows + "\n", "export.csv"), kind="other").primary_key.columns == key


def test_a_key_that_is_an_email_address_is_noted(deliver: Deliver) -> None:
    notes = proposed(deliver("email,city\na@x.nl,Ede\nb@x.nl,Ede\n")).notes
    assert (
        "email: nothing else identifies a row; who changes the address becomes another record"
        in notes
    )


@pytest.mark.parametrize(
    "rows",
    ["phone,name\n06 12345678,Jan Bos\n06 12345679,Piet Vos",
     "postcode,stad\n1234 AB,Ede\n1234 AC,Ede", "index,name\n0,Jan\n1,Piet",
     "first_name,phone,plan\nJan,06 12345678,free\nPiet,06 12345679,free"],
)  # fmt: skip
def test_no_key_is_made_of_phones_postcodes_and_names(deliver: Deliver, rows: str) -> None:
    assert proposed(deliver(rows + "\n"), kind="other").primary_key.columns == ()


@pytest.mark.parametrize(
    "rows",
    ["naam,stad\nAnna,Ede\nBert,Ede", "datum,bedrag\n2024-01-01,10\n2024-01-02,20",
     "name,amount\nAnna,1.50\nAnna,2.50", "id,city\n1,A\n,B", "id,quantity\n1,1\n1,2",
     "order_id,product\n1,a\n1,a"],
)  # fmt: skip
def test_no_key_is_said_plainly_rather_than_made_of_amounts_or_gaps(
    deliver: Deliver, rows: str
) -> None:
    key = proposed(deliver(rows + "\n"), kind="other").primary_key
    assert key.columns == ()
    assert key.reason


@pytest.mark.parametrize("blank", ["", " ", "\t", "\u00a0", "\u200b"])
@pytest.mark.parametrize("format", ["csv", "jsonl", "parquet"])
def test_a_column_with_blanks_alone_is_empty_there_and_no_key(
    deliver: Deliver, format: str, blank: str
) -> None:
    values = [("A1", "a@x.nl"), (blank, "b@x.nl"), ("A3", "c@x.nl")]
    if format == "csv":
        path = deliver("id,email\n" + "".join(f'"{one}",{two}\n' for one, two in values))
    elif format == "jsonl":
        lines = (json.dumps({"id": one, "email": two}) for one, two in values)
        path = deliver("\n".join(lines), "members.jsonl")
    else:
        path = deliver(b"", "members.parquet")
        rows = ", ".join(f"('{one}', '{two}')" for one, two in values)
        duckdb.execute(f"copy (from (values {rows}) as t(id, email)) to '{path}' (format parquet)")
    proposal = proposed(path)
    assert proposal.primary_key.columns == ("email",)
    assert proposal.columns[0].statistics.filled == 2
    with pytest.raises(OnboardingError, match="id is empty in 1 of 3 rows"):
        proposed(path, primary_key=("id",))


def test_blanks_do_not_make_numbers_text(deliver: Deliver) -> None:
    proposal = proposed(deliver('id,points,day\n1,5,2024-05-01\n2," ","\u00a0"\n'))
    assert types(proposal) == {"id": "bigint", "points": "bigint", "day": "date"}


def test_rows_that_repeat_are_counted(deliver: Deliver) -> None:
    key = proposed(deliver("a,b\n1,x\n1,x\n1,x\n2,y\n")).primary_key
    assert key.reason == "2 of 4 rows repeat another row in every column"


def test_a_key_may_come_again_in_another_file(deliver: Deliver) -> None:
    paths = [deliver("id,city\n1,A\n2,B\n", f"places_2024-06-0{day}.csv") for day in (1, 2)]
    assert proposed(*paths).primary_key.columns == ("id",)


def test_a_key_that_repeats_within_a_file_is_none(deliver: Deliver) -> None:
    paths = [deliver("id,city\n1,A\n", "p_2024-06-01.csv"),
             deliver("id,city\n1,A\n1,A\n", "p_2024-06-02.csv")]  # fmt: skip
    assert proposed(*paths).primary_key.columns == ()


def test_a_key_that_is_a_name_is_an_attribute_still(deliver: Deliver) -> None:
    path = deliver("voornaam,achternaam,geboortedatum\nAnna,Vos,1980-01-01\nBert,Vos,1981-01-01\n")
    key = ["voornaam", "achternaam", "geboortedatum"]
    proposal = proposed(path, primary_key=key, kind="records")
    assert set(attributes(proposal).values()) == set(key)


def test_records_may_have_a_key_of_two_columns_where_the_table_is_called_so(
    deliver: Deliver,
) -> None:
    rows = "winkel,lidnr,email\nA,1,a@x.nl\nA,2,b@x.nl\nB,1,a@x.nl\n"
    assert entity(proposed(deliver(rows, "leden.csv"))) == "customer"
    assert entity(proposed(deliver(rows, "leden2.csv"))) == "customer"
    assert entity(proposed(deliver(rows, "bonnen.csv"))) is None
