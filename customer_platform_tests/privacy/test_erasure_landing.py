"""What becomes of landed files: compressed ones, and those that may not be changed."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import MagicMock

import dagster as dg
import duckdb
import pytest

from customer_platform.components import privacy
from customer_platform.components.privacy import LANDED_FILES, build_erasures
from customer_platform.ingestion import TableSpec
from customer_platform.privacy.scan import scan
from customer_platform_tests.support.company import Company
from customer_platform_tests.support.erasure_lives import History
from customer_platform_tests.support.people import HER, PEOPLE
from customer_platform_tests.support.small_retail import tables


def declared(source: str, name: str) -> TableSpec:
    """A table of a source."""
    [table] = [each for of, each in tables() if (of, each.name) == (source, name)]
    return table


def test_files_that_zstd_has_compressed_are_written_again_without_her(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Rows of one go, those of the other stay without her.
    for table in (declared("crm", "customers"), declared("web", "events")):
        monkeypatch.setattr(table, "path", f"{table.path.removesuffix('.gz')}.zst")
    history = History(company)
    for seed in (7, 8, 9):
        history.deliver(seed)
    history.run()
    landing = company.environment.landing
    files = list(landing.rglob("*.zst"))
    # Who always log in.
    hers, others = ([str(each.account), each.crm] for each in PEOPLE[4:])
    assert all(scan(landing / each, hers).found for each in ("web", "crm"))
    company.ask("crm", PEOPLE[4].crm)
    history.run()
    assert list(landing.rglob("*.zst")) == files != []
    assert scan(landing, hers).places == ()
    assert all(scan(landing / each, others).found for each in ("web", "crm"))
    assert history.prove(PEOPLE[4].email) == []
    # They are no new deliveries.
    done = history.run()
    assert done is not None
    assert not done.kept_out


class _Warehouse(dg.ConfigurableResource):
    path: str

    @contextmanager
    def get_connection(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with duckdb.connect(self.path) as connection:
            yield connection


def run_as_dagster_does(company: Company) -> dg.AssetCheckEvaluation:
    """Carries out what has been asked; what the check of landed files says."""
    company.connection.close()
    result = dg.materialize(
        [build_erasures([], "team:a")],
        resources={
            "dbt": dg.ResourceDefinition.hardcoded_resource(MagicMock()),
            "warehouse": _Warehouse(path=str(company.environment.warehouse)),
        },
    )
    company.open()
    [check] = [
        each for each in result.get_asset_check_evaluations() if each.check_name == LANDED_FILES
    ]
    return check


def test_a_file_that_may_not_be_changed_stays_and_is_named(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(privacy, "load_environment", lambda: company.environment)
    monkeypatch.setattr(declared("crm", "customers"), "landing", "keep")
    history = History(company)
    history.deliver(0)
    history.run()
    [file] = list((company.environment.landing / "crm" / "customers").iterdir())
    before = file.read_bytes()
    request = company.ask("crm", HER.crm)
    check = run_as_dagster_does(company)
    name = file.relative_to(company.environment.landing).as_posix()
    assert (check.passed, check.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert check.description == f"{name}: its source says `landing: keep`"
    assert file.read_bytes() == before
    history.run()
    history.books.gone |= HER.records
    places = {each.path for each in history.prove()}
    assert places == {f"landing/{name}"}
    certificate = company.environment.privacy / "certificates" / f"{request.number}.json"
    said = json.loads(certificate.read_text())
    assert said["kept_files"] == [check.description]
    assert {path for path, *_ in said["found"]} == {f"landing/{name}"}
    assert check.description in certificate.with_suffix(".html").read_text()
    # A warehouse that is built anew reads the file, and does not hold her.
    company.begin_anew()
    company.load()
    assert not run_as_dagster_does(company).passed
    hers = "select count(*) from raw.crm__customers where customer_id = "
    assert company.rows(f"{hers}'{PEOPLE[4].crm}'") == [(1,)]
    assert company.rows(f"{hers}'{HER.crm}'") == [(0,)]
