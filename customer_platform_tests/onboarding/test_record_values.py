"""What the columns of a record become in its view: addresses, phones, names, consent, deletion."""

from typing import Any

import pytest

from customer_platform.onboarding import Entity
from customer_platform.onboarding.fact_plan import records_of
from customer_platform_tests.support.onboarding import CUSTOMER, Deliver, attributes, proposed
from customer_platform_tests.support.staging_views import staged


def _column(text: str, attribute: str, entity: Entity = CUSTOMER) -> list[Any]:
    return [row[attribute] for row in staged(text, [entity], kind="records")[1]]


def _notes(text: str) -> str:
    return "\n".join(staged(text, [CUSTOMER], kind="records")[0].notes)


_ADDRESS = ("street", "postcode", "city", "country")


def test_of_several_addresses_a_row_gets_the_first_that_is_whole_and_no_parts_of_two() -> None:
    text = """id,phone,ship_street,ship_city,ship_zip,ship_country,bill_street,bill_city,bill_zip
1,0612345678,Dam 1,Amsterdam,1012 AB,NL,Kerkweg 9,Utrecht,3511 AB
2,030 1234567,Plein 3,Den Haag,2511 CR,DE,,,
3,,Plein 3,Den Haag,2511 CR,NL, ,Ede,6711 AA
4,,,,,NL,,Ede,
5,,,Delft,,NL,,,
6,,,,,,,,
"""
    proposal, rows = staged(text, [CUSTOMER], kind="records")
    assert [tuple(row[part] for part in _ADDRESS) for row in rows] == [
        ("Kerkweg 9", "3511AB", "Utrecht", None), ("Plein 3", "2511CR", "Den Haag", "DE"),
        ("Plein 3", "2511CR", "Den Haag", "NL"), (None, None, "Ede", None),
        (None, None, "Delft", "NL"), (None, None, None, None),
    ]  # fmt: skip
    # A phone is of the country of the address that was taken.
    assert rows[1]["phone"] == "+49301234567"
    assert (
        "address: bill_street, bill_city, bill_zip; where a row has none whole, ship_street, "
        "ship_city, ship_zip, ship_country" in proposal.notes
    )


@pytest.mark.parametrize(("land", "of_work"), [("land", "NL"), ("home_country", None)])
def test_an_address_behind_others_has_its_own_parts_and_a_country_of_no_place(
    land: str, of_work: str | None
) -> None:
    header = "id,home_street,home_house_number,home_zip,home_city"
    text = f"""{header},work_street,work_address_2,work_zip,work_city,{land}
1,Dam,1,1012 AB,Ede,Plein 3,2nd floor,2511 CR,Delft,NL
2,,,,,Plein 3,2nd floor,2511 CR,Delft,NL
"""
    _, rows = staged(text, [CUSTOMER], kind="records")
    assert [tuple(row[part] for part in _ADDRESS) for row in rows] == [
        ("Dam 1", "1012AB", "Ede", "NL"), ("Plein 3 2nd floor", "2511CR", "Delft", of_work),
    ]  # fmt: skip


def test_where_a_part_of_an_address_is_asked_for_no_other_address_counts() -> None:
    header = "id,bill_street,bill_city,ship_street,ship_city"
    text = f"{header}\n1,Dam 1,Ede,Plein 3,Delft\n2,,,Weg 1,Goes\n"
    _, rows = staged(text, [CUSTOMER], kind="records", attributes={"city": "ship_city"})
    assert [row["city"] for row in rows] == ["Delft", "Goes"]
    assert rows[1]["street"] is None


def test_a_whole_address_counts_before_a_part_of_a_better_one() -> None:
    text = "id,City,Work Street,Work City,Work Zip\n1,Ede,Dam 1,Amsterdam,1012 AB\n"
    assert _column(text, "city") == ["Amsterdam"]


def test_an_address_that_hardly_anybody_has_is_not_the_one() -> None:
    rows = "".join(f"{n},,,,Dam {n},Ede,1012 AB\n" for n in range(2, 9))
    header = "id,Home Street,Home City,Home Zip,Work Street,Work City,Work Zip"
    text = f"{header}\n1,A 1,B,1000 AA,,,\n{rows}"
    assert _column(text, "city")[1:] == ["Ede"] * 7


@pytest.mark.parametrize(
    ("columns", "values", "street"),
    [("straat,huisnr,toev", "Kerkweg,9,B", "Kerkweg 9 B"),
     ("address1,address2", "Kerkweg 9,2nd floor", "Kerkweg 9 2nd floor"),
     ("address1,address2", "Kerkweg 9,", "Kerkweg 9"),
     ("Endereço,Número,Complemento", "Rua A,10,ap 2", "Rua A 10 ap 2"),
     # A building or district behind the number of another line.
     ("street_number,address_1,address_2", "12,Main Street,Rosewood", "Main Street 12")],
)  # fmt: skip
def test_lines_and_numbers_make_up_one_street(columns: str, values: str, street: str) -> None:
    assert _column(f"id,{columns},city\n77,{values},Ede\n", "street") == [street]


def test_a_whole_address_in_one_column_is_no_street() -> None:
    text = (
        'id,email,address\n1,a@x.nl,"Kerkweg 9, 3511 AB Utrecht"\n2,b@x.nl,Dam 1  Ede   1012 AB\n'
    )
    assert "street" not in attributes(staged(text, [CUSTOMER])[0])
    assert "address: whole addresses" in _notes(text)


def test_the_first_phone_and_email_that_a_row_has_counts() -> None:
    text = """id,work_phone,home_phone,mobile,fax,email,email2
1,020 1111111,030 2222222,06 33333333,020 9999999,a@x.nl,b@x.nl
2,020 1111111,030 2222222,,020 9999999,,b@x.nl
3,020 1111111,,none,020 9999999,,
4,,,,020 9999999,,
"""
    assert _column(text, "phone") == ["+31633333333", "+31302222222", "+31201111111", None]
    assert _column(text, "email") == ["a@x.nl", "b@x.nl", None, None]
    assert "phone: mobile, and where it has none home_phone, then work_phone" in _notes(text)


def test_a_phone_that_is_asked_for_is_the_only_one() -> None:
    text = "id,phone,mobile\n1,030 2222222,06 33333333\n2,,06 33333334\n"
    _, rows = staged(text, [CUSTOMER], kind="records", attributes={"phone": "phone"})
    assert [row["phone"] for row in rows] == ["+31302222222", None]


@pytest.mark.parametrize(
    ("prefix", "last", "expected"),
    [("van", "Bos", "van Bos"), ("", "Bos", "Bos"), ("van", "van Dijk", "van Dijk"),
     ("van", "Vanderbilt", "van Vanderbilt"), ("van der", "", None)],
)  # fmt: skip
def test_what_stands_before_a_last_name_belongs_to_it(
    prefix: str, last: str, expected: str | None
) -> None:
    text = f"id,Voornaam,Tussenvoegsel,Achternaam\n1,Jan,{prefix},{last}\n2,Piet,de,Wit\n"
    assert _column(text, "last_name")[0] == expected


def test_a_column_called_von_with_dates_is_no_part_of_a_name() -> None:
    proposal, _ = staged("id,Nachname,Von,Bis\n1,Bos,2024-01-01,2024-02-01\n", [CUSTOMER])
    assert "last_name_prefix" not in attributes(proposal)


def test_middle_names_titles_and_initials_are_no_first_names() -> None:
    text = """id,Title,Initials,Middle Name,Suffix,Last Name
1,Mr,J.P.,Peter,Jr,Bos
2,Ms,A.,Maria,,Vos
"""
    assert "first_name" not in attributes(staged(text, [CUSTOMER])[0])
    model = Entity("customer", (*CUSTOMER.attributes, "initials", "middle_name"))
    _, rows = staged(text, [model])
    assert [(row["initials"], row["middle_name"]) for row in rows] == [
        ("J.P.", "Peter"), ("A.", "Maria"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [("Anna de Vries", "Anna", "de Vries"), ("Mr. Jan Bos", "Jan", "Bos"),
     ("Dr. Prof. Eva Bos", "Eva", "Bos"), ('"Visser, Maria"', "Maria", "Visser"),
     ('"Jan Bos, Jr."', "Jan", "Bos"), ("Cher", "Cher", None)],
)  # fmt: skip
def test_a_full_name_is_parted_without_its_titles(name: str, first: str, last: str | None) -> None:
    others = "".join(f"{n},Anna Vos{'en' * n},{n}@x.nl\n" for n in range(2, 9))
    _, rows = staged(f"id,name,email\n1,{name},1@x.nl\n{others}", [CUSTOMER])
    assert (rows[0]["first_name"], rows[0]["last_name"]) == (first, last)


@pytest.mark.parametrize(
    ("column", "values", "consent"),
    [("Accepts Email Marketing", "yes no", [True, False]),
     ("Email Marketing Consent", "SUBSCRIBED UNSUBSCRIBED NEVER_SUBSCRIBED", [True, False, None]),
     ("Nieuwsbrief J/N", "J N", [True, False]),
     ("newsletter", "1 0", [True, False]),
     ("HasOptedOutOfEmail", "true false", [False, True]),
     ("Email Opt Out", "Y N", [False, True]),
     ("unsubscribed", "1 0", [False, True]),
     ("optin_time", "2024-05-01 -", [True, None]),
     ("unsubscribed_at", "2024-05-01 -", [False, None]),
     ("email_permission_status", "granted withdrawn pending", [True, False, None])],
)  # fmt: skip
def test_consent_is_read_in_the_words_of_each_tool(
    column: str, values: str, consent: list[bool | None]
) -> None:
    rows = "".join(
        f"{n},{n}@x.nl,{'' if value == '-' else value}\n" for n, value in enumerate(values.split())
    )
    assert _column(f"id,email,{column}\n{rows}", "email_consent") == consent


@pytest.mark.parametrize(
    ("column", "value"),
    [("unsubscribed_at", "2024-05-01 10:00:00"), ("opted_out_at", "01/05/2024"),
     ("HasOptedOutOfEmail", "true"), ("Uitgeschreven", "ja"), ("Abgemeldet am", "1. Mai 2024"),
     ("Désinscrit", "Oui"), ("Baja newsletter", "x"), ("Ne pas contacter", "1"),
     ("unsub_status", "Unsubscribed"), ("newsletter", "opted out")],
)  # fmt: skip
def test_a_refusal_counts_whose_column_was_empty_in_the_first_file(column: str, value: str) -> None:
    header = f"id,email,Accepts Email Marketing,{column}"
    _, rows = staged(
        f"{header}\n1,a@x.nl,yes,\n2,b@x.nl,yes,\n", [CUSTOMER], kind="records",
        later=f"3,c@x.nl,yes,{value}\n4,d@x.nl,yes,\n",
    )  # fmt: skip
    assert [row["email_consent"] for row in rows] == [True, True, False, True]


@pytest.mark.parametrize("value", ["no", "0", "0000-00-00 00:00:00", "n/a", "Subscribed"])
def test_what_an_empty_column_of_refusals_gets_later_may_also_be_none(value: str) -> None:
    _, rows = staged(
        "id,email,newsletter,unsubscribed_at\n1,a@x.nl,yes,\n", [CUSTOMER], kind="records",
        later=f"2,b@x.nl,yes,{value}\n",
    )  # fmt: skip
    assert [row["email_consent"] for row in rows] == [True, True]


@pytest.mark.parametrize(
    ("column", "values", "consent"),
    [("Do Not Contact", "yes no", [False, None]), ("Cancelado", "1 0", [False, None]),
     ("blocked", "true false", [False, None]), ("Cancelado newsletter", "1 0", [False, True]),
     ("Abgemeldet", "x -", [False, None]),
     ("Unsubscribe status", "Unsubscribed Subscribed", [False, True]),
     ("Unsubscribe time", "May/1/2024,10:00 1/June/2024", [False, False])],
)  # fmt: skip
def test_that_nothing_was_ended_is_an_agreement_only_where_email_is_meant(
    column: str, values: str, consent: list[bool | None]
) -> None:
    rows = "".join(
        f'{n},{n}@x.nl,"{"" if value == "-" else value}"\n'
        for n, value in enumerate(values.split())
    )
    assert _column(f"id,email,{column}\n{rows}", "email_consent") == consent


def test_a_column_of_refusals_with_other_values_is_noted() -> None:
    text = "id,email,Opt-out\n1,a@x.nl,maybe\n2,b@x.nl,later\n"
    assert "email_consent" not in attributes(staged(text, [CUSTOMER])[0])
    assert "Opt-out: is called a column of consent" in _notes(text)


def test_numbers_of_emails_are_no_consent() -> None:
    text = "id,email,emails unsubscribed\n1,a@x.nl,7\n2,b@x.nl,0\n"
    assert "email_opt_out" not in attributes(staged(text, [CUSTOMER])[0])


def test_an_order_that_is_cancelled_is_no_refusal_of_its_buyer(deliver: Deliver) -> None:
    path = deliver(
        "pedido,cliente,email,fecha,total,Cancelado\nP1,K1,a@x.nl,2024-05-01,9.50,true\n"
        "P2,K2,b@x.nl,2024-05-01,9.50,false\n"
    )
    records = records_of(proposed(path, kind="transactions"))
    assert records is not None
    assert "email_opt_out" not in attributes(records)


def test_a_refusal_counts_before_an_earlier_opt_in() -> None:
    text = """id,email,opt_in_time,unsub_time
1,a@x.nl,2024-05-01 10:00:00,
2,b@x.nl,2024-05-01 10:00:00,2024-05-02 10:00:00
3,c@x.nl,,
"""
    assert _column(text, "email_consent") == [True, False, None]


@pytest.mark.parametrize(
    ("columns", "rows", "consent"),
    [("do_not_contact_by_email,unsubscribed_at", ["false,2024-05-01", "true,", "false,", ","],
      [False, False, True, None]),
     ("unsubscribed_at,do_not_contact_by_email", ["2024-05-01,false", ",true", ",false", ","],
      [False, False, True, None]),
     ("newsletter,Accepts Email Marketing", ["yes,no", "no,yes", "yes,yes", ",yes", "yes,", ","],
      [False, False, True, True, True, None]),
     ("newsletter,unsubscribed,do_not_email",
      ["yes,0,N", "yes,1,N", "yes,0,Y", ",0,N", "no,0,N"], [True, False, False, None, False]),
     ("newsletter,opt_out,unsubscribed_at", ["1,0,", "1,0,2024-05-01", "1,1,", "0,0,"],
      [True, False, False, False]),
     # What is pending has been asked, not agreed to.
     ("consent,optin_time",
      ["yes,2024-05-01", "pending,2024-05-01", ",2024-05-01", "no,2024-05-01"],
      [True, None, True, False])],
)  # fmt: skip
def test_all_columns_of_consent_are_read_and_a_refusal_in_any_counts_first(
    columns: str, rows: list[str], consent: list[bool | None]
) -> None:
    lines = "".join(f"{n},{n}@x.nl,{row}\n" for n, row in enumerate(rows))
    text = f"id,email,{columns}\n{lines}"
    assert _column(text, "email_consent") == consent
    assert "together; a refusal in any of them counts first" in _notes(text)


@pytest.mark.parametrize("column", ["SMS Marketing Consent", "whatsapp_opt_in", "gender_status"])
def test_consent_to_anything_else_is_none_to_email(column: str) -> None:
    proposal, _ = staged(f"id,email,{column}\n1,a@x.nl,yes\n2,b@x.nl,no\n", [CUSTOMER])
    assert "email_consent" not in attributes(proposal)


@pytest.mark.parametrize(
    ("column", "deleted", "kept"),
    [("IsDeleted", "true", "false"), ("deleted_at", "2024-05-01 10:00:00", ""),
     ("Deleted?", "Yes", "No"), ("_deleted", "1", "0"), ("verwijderd", "ja", "nee"),
     ("redacted", "t", "")],
)  # fmt: skip
def test_a_record_that_was_deleted_at_the_source_is_left_out(
    column: str, deleted: str, kept: str
) -> None:
    text = f"id,email,{column}\n1,a@x.nl,{deleted}\n2,b@x.nl,{kept}\n"
    assert _column(text, "source_record_id") == ["2"]
    assert f"{column}: a record for which it says so is deleted" in _notes(text)


def test_a_record_that_is_inactive_is_kept() -> None:
    text = "id,email,is_active,archived\n1,a@x.nl,false,true\n2,b@x.nl,true,false\n"
    assert _column(text, "source_record_id") == ["1", "2"]


@pytest.mark.parametrize(
    ("written", "at"),
    [("2024-05-01 10:00:00 +0200", "2024-05-01 08:00:00"),
     ("2024-05-01T10:00:00.000Z", "2024-05-01 10:00:00"),
     ("2024-05-01T10:00:00+02:00", "2024-05-01 08:00:00"),
     ("1714557600", "2024-05-01 10:00:00"), ("1714557600123", "2024-05-01 10:00:00.123000"),
     ('"Wed, 01 May 2024 10:00:00 +0200"', "2024-05-01 08:00:00"),
     ("01-Feb-2024", "2024-02-01 00:00:00"), ('"Feb 1, 2024"', "2024-02-01 00:00:00"),
     ("05/13/2024 03:05 PM", "2024-05-13 15:05:00"),
     ('"13.05.2024, 15:05"', "2024-05-13 15:05:00"),
     ("13/05/2024 15:05:00", "2024-05-13 15:05:00")],
)  # fmt: skip
def test_moments_are_read_in_their_many_formats_as_utc(written: str, at: str) -> None:
    found = _column(f"id,email,Date Created\n1,a@x.nl,{written}\n", "created_at")
    assert [str(each) for each in found] == [at]


@pytest.mark.parametrize(
    ("days", "expected"),
    [("5/17/1980 0/0/00 6/2/1990", ["1980-05-17", "None", "1990-06-02"]),
     ("17-05-1980 00-00-0000 02-06-1990", ["1980-05-17", "None", "1990-06-02"]),
     ("1980-05-17 0000-00-00 1990-06-02", ["1980-05-17", "None", "1990-06-02"])],
)  # fmt: skip
def test_zeros_among_days_lose_no_date_of_birth(days: str, expected: list[str]) -> None:
    rows = "".join(f"{n},{n}@x.nl,{day}\n" for n, day in enumerate(days.split()))
    found = _column(f"id,email,Birthday\n{rows}", "birth_date")
    assert [str(each) for each in found] == expected


@pytest.mark.parametrize("birthday", ["02/27", "--02-27", "27.02.", "Feb 27", "27 Feb"])
def test_a_birthday_without_a_year_is_no_date_of_birth(birthday: str) -> None:
    text = f"id,email,Birthday\n1,a@x.nl,{birthday}\n2,b@x.nl,\n"
    assert "birth_date" not in attributes(staged(text, [CUSTOMER])[0])
    assert "Birthday: no dates with a year" in _notes(text)


def test_a_key_keeps_what_a_spreadsheet_does_not_show() -> None:
    text = "Customer ID,email\n'0012,a@x.nl\n'0013,b@x.nl\n"
    assert _column(text, "source_record_id") == ["0012", "0013"]
