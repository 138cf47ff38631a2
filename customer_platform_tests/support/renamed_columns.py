"""Builds a demo whose sources' columns all have other names, at random, in a copy of the project.

To be run in the copy, as a process of its own: the definitions read it when they are imported. Its
arguments are a business model's module in `customer_platform.demo` and a seed. Prints as JSON the
names that columns have and had.
"""

import csv
import gzip
import importlib
import json
import sys
from datetime import date
from pathlib import Path
from random import Random

import duckdb
import yaml

from customer_platform.deployment import prepare, run_main_job
from customer_platform.environment import load_environment
from customer_platform.ingestion import TableSpec, find_files
from customer_platform.project import DBT_PROJECT, DEFS

_LAST_DAY = date(2026, 1, 10)
_DAYS = ["2026-01-09", "2026-01-10"]
_LETTERS = "bcdfghjklmnpqrstvwxz"

# In the views, columns have the names again that their SQL knows.
_SOURCE = """{% macro source(source_name, table_name) -%}
    {%- set names = RENAMED.get(source_name ~ '__' ~ table_name, {}) -%}
    {%- set table = builtins.source(source_name, table_name) -%}
    {%- if names -%}
        {%- set renamed = [] -%}
        {%- for now, before in names.items() -%}
            {%- do renamed.append('"' ~ now ~ '" as "' ~ before ~ '"') -%}
        {%- endfor -%}
        {{ return('(select * rename (' ~ renamed | join(', ') ~ ') from ' ~ table ~ ')') }}
    {%- endif -%}
    {{ return(table) }}
{%- endmacro %}
"""


def _rename_declarations(sources: Path, random: Random) -> dict[str, dict[str, str]]:
    """By raw table, the names that its columns have had by the names that they now have."""
    renamed: dict[str, dict[str, str]] = {}
    for path in sorted(sources.glob("*/defs.yaml")):
        content = yaml.safe_load(path.read_text())
        source = content["attributes"]["source"]
        for table in content["attributes"]["tables"]:
            names = {before: "".join(random.choices(_LETTERS, k=9)) for before in table["columns"]}
            table["columns"] = {names[name]: said for name, said in table["columns"].items()}
            for said in table["columns"].values():
                said.pop("description", None)
                if said["personal"] and random.random() < 0.5:
                    del said["personal"]
            table["primary_key"] = [names[name] for name in table.get("primary_key", [])]
            for setting in {"partition_column", "newest_column"} & table.keys():
                table[setting] = names[table[setting]]
            renamed[f"{source}__{table['name']}"] = {now: name for name, now in names.items()}
        path.write_text(yaml.safe_dump(content, sort_keys=False))
    return renamed


def _rename_files(landing: Path, sources: Path, renamed: dict[str, dict[str, str]]) -> None:
    for path in sources.glob("*/defs.yaml"):
        attributes = yaml.safe_load(path.read_text())["attributes"]
        for declared in attributes["tables"]:
            names = renamed[f"{attributes['source']}__{declared['name']}"]
            table = TableSpec.model_validate(declared)
            for file in find_files(landing, table).files:
                _rename_file(landing / file.relative, {name: now for now, name in names.items()})


def _rename_file(path: Path, names: dict[str, str]) -> None:
    if ".parquet" in path.suffixes:
        columns = ", ".join(f'"{before}" as "{now}"' for before, now in names.items())
        with duckdb.connect() as connection:
            connection.execute(f"create table rows as select {columns} from '{path}'")
            connection.execute(f"copy rows to '{path}' (format parquet)")
        return
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8", newline="") as file:
        lines = file.read().splitlines(keepends=True)
    if ".csv" in path.suffixes:
        [header] = csv.reader(lines[:1])
        lines[0] = ",".join(names[name] for name in header) + "\n"
    else:
        lines = [
            json.dumps({names[name]: value for name, value in json.loads(line).items()}) + "\n"
            for line in lines
        ]
    with opened(path, "wt", encoding="utf-8", newline="") as file:
        file.writelines(lines)


def main(model: str, seed: int) -> None:
    """Renames, builds and prints."""
    environment = load_environment()
    sources = DEFS / model / "sources"
    renamed = _rename_declarations(sources, Random(seed))
    macro = _SOURCE.replace("RENAMED", json.dumps(renamed))
    (DBT_PROJECT / "macros" / "source.sql").write_text(macro)
    generate = importlib.import_module(f"customer_platform.demo.{model}").generate
    generate(environment.home, customers=100, days=len(_DAYS), seed=seed, end=_LAST_DAY)
    _rename_files(environment.landing, sources, renamed)
    prepare(environment)
    run_main_job(environment, *_DAYS)
    json.dump(renamed, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
