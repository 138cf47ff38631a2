import gzip

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from customer_platform.errors import OnboardingError
from customer_platform.ingestion.sniff import FileFormat, sniff
from customer_platform_tests.support.onboarding import (
    MEMBERS,
    Deliver,
    attributes,
    proposed,
    types,
)

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
    with pytest.raises(
        OnboardingError, match=r"--delimiter .* fields are separated by one character"
    ):
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


PEOPLE = "nr;name;mail;city\n" + "".join(f"K{n};Ann{n};a{n}@example.com;Ede\n" for n in range(9))


@pytest.mark.parametrize(
    "above",
    ["\n", "\r\n\r\n", "sep=;\n", '\ufeff"sep=;"\r\n', "Customers 01-06-2024;;;\n", "Customers\n\n",
     "Customers;;;\nDate:;01-06-2024;;\n;;;\n", "From;01-01-2024;to;\n"],
)  # fmt: skip
def test_the_header_is_found_below_titles_and_the_next_day_lands_without_them(
    deliver: Deliver, above: str
) -> None:
    first = deliver(above + PEOPLE + ";;;\nTotal: 9\n", "people_2024-06-01.csv")
    second = deliver(PEOPLE.replace("K", "L"), "people_2024-06-02.csv")
    proposal = proposed(first, second)
    assert [column.name for column in proposal.columns] == ["nr", "name", "mail", "city"]
    assert proposal.primary_key.columns == ("nr",)
    assert (proposal.rows, proposal.rejected) == (18, 1)
    assert proposal.written == FileFormat("csv", "utf-8", ";")
    assert "rows without any value, which are skipped: 1" in proposal.notes


def test_a_header_that_lacks_names_is_refused_rather_than_taken_for_a_title(
    deliver: Deliver,
) -> None:
    path = deliver(PEOPLE.replace("nr;name;mail;city", "nr;name;mail"))
    with pytest.raises(OnboardingError, match="the header has 3 fields, most lines have 4"):
        proposed(path)


def test_any_separator_of_lines_but_a_line_feed_may_stand_in_json(deliver: Deliver) -> None:
    lines = [f'{{"id": "c{n}", "note": "one\u2028two\u2029three\x85four"}}' for n in range(3)]
    proposal = proposed(deliver("\n".join(lines), "notes.jsonl"))
    assert (proposal.rows, proposal.primary_key.columns) == (3, ("id",))


def test_a_key_that_is_now_a_number_now_a_string_is_text(deliver: Deliver) -> None:
    lines = ['{"id": 1, "zip": 1234, "phone": 31612345678}',
             '{"id": "2", "zip": "0123", "phone": "+31612345679"}',
             '{"id": 3.0, "zip": null, "phone": "06-12345670"}']  # fmt: skip
    proposal = proposed(deliver("\n".join(lines), "members.jsonl"))
    assert types(proposal) == {"id": "varchar", "zip": "varchar", "phone": "varchar"}
    assert attributes(proposal) == {"postcode": "zip", "phone": "phone"}


@pytest.mark.parametrize(
    ("content", "says"),
    [('{"id": 1}\n{"ID": 2}\n', "the keys 'id' and 'ID' differ only in case"),
     ('{\n "id": 1\n}\n{\n "id": 2\n}\n', "over several lines"),
     ('[{"id": 1},\n{"id": 2}]', "is one JSON array"),
     (f"[{','.join(['{}'] * 400_000)}]", "is one JSON array"),
     ('{"id": 1},\n{"id": 2},\n', "with commas between them"),
     ('{"id": 1}\n,{"id": 2}\n', "with commas between them"),
     ('["id", "email"]\n[1, "a@x.nl"]\n', "JSON arrays, which name no columns"),
     ('{"id": 1}{"id": 2}', "several JSON objects on one line")],
)  # fmt: skip
def test_json_that_cannot_be_read_says_why(deliver: Deliver, content: str, says: str) -> None:
    path = deliver(content, "members.jsonl")
    with pytest.raises(OnboardingError) as refused:
        proposed(path)
    assert str(refused.value).startswith(f"{path}: ")
    assert says in str(refused.value)


def test_parquet_of_pandas_has_text_where_no_row_has_a_value_and_no_key_of_row_numbers(
    deliver: Deliver,
) -> None:
    def written(**more: pa.Array) -> bytes:
        sink = pa.BufferOutputStream()
        columns = {"__index_level_0__": [3, 5, 8], "mail": ["a@b.nl", "c@d.nl", "e@f.nl"]} | more
        pq.write_table(pa.table(columns), sink)
        return bytes(sink.getvalue())

    first = deliver(written(fax=pa.array(["x", "y", "z"]), n=pa.array([1, 2, 3])), "p_2024-06-01")
    last = deliver(written(fax=pa.nulls(3), n=pa.array([0.5, None, 1])), "p_2024-06-02")
    both = proposed(first, last)
    assert both.primary_key.columns == ("mail",)
    assert types(both) == {"mail": "varchar", "fax": "varchar", "n": "double"}
    alone = proposed(last)
    assert types(alone)["fax"] == "varchar"
    assert "fax: empty in every row" in alone.notes
    floats = proposed(deliver(written(phone=pa.array([None] * 3, pa.float64())), "q_2024-06-01"))
    assert types(floats)["phone"] == "varchar"


@pytest.mark.parametrize("index", ["Unnamed: 0", "", "index", "level_0"])
def test_the_number_of_a_row_is_no_key(deliver: Deliver, index: str) -> None:
    rows = "".join(f"{n},a{n}@example.com,x\n" for n in range(5))
    assert proposed(deliver(f"{index},mail,b\n{rows}")).primary_key.columns == ("mail",)
