"""The masked edition of what is published: which columns its readers get, and in what form.

A value that tells people apart becomes a pseudonym, the same wherever it stands; a date and a
postcode lose their end; what people have written, other addresses and everything that nobody has
declared are not there.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from customer_platform.declarations import declarations_of
from customer_platform.environment import Environment
from customer_platform.personal_kinds import Personal
from customer_platform.privacy.declared import Declared, read_declared
from customer_platform.privacy.personal import BySource
from customer_platform.privacy.secret import Secret, read_secret
from customer_platform.publishing import Publication, full_edition, publish, renew_evidence
from customer_platform.publishing.editions import Columns, Edition, Treat, Treatment, plain
from customer_platform.publishing.evidence import Resolved
from customer_platform.publishing.on_spark import publish_on_spark
from customer_platform.publishing.relations import PublishedRelation
from customer_platform.warehouse.base import engine_of
from customer_platform.warehouse.sql import identifier

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# Hexadecimal digits of a pseudonym: of a trillion values no two have the same.
_LENGTH = 32
_PSEUDONYMISED = ("name", "email", "phone", "identifier")
_POSTCODE = re.compile(
    r"(^|_)(post_?code|postal_?code|zip(_?code)?|pcode|plz|postleitzahl)(_key)?$"
)
_DAYS = ("DATE", "TIMESTAMP")
_OMITTED = Treatment("left out")


def publish_masters(
    connection: "DuckDBPyConnection",
    environment: Environment,
    relations: Sequence[PublishedRelation],
) -> list[Publication]:
    """Publishes the masters of a deployment now, in full and masked.

    Args:
        connection: The warehouse, to write.
        environment: The deployment.
        relations: What is published.

    Returns:
        What has been done for the full edition, and for the masked one.

    Raises:
        IncompleteMastersError: Their last run has failed; see `publish` for what else is raised.
    """
    editions = [_full(environment), masked_edition(connection, environment)]
    engine = engine_of(environment.engine)
    published = publish(connection, editions, relations, _now(), engine)
    if environment.engine.name == "spark":
        publish_on_spark(environment.engine, environment.published, relations)
    return published


def publish_evidence(connection: "DuckDBPyConnection", environment: Environment) -> None:
    """Publishes the evidence of identities again, where masters are published.

    Args:
        connection: The warehouse.
        environment: The deployment.
    """
    relations = declarations_of(environment).published
    renew_evidence(connection, _full(environment), relations, _now())


def _full(environment: Environment) -> Edition:
    return full_edition(environment.published, evidence_of(environment))


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def evidence_of(environment: Environment) -> list[Resolved]:
    """Whose evidence of identities a deployment publishes, in full."""
    return [
        Resolved(
            entity.records,
            entity.rules,
            entity.tables,
            {name: attribute.personal for name, attribute in entity.attributes.items()},
        )
        for entity in declarations_of(environment).entities.values()
    ]


def masked_edition(connection: "DuckDBPyConnection", environment: Environment) -> Edition:
    """The edition for those who may know what people do, and not who they are.

    Args:
        connection: The warehouse that is published.
        environment: The deployment; its secret is made if there is none yet.

    Raises:
        PrivacyError: The secret is missing though it has been used, or is another one.
    """
    treat = masks(connection, read_declared(environment), read_secret(environment))
    return Edition(environment.published_masked, treat)


def masks(connection: "DuckDBPyConnection", declared: Declared, secret: Secret) -> Treat:
    """Says what is done with the columns of a table, so that nobody can be read in it.

    Args:
        connection: The connection that the table will be read with.
        declared: What is declared of its columns; what isn't, is left out.
        secret: What pseudonyms are made with.
    """

    def treatment(name: str, type_name: str, kind: Personal | BySource) -> Treatment:
        if kind is False:
            return plain(name)
        # IDs of sources that are harmless, too: elsewhere the same ID may stand without its source,
        # and has to be joined.
        if isinstance(kind, BySource) or kind in _PSEUDONYMISED:
            text = f"{identifier(name)}::varchar"
            digest = secret.in_sql(connection, "pseudonym", text)
            return Treatment("pseudonym", f"left({digest}, {_LENGTH})", secret.fingerprint)
        if kind == "date":
            return _year(name, type_name)
        if kind == "address" and _POSTCODE.search(name.lower()):
            return _beginning(name)
        return _OMITTED

    def treat(table: str, columns: Columns) -> Mapping[str, Treatment]:
        kinds = declared.relation(table, [name for name, _ in columns])
        return {name: treatment(name, kind, kinds[name.lower()]) for name, kind in columns}

    return treat


def _year(name: str, type_name: str) -> Treatment:
    """The first day of the year, in the type of the column."""
    column = identifier(name)
    if type_name == "VARCHAR":
        year = f"strftime(date_trunc('year', try_cast({column} as date)), '%Y-%m-%d')"
        return Treatment("year", year)
    if not type_name.startswith(_DAYS):
        return _OMITTED
    return Treatment("year", f"date_trunc('year', {column})::{type_name}")


def _beginning(name: str) -> Treatment:
    """The first two characters; of what isn't longer, nothing."""
    text = f"trim({identifier(name)}::varchar)"
    return Treatment(
        "first two characters", f"case when length({text}) > 2 then left({text}, 2) end"
    )
