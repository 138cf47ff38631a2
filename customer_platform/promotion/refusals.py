"""Why a plan, or the version that was built by it, isn't put in force."""

from customer_platform.environment import Environment, version_in_force
from customer_platform.errors import BusyError, RefusedVersionError, StalePlanError
from customer_platform.promotion.build import Built
from customer_platform.promotion.compare import Effect
from customer_platform.promotion.contracts import Broken
from customer_platform.promotion.exceeding import exceeding
from customer_platform.promotion.plan import BREAKS, Plan
from customer_platform.promotion.unbuilt import listed
from customer_platform.versions import Versions


def refuse_outdated(target: Environment, versions: Versions) -> None:
    """Refuses to go on with a deployment in which another version was put in force meanwhile.

    Args:
        target: The deployment, as it was read before anybody else was kept out.
        versions: Its versions.

    Raises:
        BusyError: Somebody else was at it.
    """
    if version_in_force(target.home) != target.version:
        raise BusyError(
            f"somebody else has just put version {versions.current} in force here: try again"
        )


def refuse_stale(target: Environment, versions: Versions, plan: Plan) -> None:
    """Refuses a plan that isn't of what is in force now, or that can't be applied at all.

    Args:
        target: The deployment.
        versions: Its versions.
        plan: The plan.

    Raises:
        StalePlanError: It is of something else, or in force already.
        RefusedVersionError: It breaks a contract or a blocking check.
    """
    current = versions.current
    if current is None:
        raise StalePlanError(
            f"{target.home} has no version yet: `customer-platform apply` makes what it runs "
            "version 1"
        )
    if (plan.against, plan.business_model) != (target.name, target.business_model):
        raise StalePlanError(
            f"plan {plan.id} is for {plan.against} ({plan.business_model}), not for {target.name} "
            f"({target.business_model})"
        )
    if not plan.files:
        raise StalePlanError(f"plan {plan.id} changes nothing: there is nothing to apply")
    if versions.read(current).plan == plan.id:
        raise StalePlanError(f"plan {plan.id} is in force already, as version {current}")
    if plan.base != current:
        raise StalePlanError(
            f"plan {plan.id} was made against version {plan.base}, and version {current} is in "
            f"force in {target.name} now: plan again"
        )
    if plan.days is not None:
        raise StalePlanError(
            f"plan {plan.id} was built for {plan.days} days at most: plan again without --days"
        )
    if plan.exit_code == BREAKS:
        raise RefusedVersionError(
            f"plan {plan.id} breaks a contract or a blocking check: change the project, or plan "
            "with --accept-map or --accept-broken where that is wanted"
        )


def refuse_failed(built: Built) -> None:
    """Refuses what was built where a step or a blocking check has failed.

    Raises:
        RefusedVersionError: With what they say.
    """
    if built.is_good:
        return
    reasons = [f"{each.name}: {each.description}" for each in built.checks if each.blocking]
    raise RefusedVersionError(
        "the version isn't put in force, and nothing has changed:\n"
        + "\n".join([*reasons, *built.failed])
    )


def refuse_more(
    target: Environment,
    plan: Plan,
    effect: Effect,
    broken: tuple[Broken, ...],
    unbuilt: tuple[str, ...],
) -> None:
    """Refuses a version that changes more than its plan says.

    Args:
        target: The deployment, which says how much more is tolerated.
        plan: The plan.
        effect: What the version has changed.
        broken: The contracts that it breaks.
        unbuilt: Days that have landed and that the version in force hasn't built.

    Raises:
        RefusedVersionError: With what exceeds the plan.
    """
    assert plan.effect is not None
    stated = target.stated
    said = list(exceeding(plan.effect, effect, stated.tolerance, stated.tolerated))
    said += [each.what for each in broken if each not in plan.broken]
    if said:
        if new := [day for day in unbuilt if day not in plan.unbuilt]:
            said.append(
                f"Part of it are days that have landed since and aren't built yet: {listed(new)}. "
                "Have a run build them."
            )
        raise RefusedVersionError(
            f"more changes than plan {plan.id} says, so the version isn't put in force, and "
            "nothing has changed:\n" + "\n".join(said) + "\nPlan again."
        )
