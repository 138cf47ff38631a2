"""What macros make of values, whatever model they are used in."""

from decimal import Decimal

from customer_platform_tests.dbt.project import Project

NUMBERS = {
    ("1,50", ","): "1.50", ("1.234,56", ","): "1234.56", ("-1.234,56", ","): "-1234.56",
    ("€ 1,50", ","): "1.50", ("1 234,5 EUR", ","): "1234.50", ("€ -7", ","): "-7.00",
    ("1,100.50", "."): "1100.50", ("1'100.5", "."): "1100.50", ("$15", "."): "15.00",
    ("n/a", ","): None, ("", ","): None, ("-", "."): None, ("1.2.3", "."): None,
}  # fmt: skip


def test_a_number_is_read_whatever_marks_and_currency_it_is_written_with(project: Project) -> None:
    values = ", ".join(
        f"({place}, '{text.replace(chr(39), chr(39) * 2)}')"
        for place, (text, _) in enumerate(NUMBERS)
    )
    comma, point = (
        f"{{{{ parse_number('text', '{mark}', 'decimal(18, 2)') }}}}" for mark in (",", ".")
    )
    rows = project.query(
        f"select place, {comma} as comma, {point} as point from (values {values}) as "
        "written (place, text) order by place"
    )
    read = {
        key: None if (found := row[1 if key[1] == "," else 2]) is None else Decimal(str(found))
        for key, row in zip(NUMBERS, rows, strict=True)
    }
    assert read == {key: None if n is None else Decimal(n) for key, n in NUMBERS.items()}
