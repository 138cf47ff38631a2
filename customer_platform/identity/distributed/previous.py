"""What records had before, staged as they are: a map that was written, or one that is kept."""

from typing import TYPE_CHECKING

from customer_platform.errors import PreviousMapError
from customer_platform.identity.distributed.cluster import run
from customer_platform.identity.distributed.staging import GIVEN, NODE, check_types, queried

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

# An ID has a node as a record has, so that it comes to those that had it, or could be given it.
_ID_NODE = "greatest(hash(customer_id, 'issued'), 1::ubigint)"


def staged_previous(previous: "DataFrame") -> "DataFrame":
    """A map written before: source, record_id, node, customer_id, is_root, issued_at, id_hash.

    Raises:
        PreviousMapError: The map lacks a column, or one has a type that Spark reads differently.
    """
    columns = {name.lower() for name in previous.columns}
    record_id = "source_record_id" if "source_record_id" in columns else "record_id"
    if absent := [name for name in (record_id, "customer_id") if name not in columns]:
        raise PreviousMapError(
            f"the previous map lacks the columns {', '.join(absent)}; "
            f"it has {', '.join(sorted(columns))}"
        )
    source = "coalesce(cast(source as varchar), '')" if "source" in columns else "''"
    is_root = "linked_by_rule is null" if "linked_by_rule" in columns else "false"
    times = [name for name in ("issued_at", "valid_from") if name in columns]
    query = (
        f"select *, {NODE} as node, hash(customer_id) as id_hash from (select {source} as source, "
        f"cast({record_id} as varchar) as record_id, customer_id, {is_root} as is_root, "
        f"cast({times[0] if times else 'null'} as timestamp) as issued_at from {GIVEN})"
    )
    used = {record_id, "customer_id", "source", "linked_by_rule", *times[:1]}
    names = [name for name in previous.columns if name.lower() in used]
    check_types(previous, names, PreviousMapError)
    return run(
        previous.select(*names),
        queried(
            f"select source, record_id, node, customer_id, is_root, issued_at, id_hash "
            f"from ({query})"
        ),
        "source string, record_id string, node bigint, customer_id string, is_root boolean, "
        "issued_at timestamp_ntz, id_hash bigint",
    )


def staged_issued(issued: "DataFrame") -> "DataFrame":
    """IDs issued before: node, customer_id, issued_at, retired_at, successor, id_hash."""
    columns = {name.lower() for name in issued.columns}
    more = ", ".join(
        name if name in columns else f"cast(null as {kind}) as {name}"
        for name, kind in (("retired_at", "timestamp"), ("successor", "varchar"))
    )
    return run(
        issued,
        queried(
            f"select {_ID_NODE} as node, customer_id, "
            f"cast(issued_at as timestamp) as issued_at, {more}, hash(customer_id) as id_hash "
            f"from {GIVEN}"
        ),
        "node bigint, customer_id string, issued_at timestamp_ntz, retired_at timestamp_ntz, "
        "successor string, id_hash bigint",
    )


def staged_state(state: "DataFrame") -> "DataFrame":
    """A kept state, as `staged_previous`; with valid_from, reason, record_hash and component."""
    names = (
        "source",
        "source_record_id",
        "customer_id",
        "linked_by_rule",
        "valid_from",
        "reason",
        "record_hash",
        "component",
    )
    query = (
        f"select *, {NODE} as node, hash(customer_id) as id_hash from ("
        f"select coalesce(source, '') as source, source_record_id as record_id, customer_id, "
        f"linked_by_rule is null as is_root, valid_from, reason, record_hash, component "
        f"from {GIVEN})"
    )
    return run(
        state.select(*names),
        queried(
            f"select source, record_id, node, customer_id, is_root, valid_from, reason, "
            f"record_hash, component, id_hash from ({query})"
        ),
        "source string, record_id string, node bigint, customer_id string, is_root boolean, "
        "valid_from timestamp_ntz, reason string, record_hash bigint, component bigint, "
        "id_hash bigint",
    )


def staged_registry(registry: "DataFrame") -> "DataFrame":
    """A kept registry: its columns, node and id_hash."""
    columns = "customer_id, issued_at, founding_source, founding_record_id, retired_at, successor"
    return run(
        registry.select(*columns.split(", ")),
        queried(f"select {_ID_NODE} as node, {columns}, hash(customer_id) as id_hash from {GIVEN}"),
        "node bigint, customer_id string, issued_at timestamp_ntz, founding_source string, "
        "founding_record_id string, retired_at timestamp_ntz, successor string, id_hash bigint",
    )
