from pathlib import Path

import pytest

from customer_platform.errors import OverrideRefusedError
from customer_platform.project import DBT_PROJECT
from customer_platform.stewardship.decide import (
    Decision,
    add_override,
    find_line,
    read_lines,
    remove_override,
)
from customer_platform.stewardship.decide.overrides_file import HEADER
from customer_platform.stewardship.explain.model import RecordName

HEAD = ",".join(HEADER) + "\n"
A, B, C, D = (RecordName("s", name) for name in "abcd")


def decide(
    kind: str, record: RecordName, other: RecordName, reason: str = "they said so"
) -> Decision:
    return Decision(kind, record, other, "Ann", "2026-01-02", reason)


@pytest.fixture
def seed(tmp_path: Path) -> Path:
    path = tmp_path / "link_overrides.csv"
    path.write_text(HEAD)
    return path


def test_a_line_is_added_and_read_back_whatever_its_text(seed: Path) -> None:
    odd = Decision(
        "same", RecordName("s", 'a:"1",2'), RecordName("t", "é ;"), "O'Neil, Ann", "2026-01-02", '"'
    )
    line = add_override(seed, odd)
    assert (line.first, line.last) == (2, 2)
    assert [each.decision for each in read_lines(seed)] == [odd]
    assert seed.read_text().startswith(HEAD)


def test_other_lines_stay_as_they_are_byte_by_byte(seed: Path) -> None:
    before = HEAD + 'same,s,a,s,b,"Ann",2026-01-01,"two\nlines"\n\ndifferent,s,c,s,d,,,'
    seed.write_text(before)
    add_override(seed, decide("same", A, C))
    assert seed.read_text() == before + "\nsame,s,a,s,c,Ann,2026-01-02,they said so\n"
    lines = read_lines(seed)
    assert [(line.first, line.last) for line in lines] == [(2, 3), (5, 5), (6, 6)]
    remove_override(seed, lines[0])
    assert seed.read_text() == HEAD + (
        "\ndifferent,s,c,s,d,,,\nsame,s,a,s,c,Ann,2026-01-02,they said so\n"
    )


def test_the_order_of_columns_the_line_ends_and_the_mode_of_the_file_are_kept(seed: Path) -> None:
    columns = ",".join(reversed(HEADER))
    seed.write_bytes(f"\ufeff{columns}\r\n".encode())
    seed.chmod(0o640)
    add_override(seed, decide("same", A, B))
    text = seed.read_bytes().decode()
    assert text == f"\ufeff{columns}\r\nthey said so,2026-01-02,Ann,b,s,a,s,same\r\n"
    assert seed.stat().st_mode & 0o777 == 0o640
    assert read_lines(seed)[0].decision == decide("same", A, B)


def test_a_file_that_is_not_there_is_made_with_its_header(tmp_path: Path) -> None:
    path = tmp_path / "new.csv"
    assert read_lines(path) == []
    line = add_override(path, decide("same", A, B))
    assert line.first == 2
    assert path.read_text().startswith(HEAD)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("pair", [(A, B), (B, A)])
def test_what_is_there_already_is_refused_with_its_line(
    seed: Path, pair: tuple[RecordName, RecordName]
) -> None:
    add_override(seed, decide("same", A, B))
    before = seed.read_bytes()
    with pytest.raises(OverrideRefusedError, match=r"csv:2: it is there already: s:a and s:b are"):
        add_override(seed, decide("same", *pair))
    assert seed.read_bytes() == before


def test_the_opposite_of_a_line_is_refused_with_that_line(seed: Path) -> None:
    add_override(seed, decide("same", C, D))
    add_override(seed, decide("different", A, B, "twins"))
    with pytest.raises(OverrideRefusedError) as caught:
        add_override(seed, decide("same", B, A))
    assert f"{seed}:3: s:a and s:b are two customers (Ann, 2026-01-02, twins)" in str(caught.value)
    assert f"{seed}:2" not in str(caught.value)


@pytest.mark.parametrize(
    ("lines", "added"),
    [
        ([("same", A, B), ("same", C, B)], ("different", A, C)),
        ([("same", A, B), ("different", A, C)], ("same", B, C)),
        ([("same", A, B), ("same", C, D), ("different", A, D)], ("same", B, C)),
    ],
)
def test_a_contradiction_through_a_chain_of_lines_is_refused_naming_them_all(
    seed: Path,
    lines: list[tuple[str, RecordName, RecordName]],
    added: tuple[str, RecordName, RecordName],
) -> None:
    for line in lines:
        add_override(seed, decide(*line))
    with pytest.raises(OverrideRefusedError) as caught:
        add_override(seed, decide(*added))
    for number in range(len(lines)):
        assert f"\n{seed}:{number + 2}: " in str(caught.value)


def test_lines_that_contradict_each_other_do_not_stop_another(seed: Path) -> None:
    seed.write_text(HEAD + "same,s,a,s,b,,,\ndifferent,s,a,s,b,,,\n")
    assert add_override(seed, decide("same", C, D)).first == 4


def test_two_records_must_be_two(seed: Path) -> None:
    with pytest.raises(OverrideRefusedError, match="s:a was given twice"):
        add_override(seed, decide("same", A, A))


def test_a_line_is_found_by_its_records_in_any_order_and_by_its_kind(seed: Path) -> None:
    line = add_override(seed, decide("different", A, B))
    assert find_line(seed, None, frozenset((B, A))) == line
    assert find_line(seed, "different", frozenset((A, B))) == line
    with pytest.raises(
        OverrideRefusedError, match=r"one customer; line 2 says: s:a and s:b are tw"
    ):
        find_line(seed, "same", frozenset((A, B)))
    with pytest.raises(OverrideRefusedError, match=r"no line about s:a and s:c; about one of them"):
        find_line(seed, None, frozenset((A, C)))


def test_a_line_that_is_gone_meanwhile_is_not_taken_for_another(seed: Path) -> None:
    line = add_override(seed, decide("same", A, B))
    seed.write_text(HEAD + "same,s,c,s,d,,,\n")
    with pytest.raises(OverrideRefusedError, match="has changed meanwhile"):
        remove_override(seed, line)
    assert "same,s,c,s,d" in seed.read_text()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"kind,source\n", r"csv:1: the header lacks source_record_id, other_source, other_rec"),
        ((HEAD + "same,s,a\n").encode(), r"csv:2: 3 fields instead of 8"),
        ((HEAD + "\nsame,s,a,s,b,A,d,no, comma\n").encode(), r"csv:3: 9 fields instead of 8"),
        (HEAD.encode() + b"same,s,\xff,s,b,A,d,r\n", r"byte \d+ isn't UTF-8"),
    ],
)
def test_a_broken_file_is_refused_and_left_alone(seed: Path, content: bytes, message: str) -> None:
    seed.write_bytes(content)
    with pytest.raises(OverrideRefusedError, match=message):
        add_override(seed, decide("same", A, B))
    assert seed.read_bytes() == content


def test_the_seed_of_the_platform_can_be_read() -> None:
    path = DBT_PROJECT / "seeds" / "retail" / "link_overrides.csv"
    assert path.read_text().splitlines()[0] == HEAD.strip()
    read_lines(path)
