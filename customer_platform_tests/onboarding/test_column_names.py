"""The words of a column's name say what it is, however a tool writes them."""

import pytest

from customer_platform.onboarding.column_names import column_name


def _told(names: str) -> dict[str, str | None]:
    found = {name: column_name(name) for name in names.split("|")}
    return {name: called.attribute if called else None for name, called in found.items()}


@pytest.mark.parametrize(
    ("attribute", "names"),
    [("street", "MailingStreet|Default Address Address1|Address 1 - Street|ADDR_LINE1|Strasse|"
      "shipping_address_1|Billing Address Line 1|Adresse de facturation|Straat + huisnummer|"
      "customer.default_address.address1|address1_line1|Company Address"),
     ("street_2", "ADDR_LINE2|billing_address_2|Address 1: Street 2|Adresszeile 2"),
     ("postcode", "Address 1 - Postal Code|billing_postcode|MAILINGPOSTALCODE|Código postal|PC|"
      "Default Address Zip|Address 1: ZIP/Postal Code|FactuurPostcode"),
     ("city", "Default Address City|Rechnungsort|home_city|Mailing City|Woonplaats"),
     ("first_name", "PRIMARY_NAME_FIRST|First Name (Billing)|customerFirstName|FNAME|roepnaam"),
     ("middle_name", "Middle Name|middlename|PRIMARY_NAME_MIDDLE"),
     ("last_name_prefix", "Tussenvoegsel|Last name prefix|Voorvoegsel|Von"),
     ("initials", "Voorletters|Initials|Initialen"),
     ("email", "contact_email_address|E-mail 2 Address|Person - Email - Work|emailaddress1"),
     ("phone", "Telefoon1|Phone 1 - Value|Business Phone 2|Mobile Phone|Téléphone fixe"),
     ("birth_date", "Geb.datum|Date of Birth (dd/mm/yyyy)|BIRTH_DT|Fecha de nacimiento"),
     ("created_at", "Create Date|Created (UTC)|CreatedDate|Date Added|sign_up_date|"
      "Date d'inscription|Created At (UTC+0)|CREATED_DTTM|Aanmaakdatum|Person - Person created"),
     ("updated_at", "LastModifiedDate|Mutatiedatum|LAST_CHANGED|Modified Time|Letzte Änderung|"
      "Data ultima modifica|systemmodstamp"),
     ("email_consent", "Accepts Email Marketing|Email Marketing Consent|Nieuwsbrief J/N|"
      "Newsletter Opt-In|Email subscriber status|optin_time|Acepta publicidad"),
     ("email_opt_out", "HasOptedOutOfEmail|Email Opt Out|do_not_email|donotbulkemail|unsubscribed|"
      "Unsubscribed from all email|unsubscribed_at|OPT_OUT_FLAG|No Marketing Emails|no_marketing|"
      "do_not_contact_by_email|DoNotBulkEMail|Kein Newsletter|Toestemming ingetrokken|"
      "consent_revoked_at|Refus newsletter|Ne pas contacter|Ne plus envoyer de courriels|"
      "Désinscrit(e)|Désabonnement newsletter|Baja newsletter|Fecha de baja|No desea publicidad|"
      "Suscripción cancelada|No enviar comunicaciones comerciales|Abgemeldet am|"
      "Newsletterabmeldung|Keine E-Mails|Nicht kontaktieren|Werbewiderspruch|Uitgeschreven op|"
      "Niet mailen|Wil geen nieuwsbrief|Mailafmelding|Cancelado|Não enviar e-mail|"
      "Descadastrado em|disiscritto|Non inviare pubblicità|Iscrizione newsletter cancellata|"
      "Revoca consenso|not_subscribed|No longer wants emails|"
      "Marketing objection|Cancelled"),
     ("deleted", "IsDeleted|deleted_at|_deleted|Deleted?|date_deleted|redacted|Gelöscht|"
      "Cancellato il"),
     ("company_name", "Default Address Company|Account Name|billing_company|Organization Name"),
     ("country", "Default Address Country Code|billing_country|Home Country/Region")],
)  # fmt: skip
def test_a_column_is_understood_by_its_words(attribute: str, names: str) -> None:
    assert _told(names) == dict.fromkeys(names.split("|"), attribute)


@pytest.mark.parametrize(
    "name",
    ["Contact Owner Email", "Email Bounces", "email_hash", "phone_type", "Phone 1 - Label",
     "Accepts SMS Marketing", "SMS Marketing Consent", "Do Not Call", "is_active", "Deleted By",
     "Last Activity Date", "Created By", "Marketing contact status", "Subscription status",
     "MEMBER_RATING", "Card Address Zip", "workplace", "Birth place", "E-mail Display Name",
     "Assistant's Phone", "phone number country code", "Email Verified", "OPTIN_IP",
     "Nieuwsbrief nee", "not_unsubscribed", "No of mailings", "Accepts marketing no", "Contact No"],
)  # fmt: skip
def test_one_word_more_makes_a_column_another_one(name: str) -> None:
    assert column_name(name) is None


@pytest.mark.parametrize(
    "names",
    ["City|Billing City|Mailing City|Home City|Shipping City|Work City|Other City",
     "Email|Billing Email|Home Email|Work Email|Other Email",
     "Address 1 - City|Address 2 - City", "Primary Phone|Work Phone|Alternate Phone",
     "Private E-Mail|Work E-Mail"],
)  # fmt: skip
def test_the_place_that_a_name_says_orders_addresses_phones_and_emails(names: str) -> None:
    found = [column_name(name) for name in names.split("|")]
    ranks = [called.rank() for called in found if called]
    assert len(set(ranks)) == len(found)
    assert ranks == sorted(ranks)
