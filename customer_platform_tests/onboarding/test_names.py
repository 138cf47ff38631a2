import pytest

from customer_platform.onboarding.vocabulary import snake_case, unique_names, words


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
