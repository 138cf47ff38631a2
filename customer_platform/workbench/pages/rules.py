"""Tries other rules: on a few typed records at once, and on all records as a job."""

import csv
import io
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import Response

from customer_platform.declarations import Entity, default_country, read_entity
from customer_platform.declarations.rule_tests import files_of_tests, read_rule_tests
from customer_platform.errors import ExplainError, RulesError, RuleTestsError
from customer_platform.identity.resolve import Progress
from customer_platform.stewardship import preview as previews
from customer_platform.stewardship.rule_tests import RuleTester, ignored_values
from customer_platform.warehouse.duckdb import at_most
from customer_platform.workbench import texts
from customer_platform.workbench.access import current_user
from customer_platform.workbench.jobs import Jobs
from customer_platform.workbench.links import links_of
from customer_platform.workbench.reading import Published
from customer_platform.workbench.rendering import published_of, render

router = APIRouter(include_in_schema=False, prefix="/rules")

MOST_RECORDS = 50
_RECORD = "record"
# One preview runs at a time: one that never ends would keep all others waiting.
_PATIENCE = 60 * 60.0

_Text = Annotated[str, Form(max_length=200_000)]


@router.get("/{entities}")
def rules(request: Request, entities: str) -> Response:
    """The rules in force, and a few records, to be changed and tried."""
    published = published_of(request)
    entity = published.entity_of(entities)
    return render(
        request,
        "rules.html",
        entity=entity.entity,
        path=f"/rules/{entities}",
        text=entity.path.read_text("utf-8"),
        records=_examples(published, entity),
    )


@router.post("/{entities}/try")
def try_rules(request: Request, entities: str, rules: _Text = "", records: _Text = "") -> Response:
    """What the typed rules make of the typed records."""
    published = published_of(request)
    entity = published.entity_of(entities)
    try:
        environment = published.environment
        tester = RuleTester(
            read_entity(rules), ignored_values(environment), default_country(environment.project)
        )
        found = tester.tried("records", _read_records(records, entity))
    except (RulesError, RuleTestsError) as error:
        return render(request, "parts/tried.html", faults=str(error).splitlines())
    return render(
        request,
        "parts/tried.html",
        faults=[],
        customers=[(each, links_of(each)) for each in found.customers],
        over_shared=found.over_shared,
        left_out=found.left_out,
        entity=entity.entity,
    )


@router.post("/{entities}/preview")
def start_preview(request: Request, entities: str, rules: _Text = "") -> Response:
    """Starts a preview of the typed rules on all records."""
    published = published_of(request)
    entity = published.entity_of(entities)
    try:
        tried = read_entity(rules).rules
    except RulesError as error:
        return render(request, "parts/tried.html", faults=str(error).splitlines())

    def work(progress: Progress) -> str:
        with (
            published.store(entity) as store,
            at_most(store.connection, _PATIENCE, RulesError),
        ):
            found = previews.preview(
                replace(store, rules=tried),
                previews.applied_overrides(store),
                current_rules=entity.rules,
                transactions=published.transactions,
                progress=progress,
            )
        return previews.text.render(found)

    key = _jobs(request).start(current_user(request).name, published.moment, work)
    if key is None:
        return render(request, "parts/tried.html", faults=[texts.TOO_MANY_JOBS])
    return _progress(request, entities, key)


@router.get("/{entities}/preview/{key}")
def preview(request: Request, entities: str, key: str) -> Response:
    """How far a preview is, or what came of it."""
    return _progress(request, entities, key)


def _progress(request: Request, entities: str, key: str) -> Response:
    job = _jobs(request).get(key, current_user(request).name, published_of(request).moment)
    if job is None:
        raise ExplainError(texts.NO_SUCH_JOB)
    path = f"/rules/{entities}/preview/{key}"
    return render(request, "parts/preview.html", job=job, path=path)


def _jobs(request: Request) -> Jobs:
    jobs: Jobs = request.app.state.jobs
    return jobs


def _examples(published: Published, entity: Entity) -> str:
    """The records of the first rule test of the entity, as CSV; the columns alone without one."""
    environment = published.environment
    folder = environment.project.defs / environment.business_model
    files = (read_rule_tests(path) for path in files_of_tests(folder))
    tests = [test for file in files if file.entity == entity.entity for test in file.tests]
    records: dict[str, dict[str, Any]] = tests[0].records if tests else {}
    columns = list(dict.fromkeys(name for each in records.values() for name in each))
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow([_RECORD, *(columns or entity.attributes)])
    for name, stated in records.items():
        writer.writerow([name, *(stated.get(column) for column in columns)])
    return written.getvalue()


def _read_records(text: str, entity: Entity) -> dict[str, dict[str, Any]]:
    """The typed records; an empty field is no value.

    Raises:
        RuleTestsError: A line isn't right; names it.
    """
    reader = csv.DictReader(io.StringIO(text.strip()), skipinitialspace=True)
    header = reader.fieldnames or []
    if _RECORD not in header:
        raise RuleTestsError(f"records:1: the first line has no column {_RECORD!r}")
    records: dict[str, dict[str, Any]] = {}
    for row in reader:
        where = f"records:{reader.line_num}"
        name = (row.pop(_RECORD) or "").strip()
        source, _, record_id = name.partition(":")
        if None in row or None in row.values():
            raise RuleTestsError(f"{where}: a line has as many fields as the first, {len(header)}")
        if not source or not record_id:
            raise RuleTestsError(f"{where}: {name!r} is no record: write SOURCE:ID, such as crm:1")
        if name in records:
            raise RuleTestsError(f"{where}: {name} is there twice")
        records[name] = {key: value.strip() for key, value in row.items() if value.strip()}
    if not 2 <= len(records) <= MOST_RECORDS:
        raise RuleTestsError(f"records: write 2 to {MOST_RECORDS} records, and not {len(records)}")
    return records
