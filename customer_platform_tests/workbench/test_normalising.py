"""The queries that never end, with values that break them and from many threads at once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from customer_platform.errors import NormalisingError
from customer_platform.workbench.normalising import EndlessQueries, EndlessQuery

_NUMBERS = "select number, try_cast(value as integer) + 1 as result from {rows}"
_BREAKING = "select number, cast(value as integer) + 1 as result from {rows}"


@pytest.fixture
def breaking() -> Iterator[EndlessQuery]:
    """One that takes numbers alone."""
    query = EndlessQuery(("value",), _BREAKING)
    yield query
    query.close()


def test_a_value_that_breaks_it_is_said_without_the_value(breaking: EndlessQuery) -> None:
    assert breaking({"value": "1"}) == 2
    with pytest.raises(NormalisingError, match="ConversionException") as raised:
        breaking({"value": "Jansen"})
    assert "Jansen" not in str(raised.value)
    assert breaking({"value": "2"}) == 3


def test_no_row_is_lost_while_others_break_it(breaking: EndlessQuery) -> None:
    def ask(number: int) -> bool:
        value = "broken" if number % 7 == 0 else str(number)
        for _ in range(20):
            try:
                return bool(breaking({"value": value}) == number + 1)
            except NormalisingError:
                # Its own fault, or that of a row that came at the same time.
                if value == "broken":
                    return True
        return False

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(ask, range(200)))


def test_it_goes_on_after_it_was_closed(breaking: EndlessQuery) -> None:
    breaking.close()
    assert breaking({"value": "1"}) == 2
    breaking.close()
    assert breaking({"value": "2"}) == 3


def test_publications_that_say_the_same_share_a_query() -> None:
    queries = EndlessQueries()
    first = queries.of("customer", ("value",), _NUMBERS)
    assert first({"value": "1"}) == 2
    assert queries.of("customer", ("value",), _NUMBERS) is first
    other = queries.of("customer", ("value",), _BREAKING)
    assert other is not first
    assert other({"value": "1"}) == 2
    queries.close()
