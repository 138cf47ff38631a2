from customer_platform_tests.support.onboarding import MEMBERS, Deliver, proposed


def _days(deliver: Deliver, *keys: str) -> list[str]:
    paths = [
        deliver(
            "id,city,ordered_at\n"
            + "".join(f"{key},A,2024-06-0{day} 10:00:00\n" for key in of_day.split()),
            f"orders_2024-06-0{day}.csv",
        )
        for day, of_day in enumerate(keys, start=1)
    ]
    mode = proposed(*paths).load_mode
    return [mode.load_mode, mode.partition_column or ""]


def test_a_file_without_a_day_is_the_full_table(deliver: Deliver) -> None:
    assert proposed(deliver(MEMBERS, "members.csv")).load_mode.load_mode == "snapshot"


def test_one_file_of_a_day_is_told_by_its_columns(deliver: Deliver) -> None:
    mode = proposed(deliver(MEMBERS)).load_mode
    assert (mode.load_mode, mode.partition_column) == ("delta", "changed")
    orders = deliver("id,at\n1,2024-06-01 10:00:00\n", "orders_2024-06-01.csv")
    mode = proposed(orders).load_mode
    assert (mode.load_mode, mode.partition_column) == ("append", "at")
    places = deliver("id,city\n1,A\n", "places_2024-06-01.csv")
    assert proposed(places).load_mode.load_mode == "snapshot"


def test_files_of_several_days_are_told_by_the_keys_they_share(deliver: Deliver) -> None:
    assert _days(deliver, "1 2", "3 4", "5") == ["append", "ordered_at"]
    assert _days(deliver, "1 2", "2 3", "4") == ["delta", "ordered_at"]
    assert _days(deliver, "1 2", "1 2 3", "1 2 3 4")[0] == "snapshot"


def test_a_column_of_other_days_is_no_column_of_the_day(deliver: Deliver) -> None:
    path = deliver("id,at\n1,2024-05-31 10:00:00\n2,2024-06-01 10:00:00\n", "o_2024-06-01.csv")
    assert proposed(path).load_mode.partition_column is None


def test_the_user_has_the_last_word(deliver: Deliver) -> None:
    assert proposed(deliver(MEMBERS), load_mode="append").load_mode.load_mode == "append"


CLICKS = "v1,/a,{day} 10:00:00\nv1,/a,{day} 10:00:00\nv2,/b,{day} 10:05:00\n"


def _clicks(deliver: Deliver, *days: tuple[int, str]) -> list[str]:
    paths = [
        deliver("visitor,page,at\n" + rows, f"clicks_2024-06-0{day}.csv") for day, rows in days
    ]
    proposal = proposed(*paths)
    assert proposal.primary_key.columns == ()
    return [proposal.load_mode.load_mode, proposal.load_mode.partition_column or ""]


def test_rows_without_a_key_are_compared_whole(deliver: Deliver) -> None:
    first, second = CLICKS.format(day="2024-06-01"), CLICKS.format(day="2024-06-02")
    assert _clicks(deliver, (1, first), (2, second)) == ["append", "at"]
    assert _clicks(deliver, (2, first), (3, second)) == ["append", ""]
    # A row that comes again may be chance; all of them are a table that is delivered in full.
    again = first.splitlines()[0]
    assert _clicks(deliver, (1, first), (2, f"{second}{again}\n"))[0] == "append"
    assert _clicks(deliver, (1, first), (2, first + second))[0] == "snapshot"


def test_one_file_of_the_rows_of_the_day_before_is_no_full_table(deliver: Deliver) -> None:
    assert _clicks(deliver, (2, CLICKS.format(day="2024-06-01"))) == ["append", ""]
