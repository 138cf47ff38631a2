"""SQL fragments: quoting, relations, and the values and hashes of match keys."""

from customer_platform.identity.rules import MatchRule, ResolutionRules

_QUERY_STARTS = ("select", "with", "from", "values", "(")


def identifier(name: str) -> str:
    """Quotes a name of a column or table."""
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    """Quotes a text constant."""
    return "'" + value.replace("'", "''") + "'"


def relation(records: str) -> str:
    """What to write after `from` for a table name (quoted where it needs it) or a query."""
    words = records.replace("(", "( ").split(None, 1)
    if words and words[0].lower() in _QUERY_STARTS:
        return f"({records.strip().rstrip(';')})"
    return records


def key_column(key: str) -> str:
    """Name of the column that holds a match key's value in `keyed_records`."""
    return identifier(f"key {key}")


def source_value(rules: ResolutionRules) -> str:
    """The record's source as text; the empty string when the rules name no source column."""
    return f"cast({identifier(rules.source)} as varchar)" if rules.source else "''"


def key_value(rules: ResolutionRules, key: str) -> str:
    """The value of a match key as text; null when there is none or it is ignored."""
    value = f"nullif(cast({identifier(rules.match_keys[key].column)} as varchar), '')"
    ignored = rules.ignored_values.get(key, [])
    constants = [text(entry) for entry in ignored if "*" not in entry]
    conditions = [f"{value} like {_like(entry)} escape '\\'" for entry in ignored if "*" in entry]
    if constants:
        conditions.insert(0, f"{value} in ({', '.join(constants)})")
    if not conditions:
        return value
    return f"case when {' or '.join(conditions)} then null else {value} end"


def keyed_records(records: str, rules: ResolutionRules) -> str:
    """A query over the records: source, record_id, and the value of every match key.

    Args:
        records: A table name or a query.
        rules: The rules.
    """
    keys = "".join(
        f", {key_value(rules, key)} as {key_column(key)}" for key in sorted(used_keys(rules))
    )
    return (
        f"select {source_value(rules)} as source, "
        f"cast({identifier(rules.record_id)} as varchar) as record_id{keys} "
        f"from {relation(records)}"
    )


def used_keys(rules: ResolutionRules) -> set[str]:
    """The match keys that at least one rule uses."""
    return {key for rule in rules.match_rules for key in rule.match}


def rule_hash(rule: MatchRule) -> str:
    """The 64-bit hash of a rule's values over `keyed_records`; null when one is missing.

    hash(null) is a number in DuckDB: without the condition all missing values would be equal.
    Two different values share a hash with a probability of 2^-64: 3 in a million for any two of
    10 million values.
    """
    columns = [key_column(key) for key in rule.match]
    present = " and ".join(f"{column} is not null" for column in columns)
    return f"case when {present} then hash({', '.join(columns)}) end"


def _like(pattern: str) -> str:
    escaped = pattern.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return text(escaped.replace("*", "%"))
