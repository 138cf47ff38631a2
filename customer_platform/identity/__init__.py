"""Identity resolution: match rules, links, clusters, and customer IDs that stay.

Works on any relation of a DuckDB connection, and on files and frames; knows nothing of Dagster
or dbt. `resolve` and `resolve_file` resolve records in one go, `update_map` keeps a map up to date.
"""

from customer_platform.identity.accuracy import PairwiseAccuracy, pairwise_accuracy
from customer_platform.identity.files import FileSummary, resolve_file
from customer_platform.identity.frames import ResolvedRecords, resolve
from customer_platform.identity.keeping.changes import Delta
from customer_platform.identity.keeping.summary import UpdateSummary
from customer_platform.identity.keeping.update import update_map
from customer_platform.identity.overrides import Override, read_overrides
from customer_platform.identity.resolve import Resolution, resolving
from customer_platform.identity.rules import MatchKey, MatchRule, ResolutionRules, check_columns
from customer_platform.identity.rules_file import load_rules
from customer_platform.identity.store import IdentityStore, OutputTables, entity_tables

__all__ = [
    "Delta",
    "FileSummary",
    "IdentityStore",
    "MatchKey",
    "MatchRule",
    "OutputTables",
    "Override",
    "PairwiseAccuracy",
    "Resolution",
    "ResolutionRules",
    "ResolvedRecords",
    "UpdateSummary",
    "check_columns",
    "entity_tables",
    "load_rules",
    "pairwise_accuracy",
    "read_overrides",
    "resolve",
    "resolve_file",
    "resolving",
    "update_map",
]
