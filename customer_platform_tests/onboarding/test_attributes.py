"""Attributes are told by what columns are called in seven languages, and by what they hold."""

import pytest

from customer_platform.onboarding.column_names import attribute_by_name
from customer_platform_tests.support.onboarding import (
    B2B,
    Deliver,
    attributes,
    entity,
    proposed,
)


@pytest.mark.parametrize(
    ("attribute", "names"),
    [("first_name", "First Name,voornaam,Vorname,Prénom,primer nombre,primeiro nome"),
     ("last_name", "surname,achternaam,Nachname,nom de famille,Apellidos,sobrenome,Cognome"),
     ("email", "E-Mail,emailadres,E-Mail-Adresse,courriel,correo electrónico,customerEmail"),
     ("phone", "phone_number,telefoonnummer,Handynummer,téléphone,teléfono,telemóvel,cellulare"),
     ("birth_date", "dateOfBirth,geboortedatum,Geburtsdatum,date de naissance,"
      "fecha de nacimiento,data de nascimento,data di nascita"),
     ("street", "billing_street,straat,Straße,rue,calle,rua,via,address_1"),
     ("postcode", "zip,postcode,PLZ,code postal,código postal,CEP,CAP,customer_zip_code_prefix"),
     ("city", "shippingCity,woonplaats,Ort,ville,ciudad,cidade,città"),
     ("country", "country_code,land,Land,pays,país,paese"),
     ("loyalty_card", "loyalty card number,klantenkaart,Kundenkarte,carte fidélité"),
     ("email_consent", "newsletter,toestemming,Einwilligung,consentement"),
     ("company_name", "Company Name,bedrijfsnaam,Firmenname,raison sociale,Razón social,"
      "razão social,Ragione sociale"),
     ("registration_number", "registration_number,KvK-nummer,Handelsregisternummer,SIRET,"
      "número de registro,CNPJ,numero REA"),
     ("vat_id", "VAT number,btw-nummer,USt-IdNr,numéro TVA intracommunautaire,NIF,contribuinte,"
      "Partita IVA"),
     ("domain", "website,webadres,Webseite,site web,sitio web,domínio,sito web"),
     ("parent_name", "subsidiary_of,moedermaatschappij,Muttergesellschaft,maison mère,"
      "empresa matriz,empresa mãe,capogruppo"),
     ("account_number", "customer_unique_id,klantnummer,Kundennummer,numéro client,"
      "número de cliente,código cliente,codice cliente"),
     ("created_at", "created_at,aangemaakt op,erstellt am,date création,fecha alta,criado em"),
     ("updated_at", "lastModified,gewijzigd op,geändert am,modifié le,data modifica")],
)  # fmt: skip
def test_a_column_is_known_by_its_name_in_every_language(attribute: str, names: str) -> None:
    assert {name: attribute_by_name(name) and attribute_by_name(name)[0]  # type: ignore[index]
            for name in names.split(",")} == dict.fromkeys(names.split(","), attribute)  # fmt: skip


@pytest.mark.parametrize("name", ["order_id", "product", "quantity", "status", "statement", "x"])
def test_other_columns_are_called_after_no_attribute(name: str) -> None:
    assert attribute_by_name(name) is None


def test_a_column_is_known_by_what_it_holds(deliver: Deliver) -> None:
    rows = "".join(
        f"K{n},{first},{last},{n}@example.com,06-1234567{n},123{n} AB,Germany\n"
        for n, (first, last) in enumerate(
            [("Anna", "Jansen"), ("Jan", "Bakker"), ("Marie", "Smith"), ("Thomas", "Visser")]
        )
    )
    proposal = proposed(deliver(f"k,v1,v2,v3,v4,v5,v6\n{rows}"))
    assert attributes(proposal) == {
        "first_name": "v1", "last_name": "v2", "email": "v3", "phone": "v4", "postcode": "v5",
        "country": "v6",
    }  # fmt: skip
    assert entity(proposal) == "customer"


def test_what_a_column_holds_weighs_more_than_what_it_is_called(deliver: Deliver) -> None:
    rows = "".join(f"{n},Anna,{n}@example.com,none\n" for n in range(3))
    proposal = proposed(deliver(f"id,first_name,phone,email\n{rows}"))
    assert attributes(proposal) == {"first_name": "first_name", "email": "phone"}


@pytest.mark.parametrize(
    ("header", "row", "expected"),
    [("id,name,surname", "1,Anna,Visser", {"first_name": "name", "last_name": "surname"}),
     ("id,Vorname,Name", "1,Anna,Visser", {"first_name": "Vorname", "last_name": "Name"}),
     ("id,nom,prénom", "1,Dubois,Marie", {"first_name": "prénom", "last_name": "nom"}),
     ("id,naam", "1,Anna de Visser", {"full_name": "naam"}),
     ("id,name", "1,Green umbrella", {})],
)  # fmt: skip
def test_a_column_called_name_is_told_by_those_beside_it(
    deliver: Deliver, header: str, row: str, expected: dict[str, str]
) -> None:
    assert attributes(proposed(deliver(f"{header}\n{row}\n"))) == expected


def test_of_two_columns_the_one_called_exactly_so_counts(deliver: Deliver) -> None:
    path = deliver("id,billing_email,email\n1,a@x.nl,b@x.nl\n")
    assert attributes(proposed(path))["email"] == "email"


def test_the_user_has_the_last_word(deliver: Deliver) -> None:
    path = deliver("id,email,second\n1,a@x.nl,b@x.nl\n")
    assert attributes(proposed(path, attributes={"email": "second"})) == {"email": "second"}


@pytest.mark.parametrize(
    ("name", "rows", "whose"),
    [("people.csv", "id,email\n1,a@x.nl", "customer"),
     ("orders.csv", "order_id,email,amount\n1,a@x.nl,9.50", None),
     ("customers.csv", "id,city,total_amount\n1,Paris,9.50", "customer"),
     ("products.csv", "id,title\n1,Umbrella", None),
     # A key that identifies by itself is also an attribute.
     ("list.csv", "email,newsletter\na@x.nl,1\nb@x.nl,0", "customer"),
     ("accounts.csv", "account,country\nAcme,Germany", None)],
)  # fmt: skip
def test_customer_records_are_told_from_other_rows(
    deliver: Deliver, name: str, rows: str, whose: str | None
) -> None:
    assert entity(proposed(deliver(rows + "\n", name))) == whose


def test_a_key_that_identifies_by_itself_is_delivered_as_the_attribute_too(
    deliver: Deliver,
) -> None:
    proposal = proposed(deliver("email,city\na@x.nl,Paris\nb@x.nl,Paris\n"))
    assert proposal.primary_key.columns == ("email",)
    assert attributes(proposal) == {"email": "email", "city": "city"}


def test_the_number_of_a_parent_or_owner_is_no_number_of_the_account(deliver: Deliver) -> None:
    path = deliver(
        "Account ID,Account Name,Account Owner ID,Parent Account ID\n"
        "001A,Acme B.V.,U1,\n001B,Bolt GmbH,U2,001A\n",
        "accounts.csv",
    )
    proposal = proposed(path, entity="account", entities=B2B)
    assert proposal.column_of("account_number") is None
