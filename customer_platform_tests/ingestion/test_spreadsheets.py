"""Files as spreadsheets and reports write them: more in them than a header and rows."""

import json

import pytest

from customer_platform.errors import UnreadableFileError
from customer_platform_tests.support.ingestion import DAY, Shop, table_spec

KEYED = table_spec(delimiter=";", columns={"a": "varchar", "b": "varchar"}, primary_key=["a"])


@pytest.mark.parametrize("empty", [";", ";;", '"";""', " ;\t", "   ", ";\u00a0", "\u200b;"])
def test_rows_without_a_value_are_skipped_and_counted_and_never_break_a_key(
    shop: Shop, empty: str
) -> None:
    shop.deliver(f"a;b\n1;x\n{empty}\n2;y\n{empty}\n{empty}\n3;\n")
    result = shop.load_without_failures(KEYED)
    assert shop.rows("a, b, _row_number") == [("1", "x", 1), ("2", "y", 2), ("3", None, 3)]
    assert (result.rejected, result.skipped) == (0, 3)
    assert shop.rejects() == []


def test_rows_without_a_value_shift_no_line_of_a_reject(shop: Shop) -> None:
    shop.deliver("a;b\n;\n1;x\n;;;\n;\n;lost\n1;again\n")
    result = shop.load_without_failures(KEYED.model_copy(update={"max_reject_rate": 1}))
    assert shop.rejects("line, column_name, raw_text") == [(6, "a", ";lost"), (7, "a", "1;again")]
    assert result.skipped == 3


def test_a_value_in_an_undeclared_column_alone_is_a_value(shop: Shop) -> None:
    shop.deliver("a;b;c\n1;x;\n;;kept\n")
    result = shop.load_without_failures(table_spec(delimiter=";", columns={"a": "varchar"}))
    assert (result.rows, result.skipped) == (2, 0)


@pytest.mark.parametrize("format", ["jsonl", "parquet"])
def test_rows_without_a_value_are_skipped_in_other_formats(shop: Shop, format: str) -> None:
    table = table_spec(format=format, path=f"shop/t_{{partition}}.{format}", primary_key=["a"])
    if format == "jsonl":
        lines = ['{"a": 1, "b": "x", "c": 1}', "{}", '{"a": null, "b": " ", "c": null}']
        shop.deliver("\n".join(lines), f"shop/t_{DAY}.jsonl")
    else:
        query = "values (1, 'x', 1.0), (null, null, null), (null, ' ', null)"
        target = shop.landing / "shop" / f"t_{DAY}.parquet"
        target.parent.mkdir()
        shop.connection.execute(f"copy (from ({query}) t(a, b, c)) to '{target}'")
    result = shop.load_without_failures(table)
    assert (result.rows, result.rejected, result.skipped) == (1, 0, 2)


@pytest.mark.parametrize(
    "above",
    ["\n", "\r\n\r\n", "Export of customers;;;\r\n", "Export\nDate: 01-06-2024;\n\n",
     "sep=;\n", '"sep=;"\r\n', "\ufeffsep=;\n", "\ufeff\n", 'Customers of "Ann;\n', ";;;\n"],
)  # fmt: skip
def test_what_stands_above_the_header_is_passed_over_and_lines_stay_right(
    shop: Shop, above: str
) -> None:
    shop.deliver(above + 'a;b\n1;"x\nx"\n;lost\n2;"op"en\n3;z\n')
    shop.load_without_failures(KEYED)
    assert shop.rows("a, b") == [("1", "x\nx"), ("3", "z")]
    first = above.count("\n") + 4
    assert shop.rejects("line, raw_text") == [(first, ";lost"), (first + 1, '2;"op"en')]


def test_the_title_of_one_day_and_none_of_the_next_land_together(shop: Shop) -> None:
    days = [DAY, "2024-03-02", "2024-03-03"]
    for above, day in zip(("", "Report;;\n\n", "\n"), days, strict=True):
        shop.deliver(f"{above}b;a\nx;{day}\n", f"shop/t/t_{day}.csv")
    shop.load_without_failures(KEYED, days)
    assert shop.rows("a") == [(day,) for day in days]


def test_a_file_without_the_declared_header_names_what_is_missing(shop: Shop) -> None:
    shop.deliver("Report;\n\na;c\n1;x\n")
    [(_, error)] = shop.load(KEYED).failures
    assert "declared column 'b' is missing. The file has a, c." in str(error)


@pytest.mark.parametrize(
    "total",
    [
        *(
            "Total: 3 customers",
            "Totaal;3",
            "TOTAL;;12,50;",
            "3 rows",
            ";Gesamt;",
            '"Grand total";;',
        ),
        *("Som;;€ 12,50;", "Total customers: 3;;", "Suma (PLN): 7;;;", "Count 3;;"),
        *("(12 rows affected)", "(12 rows affected);;;", "1 row(s) affected", "12 rows selected."),
        *("12 rows in set (0.01 sec)", "End of file"),
    ],
)
def test_a_line_of_totals_is_one_reject_with_one_short_reason(shop: Shop, total: str) -> None:
    table = table_spec(
        delimiter=";", max_reject_rate=0, columns=dict.fromkeys("abcd", "varchar") | {"a": "bigint"}
    )
    fields = total if total.count(";") in (0, 1) else total + ";" * (3 - total.count(";"))
    shop.deliver(f"a;b;c;d\n1;x;y;z\n2;x;y;z\n{fields}\n;;;\n")
    result = shop.load_without_failures(table)
    assert (result.rows, result.rejected) == (2, 1)
    assert shop.rejects("line, reason") == [
        (4, "a line of totals, not a row; have the source leave it out")
    ]


def test_the_header_of_a_file_that_was_joined_to_another_is_no_row(shop: Shop) -> None:
    shop.deliver("a;b;x\n1;u;v\na;b;x\n2;a;w\n")
    table = KEYED.model_copy(update={"max_reject_rate": 0})
    assert shop.load_without_failures(table).rows == 2
    assert shop.rejects("line, reason") == [
        (3, "the header once more, not a row; have the source leave it out")
    ]


def test_a_customer_called_total_is_no_line_of_totals(shop: Shop) -> None:
    shop.deliver("a;b\n1;Som\nTotal;Ann\n")
    assert shop.load_without_failures(KEYED).rows == 2
    shop.deliver("a;b\nTotal;\n2;Bea\n")
    assert shop.load_without_failures(KEYED).rows == 2


@pytest.mark.parametrize(
    "row",
    [
        "Som Patel;;",
        "Suma;;1011",
        "Sum;;0612345678",
        "Count;Basie;",
        "Total;;",
        "Total Wellness;;",
        ";Som;",
        "Som;som@example.com;",
    ],
)
def test_a_person_in_the_last_row_of_a_table_without_a_key_is_a_row(shop: Shop, row: str) -> None:
    table = table_spec(delimiter=";", columns=dict.fromkeys("abc", "varchar"))
    shop.deliver(f"a;b;c\nAnn;x;y\n{row}\n")
    assert shop.load_without_failures(table).rows == 2


@pytest.mark.parametrize(
    ("row", "rows"),
    [
        ("17;Som;;", 2),
        ("17;Suma;;12", 2),
        ("SUM;Sumitomo;;", 2),
        ("Suma;;;12", 1),
        ("Total;;3 customers;", 1),
        (";Som;;", 1),
    ],
)
def test_a_line_of_totals_has_its_word_for_a_key_or_none(shop: Shop, row: str, rows: int) -> None:
    table = table_spec(
        delimiter=";",
        primary_key=["a"],
        max_reject_rate=0,
        columns=dict.fromkeys("abcd", "varchar"),
    )
    shop.deliver(f"a;b;c;d\n1;x;y;z\n{row}\n")
    assert shop.load_without_failures(table).rows == rows


def test_a_row_with_many_fields_missing_has_one_reason(shop: Shop) -> None:
    shop.deliver("a,b,c\n1,x,1\n2\n")
    shop.load_without_failures(table_spec())
    [(line, column, reason, _)] = shop.rejects()
    assert (line, column) == (3, None)
    assert reason.count("too few fields") == 1


@pytest.mark.parametrize("blank", ["", " ", "\t", "\u00a0", "\u200b", "\ufeff", "\u3164", "\u17b4"])
@pytest.mark.parametrize("format", ["csv", "jsonl", "parquet"])
def test_a_key_of_blanks_alone_is_rejected_where_it_lands(
    shop: Shop, format: str, blank: str
) -> None:
    name = f"shop/t_{DAY}.{format}"
    if format == "csv":
        shop.deliver(f'a,b\n1,x\n"{blank}",y\n2,z\n', name)
    elif format == "jsonl":
        values = [("1", "x"), (blank, "y"), ("2", "z")]
        shop.deliver("".join(json.dumps({"a": a, "b": b}) + "\n" for a, b in values), name)
    else:
        target = shop.landing / name
        target.parent.mkdir()
        query = f"values ('1', 'x'), ('{blank}', 'y'), ('2', 'z')"
        shop.connection.execute(f"copy (from ({query}) t(a, b)) to '{target}'")
    columns = {"a": "varchar", "b": "varchar"}
    shop.load_without_failures(
        table_spec(
            format=format, path=f"shop/t_{{partition}}.{format}", columns=columns, primary_key=["a"]
        )
    )
    assert shop.rows("a") == [("1",), ("2",)]
    [(line, column, reason, _)] = shop.rejects()
    assert (line, column) == (3 if format == "csv" else 2, "a")
    assert reason.startswith("'a' is empty but must be filled")


@pytest.mark.parametrize(
    ("declared", "written", "says"),
    [("utf-8", "utf-16", "is UTF-16, and declared as utf-8"),
     ("cp1252", "utf-16-le", "is UTF-16-LE, and declared as cp1252"),
     ("utf-8", "utf-32", "is UTF-32"),
     ("utf-16", "utf-8", "is not UTF-16, the declared encoding")],
)  # fmt: skip
@pytest.mark.parametrize("ending", ["csv", "csv.gz"])
def test_a_file_in_another_wide_encoding_says_in_which(
    shop: Shop, ending: str, declared: str, written: str, says: str
) -> None:
    path = shop.deliver("a,b,c\n1,Zo\u00eb,1\n".encode(written), f"shop/t_{DAY}.{ending}")
    table = table_spec(encoding=declared, path=f"shop/t_{{partition}}.{ending}")
    [(_, error)] = shop.load(table).failures
    assert isinstance(error, UnreadableFileError)
    assert str(error).startswith(f"{path}: ")
    assert says in str(error)
