"""The decision which cluster keeps which ID."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from customer_platform.identity.matching.naming import keep_ids


def plainly_kept(clusters: list[int], codes: list[int]) -> tuple[dict[int, int], dict[int, int]]:
    """The same decision in plain Python; the smaller code is the older."""
    heirs = {}
    for code in set(codes) - {-1}:
        members = [clusters[i] for i in range(len(codes)) if codes[i] == code]
        heirs[code] = max(set(members), key=lambda c: (members.count(c), -members.index(c)))
    kept: dict[int, int] = {}
    for code in sorted(heirs):
        kept.setdefault(heirs[code], code)
    return kept, heirs


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(-1, 9)), max_size=30))
@settings(max_examples=300)
def test_ids_are_kept_as_the_plain_decision_has_it(pairs: list[tuple[int, int]]) -> None:
    first = {cluster: i for i, (cluster, _) in reversed(list(enumerate(pairs)))}
    clusters = [first[cluster] for cluster, _ in pairs]
    codes = [code for _, code in pairs]
    kept, heirs = keep_ids(
        np.array(clusters, dtype=np.int32), np.array(codes, dtype=np.int32), 10, np.sort
    )
    expected_kept, expected_heirs = plainly_kept(clusters, codes)
    assert {int(c): int(k) for c, k in enumerate(kept) if k != -1} == expected_kept
    assert {int(k): int(c) for k, c in enumerate(heirs) if c != -1} == expected_heirs
