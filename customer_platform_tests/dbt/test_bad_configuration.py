"""Choices in dbt_project.yml and --vars that can't be right."""

import re
from pathlib import Path

import pytest

from customer_platform_tests.dbt.project import DbtError, Project
from customer_platform_tests.support.masters_life import Life


@pytest.mark.parametrize(
    ("model", "variables", "message"),
    [
        (
            "transactions",
            {"partition_from": "2026-01-02", "partition_to": "2026-01-01"},
            "partition_to (2026-01-01) is before partition_from (2026-01-02)",
        ),
        (
            "sessions",
            {"session_timeout_minutes": 0},
            "session_timeout_minutes: '0' is no number of minutes above 0",
        ),
        (
            "stg_support__contacts",
            {"default_country": "XX"},
            "no phone numbers of 'XX'; choose one of ",
        ),
    ],
)
def test_a_bad_choice_is_refused_with_the_choices_there_are(
    project: Project, life: Life, model: str, variables: dict[str, object], message: str
) -> None:
    assert life.rebuilt.failures == ""
    with pytest.raises(DbtError, match=re.escape(message)):
        project.dbt("compile", "--select", model, variables=variables)


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        (
            {"entities": {"buyer": {}, "seller": {}}},
            "no YAML in defs/ declares the entity 'customer'; there are buyer, seller",
        ),
        ({}, "call it as `customer-platform dbt compile ...`"),
    ],
)
def test_what_dbt_is_not_told_of_declarations_is_named(
    tmp_path: Path, declared: dict[str, object], message: str
) -> None:
    project = Project(tmp_path)
    project.declared = declared
    with pytest.raises(DbtError, match=re.escape(message)):
        project.dbt("compile", "--select", "source_lookup")
