"""Tunes threshold and cohesion of the similar rule on one half of the clusters of a data set.

    python benchmarks/accuracy_tune.py     # writes benchmarks/accuracy_sets/tuned.yaml

Records of the other half are never looked at: `accuracy.py` reports on them.
"""

from contextlib import closing
from itertools import product

import duckdb
import yaml
from accuracy_run import records_of, scores
from accuracy_sets.rules import DEFAULTS, TUNED, rules_of
from accuracy_sets.sets import SETS, DataSet, MissingDataError

from customer_platform.identity import key_sql
from customer_platform.identity.resolve import resolving
from customer_platform.identity.similar import find_pairs
from customer_platform.identity.similar.matching import compared_records

TUNED_ON, REPORTED_ON = 0, 1
_LOWEST = 0.05
_THRESHOLDS = (0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99)
_COHESIONS = (0.1, 0.15, 0.2, 0.25, 0.3, 0.4)


def tuned_settings(data: DataSet) -> dict[str, float]:
    """The settings with the best pairwise F1 on one half; of equal ones those nearest defaults."""
    from datetime import UTC, datetime

    with closing(duckdb.connect()) as connection:
        records_of(connection, data, TUNED_ON)
        rules = rules_of(data, DEFAULTS, review=_LOWEST)
        rule = rules.match_rules[-1]
        key_sql.create_functions(connection, rules)
        compared = compared_records("records", rules, rule)
        pairs = find_pairs(connection, compared, rules, rule, None, datetime.now(UTC)).pairs
        found = []
        for threshold, cohesion in product(_THRESHOLDS, _COHESIONS):
            tried = rules_of(data, DEFAULTS, review=_LOWEST, threshold=threshold, cohesion=cohesion)
            with resolving(
                connection, "records", tried, known_pairs={rule.name: pairs}
            ) as resolution:
                connection.register("resolved", resolution.map.reader())
                connection.execute(
                    "create or replace table customer_id_map as select source, "
                    "record_id as source_record_id, customer_id from resolved"
                )
            f1 = scores(connection, "customer_id_map")["f1"]
            found.append((round(f1, 4), threshold, -abs(cohesion - 0.2), cohesion))
    _, threshold, _, cohesion = max(found)
    return {"threshold": threshold, "review": min(0.5, threshold), "cohesion": cohesion}


def main() -> None:
    tuned = {}
    for name, data in SETS.items():
        try:
            tuned[name] = tuned_settings(data)
        except MissingDataError as missing:
            print(f"{name}: left out: {missing}")
            continue
        print(name, tuned[name])
    comment = "# Written by accuracy_tune.py on one half of each data set's clusters.\n"
    TUNED.write_text(comment + yaml.safe_dump(tuned, sort_keys=True))


if __name__ == "__main__":
    main()
