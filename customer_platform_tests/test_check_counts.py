from customer_platform.check_counts import count_checks, describe_checks


def test_checks_are_counted_by_how_they_ended_with_what_they_say() -> None:
    counts = count_checks(
        [
            ("a", True, "ERROR", None),
            ("b", False, "WARN", None),
            ("c", False, "ERROR", "5 euros less"),
            ("d", True, "WARN", "all well"),
        ]
    )
    assert (counts.passed, counts.warned, counts.failed) == (2, ("b",), ("c: 5 euros less",))
    assert describe_checks(counts) == ["  warned: b", "  failed: c: 5 euros less"]
