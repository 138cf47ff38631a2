"""The command that walks a steward through the review queue."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from customer_platform.cli.entity import entity_option
from customer_platform.cli.steward import author_name
from customer_platform.environment import load_environment

if TYPE_CHECKING:
    from customer_platform.stewardship.decisions_store import DecisionStore
    from customer_platform.stewardship.review import QueuedPair

_SAME, _DIFFERENT, _SKIP, _QUIT = "s", "d", "k", "q"
_KINDS = {_SAME: "same", _DIFFERENT: "different"}


@click.command()
@entity_option
@click.option("--rule", help="Only pairs of this similar rule.")
@click.option("--limit", type=click.IntRange(min=1), help="Maximum number of pairs to show.")
@click.option("--author", help="Author of the decisions.  [default: git's user.name, or the user]")
@click.option("--masked", is_flag=True, help="Mask personal data.")
@click.option(
    "--quality", is_flag=True, help="Only report the quality estimated from the decisions so far."
)
@click.option(
    "--overrides",
    "path",
    type=click.Path(path_type=Path, dir_okay=False),
    help="CSV file of the overrides.  [default: the entity's seed in dbt/seeds]",
)
def review(
    entity: str | None,
    rule: str | None,
    limit: int | None,
    author: str | None,
    masked: bool,
    quality: bool,
    path: Path | None,
) -> None:
    """Walk through the pairs that a similar rule is not sure of, most valuable first.

    Each decision is written to the seed of overrides, which the next run applies, and is a label
    by which the rule's threshold is measured.
    """
    from customer_platform.deployed_identity import (
        deciding,
        declared_entity,
        open_identity,
        overrides_seed,
    )
    from customer_platform.identity.keeping.similar_tables import kept_thresholds
    from customer_platform.privacy.declared import read_declared
    from customer_platform.stewardship import decide
    from customer_platform.stewardship import review as reviews
    from customer_platform.stewardship.decisions_store import open_decisions
    from customer_platform.stewardship.explain.masking import mask_names, unmasked
    from customer_platform.stewardship.explain.similarity import similarities

    environment = load_environment()
    declared = declared_entity(environment, entity)
    seed = path or overrides_seed(environment, declared)
    store = open_decisions(environment, declared.entity)
    before = [line.decision for line in decide.read_lines(seed)]
    before += [decision for _, decision in store.placed()]
    with open_identity(environment, declared.entity) as kept:
        names = {each.name: each for each in kept.rules.match_rules if each.similar}
        if rule is not None and rule not in names:
            raise click.UsageError(
                f"There is no similar rule {rule!r}; there are: {', '.join(names) or 'none'}."
            )
        decided = {decision.pair for decision in before}
        waiting = [
            pair
            for pair in reviews.read_queue(kept.store, rule)
            if frozenset(pair.pair) not in decided and not quality
        ][:limit]
        labelled = [reviews.override_pair(decision.override) for decision in before]
        scored = {
            name: similarities(kept.store, each, [*labelled, *(pair.pair for pair in waiting)])
            for name, each in names.items()
        }
        rules = kept.rules
        mask = read_declared(environment).record_mask(rules, kept.records) if masked else None
        thresholds = kept_thresholds(kept.store)
    # The warehouse is closed by now: a run needn't wait while somebody thinks.
    if not waiting and not quality:
        click.echo("There is nothing to review.")
    for pair in waiting:
        click.echo()
        similarity = scored[pair.rule].get(pair.pair)
        said = mask_names(pair, mask.name) if mask else pair
        for text in reviews.pair_lines(said, similarity, mask or unmasked):
            click.echo(text)
        answer = click.prompt(
            "[s]ame, [d]ifferent, s[k]ip, [q]uit",
            type=click.Choice([*_KINDS, _SKIP, _QUIT], case_sensitive=False),
            show_choices=False,
        )
        if answer == _QUIT:
            break
        if answer in _KINDS:
            # Another version may have been put in force while somebody thought.
            with deciding() as environment:
                seed = path or overrides_seed(environment, declared)
                _decide(seed, _KINDS[answer], pair, author or author_name(), store)
    overrides = [line.decision.override for line in decide.read_lines(seed)]
    overrides += store.overrides()
    click.echo()
    for text in reviews.quality_lines(reviews.label_quality(rules, scored, overrides, thresholds)):
        click.echo(text)


def _decide(path: Path, kind: str, pair: "QueuedPair", author: str, store: "DecisionStore") -> None:
    from customer_platform.errors import OverrideRefusedError
    from customer_platform.stewardship import decide
    from customer_platform.stewardship.explain.wording import probability_text

    decision = decide.Decision(
        kind,
        *pair.pair,
        author,
        datetime.now(UTC).date().isoformat(),
        f"reviewed: {probability_text(pair.probability)} by {pair.rule}",
    )
    try:
        line = decide.add_override(path, decision, store.placed())
    except OverrideRefusedError as error:
        # What was decided before stands; the others in the queue can still be decided.
        click.echo(f"Not written: {error}")
        return
    click.echo(f"{path}:{line.first}: added: {decision.text(store.scope.entity)}")
