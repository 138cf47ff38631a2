"""dbt's macros call the functions of their names, and add nothing of their own."""

from pathlib import Path
from typing import Any

import pytest
from dbt.cli.main import dbtRunner

from customer_platform.declarations import VARIABLE, for_dbt, read_declarations
from customer_platform.project import DBT_PROJECT
from customer_platform_tests.support.projects import checkout

CALLS = {
    "normalise_email('x')": "normalise_email(cast(x as TEXT))",
    "normalise_name('x')": "normalise_name(cast(x as TEXT))",
    "normalise_postcode('x')": "normalise_postcode(cast(x as TEXT))",
    "normalise_code('x')": "normalise_code(cast(x as TEXT))",
    "normalise_country('x')": "normalise_country(cast(x as TEXT))",
    "normalise_domain('x')": "normalise_domain(cast(x as TEXT))",
    "email_domain('x')": "email_domain(cast(x as TEXT))",
    "name_key('x')": "name_key(cast(x as TEXT))",
    "street_key('x')": "street_key(cast(x as TEXT))",
    "code_key('x')": "code_key(cast(x as TEXT))",
    "company_name_key('x')": "company_name_key(cast(x as TEXT))",
    "registration_key('x', 'c')": "registration_key(cast(x as TEXT), c)",
    "vat_key('x', 'c')": "vat_key(cast(x as TEXT), c)",
    "normalise_phone('x')": "normalise_phone(cast(x as TEXT), 'NL')",
    "normalise_phone('x', 'c')": "normalise_phone(cast(x as TEXT), coalesce(c, 'NL'))",
    "normalise_phone('x', 'c', 's')": "normalise_phone(cast(x as TEXT), coalesce(c, case when "
    "normalise_exact(cast(s as TEXT)) is null then 'NL' else '??' end))",
}


def test_every_macro_calls_the_function_of_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUSTOMER_PLATFORM_DUCKDB", str(tmp_path / "warehouse.duckdb"))
    monkeypatch.setenv(VARIABLE, for_dbt(read_declarations(checkout(), "retail")))
    monkeypatch.setenv("DBT_TARGET_PATH", str(tmp_path / "target"))
    monkeypatch.setenv("DBT_LOG_PATH", str(tmp_path / "logs"))
    result = dbtRunner().invoke(
        [
            "compile",
            "--inline",
            "\n;;\n".join(f"{{{{ {macro} }}}}" for macro in CALLS),
            f"--project-dir={DBT_PROJECT}",
            f"--profiles-dir={DBT_PROJECT}",
            "--quiet",
        ]
    )
    assert result.success, result.exception
    compiled: Any = result.result
    texts = compiled.results[0].node.compiled_code.split("\n;;\n")
    rendered = [" ".join(each.split()) for each in texts]
    assert dict(zip(CALLS, rendered, strict=True)) == CALLS
