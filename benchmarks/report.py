"""What the pipeline benchmark found, and how it is printed."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from graph import ID_MAP, LAYERS, LOOKUP, MASTERS, SOURCES

TARGET_RATIO = 1.5
TARGET_OVERHEAD_SECONDS = 40


@dataclass(frozen=True)
class Side:
    """One way to the result: the graph or the floor.

    Attributes:
        seconds: Wall time of the whole process.
        peak_bytes: Most memory of its process tree.
        layers: Seconds per layer, which add up to `seconds`.
    """

    seconds: float
    peak_bytes: int
    layers: Mapping[str, float]


@dataclass(frozen=True)
class Size:
    """Both ways at one size, with equal results.

    Attributes:
        asked: About how many customer records the demo was to make.
        people: People that it made up.
        rows: Rows per table.
        graph: The graph.
        floor: The floor.
    """

    asked: int
    people: int
    rows: Mapping[str, int]
    graph: Side
    floor: Side

    @property
    def ratio(self) -> float:
        """The graph's seconds to the floor's."""
        return self.graph.seconds / self.floor.seconds

    @property
    def records(self) -> int:
        """Customer records in the source lookup."""
        return self.rows["identity.source_lookup"]

    @property
    def landed_rows(self) -> int:
        """Rows of all landing files."""
        return self._rows("raw.")

    @property
    def layer_rows(self) -> dict[str, int]:
        """Rows that each layer delivers."""
        return {
            SOURCES: self.landed_rows,
            LOOKUP: self.rows["identity.source_lookup"],
            ID_MAP: self.rows["identity.customer_id_map"],
            MASTERS: self._rows("master."),
        }

    def _rows(self, schema: str) -> int:
        return sum(rows for table, rows in self.rows.items() if table.startswith(schema))


@dataclass(frozen=True)
class Overhead:
    """What the graph takes when there is next to no data.

    Attributes:
        prepare_seconds: Parsing the dbt project, once per change of it.
        seconds: The graph from an empty warehouse.
        customers: On this many people.
        first_run_seconds: The graph's first run after a change of the dbt project, which derives
            the lineage of all columns. None: not measured.
    """

    prepare_seconds: float
    seconds: float
    customers: int
    first_run_seconds: float | None = None


def as_json(days: int, overhead: Overhead, sizes: Sequence[Size]) -> dict[str, object]:
    """Everything that was measured, for JSON; `ratios` has the ratio per number of records."""
    return {
        "days": days,
        "overhead": asdict(overhead),
        "sizes": [
            {
                **asdict(size),
                "records": size.records,
                "landed_rows": size.landed_rows,
                "rows_per_second": size.landed_rows / size.graph.seconds,
                "ratio": size.ratio,
            }
            for size in sizes
        ],
        "ratios": {str(size.asked): round(size.ratio, 3) for size in sizes},
        "targets": {
            "ratio_at_1000000_records": TARGET_RATIO,
            "overhead_seconds": TARGET_OVERHEAD_SECONDS,
        },
    }


def describe_overhead(overhead: Overhead) -> str:
    """One line on the overhead."""
    first = (
        f"; its first run, with column lineage, {overhead.first_run_seconds:.1f} s"
        if overhead.first_run_seconds is not None
        else ""
    )
    return (
        f"Overhead: the graph on {overhead.customers:,} customers takes {overhead.seconds:.1f} s "
        f"(target: under {TARGET_OVERHEAD_SECONDS} s){first}; "
        f"parsing the dbt project before takes {overhead.prepare_seconds:.1f} s."
    )


def describe(size: Size) -> str:
    """A table of both ways at one size, a line per layer."""
    lines = [
        "",
        f"{size.records:,} customer records of {size.people:,} people, "
        f"{size.landed_rows:,} landed rows; equal results: "
        f"{size.rows['master.customers']:,} customers, "
        f"{size.rows['master.transactions']:,} transaction lines, "
        f"{size.rows['master.events']:,} events",
        f"  {'':<20}{'graph s':>10}{'floor s':>10}{'ratio':>8}{'graph rows/s':>15}",
    ]
    for layer in LAYERS:
        rows = size.layer_rows.get(layer)
        lines.append(_line(layer, size.graph.layers[layer], size.floor.layers[layer], rows))
    lines.append(_line("all", size.graph.seconds, size.floor.seconds, size.landed_rows))
    graph, floor = size.graph.peak_bytes / 2**20, size.floor.peak_bytes / 2**20
    lines.append(f"  {'peak memory, MB':<20}{graph:>10,.0f}{floor:>10,.0f}{graph / floor:>8.2f}")
    return "\n".join(lines)


def summary(sizes: Sequence[Size]) -> str:
    """One line with the ratios."""
    ratios = ", ".join(f"{size.ratio:.2f} at {size.records:,} records" for size in sizes)
    return f"\nRatio to the floor: {ratios} (target: at most {TARGET_RATIO} at 1,000,000)"


def _line(label: str, graph: float, floor: float, rows: int | None) -> str:
    rate = f"{rows / graph:>15,.0f}" if rows is not None and graph > 0 else ""
    return f"  {label:<20}{graph:>10.1f}{floor:>10.1f}{graph / max(floor, 1e-9):>8.2f}{rate}"
