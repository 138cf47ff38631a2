"""A plan as Markdown: what is printed, and what a pull request gets as a comment."""

from collections.abc import Iterator

from customer_platform.promotion.compare import EntityEffect
from customer_platform.promotion.golden import GoldenEffect
from customer_platform.promotion.plan import BREAKS, CHANGES, Plan
from customer_platform.promotion.relations import RelationEffect
from customer_platform.promotion.unbuilt import listed
from customer_platform.stewardship.explain.wording import counted

_LISTED = 30
_VERDICTS = {
    BREAKS: "**It can't be applied**: it breaks what is listed first.",
    CHANGES: "It can be applied.",
}


def render(plan: Plan) -> str:
    """The plan as Markdown; the same for the same plan, without a newline at the end."""
    if not plan.files:
        return (
            f"# Plan {plan.id}\n\nNothing differs from version {plan.base}, which is in force in "
            f"{plan.against}."
        )
    blocks = [
        [f"# Plan {plan.id}"],
        [
            f"From version {plan.base} in {plan.against} to "
            f"{plan.commit or 'this project'}, by {plan.author}. {_VERDICTS[plan.exit_code]}"
        ],
        list(_unbuilt(plan)),
        list(_broken(plan)),
        list(_checks(plan)),
        list(_changes(plan)),
    ]
    if plan.effect:
        for entity in plan.effect.entities:
            blocks.append(list(_entity(entity)))
        blocks.append(list(_golden(plan.effect.golden)))
        blocks.append(list(_relations(plan.effect.relations)))
    blocks.append(list(_cost(plan)))
    return "\n\n".join("\n".join(block) for block in blocks if block)


def _unbuilt(plan: Plan) -> Iterator[str]:
    if plan.unbuilt:
        yield (
            "Days that have landed and aren't built yet are part of what differs: "
            f"{listed(plan.unbuilt)}."
        )


def _broken(plan: Plan) -> Iterator[str]:
    if not plan.broken:
        return
    accepted = " (accepted)" if plan.accept_broken else ""
    yield f"## Broken contracts{accepted}\n"
    for each in plan.broken:
        readers = f"; read by {', '.join(each.readers)}" if each.readers else ""
        yield f"- {each.what}{readers}"


def _checks(plan: Plan) -> Iterator[str]:
    built = plan.built
    if not built.failed and not built.checks:
        return
    yield "## Checks that would fail\n"
    for check in built.checks:
        kind = "blocks" if check.blocking else "warns"
        said = check.description.strip().splitlines()
        yield f"- {check.name} ({kind}){f': {said[0]}' if said else ''}"
    for reason in built.failed:
        yield f"- {' '.join(reason.split())[:500]}"


def _changes(plan: Plan) -> Iterator[str]:
    yield "## What differs\n"
    for said in plan.built.said:
        yield f"- {said}"
    models = [each.split(".") for each in plan.built.models]
    named = [f"{kind} {name}" for kind, _, name, *_ in models if kind != "test"]
    tests = len(models) - len(named)
    if named:
        more = len(named) - _LISTED
        rest = f", and {more:,} more" if more > 0 else ""
        yield f"- dbt: {', '.join(named[:_LISTED])}{rest}"
    if tests:
        yield f"- dbt: {counted(tests, 'test')}"
    yield from _listed([f"{each.change}: `{each.path}`" for each in plan.files], "files")


def _entity(effect: EntityEffect) -> Iterator[str]:
    yield f"## {effect.entity.capitalize()}\n"
    if not effect.moved_records and effect.now == effect.then:
        yield f"Every record keeps its {effect.entity}: there are {effect.now:,}."
        return
    yield "```"
    yield effect.report
    yield "```"


def _golden(effects: tuple[GoldenEffect, ...]) -> Iterator[str]:
    changed = [each for each in effects if each.changed]
    if not changed:
        return
    yield "## Golden records\n"
    for each in changed:
        columns = ", ".join(f"{name} {count:,}" for name, count in each.columns)
        yield f"- {counted(each.changed, 'row')} of {each.table} changed: {columns}"
        yield from (f"    - {example}" for example in each.examples)


def _relations(effects: tuple[RelationEffect, ...]) -> Iterator[str]:
    other = [each for each in effects if each.is_other]
    yield "## Tables and views\n"
    if not other:
        yield f"All {len(effects):,} have the rows, amounts and columns that they had."
        return
    lines = []
    for each in other:
        parts = [each.change] if each.change else []
        if each.rows[0] != each.rows[1]:
            rows = ("none" if count is None else f"{count:,}" for count in each.rows)
            parts.append(f"rows {' -> '.join(rows)}")
        parts += [
            f"{currency or 'amounts'} {before} -> {after}"
            for currency, before, after in each.amounts
            if before != after
        ]
        parts += [f"new column {column}" for column in each.added]
        parts += [f"without {column}" for column in each.removed]
        parts += [f"{column} {before} -> {after}" for column, before, after in each.retyped]
        lines.append(f"{each.name}: {', '.join(parts)}")
    yield from _listed(lines, "tables and views")


def _cost(plan: Plan) -> Iterator[str]:
    yield "## Build\n"
    built = plan.built
    if built.days is None:
        yield "Nothing has to be built."
        return
    days = built.days[0] if built.days[0] == built.days[1] else " to ".join(built.days)
    yield (
        f"{len(built.assets):,} of {built.of:,} assets, for {days}; "
        f"{counted(built.passed, 'check')} passed."
    )
    if plan.days is not None:
        yield f"It was built for {counted(plan.days, 'day')} at most, and can't be applied as such."


def _listed(lines: list[str], what: str) -> Iterator[str]:
    yield from (f"- {line}" for line in lines[:_LISTED])
    if len(lines) > _LISTED:
        yield f"- and {len(lines) - _LISTED:,} more {what}"
