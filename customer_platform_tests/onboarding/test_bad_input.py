"""Files that are no source: a clear message each, and nothing is written."""

import gzip
import os
from pathlib import Path

import pytest

from customer_platform.errors import OnboardingError
from customer_platform_tests.support.onboarding import MEMBERS, Deliver, proposed, types


def _refusal(*paths: Path, **options: object) -> str:
    with pytest.raises(OnboardingError) as raised:
        proposed(*paths, **options)  # type: ignore[arg-type]
    return str(raised.value)


def test_a_directory_says_how_many_files_are_in_it(deliver: Deliver) -> None:
    folder = deliver(MEMBERS).parent
    assert f"{folder}: is a directory with 1 files" in _refusal(folder)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    assert f"{tmp_path}/nope.csv: there is no such file" in _refusal(tmp_path / "nope.csv")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_that_may_not_be_read_is_named(deliver: Deliver) -> None:
    path = deliver(MEMBERS)
    path.chmod(0)
    assert "may not be read" in _refusal(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"%PDF-1.7\n1 0 obj", "is a PDF document, whatever its name says"),
     (b"PK\x03\x04rest", "a ZIP archive or an Excel workbook"),
     (gzip.compress(MEMBERS.encode(), mtime=0), "compressed with gzip, without the ending .gz"),
     (b"SQLite format 3\x00", "give --connection and --table"),
     (b"a,b\n1,\x00\x01\n", "holds zero bytes"),
     (b"", "empty, not one byte"),
     (b"\n  \n", "nothing but blanks"),
     (b"a,b,c\n", "a header and no rows"),
     (b"email\na@example.com\nb@example.com\n", "one column only, 'email'"),
     (b"1,2,a@b.nl\n3,4,c@d.nl\n", "no header: the first line reads 1, 2, a@b.nl"),
     (b"a,b\n1,2,3\n4,5,6\n", "the header has 2 fields, most lines have 3"),
     (b"a,A\n1,2\n", "differ only in case"),
     (b"a,b,a\n1,2,3\n", "column 'a' comes more than once"),
     (b'[{"a": 1}, {"a": 2}]', "one JSON array")],
)  # fmt: skip
def test_what_is_no_table_is_refused_by_its_content(
    deliver: Deliver, content: bytes, message: str
) -> None:
    path = deliver(content)
    refusal = _refusal(path)
    assert message in refusal
    assert str(path) in refusal


def test_mixed_encodings_name_a_line_of_each(deliver: Deliver) -> None:
    path = deliver("id,name\n1,Zoë\n".encode() + "2,Renée\n".encode("latin-1"))
    assert "mixed encodings: line 2 is UTF-8, line 3 is not" in _refusal(path)


JSONL = [f'{{"id": {n}, "email": "{n}@example.com"}}' for n in range(1, 10)]


@pytest.mark.parametrize("line", [1, 4, 10])
def test_a_line_that_is_no_json_is_a_row_that_could_not_be_read(
    deliver: Deliver, line: int
) -> None:
    lines = [*JSONL[: line - 1], '{"id": 0, "email"', *JSONL[line - 1 :]]
    proposal = proposed(deliver("\n".join(lines) + "\n", "e.jsonl"))
    assert (proposal.rows, proposal.rejected) == (9, 1)
    assert types(proposal) == {"id": "bigint", "email": "varchar"}


def test_too_many_rows_that_cannot_be_read_are_told_of_the_file_alone(deliver: Deliver) -> None:
    path = deliver("\n".join([*JSONL[:3], "oops"]) + "\n", "e.jsonl")
    message = _refusal(path)
    assert message.startswith(f"{path}: 1 of 4 rows were rejected")
    assert "line 4: malformed JSON" in message
    assert "proposed" not in message
    assert "previous content" not in message


def test_a_damaged_archive_is_named(deliver: Deliver) -> None:
    path = deliver(gzip.compress(MEMBERS.encode())[:30], "members.csv.gz")
    assert f"{path}: damaged or cut off" in _refusal(path)


def test_one_column_is_taken_when_the_user_says_so(deliver: Deliver) -> None:
    path = deliver("email\na@example.com\nb@example.com\n")
    assert types(proposed(path, delimiter=",")) == {"email": "varchar"}


def test_two_thousand_columns_are_proposed_with_a_word_of_warning(deliver: Deliver) -> None:
    names = [f"answer_{number}" for number in range(2000)]
    path = deliver(f"id,{','.join(names)}\n" + "".join(f"{n}{',x' * 2000}\n" for n in range(3)))
    proposal = proposed(path)
    assert len(proposal.columns) == 2001
    assert proposal.primary_key.columns == ("id",)
    assert "2,001 columns" in proposal.notes[-1]


def test_files_of_one_table_with_other_columns_are_told_apart(deliver: Deliver) -> None:
    first = deliver(MEMBERS)
    second = deliver(MEMBERS.replace("mobile", "phone"), "members_2024-06-02.csv")
    message = _refusal(first, second)
    assert "other columns than in" in message
    assert "mobile, phone" in message


def test_two_files_of_one_table_and_day_are_refused(deliver: Deliver) -> None:
    paths = [deliver(MEMBERS, "members.csv"), deliver(MEMBERS, "Members.csv")]
    assert "are both of 2024-06-03" in _refusal(*paths)


def test_files_of_one_table_written_differently_are_refused(deliver: Deliver) -> None:
    other = MEMBERS.replace(",", ";")
    paths = [deliver(MEMBERS), deliver(other, "members_2024-06-02.csv")]
    assert "written differently" in _refusal(*paths)


@pytest.mark.parametrize(
    ("wishes", "message"),
    [({"primary_key": ["number"]}, "there is no column number; there are member_no"),
     ({"primary_key": ["name"]}, "name is empty in 1 of 3 rows"),
     ({"primary_key": ["zip"]}, "zip is not unique"),
     ({"attributes": {"email": "e_mail"}}, "there is no column e_mail")],
)  # fmt: skip
def test_a_wish_that_cannot_be_fulfilled_is_refused(
    deliver: Deliver, wishes: dict[str, object], message: str
) -> None:
    path = deliver(
        MEMBERS + "A-3,,Jansen,jan@example.com,06-12345670,1234 AC,2024-06-01 20:00:00\n"
    )
    assert message in _refusal(path, **wishes)


def test_customers_without_a_key_are_refused_with_the_ways_out(deliver: Deliver) -> None:
    path = deliver("name,email\nAnna,a@example.com\nAnna,a@example.com\n")
    message = _refusal(path, kind="records")
    assert "1 of 2 rows repeat another row in every column" in message
    assert "--primary-key" in message
    assert "--kind other" in message
