"""A platform whose attributes and other choices change while it runs by day, and is published."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from customer_platform.declarations import for_dbt, read_declarations
from customer_platform.publishing import full_edition, publish, run_query
from customer_platform.publishing.catalogue import FILE_NAME
from customer_platform_tests.dbt.project import Project, parsed
from customer_platform_tests.support.masters_life import FIRST, SECOND, days, event, order_line
from customer_platform_tests.support.projects import checkout
from customer_platform_tests.support.small_masters import rows

DECLARED = read_declarations(checkout(), "retail")
RELATIONS = DECLARED.published
ATTRIBUTES: list[dict[str, str]] = json.loads(for_dbt(DECLARED))["entities"]["customer"][
    "attributes"
]
WITHOUT_CONSENT = [each for each in ATTRIBUTES if each["name"] != "email_consent"]


class Platform:
    """A warehouse of two customers, the first of two records, that is run by day and published.

    Attributes:
        project: The dbt project on it.
        folder: What is published.
    """

    def __init__(self, folder: Path) -> None:
        self.project = Project(folder)
        self.folder = folder / "published"
        self._runs = 0
        self.project.insert(
            "raw.crm__customers",
            {
                "customer_id": "CRM-1",
                "first_name": "Jan",
                "email_consent": True,
                "created_at": "2025-01-01",
                "updated_at": "2025-01-01",
                "_partition": FIRST,
                "_row_number": 1,
            },
        )
        self.project.insert(
            "raw.webshop__customers",
            *(
                {
                    "customer_id": number,
                    "first_name": "Johannes",
                    "registered_at": "2025-02-02",
                    "updated_at": "2025-02-02",
                    "_partition": FIRST,
                    "_row_number": number,
                }
                for number in (1, 2)
            ),
        )
        self.project.insert("raw.webshop__order_lines", order_line(FIRST, 1, "1", 2, 1))
        self.project.insert(
            "raw.web__events",
            event(FIRST, "e1", "v") | {"occurred_at": f"{FIRST} 12:00:00"},
            event(FIRST, "e2", "v") | {"occurred_at": f"{FIRST} 12:20:00"},
        )
        self.project.insert(
            "identity.customer_id_map",
            {
                "source": "crm",
                "source_record_id": "CRM-1",
                "customer_id": "c_1",
                "linked_by_rule": "email",
            },
            {"source": "webshop", "source_record_id": "1", "customer_id": "c_1"},
            {
                "source": "webshop",
                "source_record_id": "2",
                "customer_id": "c_2",
                "linked_by_rule": "a rule that nobody has rated",
            },
        )
        self.project.dbt("seed")

    def declare(self, attributes: Sequence[Mapping[str, str]]) -> None:
        """Declares other attributes of customers."""
        self.project.declared["entities"]["customer"]["attributes"] = attributes

    def run(self, choices: Mapping[str, object], *arguments: str) -> None:
        """Builds the second day, which holds nothing, after all days the first time; publishes."""
        self._runs += 1
        asked = days(SECOND, SECOND) if self._runs > 1 else {}
        moment = datetime(2026, 2, self._runs)
        self.project.run({**choices, **asked, "run_at": str(moment)}, *arguments)
        with duckdb.connect(str(self.project.warehouse)) as connection:
            publish(connection, [full_edition(self.folder)], RELATIONS, moment)

    def published(self, query: str) -> list[tuple[Any, ...]]:
        """All rows of a query on what is published."""
        return rows(run_query(self.folder, query))


@dataclass(frozen=True)
class State:
    """What the warehouse and readers see: column names, and rows of consents."""

    customers: list[str]
    history: list[str]
    consents: list[tuple[Any, ...]]
    versions: list[tuple[Any, ...]]
    published_customers: list[str]
    published_history: list[str]
    published_versions: list[tuple[Any, ...]]


@dataclass(frozen=True)
class Evolution:
    """The states before an attribute, with it, without it, and with it again."""

    before: State
    added: State
    removed: State
    again: State


def _state(platform: Platform, consent: str, version_consent: str) -> State:
    def columns(rows: Callable[[str], list[tuple[Any, ...]]], relation: str) -> list[str]:
        return [name for (name, *_) in rows(f"describe master.{relation}")]

    consents = f"select customer_id, {consent} from master.customers order by 1"
    versions = (
        f"select customer_id, day(valid_from), {version_consent}, gross_revenue, is_current "
        "from master.customers_history order by 1, 2"
    )
    warehouse, published = platform.project.rows, platform.published
    return State(
        columns(warehouse, "customers"),
        columns(warehouse, "customers_history"),
        published(consents),
        warehouse(versions),
        columns(published, "customers"),
        columns(published, "customers_history"),
        published(versions),
    )


@pytest.fixture(scope="module")
def evolution(tmp_path_factory: pytest.TempPathFactory) -> Evolution:
    """An attribute is added, removed, and added again, each with a run of one day after it."""
    platform = Platform(Path(tmp_path_factory.mktemp("evolution")))
    states = []
    for attributes, consent, version_consent in (
        (WITHOUT_CONSENT, "null", "null"),
        (ATTRIBUTES, "email_consent", "email_consent"),
        (WITHOUT_CONSENT, "null", "email_consent"),
        (ATTRIBUTES, "email_consent", "email_consent"),
    ):
        platform.declare(attributes)
        platform.run({})
        states.append(_state(platform, consent, version_consent))
    return Evolution(*states)


def test_an_attribute_that_is_added_reaches_every_customer_on_the_next_day(
    evolution: Evolution,
) -> None:
    assert evolution.added.consents == [("c_1", True), ("c_2", None)]
    assert set(evolution.added.customers) - set(evolution.before.customers) == {
        "email_consent",
        "email_consent_source",
    }
    assert evolution.added.published_customers == evolution.added.customers


def test_versions_from_before_an_attribute_say_nothing_of_it_and_keep_the_rest(
    evolution: Evolution,
) -> None:
    assert evolution.before.versions == [("c_1", 1, None, 20, True), ("c_2", 1, None, 0, True)]
    assert evolution.added.versions == [
        ("c_1", 1, None, 20, False),
        ("c_1", 2, True, 20, True),
        ("c_2", 1, None, 0, True),
    ]


def test_an_attribute_that_is_removed_stays_in_the_history_alone(evolution: Evolution) -> None:
    assert evolution.removed.customers == evolution.before.customers
    assert evolution.removed.published_customers == evolution.before.customers
    assert "email_consent" in evolution.removed.history
    assert evolution.removed.versions == evolution.added.versions


def test_an_attribute_that_comes_back_goes_on_where_it_ended(evolution: Evolution) -> None:
    assert evolution.again.consents == evolution.added.consents
    assert evolution.again.versions == evolution.added.versions
    assert set(evolution.again.customers) == set(evolution.added.customers)


def test_readers_see_the_history_of_the_warehouse_whenever_its_files_were_written(
    evolution: Evolution,
) -> None:
    for state in vars(evolution).values():
        assert state.published_versions == state.versions
        assert set(state.published_history) == set(state.history)


@dataclass(frozen=True)
class Choice:
    """What somebody changes before a run of one day, and what readers see of it.

    Attributes:
        query: On what is published.
        before: The value it returned before.
        after: The value it returns afterwards.
        statement: SQL that changes the warehouse, as a seed does.
        variables: Variables of dbt, which stay for the choices that follow.
        attributes: The attributes that are declared from then on.
    """

    query: str
    before: object
    after: object
    statement: str = ""
    variables: Mapping[str, object] = field(default_factory=dict)
    attributes: Sequence[Mapping[str, str]] = ()


# What only building a golden record again undoes.
MARK = "update master.golden_records set preferred_channel = 'mark' where customer_id = 'c_2'"
_MARKED = "select preferred_channel from master.golden_records where customer_id = 'c_2'"
_FIRST_NAME = "select first_name from customers where customer_id = 'c_1'"
_CONFIDENCE = "select identity_confidence::double from customers where customer_id = '{}'"

CHOICES = {
    "nothing": Choice(_MARKED, None, "mark", MARK),
    # Before the others, which are undone by the run that follows them.
    "SQL of a macro that no master reaches": Choice(_MARKED, "mark", "mark", MARK),
    "seed link_confidence": Choice(
        _CONFIDENCE.format("c_1"),
        0.98,
        0.11,
        "update identity.link_confidence set confidence = 0.11 where rule = 'email'",
    ),
    "default_link_confidence": Choice(
        _CONFIDENCE.format("c_2"), 0.9, 0.42, variables={"default_link_confidence": 0.42}
    ),
    "survivorship": Choice(
        _FIRST_NAME,
        "Johannes",
        "Jan",
        attributes=[
            {**each, "survivorship": "precedence"} if each["name"] == "first_name" else each
            for each in ATTRIBUTES
        ],
    ),
    "seed source_precedence": Choice(
        _FIRST_NAME,
        "Jan",
        "Johannes",
        "update identity.source_precedence set precedence = 0 where source = 'webshop'",
    ),
    "session_timeout_minutes": Choice(
        "select count(*) from sessions", 1, 2, variables={"session_timeout_minutes": 10}
    ),
    "SQL of a macro": Choice(_MARKED, None, None, MARK),
    "SQL of a macro that a master calls by another": Choice(_MARKED, None, None, MARK),
    "SQL of a model": Choice(_MARKED, None, None, MARK),
}


_MACROS = {
    "SQL of a macro": "match_returns",
    "SQL of a macro that a master calls by another": "duckdb__row_hash",
    "SQL of a macro that no master reaches": "union_records",
}


def _change_sql(patch: pytest.MonkeyPatch, name: str) -> None:
    manifest = parsed("retail")
    if name in _MACROS:
        macro = manifest.macros[f"macro.customer_platform.{_MACROS[name]}"]
        patch.setattr(macro, "macro_sql", macro.macro_sql + " ")
    elif name == "SQL of a model":
        model = manifest.flat_graph["nodes"]["model.customer_platform.returns"]
        patch.setitem(model["checksum"], "checksum", "another")


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Platform:
    """One that has run once, with the choices of the repository."""
    platform = Platform(Path(tmp_path_factory.mktemp("choices")))
    platform.run({})
    return platform


@pytest.fixture(scope="module")
def seen(platform: Platform) -> dict[str, tuple[object, object]]:
    """By choice, what readers saw before and after the run that followed it."""
    variables: dict[str, object] = {}
    found = {}
    for name, choice in CHOICES.items():
        [(before,)] = platform.published(choice.query)
        platform.project.execute(choice.statement)
        variables.update(choice.variables)
        if choice.attributes:
            platform.declare(choice.attributes)
        with pytest.MonkeyPatch.context() as patch:
            _change_sql(patch, name)
            platform.run(variables, "--select", "master")
        [(after,)] = platform.published(choice.query)
        found[name] = (before, after)
        platform.project.execute(
            "update master.golden_records set preferred_channel = null where customer_id = 'c_2'"
        )
    return found


@pytest.mark.parametrize("name", CHOICES)
def test_a_choice_that_changes_reaches_what_nothing_else_has_changed_and_nothing_else_does(
    seen: dict[str, tuple[object, object]], name: str
) -> None:
    assert seen[name] == (CHOICES[name].before, CHOICES[name].after)


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_days_since_the_last_order_are_those_of_utc_on_the_day_they_are_read(
    platform: Platform, zone: str
) -> None:
    """At every moment one of the two zones has another day than UTC."""
    ordered = datetime.fromisoformat(f"{FIRST} 12:00:00").date()
    query = "select days_since_last_order from master.customers where customer_id = 'c_1'"
    for file in (platform.project.warehouse, platform.folder / FILE_NAME):
        with duckdb.connect(str(file)) as connection:
            connection.execute(f"set timezone = '{zone}'")
            today = datetime.now(UTC).date()
            [(days_since,)] = connection.execute(query).fetchall()
            # The test may run over midnight.
            assert today <= ordered + timedelta(days_since) <= datetime.now(UTC).date()


def test_local_time_is_turned_into_utc_in_summer_and_winter(platform: Platform) -> None:
    converted = {
        local: platform.project.query(
            "select cast({{ local_to_utc(\"'" + local + "'\", 'Europe/Amsterdam') }} as varchar)"
        )
        for local in ("2026-01-01 12:00:00", "2026-07-01 00:30:00")
    }
    assert converted == {
        "2026-01-01 12:00:00": [("2026-01-01 11:00:00",)],
        "2026-07-01 00:30:00": [("2026-06-30 22:30:00",)],
    }
