"""What the identity benchmark found, and how it is printed."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from statistics import median

from identity_engines.runs import Run


@dataclass(frozen=True)
class Comparison:
    """Several ways to resolve, each run equally often.

    Attributes:
        title: What is compared.
        sides: By name, its runs, in the order in which they ran; the first side is what the
            others are compared with.
        targets: By name, the most that its ratio to the first side may be.
        facts: Further figures, by name.
    """

    title: str
    sides: Mapping[str, Sequence[Run]]
    targets: Mapping[str, float]
    facts: dict[str, float] = field(default_factory=dict)

    @property
    def first(self) -> str:
        """Name of the side that the others are compared with."""
        return next(iter(self.sides))

    def ratio(self, side: str, other: str | None = None, *, work: bool = False) -> float:
        """The median over the rounds of a side's seconds to those of another in the same round.

        Args:
            side: Name of a side.
            other: Name of another; None: the first.
            work: Compare the seconds of work instead of those of the process.
        """
        pairs = zip(self.sides[side], self.sides[other or self.first], strict=True)
        if work:
            return median(mine.work_seconds / theirs.work_seconds for mine, theirs in pairs)
        return median(mine.seconds / theirs.seconds for mine, theirs in pairs)


def describe(comparison: Comparison) -> str:
    """A table with a line per side."""
    runs = len(comparison.sides[comparison.first])
    lines = [
        "",
        f"{comparison.title}; {runs} {'run' if runs == 1 else 'runs'}, medians",
        f"  {'':<16}{'seconds':>10}{'of work':>10}{'peak MB':>10}{'ratio':>8}{'of work':>9}"
        f"{'target':>8}{'customers':>15}",
    ]
    for name, side in comparison.sides.items():
        target = comparison.targets.get(name)
        lines.append(
            f"  {name:<16}{median(run.seconds for run in side):>10.2f}"
            f"{median(run.work_seconds for run in side):>10.2f}"
            f"{median(run.peak_bytes for run in side) / 2**20:>10,.0f}"
            f"{comparison.ratio(name):>8.2f}{comparison.ratio(name, work=True):>9.2f}"
            + (f"{target:>8.2f}" if target else f"{'':>8}")
            + (f"{partition.customers:>15,}" if (partition := side[0].partition) else "")
        )
    for name, value in comparison.facts.items():
        lines.append(f"  {name.replace('_', ' ')}: {value:,.6g}")
    return "\n".join(lines)


def as_json(comparison: Comparison) -> dict[str, object]:
    """Everything that was measured, for JSON."""
    return {
        "title": comparison.title,
        "sides": {
            name: {
                "seconds": median(run.seconds for run in side),
                "work_seconds": median(run.work_seconds for run in side),
                "peak_bytes": median(run.peak_bytes for run in side),
                "ratio": comparison.ratio(name),
                "work_ratio": comparison.ratio(name, work=True),
                "target": comparison.targets.get(name),
                "runs": [asdict(run) for run in side],
            }
            for name, side in comparison.sides.items()
        },
        "facts": comparison.facts,
    }
