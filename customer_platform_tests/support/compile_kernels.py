"""Has numba compile the kernels, and keep them beside their files.

`python -m customer_platform_tests.support.compile_kernels` is run when the project is installed:
otherwise every worker of the tests would compile them, at the same time.
"""

import duckdb
import numpy as np

from customer_platform.privacy.scanning.needles import Needles
from customer_platform.privacy.scanning.sought import Sought
from customer_platform_tests.identity.helpers import Row, different, make_rules, run, same
from customer_platform_tests.identity.similar.stub import keep_pairs

# Spelt alike, with a typing error, as an initial, as part of another, and as someone else.
_NAMES = ("Johanna de Vries", "Johana de Vries", "J. de Vries", "Hanna Vries", "Piet Bakker")


def main() -> None:
    """Resolves a few records by rules of all kinds, with and without limits; looks for a name."""
    rows: list[Row] = [
        ("s", f"{number}", f"{number % 3}@x.nl", f"{number % 4}", _NAMES[number % 5], "1980-01-01")
        for number in range(20)
    ]
    capped = {"name": "email", "match": ["email"], "max_people_per_value": 3}
    compared = {"compare": ["email", "phone"], "threshold": 0.6, "review": 0.4, "cohesion": 0.5}
    similar = {"name": "similar", "similar": compared}
    rules = [
        make_rules(),
        make_rules(similar),
        make_rules(capped, ("phone", ["phone"]), people=["name"], limits={"name": 1, "birth": 1}),
        make_rules(("email", ["email"]), similar, limits={"birth": 1}),
    ]
    for each in rules:
        with duckdb.connect() as connection:
            keep_pairs(connection, rows, each)
            for overrides in ([], [same("1", "9"), different("2", "5")]):
                run(connection, rows, each, overrides=overrides)
    needles = Needles(Sought.of(["Johanna de Vries", "Jo"]))
    list(needles.search(b"johanna de vries", needles.none_found()))
    needles.short.among_cells(b"jo", np.array([0, 2]))


if __name__ == "__main__":
    main()
