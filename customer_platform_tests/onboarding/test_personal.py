"""What `add-source` declares of personal data."""

import yaml

from customer_platform.onboarding import find_deliveries
from customer_platform.onboarding.declaration import FileOrigin, declared
from customer_platform.onboarding.personal import personal_record_ids
from customer_platform.onboarding.staging_yaml import staging_file
from customer_platform_tests.support.onboarding import MEMBERS, PLATFORM, Deliver, proposed

_OTHER = """id,name,surname,mail,iban,height,is_member,amount,currency,remark,birthday
1,Anna,de Vries,anna@example.com,NL91ABNA0417164300,170,true,12.50,EUR,likes tea,1980-05-17
2,Piet,Bakker,piet@example.com,NL91ABNA0417164301,180,false,2.75,EUR,likes nobody,1981-06-18
3,Kees,Visser,kees@example.com,NL91ABNA0417164302,190,true,3.75,EUR,asks a lot,1982-07-19
"""


def _declared(content: str, deliver: Deliver) -> dict[str, object]:
    path = deliver(content)
    proposal = proposed(path)
    [delivery] = find_deliveries([path], "2024-06-03", None)
    origin = FileOrigin("app/members_{partition}.csv", delivery)
    columns = declared(proposal, origin, "Members.")["columns"]
    return {name: column.get("personal", "nothing") for name, column in columns.items()}


def test_a_column_is_of_the_kind_of_the_attribute_that_it_is_taken_for(deliver: Deliver) -> None:
    assert _declared(MEMBERS, deliver) == {
        "member_no": "identifier",
        "name": "name",
        "surname": "name",
        "mail": "email",
        "mobile": "phone",
        "zip": "address",
        "changed": False,
    }


def test_what_is_not_known_stays_undeclared_and_what_measures_is_not_personal(
    deliver: Deliver,
) -> None:
    assert _declared(_OTHER, deliver) == {
        "id": False,
        "name": "name",
        "surname": "name",
        "mail": "email",
        "iban": "nothing",
        "height": "nothing",
        "is_member": False,
        "amount": False,
        "currency": False,
        "remark": "nothing",
        "birthday": "date",
    }


def test_the_staging_view_says_whether_the_numbers_of_its_records_are_personal(
    deliver: Deliver,
) -> None:
    for content, kind in ((MEMBERS, "identifier"), (_OTHER, False)):
        proposal = proposed(deliver(content))
        assert personal_record_ids(proposal) == kind
        [model] = yaml.safe_load(staging_file("app", proposal, "Members.", PLATFORM))["models"]
        said = {column["name"]: column.get("config") for column in model["columns"]}
        assert said["source_record_id"] == {"meta": {"personal": kind}}
