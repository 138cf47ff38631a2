import pytest

from customer_platform_tests.onboarding.conftest import Deliver, attributes, entity, proposed


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
