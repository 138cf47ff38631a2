"""Resolving in a notebook."""

from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from customer_platform.declarations import read_rules
from customer_platform.errors import RecordsError
from customer_platform.identity import Override, resolve
from customer_platform.project import REPOSITORY
from customer_platform_tests.identity.helpers import make_rules

FRAME = pd.DataFrame(
    {
        "source": ["a", "b", "b"],
        "id": ["1", "1", "2"],
        "email": ["x@y.nl", "x@y.nl", "z@y.nl"],
        "phone": [None, "1", "2"],
        "name": [None, None, None],
        "birth": [None, None, None],
    }
).astype(object)


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    FRAME.to_csv(tmp_path / "records.csv", index=False)
    pq.write_table(pa.Table.from_pandas(FRAME), tmp_path / "records.parquet")
    return tmp_path / "records.csv", tmp_path / "records.parquet"


def test_frames_tables_relations_and_files_give_the_same_map(files: tuple[Path, Path]) -> None:
    connection = duckdb.connect()
    connection.register("frame", FRAME)
    given = [
        FRAME,
        pa.Table.from_pandas(FRAME),
        connection.sql("select * from frame"),
        *files,
        str(files[0]),
    ]
    maps = [resolve(records, make_rules()).customer_id_map.to_pylist() for records in given]
    assert all(rows == maps[0] for rows in maps)
    assert maps[0][0]["customer_id"] == maps[0][1]["customer_id"] != maps[0][2]["customer_id"]


def test_the_map_of_an_earlier_run_keeps_its_ids() -> None:
    first = resolve(FRAME.iloc[[1, 2]], make_rules())
    second = resolve(FRAME, make_rules(), previous=first.customer_id_map)
    before = {row["record_id"]: row["customer_id"] for row in first.customer_id_map.to_pylist()}
    after = {
        (row["source"], row["record_id"]): row["customer_id"]
        for row in second.customer_id_map.to_pylist()
    }
    assert after == {("a", "1"): before["1"], ("b", "1"): before["1"], ("b", "2"): before["2"]}


def test_refused_links_and_over_shared_values_come_along() -> None:
    override = Override("different", "a", "1", "b", "1")
    refused = resolve(FRAME, make_rules(), overrides=[override])
    assert refused.customers == 3
    assert refused.refused_links[["rule", "refused_by"]].to_numpy().tolist() == [
        ["email", "override different"]
    ]
    rule = {"name": "email", "match": ["email"], "max_records_per_value": 2}
    many = pd.concat([FRAME, FRAME.iloc[[0]].assign(id="9")])
    assert resolve(many, make_rules(rule)).over_shared_values.to_numpy().tolist() == [
        ["email", "x@y.nl", 3, None]
    ]


def test_the_documented_rules_keep_twins_spouses_and_namesakes_apart() -> None:
    guide = (REPOSITORY / "docs" / "rules.md").read_text()
    rules = read_rules(guide.partition("```yaml")[2].partition("```")[0])
    exact = [rule for rule in rules.match_rules if rule.match]
    columns = [
        "record_id",
        "source",
        "first_name",
        "surname",
        "dob",
        "postcode",
        "email",
        "loyalty_id",
    ]
    people = pd.DataFrame(
        [
            ("t1", "crm", "Sanne", "Hofstra", "2001-04-17", "9711 AA", "sanne@x.nl", "1"),
            ("t2", "crm", "Jelle", "Hofstra", "2001-04-17", "9711AA", "jelle@x.nl", None),
            ("t3", "web", "S.", "Hofstra", "2001-04-17", "9711aa", "sanne@x.nl", None),
            ("c1", "crm", "Jan", "Smit", "1970-01-01", "1011 AB", "smit@x.nl", "2"),
            ("c2", "web", "Jana", "Smit", "1972-01-01", "1011 AB", "smit@x.nl", "2"),
            ("n1", "web", "Jan", "Smit", "1970-01-01", "9999 ZZ", "other@x.nl", None),
            ("c3", "news", None, None, None, None, "smit@x.nl", None),
        ],
        columns=columns,
    )
    people = people.assign(updated_at="2026-01-01", phone=None)
    found = resolve(people, rules.model_copy(update={"match_rules": exact})).customer_id_map
    customer = dict(
        zip(*(found[name].to_pylist() for name in ("record_id", "customer_id")), strict=True)
    )
    assert customer["t1"] == customer["t3"]
    apart = [customer[record] for record in ("t1", "t2", "c1", "c2", "n1")]
    assert len(set(apart)) == 5
    assert customer["c3"] in (customer["c1"], customer["c2"])


def test_what_is_no_table_is_refused_saying_what_is() -> None:
    with pytest.raises(RecordsError, match="records are a list; give a pandas DataFrame"):
        resolve([1, 2], make_rules())
