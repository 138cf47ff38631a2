import pytest

from customer_platform.ingestion.records import csv_records, lines


def taken_apart(text: str, fields: int = 2, quote: str = '"') -> list[tuple[int, str, bool]]:
    records = csv_records(text, ",", quote, fields)
    return [(record.line, record.text, record.broken) for record in records]


def test_records_have_the_line_they_begin_on() -> None:
    text = 'a,b\r\n1,"two\nlines"\r\n\r\n2,x'
    assert taken_apart(text) == [
        (1, "a,b", False),
        (2, '1,"two\nlines"', False),
        (5, "2,x", False),
    ]


@pytest.mark.parametrize("broken", ['"open,1', '"mid"dle,1', '1,"open', '"a""b,1', '1,"'])
def test_a_broken_quote_costs_its_own_line_alone(broken: str) -> None:
    text = f'a,b\n{broken}\n1,"fine, too"\n2,x\n'
    assert taken_apart(text) == [
        (1, "a,b", False),
        (2, broken, True),
        (3, '1,"fine, too"', False),
        (4, "2,x", False),
    ]


def test_lines_joined_by_accident_are_told_by_their_number_of_fields() -> None:
    text = 'a,b\n1,"open\n2,x\n3,y",z\n4,w\n'
    assert [line for line, _, broken in taken_apart(text) if broken] == [2]
    assert taken_apart(text)[-1] == (5, "4,w", False)


@pytest.mark.parametrize(
    "record", ['""', '"",""', ' "x" ,1', 'in"side,1', '"a""b","c"', ",", '"a\r\nb",1']
)
def test_well_formed_quotes_are_not_broken(record: str) -> None:
    assert taken_apart(f"{record}\n1,x\n") == [
        (1, record, False),
        (2 + record.count("\n"), "1,x", False),
    ]


def test_without_a_quote_character_every_line_is_a_record() -> None:
    assert taken_apart('a,b\n"1,x\n', quote="") == [(1, "a,b", False), (2, '"1,x', False)]


def test_a_blank_line_is_a_record_only_where_there_is_one_field() -> None:
    assert taken_apart("a\n\nx\n", fields=1) == [(1, "a", False), (2, "", False), (3, "x", False)]
    assert taken_apart("a,b\n\nx,y\n") == [(1, "a,b", False), (3, "x,y", False)]


def test_lines_that_are_not_blank_are_numbered_as_in_the_file() -> None:
    found = [(record.line, record.text) for record in lines("x\r\n\n \t\ny\nz")]
    assert found == [(1, "x"), (4, "y"), (5, "z")]


def test_many_open_quotes_are_taken_apart_in_a_moment() -> None:
    text = "a,b\n" + '1,"open\n2,x\n' * 20_000
    records = taken_apart(text)
    assert sum(broken for _, _, broken in records) == 20_000
    assert len(records) == 40_001
