"""The tables in which a customer ID map is kept."""

from dataclasses import dataclass

from customer_platform.identity import sql

REFUSED_LINKS_COLUMNS = (
    "rule varchar, source varchar, source_record_id varchar, customer_id varchar, "
    "other_source varchar, other_record_id varchar, other_customer_id varchar, "
    "refused_by varchar, this_side varchar, other_side varchar"
)


@dataclass(frozen=True)
class OutputTables:
    """Where the results are. The schema is made if it isn't there."""

    schema: str
    customer_id_map: str = "customer_id_map"
    customer_id_history: str = "customer_id_history"
    customer_id_changes: str = "customer_id_changes"
    customer_id_registry: str = "customer_id_registry"
    customer_id_redirects: str = "customer_id_redirects"
    refused_links: str = "refused_links"
    match_rule_statistics: str = "match_rule_statistics"
    over_shared_values: str = "over_shared_values"
    resolution_runs: str = "resolution_runs"
    resolution_state: str = "resolution_state"
    ended_memberships: str = "ended_memberships"
    applied_overrides: str = "applied_overrides"
    customer_sizes: str = "customer_sizes"
    similar_pairs: str = "similar_pairs"
    similar_models: str = "similar_models"
    similar_runs: str = "similar_runs"
    compared_records: str = "compared_records"
    review_queue: str = "review_queue"

    def qualified(self, table: str) -> str:
        """The table's name with its schema, quoted."""
        return f"{sql.identifier(self.schema)}.{sql.identifier(table)}"
