import gzip

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from customer_platform.onboarding import OnboardingError
from customer_platform.onboarding.sniff import FileFormat, sniff
from customer_platform_tests.onboarding.conftest import MEMBERS, Deliver, proposed

NAMES = "id,naam,stad\n1,Zoë,Den Haag\n2,Renée,Curaçao\n3,Jürgen,Köln\n"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "^", "~"])
def test_every_delimiter_is_found(deliver: Deliver, delimiter: str) -> None:
    path = deliver(MEMBERS.replace(",", delimiter))
    assert sniff(path) == FileFormat("csv", "utf-8", delimiter)


@pytest.mark.parametrize("said", ["\\t", "tab", "\t"])
def test_a_tab_may_be_said_in_letters(deliver: Deliver, said: str) -> None:
    proposal = proposed(deliver(MEMBERS.replace(",", "\t")), delimiter=said)
    assert proposal.written == FileFormat("csv", "utf-8", "\t")


@pytest.mark.parametrize("said", ["||", "", "comma", '"'])
def test_a_delimiter_of_more_than_one_character_is_refused_by_name(
    deliver: Deliver, said: str
) -> None:
    with pytest.raises(OnboardingError, match=r"--delimiter .* fields are parted by one character"):
        proposed(deliver(MEMBERS), delimiter=said)


def test_a_delimiter_inside_quotes_does_not_count(deliver: Deliver) -> None:
    rows = "".join(f'{n};"Dam 1, bus 2, Amsterdam, NL";x\n' for n in range(5))
    assert sniff(deliver(f"id;adres;code\n{rows}")).delimiter == ";"


@pytest.mark.parametrize(
    ("encoding", "found"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("latin-1", "cp1252"), ("cp1252", "cp1252"),
     ("utf-16", "utf-16")],
)  # fmt: skip
def test_the_encoding_is_found_and_the_text_arrives_whole(
    deliver: Deliver, encoding: str, found: str
) -> None:
    path = deliver(NAMES.encode(encoding), "namen.csv")
    assert sniff(path).encoding == found
    proposal = proposed(path)
    assert [column.name for column in proposal.columns] == ["id", "naam", "stad"]
    assert proposal.columns[1].statistics.most == "Zoë"


def test_an_eastern_encoding_is_not_taken_for_a_western_one(deliver: Deliver) -> None:
    rows = "".join(f"{n},Иван Петров,Санкт-Петербург,Невский проспект\n" for n in range(20))
    path = deliver(f"id,name,city,street\n{rows}".encode("cp1251"))
    assert sniff(path).encoding == "cp1251"


def test_jsonl_and_parquet_are_told_by_their_content_whatever_they_are_called(
    deliver: Deliver,
) -> None:
    assert sniff(deliver('{"a": 1}\n{"a": 2}\n', "rows.csv")).format == "jsonl"
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({"a": [1]}), sink)
    assert sniff(deliver(sink.getvalue().to_pybytes(), "rows.dat")).format == "parquet"


def test_compressed_files_are_read(deliver: Deliver) -> None:
    assert proposed(deliver(gzip.compress(MEMBERS.encode()), "members.csv.gz")).rows == 2
