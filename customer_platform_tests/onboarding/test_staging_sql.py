from customer_platform.onboarding import Entity, Proposal
from customer_platform.onboarding.platform import Platform
from customer_platform.onboarding.staging_sql import staging_sql
from customer_platform.onboarding.staging_yaml import staging_file
from customer_platform_tests.support.onboarding import MEMBERS, PLATFORM, Deliver, proposed


def _lines(proposal: Proposal) -> list[str]:
    return [
        line.strip().rstrip(",") for line in staging_sql("app", proposal, PLATFORM).splitlines()
    ]


def test_records_are_cleaned_by_the_macros_of_the_platform(deliver: Deliver) -> None:
    assert (
        staging_sql("app", proposed(deliver(MEMBERS)), PLATFORM)
        == """with

members as (
    {{ latest_per_key(source('app', 'members'), ['member_no']) }}
),

final as (
    select
        'app' as source,
        member_no as source_record_id,
        changed as created_at,
        changed as updated_at,
        {{ normalise_name('name') }} as first_name,
        {{ normalise_name('surname') }} as last_name,
        {{ normalise_email('mail') }} as email,
        {{ normalise_phone('mobile') }} as phone,
        {{ normalise_postcode('zip') }} as postcode
    from members
)

select * from final
"""
    )


def test_names_that_sql_does_not_take_are_quoted(deliver: Deliver) -> None:
    path = deliver("Order No,group,Größe,plain\n1,a,b,c\n2,a,b,c\n", "order.csv")
    lines = _lines(proposed(path))
    assert "order_rows as (" in lines
    assert "{{ adapter.quote('Order No') }} as order_no" in lines
    assert "{{ adapter.quote('group') }} as group_value" in lines
    assert "{{ adapter.quote('Größe') }} as grosse" in lines
    assert "plain" in lines


def test_every_attribute_is_read_from_whatever_type_it_has(deliver: Deliver) -> None:
    path = deliver(
        "id,naam,mobile,straat,huisnummer,land,geboortedatum,newsletter,created\n"
        "1,Anna de Vries,612345678,Damrak,1,NL,1980-05-17 00:00:00,1,2024-01-01\n"
    )
    lines = _lines(proposed(path, kind="records"))
    assert "cast(id as string) as source_record_id" in lines
    assert "cast(created as timestamp) as created_at" in lines
    assert "{{ first_of_full_name('naam') }} as first_name" in lines
    assert "{{ last_of_full_name('naam') }} as last_name" in lines
    assert "{{ normalise_country('land') }} as country_code" in lines
    assert "{{ normalise_phone('mobile', 'country_code', 'land') }} as phone" in lines
    assert "country_code as country" in lines
    assert "cast(geboortedatum as date) as birth_date" in lines
    assert "newsletter = 1 as email_consent" in lines
    [street] = [line for line in lines if line.endswith("as street")]
    assert "straat" in street
    assert "huisnummer" in street


def test_a_table_that_is_no_customers_keeps_its_columns_and_its_key_is_tested(
    deliver: Deliver,
) -> None:
    proposal = proposed(deliver("order_id,line,price\n1,1,9.50\n1,2,9.50\n2,1,1.00\n", "lines.csv"))
    assert "_partition as partition_date" in _lines(proposal)
    contract = staging_file("app", proposal, "Lines of app.", PLATFORM)
    assert "arguments: {columns: [order_id, line]}" in contract
    assert "Grain: one row per order_id and line." in contract
    assert "data_type: decimal(18, 2)" in contract


def test_an_attribute_is_described_by_the_block_there_is_or_by_what_it_is(deliver: Deliver) -> None:
    account = Entity("account", ("company_name", "city"))
    path = deliver("account,city\nAcme,Paris\n", "accounts.csv")
    proposal = proposed(path, entities=[account])
    contract = staging_file("crm", proposal, "Accounts of crm.", PLATFORM)
    assert (
        "- name: company_name\n        data_type: string\n        description: Name of the"
        in contract
    )
    assert "description: \"{{ doc('customer_record__city') }}\"" in contract
    own = Platform(PLATFORM.normalisers, PLATFORM.docs | {"account_record__city"})
    contract = staging_file("crm", proposal, "Accounts of crm.", own)
    assert "description: \"{{ doc('account_record__city') }}\"" in contract


def test_an_attribute_is_cleaned_by_the_macro_of_its_name(deliver: Deliver) -> None:
    account = Entity("account", ("company_name", "vat_id"))
    proposal = proposed(deliver("id,vat_id\n1,NL1\n", "accounts.csv"), entities=[account])
    assert "nullif(trim(vat_id), '') as vat_id" in _lines(proposal)
    own = Platform(frozenset({"vat_id"}), frozenset())
    assert "{{ normalise_vat_id('vat_id') }} as vat_id" in staging_sql("crm", proposal, own)


def test_a_table_called_as_a_part_of_the_view_has_another_name_in_it(deliver: Deliver) -> None:
    for name in ("final", "located"):
        lines = _lines(proposed(deliver("id,qty\n1,2\n2,3\n", f"{name}.csv")))
        assert f"{name}_rows as (" in lines
        assert f"from {name}_rows" in lines
        assert lines.count("final as (") == 1


def test_a_column_called_country_code_is_not_defined_twice(deliver: Deliver) -> None:
    path = deliver("id,first_name,phone,country_code\n1,Jan,030 1234567,DE\n", "people.csv")
    lines = _lines(proposed(path, kind="records"))
    assert "{{ normalise_country('country_code') }} as country_code_of_address" in lines
    of_address = "'country_code_of_address', 'country_code'"
    assert f"{{{{ normalise_phone('phone', {of_address}) }}}} as phone" in lines
    assert "country_code_of_address as country" in lines
