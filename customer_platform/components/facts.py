"""Facts: which dbt models deliver what customers do, declared in YAML."""

import dagster as dg

from customer_platform.components.scaffolding import FactsScaffolder
from customer_platform.declarations import FactsSpec


@dg.scaffold_with(FactsScaffolder)
class Facts(FactsSpec, dg.Component, dg.Resolvable):
    """Says which staging models deliver transactions, events and the like.

    It has no assets of its own: the dbt models that are the union of these read it.
    """

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """Nothing: dbt's models are assets already."""
        return dg.Definitions()
