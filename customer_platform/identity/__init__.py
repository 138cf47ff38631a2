"""Identity resolution: match rules, links, clusters, and customer IDs that stay.

Works on any relation of a DuckDB connection; knows nothing of Dagster or dbt.
"""

from customer_platform.identity.accuracy import PairwiseAccuracy, pairwise_accuracy
from customer_platform.identity.errors import PreviousMapError, RecordsError, RulesError
from customer_platform.identity.output import OutputTables, RuleResult
from customer_platform.identity.resolve import ResolutionSummary, resolve
from customer_platform.identity.rules import MatchKey, MatchRule, ResolutionRules, check_columns

__all__ = [
    "MatchKey",
    "MatchRule",
    "OutputTables",
    "PairwiseAccuracy",
    "PreviousMapError",
    "RecordsError",
    "ResolutionRules",
    "ResolutionSummary",
    "RuleResult",
    "RulesError",
    "check_columns",
    "pairwise_accuracy",
    "resolve",
]
