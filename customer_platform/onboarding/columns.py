"""A column of a proposed table."""

from dataclasses import dataclass

from customer_platform.onboarding.attributes import Attribute
from customer_platform.onboarding.column_statistics import ColumnStatistics
from customer_platform.onboarding.types import ColumnType


@dataclass(frozen=True)
class Column:
    """What is proposed for a column.

    Attributes:
        name: As the source calls it.
        type: Its type.
        statistics: What its values look like.
        attribute: What it is of an entity's record.
    """

    name: str
    type: ColumnType
    statistics: ColumnStatistics
    attribute: Attribute | None = None
