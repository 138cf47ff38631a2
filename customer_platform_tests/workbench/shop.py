"""A small published shop, made by the rules of the retail model: seven records of five people."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

import duckdb

from customer_platform.declarations import declarations_of
from customer_platform.environment import Environment, load_environment
from customer_platform.identity import Delta, update_map
from customer_platform.identity.overrides import read_overrides
from customer_platform.privacy.masked_edition import evidence_of
from customer_platform.publishing import full_edition, publish
from customer_platform_tests.identity.similar.stub import keep_compared

FIRST, SECOND = datetime(2026, 1, 1), datetime(2026, 1, 2)
PUBLISHED = ("golden_records", "customers_history", "transactions", "returns", "events")

# Source, number, and the attributes that matter here.
PEOPLE = (
    ("crm", "C-1", "Ann", "Jansen", "ann@example.com", "+31612345678", "1012AB"),
    ("webshop", "W-1", "A.", "Jansen", "ann@example.com", None, "1013XY"),
    ("crm", "C-2", "Cor", "Bakker", "cor@example.com", "+31687654321", "2000AA"),
    ("webshop", "W-2", "Cor", "Bakker", "cor@work.example", None, "2000AA"),
    ("crm", "C-3", "<b>Bob</b>", "<script>alert(1)</script>", "bob@example.com", None, None),
    ("crm", "C-4", None, "Jansen", "dora@example.com", None, "1012AB"),
    ("crm", "C-5", None, "Mulder", "zoe@example.com", None, None),
    ("crm", "C-6", "Denise", "van Dijk", "denise@example.com", None, None),
)


class Shop:
    """The shop, published.

    Attributes:
        environment: Its deployment.
    """

    def __init__(self, home: Path) -> None:
        self.environment: Environment = replace(load_environment(), home=home)
        [self._entity] = declarations_of(self.environment).entities.values()
        with duckdb.connect(str(self.environment.warehouse)) as connection:
            _create_lookup(connection)
            self._resolve(connection, FIRST)
            # Who had two addresses writes one of them everywhere, and the two become one.
            self.former = _customer(connection, "W-2"), _customer(connection, "C-2")
            connection.execute(
                "update identity.source_lookup set email = 'cor@example.com', "
                "email_key = 'cor@example.com', updated_at = '2026-01-02' "
                "where source_record_id = 'W-2'"
            )
            self._resolve(connection, SECOND)
            _create_masters(connection)
        self.publish(SECOND)

    def customer(self, number: str) -> str:
        """The customer of a record."""
        with duckdb.connect(str(self.environment.warehouse), read_only=True) as connection:
            return _customer(connection, number)

    def change(self, statement: str) -> None:
        """Runs a statement on the warehouse."""
        with duckdb.connect(str(self.environment.warehouse)) as connection:
            connection.execute(statement)

    def publish(self, at: datetime) -> None:
        """Publishes it in full."""
        relations = [
            each for each in declarations_of(self.environment).published if each.name in PUBLISHED
        ]
        edition = full_edition(self.environment.published, evidence_of(self.environment))
        with duckdb.connect(str(self.environment.warehouse)) as connection:
            publish(connection, [edition], relations, at)

    def _resolve(self, connection: duckdb.DuckDBPyConnection, at: datetime) -> None:
        entity = self._entity
        keep_compared(connection, entity.records, entity.rules, MappingProxyType({}))
        update_map(
            connection,
            Delta(entity.records),
            entity.rules,
            entity.tables,
            at,
            overrides=read_overrides(connection, "identity.link_overrides"),
        )


def _customer(connection: duckdb.DuckDBPyConnection, number: str) -> str:
    [(customer,)] = connection.execute(
        "select customer_id from identity.customer_id_map where source_record_id = ?", [number]
    ).fetchall()
    return str(customer)


def _create_lookup(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("""
        create schema identity;
        create table identity.source_lookup (
            source varchar, source_record_id varchar, created_at timestamp, updated_at timestamp,
            first_name varchar, last_name varchar, email varchar, phone varchar, birth_date date,
            street varchar, postcode varchar, city varchar, country varchar, loyalty_card varchar,
            email_consent boolean, email_key varchar, phone_key varchar, loyalty_card_key varchar,
            first_name_key varchar, last_name_key varchar, birth_date_key varchar,
            postcode_key varchar, street_key varchar
        );
        create table identity.link_overrides (
            kind varchar, source varchar, source_record_id varchar, other_source varchar,
            other_record_id varchar, author varchar, date date, reason varchar
        );
        insert into identity.link_overrides values
            ('different', 'crm', 'C-1', 'crm', 'C-4', 'Eva', date '2026-01-01', 'mother, daughter');
        create table identity.ignored_values (match_key varchar, value varchar, reason varchar);
        insert into identity.ignored_values values ('email', 'info@*', 'shared')
    """)
    for source, number, first, last, email, phone, postcode in PEOPLE:
        connection.execute(
            "insert into identity.source_lookup (source, source_record_id, created_at, updated_at, "
            "first_name, last_name, email, phone, postcode, email_consent, email_key, phone_key, "
            "first_name_key, last_name_key, postcode_key) values ($1, $2, '2026-01-01', "
            "'2026-01-01', $3, $4, $5, $6, $7, $1 = 'crm', $5, $6, lower($3), lower($4), $7)",
            [source, number, first, last, email, phone, postcode],
        )


def _create_masters(connection: duckdb.DuckDBPyConnection) -> None:
    attributes = (
        "first_name", "last_name", "email", "phone", "birth_date", "street", "postcode", "city",
        "country", "loyalty_card", "email_consent",
    )  # fmt: skip
    golden = ", ".join(
        f"arg_min({name}, source) as {name}, "
        f"case when arg_min({name}, source) is not null then min(source) end as {name}_source"
        for name in attributes
    )
    connection.execute(f"""
        create schema master;
        create table master.pending_changes (kind varchar, source varchar, key varchar);
        create table master.golden_records as
        select customer_id, {golden}, count(*) as record_count, 25.5::decimal(12, 2) as net_revenue
        from identity.source_lookup
        inner join identity.customer_id_map using (source, source_record_id)
        group by customer_id;
        create table master.customer_changes as
        select *, timestamp '2026-01-01' as valid_from, false as is_deleted
        from master.golden_records
        union all
        select * replace ('ann@new.example' as email), timestamp '2026-01-02', false
        from master.golden_records where first_name = 'Ann';
        create table master.transactions as
        select 'T-' || i as transaction_id, 'webshop' as source, 'W-1' as source_record_id,
            (select customer_id from identity.customer_id_map where source_record_id = 'W-1')
                as customer_id,
            case when i = 1 then 'return' else 'sale' end as transaction_type,
            'ORD-' || i as order_id, 'Teapot' as description, 1 as quantity,
            9.95::decimal(12, 2) as amount, 'EUR' as currency,
            timestamp '2026-01-01' + interval (i) minute as occurred_at,
            date '2026-01-01' as partition_date
        from range(60) as t(i);
        create table master.returns as
        select 'T-1' as transaction_id, 'T-0' as original_transaction_id, 'webshop' as source,
            customer_id, timestamp '2026-01-01 00:01:00' as occurred_at,
            date '2026-01-01' as partition_date
        from master.transactions limit 1;
        create table master.events as
        select 'E-1' as event_id, 'web' as source, customer_id, 'page_view' as event_type,
            timestamp '2026-01-01 12:00:00' as occurred_at, 'https://shop.example' as url,
            date '2026-01-01' as partition_date
        from master.transactions limit 1
    """)
