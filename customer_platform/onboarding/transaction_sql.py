"""The staging view of transactions: an export of orders in the columns of the contract."""

from collections.abc import Iterable, Mapping, Sequence
from textwrap import wrap

from customer_platform.onboarding.fact_reading import Facts
from customer_platform.onboarding.fact_roles import STATUSES, TYPES
from customer_platform.onboarding.fact_values import FactValues
from customer_platform.onboarding.proposal import Proposal
from customer_platform.onboarding.sql_naming import Naming, final_cte, jinja

_TEXTS = ("product_code", "description", "original_order_id", "channel", "seller_id")
# Roles -> the column of the view that an order may say once.
_ONCE = {
    "customer_id": "source_record_id", "customer_email": "source_record_id",
    "occurred_at": "occurred_at", "currency": "currency", "channel": "channel",
    "refunded_at": "refunded_at", "refunded": "refunded", "discount": "discount",
}  # fmt: skip
_DEFAULT_CURRENCY = "'{{ var(\"reporting_currency\") }}'"


def transaction_sql(
    source: str, proposal: Proposal, contract: Mapping[str, str], others: str
) -> str:
    """The staging view: columns named by what they are, and the macro that makes lines of them.

    Args:
        source: Name of the source.
        proposal: The table, with its facts.
        contract: Column -> type of the transaction lines of the business model.
        others: Whether another table of the source has records of its customers; see `FactValues`.
    """
    facts = proposal.facts
    assert facts is not None
    naming = Naming(proposal)
    values = FactValues(proposal, facts, naming, others)
    relation = f"{{{{ source({jinja(source)}, {jinja(proposal.table)}) }}}}"
    columns = _delivered(facts, values)
    lines = [
        "with", "", f"{naming.cte} as (", "    select",
        *(f"        {column}{',' if column is not columns[-1] else ''}" for column in columns),
        f"    from {relation}", "),", "",
        "transaction_lines as (", *_macro(proposal, facts, naming.cte), "),", "",
        *final_cte(_contract(source, proposal, facts, contract), "transaction_lines"),
    ]  # fmt: skip
    return "\n".join([*lines, "", "select * from final", ""])


def _delivered(facts: Facts, values: FactValues) -> list[str]:
    """The columns that the macro reads, of the raw table's."""
    numbers = {role: values.number(role) for role in ("commission", "discount", "refunded")}
    if "discount" not in facts.of_order:
        # Of a line, it is in its amount.
        numbers["discount"] = None
    # Rows without an order are distinguished by their values, and equal ones by a count.
    is_numbered = "order_id" in facts.roles and "order_id" not in facts.gaps
    group = "cast(null as string)" if is_numbered else values.row_digest()
    kind = "decimal(18, 4)"
    return [
        "_partition", "_source_file", "_row_number",
        _as(values.key() or "cast(null as string)", "row_key"),
        _as(group, "row_group"),
        _as(values.text("order_id") or "cast(null as string)", "order_id"),
        _as(values.customer(), "source_record_id"),
        _as(values.moment("occurred_at") or "cast(null as timestamp)", "occurred_at"),
        _as(values.moment("refunded_at") or "cast(null as timestamp)", "refunded_at"),
        _as(f"upper({values.text('currency')})" if "currency" in facts.roles
            else "cast(null as string)", "currency"),
        *(_as(values.text(role) or "cast(null as string)", role) for role in _TEXTS),
        _as(_state(facts, values), "state"),
        _as(_type(facts, values), "said_type"),
        _as(values.number("quantity") or "1", "quantity"),
        f"cast({_amount(facts, values)} as {kind}) as amount",
        *(f"cast({number or 'null'} as {kind}) as {role}" for role, number in numbers.items()),
    ]  # fmt: skip


def _amount(facts: Facts, values: FactValues) -> str:
    """What a row is worth, signed as the export signs it."""
    if not facts.has_lines:
        return values.number("total") or "null"
    total = values.number("line_total")
    if total is not None:
        off = values.number("line_discount")
        return total if off is None else f"{total} - abs(coalesce({off}, 0))"
    price, quantity = values.number("unit_price") or "null", values.number("quantity")
    amount = f"{quantity} * {price}" if quantity else price
    off = values.number("line_discount")
    if off is None and "discount" not in facts.of_order:
        off = values.number("discount")
    if off is None:
        return amount
    sign = f"sign({quantity}) * " if quantity else ""
    return f"{amount} - {sign}abs(coalesce({off}, 0))"


def _state(facts: Facts, values: FactValues) -> str:
    """Whether a row is sold, unpaid, cancelled or refunded."""
    status, when = values.word("status"), []
    if "cancelled_at" in facts.roles:
        cancelled = f"{values.filled('cancelled_at')}"
        if "refunded" in facts.roles:
            # What was paid and then cancelled is a sale that is paid back.
            cancelled += f" and coalesce({values.number('refunded')}, 0) = 0"
        when.append([f"when {cancelled} then 'cancelled'"])
    if status is not None:
        for state, words in STATUSES.items():
            if state == "refunded" and "refunded" in facts.roles:
                continue
            paid_back = (
                f" and coalesce({values.number('refunded')}, 0) = 0"
                if state == "cancelled" and "refunded" in facts.roles
                else ""
            )
            when.append(_among(status, words, f"{paid_back} then '{state}'"))
    if "is_refunded" in facts.roles and "refunded" not in facts.roles:
        when.append([f"when {values.says_yes('is_refunded')} then 'refunded'"])
    if not when:
        return "'sold'"
    otherwise = ["else 'sold'"]
    if is_said_once(facts):
        # A line that says nothing has the state of its order.
        otherwise = [f"when {values.filled('status')} then 'sold'"] if status else []
    cases = [line for each in (*when, otherwise) for line in each]
    return "\n".join(["case", *(f"            {line}" for line in cases), "        end"])


def is_said_once(facts: Facts) -> bool:
    """Whether only one line of an order says whether it is paid or cancelled."""
    return facts.has_lines and bool({"status", "cancelled_at"} & facts.of_order & facts.gaps)


def _type(facts: Facts, values: FactValues) -> str:
    """What a row says that it is; null where it says nothing that isn't a sale."""
    said, when = values.word("type"), []
    if facts.has_lines and "line_total" not in facts.roles:
        when.append([f"when {values.number('unit_price')} < 0 then 'adjustment'"])
    if said is not None:
        when = [*(_among(said, words, f" then '{kind}'") for kind, words in TYPES.items()), *when]
    if not when:
        return "cast(null as string)"
    cases = [line for each in when for line in each]
    return "\n".join(["case", *(f"            {line}" for line in cases), "        end"])


def _among(text: str, words: Iterable[str], then: str) -> list[str]:
    """The lines of a case for a text that is one of words."""
    literals = wrap(", ".join(jinja(word) for word in words), 90)
    return [f"when {text} in (", *(f"    {line}" for line in literals), f"){then}"]


def _macro(proposal: Proposal, facts: Facts, relation: str) -> list[str]:
    """The call of the macro that makes lines."""
    once = {"state"} if is_said_once(facts) else set()
    once |= {_ONCE[role] for role in facts.of_order & facts.gaps if role in _ONCE}
    by_order = not facts.has_lines or "refunded" in facts.of_order
    options = [
        f"lines={str(facts.has_lines).lower()}",
        *([f"once={sorted(once)}"] if once and facts.has_lines else []),
        *(["refunds_of='line'"] if not by_order or not facts.has_lines else []),
        *(["first_row=true"] if facts.first_row else []),
        f"again={str(proposal.load_mode.load_mode != 'append').lower()}",
        *([] if facts.names_order else ["names_order=false"]),
        *([f"return_prefix={jinja(facts.return_prefix)}"] if facts.return_prefix else []),
    ]
    return [
        "    {{ transaction_lines(",
        f"        '{relation}',",
        *(f"        {option}{',' if option is not options[-1] else ''}" for option in options),
        "    ) }}",
    ]


def _contract(
    source: str, proposal: Proposal, facts: Facts, contract: Mapping[str, str]
) -> Sequence[str]:
    """The columns of the contract, in its order; what the export hasn't got is null."""
    name = f"'{source}'"
    currency = jinja(facts.currency) if facts.currency else _DEFAULT_CURRENCY
    known = {
        "transaction_id": f"'{source}:{proposal.table}:' || line_key",
        "source": name,
        "source_record_id": "source_record_id",
        "buyer_source": name,
        "buyer_record_id": "source_record_id",
        "transaction_type": "transaction_type",
        "order_id": "order_id",
        "original_order_id": "cast(original_order_id as string)",
        "product_code": "cast(product_code as string)",
        "description": "cast(description as string)",
        "quantity": "cast(quantity as bigint)",
        "unit_price": "cast(coalesce(amount / nullif(quantity, 0), 0) as decimal(18, 4))",
        "amount": "cast(amount as decimal(18, 4))",
        "currency": f"coalesce(currency, {currency})",
        "occurred_at": "coalesce(occurred_at, cast(_partition as timestamp))",
        "channel": f"coalesce(channel, {name})",
        "shipping": "cast(0 as decimal(18, 4))",
        "partition_date": "_partition",
    }
    if "seller_id" in facts.roles:
        known |= {"seller_source": name, "seller_record_id": "seller_id"}
    if "commission" in facts.roles:
        known["commission"] = "cast(commission as decimal(18, 4))"
    return [_as(known.get(each, f"cast(null as {kind})"), each) for each, kind in contract.items()]


def _as(expression: str, name: str) -> str:
    return expression if expression == name else f"{expression} as {name}"
