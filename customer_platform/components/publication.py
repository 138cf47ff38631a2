"""The asset `published/masters`: what analysts read while the pipeline writes."""

from collections.abc import Sequence
from typing import Annotated, Any

import dagster as dg
from dagster import AssetExecutionContext

from customer_platform.components.declared import declared
from customer_platform.components.scaffolding import PublishedMastersScaffolder
from customer_platform.declarations import PublicationSpec
from customer_platform.environment import Environment, load_environment
from customer_platform.privacy.masked_edition import publish_masters
from customer_platform.publishing import Publication
from customer_platform.publishing.relations import PublishedRelation
from customer_platform.versions import Versions
from customer_platform.warehouse import WAREHOUSE_POOL, Warehouse

PUBLISHED = dg.AssetKey(["published", "masters"])


@dg.scaffold_with(PublishedMastersScaffolder)
class PublishedMasters(PublicationSpec, dg.Component, dg.Resolvable):
    """What analysts read while the pipeline writes: the asset `published/masters`.

    The YAML lists the relations of the schema `master` that are published.
    """

    relations: Annotated[Any, declared(list[PublishedRelation])]

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """The asset `published/masters`."""
        return dg.Definitions(assets=[build_published_masters(self.owner, self.relations)])


def build_published_masters(
    owner: str, relations: Sequence[PublishedRelation]
) -> dg.AssetsDefinition:
    """The asset that publishes the masters once all their blocking checks have passed.

    Args:
        owner: Email or `team:...` of who answers for it.
        relations: What is published.
    """

    @dg.asset(
        key=PUBLISHED,
        description="The masters as Parquet files, and a small DuckDB file of views on them that "
        "is swapped in one step: the last state in which all blocking checks have passed. Read it "
        "at any time, with any tool; the warehouse stays free for the pipeline. Only the days that "
        "have changed are written again. Beside it, in a folder of its own, the same with personal "
        "columns masked.",
        deps=sorted({dg.AssetKey(relation.table.split(".")) for relation in relations}),
        group_name="published",
        kinds={"duckdb", "parquet"},
        owners=[owner],
        metadata=version_metadata(load_environment()),
        pool=WAREHOUSE_POOL,
    )
    def published_masters(
        context: AssetExecutionContext, warehouse: Warehouse
    ) -> dg.MaterializeResult:
        environment = load_environment()
        with warehouse.get_connection() as connection:
            full, masked = publish_masters(connection, environment, relations)
        of_version = version_metadata(environment)
        return dg.MaterializeResult(
            metadata={**_metadata(full), **_of_masked(masked), **of_version}
        )

    return published_masters


def version_metadata(environment: Environment) -> dict[str, Any]:
    """The version in force, its plan and who approved it; nothing where there are no versions.

    Args:
        environment: The deployment.
    """
    versions = Versions(environment.home)
    if versions.current is None:
        return {}
    version = versions.read(versions.current)
    found = {
        "version": version.number,
        "plan": version.plan,
        "approved_by": version.approved_by,
        "applied_by": version.created_by,
        "commit": version.commit,
    }
    return {name: value for name, value in found.items() if value is not None}


def _metadata(publication: Publication, before: str = "") -> dict[str, Any]:
    return {
        f"{before}catalogue": dg.MetadataValue.path(publication.catalogue),
        f"{before}files": publication.files,
        f"{before}files_written": dg.MetadataValue.json(publication.written),
        f"{before}bytes_written": publication.bytes_written,
    }


def _of_masked(publication: Publication) -> dict[str, Any]:
    """The same of the masked edition, and what is masked in it."""
    columns = {
        relation: {column: each.what for column, each in treated.items() if each.is_masked}
        for relation, treated in publication.columns.items()
        if treated
    }
    return {
        **_metadata(publication, "masked_"),
        "masked_columns": dg.MetadataValue.json(columns),
    }
