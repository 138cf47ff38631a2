"""What takes sources out of the project: the inverse of adding them, or why they can't go."""

import csv
import io
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from customer_platform.declarations import Declarations, read_declarations
from customer_platform.errors import OnboardingError
from customer_platform.onboarding.dbt_templates import calls, calls_in_yaml
from customer_platform.onboarding.planned_files import SOURCES, Change
from customer_platform.onboarding.yaml_edit import remove_items
from customer_platform.project import Project
from customer_platform.suggestions import suggestion

_PRECEDENCE = "source_precedence.csv"


def plan_removal(project: Project, business_model: str, names: Sequence[str]) -> list[Change]:
    """The changes that take sources out: their folders, and what names them in lists and seeds.

    Unit tests that give rows to a view of theirs go as well.

    Args:
        project: The project.
        business_model: The business model that they are of.
        names: The sources.

    Raises:
        OnboardingError: There is no such source, something else refers to one, which is listed
            file by file, or a file can't be changed by a program.
    """
    declared = read_declarations(project, business_model)
    staging = project.dbt / "models" / business_model / "staging"
    for name in names:
        if name not in declared.sources:
            raise OnboardingError(
                f"the business model {business_model} has no source {name!r}"
                f"{suggestion(name, declared.sources)}"
            )
    removed = [
        path
        for name in dict.fromkeys(names)
        for folder in (declared.folder / "sources" / name, staging / name)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    ]
    views = {path.stem for path in removed if path.suffix == ".sql"}
    changes = [Change(path, path.read_text(), None) for path in removed]
    changes += _lists(declared, views)
    changes += _precedence(project.dbt / "seeds" / business_model / _PRECEDENCE, names)
    others = [path for path in _dbt_files(project, business_model) if path not in removed]
    changes += [
        change
        for path in others
        if path.suffix == ".yml" and (change := _without_unit_tests(path, views)) is not None
    ]
    after = {change.path: change.after for change in changes}
    references = [
        f"{path.relative_to(project.root)}: {what}"
        for path in others
        for what in _references(path, after.get(path, path.read_text()) or "", views, names)
    ]
    references += list(_named_in_seeds(project, business_model, names))
    if references:
        raise OnboardingError(
            f"{', '.join(names)} can't be removed, as others refer to it. Change these first:\n"
            + "\n".join(f"  {each}" for each in references)
        )
    return changes


def _dbt_files(project: Project, business_model: str) -> Iterator[Path]:
    """The files that dbt reads for a business model."""
    dbt = project.dbt
    for folder in (
        dbt / "models" / "shared",
        dbt / "models" / business_model,
        dbt / "tests" / business_model,
        dbt / "macros",
    ):
        yield from sorted(path for path in folder.rglob("*") if path.suffix in (".sql", ".yml"))


def _lists(declared: Declarations, views: set[str]) -> list[Change]:
    """The lists of who delivers records and facts, without the views."""
    lists: list[tuple[Path, tuple[str, ...], list[str]]] = [
        (entity.path, SOURCES, entity.sources) for entity in declared.entities.values()
    ]
    if declared.facts is not None:
        of_facts = declared.facts.sources.items()
        lists += [(declared.facts.path, (*SOURCES, kind), models) for kind, models in of_facts]
    after: dict[Path, str] = {}
    for path, keys, models in lists:
        gone = [position for position, model in enumerate(models) if model in views]
        if gone:
            after[path] = remove_items(after.get(path) or path.read_text(), keys, gone, path)
    return [Change(path, path.read_text(), text) for path, text in after.items()]


def _precedence(path: Path, names: Collection[str]) -> list[Change]:
    """The seed that says how far sources are trusted, without these."""
    if not path.exists():
        return []
    before = path.read_text()
    kept = [line for line in before.splitlines(keepends=True) if line.split(",", 1)[0] not in names]
    after = "".join(kept)
    return [Change(path, before, after)] if after != before else []


def _without_unit_tests(path: Path, views: Collection[str]) -> Change | None:
    """A file without the unit tests that give rows to a view, None where there are none."""
    before = path.read_text()
    if not views or "unit_tests:" not in before:
        return None
    content = _loaded(path, before)
    tests = content.get("unit_tests") or []
    gone = [
        position
        for position, test in enumerate(tests)
        if any(
            name == "ref" and given[-1] in views
            for name, given in calls_in_yaml(test.get("given"), path)
        )
    ]
    if not gone:
        return None
    if len(gone) == len(tests) and not set(content) - {"version", "unit_tests"}:
        return Change(path, before, None)
    return Change(path, before, remove_items(before, ["unit_tests"], gone, path))


def _references(path: Path, text: str, views: Collection[str], names: Collection[str]) -> list[str]:
    """What a file of dbt has of the sources."""
    is_yaml = path.suffix == ".yml"
    called = calls_in_yaml(_loaded(path, text), path) if is_yaml else calls(text, path)
    found = []
    for name, given in called:
        # A model may be named by its package and its name, and a source always is by two.
        if name == "ref" and given and given[-1] in views:
            found.append(f"refers to {given[-1]}")
        elif name == "source" and given and given[0] in names:
            found.append(f"reads source {given[0]}")
    return list(dict.fromkeys(found))


def _named_in_seeds(project: Project, business_model: str, names: Collection[str]) -> Iterator[str]:
    """The seeds that name records of the sources, as overrides do."""
    for path in sorted((project.dbt / "seeds" / business_model).glob("*.csv")):
        rows = list(csv.DictReader(io.StringIO(path.read_text())))
        count = sum(row.get("source") in names or row.get("other_source") in names for row in rows)
        if count and path.name != _PRECEDENCE:
            lines = f"{count} {'line names' if count == 1 else 'lines name'}"
            yield f"{path.relative_to(project.root)}: {lines} records of it"


def _loaded(path: Path, text: str) -> dict[str, Any]:
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise OnboardingError(f"{path}: is no valid YAML: {error}") from error
    return content if isinstance(content, dict) else {}
