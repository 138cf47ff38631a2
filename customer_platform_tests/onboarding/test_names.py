import pytest

from customer_platform.onboarding.names import dated_name, snake_case, unique_names, words


@pytest.mark.parametrize(
    ("name", "template", "day", "stem"),
    [("members_2024-06-01.csv", "members_{partition}.csv", "2024-06-01", "members"),
     ("Members20240601.csv.gz", "Members{partition}.csv.gz", "2024-06-01", "members"),
     ("klanten 31-12-2023.csv", "klanten {partition}.csv", "2023-12-31", "klanten"),
     ("2024.06.01 orders.v2.parquet", "{partition} orders.v2.parquet", "2024-06-01", "orders"),
     ("orders.csv", "orders_{partition}.csv", None, "orders"),
     ("orders_20241301.csv", "orders_20241301_{partition}.csv", None, "orders_20241301"),
     ("order_1234567890.csv", "order_1234567890_{partition}.csv", None, "order_1234567890")],
)  # fmt: skip
def test_the_day_is_taken_out_of_a_file_name(
    name: str, template: str, day: str | None, stem: str
) -> None:
    found = dated_name(name)
    assert (found.template, found.day, found.stem) == (template, day, stem)


@pytest.mark.parametrize(
    ("name", "parts"),
    [("customerFirstName", ["customer", "first", "name"]), ("E-Mail", ["e", "mail"]),
     ("CustomerID", ["customer", "id"]), ("Prénom", ["prenom"]), ("Straße", ["strasse"]),
     ("PLZ", ["plz"]), ("address_1", ["address", "1"]), ("Дата", [])],
)  # fmt: skip
def test_a_column_name_is_taken_apart_into_words(name: str, parts: list[str]) -> None:
    assert words(name) == parts


def test_names_are_made_fit_for_the_platform() -> None:
    assert snake_case("Order No.") == "order_no"
    assert snake_case("2nd address") == "n2nd_address"
    assert unique_names(["Name", "name ", "Дата"]) == {
        "Name": "name", "name ": "name_2", "Дата": "column_3",
    }  # fmt: skip
