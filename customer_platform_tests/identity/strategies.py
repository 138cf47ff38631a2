"""Random records, rules and overrides, with so few values that nearly all of them meet."""

from typing import Any

from hypothesis import strategies as st

from customer_platform.identity import Override, ResolutionRules
from customer_platform.identity.overrides import DIFFERENT, SAME
from customer_platform_tests.identity.helpers import KEYS, make_rules

# Records of any case, space, accent, and none.
few_values = st.one_of(st.none(), st.sampled_from(["", "a", "b", "c", "é", "日本", "x y", "A"]))
random_records = st.lists(
    st.tuples(few_values, few_values, few_values, few_values), max_size=40
).map(lambda values: [(f"s{i % 3}", f"r{i}", *row) for i, row in enumerate(values)])

# Two values rarely meet a third by chance alone: three make chains, stars and conflicts.
# Of names, a may be ab or ac, but these are two.
contested_values = st.tuples(
    *(
        st.sampled_from([None, "", "a", *(("ab", "ac") if key == "name" else ("b", "c"))])
        for key in KEYS
    )
)

# With these, some records meet and most changes leave some of the others alone.
sparse_values = st.tuples(
    *(
        st.sampled_from([None, None, "", *"abcd", *(("ab", "ac") if key == "name" else "ef")])
        for key in KEYS
    )
)


def record_name(number: int) -> tuple[str, str]:
    """Source and id of the record with this number."""
    return f"s{number % 2}", f"r{number}"


contested_records = st.lists(contested_values, max_size=14).map(
    lambda values: [(*record_name(i), *row) for i, row in enumerate(values)]
)


@st.composite
def random_rules(draw: st.DrawFn) -> ResolutionRules:
    """One to three match rules, some capped, with limits, people and ignored values."""
    people = draw(st.sampled_from([[], [], ["name"], ["phone", "name"]]))
    matches = draw(
        st.lists(
            st.lists(st.sampled_from(KEYS), min_size=1, max_size=2, unique=True),
            min_size=1,
            max_size=3,
        )
    )
    rules: list[dict[str, Any]] = [
        {
            "name": f"rule {number}",
            "match": match,
            "max_records_per_value": draw(st.sampled_from([None, 2, 3])),
            "max_people_per_value": draw(st.sampled_from([None, 1, 2])) if people else None,
        }
        for number, match in enumerate(matches)
    ]
    return make_rules(
        *rules,
        people=people,
        max_records_per_source=draw(st.sampled_from([{}, {}, {"s0": 1}, {"s1": 2, "s0": 3}])),
        limits=draw(st.dictionaries(st.sampled_from(KEYS), st.integers(1, 2), max_size=2)),
        ignored_values=draw(st.sampled_from([{}, {}, {"email": ["a"]}, {"phone": ["c*", "b"]}])),
    )


@st.composite
def random_overrides(draw: st.DrawFn, records: int = 8) -> list[Override]:
    """Up to six overrides of the first records, none contradicting another."""
    numbers = st.integers(0, records)
    pairs = draw(
        st.lists(
            st.tuples(numbers, numbers).filter(lambda pair: pair[0] < pair[1]),
            max_size=6,
            unique=True,
        )
    )
    return [
        Override(draw(st.sampled_from([SAME, DIFFERENT])), *record_name(one), *record_name(other))
        for one, other in pairs
    ]


@st.composite
def random_similar_rules(draw: st.DrawFn) -> ResolutionRules:
    """Exact rules with one or two similar ones before, between or behind them."""
    stated = draw(random_rules()).model_dump(exclude_none=True)
    rules = stated["match_rules"][:2]
    for number in range(draw(st.integers(1, 2))):
        similar = {
            "compare": draw(st.lists(st.sampled_from(KEYS), min_size=2, max_size=3, unique=True)),
            "threshold": 0.6,
            "review": 0.4,
            # None of them is the mean of a few probabilities by chance, where sums in another
            # order may differ in their last bit.
            "cohesion": draw(st.sampled_from([0.0, 0.1237, 0.3141, 0.4447, 0.6173, 1.0])),
        }
        position = draw(st.integers(0, len(rules)))
        rules.insert(position, {"name": f"similar {number}", "similar": similar})
    stated["match_rules"] = [
        {name: value for name, value in rule.items() if name != "match" or value} for rule in rules
    ]
    return ResolutionRules.model_validate(stated)
