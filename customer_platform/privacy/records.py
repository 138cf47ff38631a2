"""Masks what identity resolution says of records: values of match keys, and their names."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import pandas as pd

from customer_platform.errors import NamesRecordsError
from customer_platform.identity import MatchKey, ResolutionRules
from customer_platform.personal_kinds import Personal
from customer_platform.privacy.personal import HIDDEN, BySource, mask_value
from customer_platform.stewardship.explain import RecordName

# What a key is that says nothing itself, and whose column says nothing: by its normaliser.
_BY_NORMALISER: Mapping[str, Personal] = {
    "email": "email",
    "phone": "phone",
    "name": "name",
    "street": "address",
    "postcode": "address",
    "date": "date",
    "code": "identifier",
}
# Between the values of a rule that has several keys.
_BETWEEN = " + "


def kind_of_key(key: MatchKey, column: Personal = None) -> Personal:
    """What is declared of a match key's values.

    Args:
        key: The key: what its own `personal` says comes first.
        column: What is declared of its column.
    """
    if key.personal is not None:
        return key.personal
    return _BY_NORMALISER.get(key.normalise) if column is None else column


@dataclass(frozen=True)
class RecordMask:
    """Masks values and names of an entity's records; a `Mask` of explanations and previews.

    Attributes:
        columns: By column of the records that a match key is taken from, what is declared.
        record_ids: What is declared of the number that a record has in its source.
    """

    columns: Mapping[str, Personal]
    record_ids: BySource = field(default_factory=lambda: BySource("source"))

    def __call__(self, column: str, value: str) -> str:
        """A value of a match key; of anything else, such as a reason, nothing is shown."""
        return mask_value(value, self.columns.get(column))

    def name(self, record: RecordName) -> RecordName:
        """The name of a record."""
        kind = self.record_ids.of(record.source)
        return RecordName(record.source, mask_value(record.record_id, kind))

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Masks the names of records in the messages of errors that are raised meanwhile."""
        try:
            yield
        except NamesRecordsError as error:
            message = str(error)
            # The longest first: `crm:1` is the beginning of `crm:12`.
            names = sorted((RecordName(*each) for each in error.records), key=_length, reverse=True)
            for name in names:
                message = message.replace(str(name), str(self.name(name)))
            raise type(error)(message) from None

    def report(self, frame: pd.DataFrame, rules: ResolutionRules) -> pd.DataFrame:
        """A table of the quality report, with its values and names of records masked.

        Args:
            frame: Of its columns, `value` is that of a key that `match_key` names or of the keys
                of a rule that `rule` names; `record` and `linked_to` are SOURCE:ID.
            rules: The rules.
        """
        masked = frame.copy()
        for column in {"record", "linked_to"} & set(frame.columns):
            masked[column] = [
                None if pd.isna(each) else str(self.name(RecordName.parse(str(each))))
                for each in frame[column]
            ]
        if "value" not in frame:
            return masked
        keys_of = {rule.name: rule.keys for rule in rules.match_rules}
        keys = (
            [[key] for key in frame["match_key"]]
            if "match_key" in frame
            else [keys_of.get(rule, []) for rule in frame["rule"]]
        )
        masked["value"] = [
            None if value is None else self._values(value, each, rules)
            for value, each in zip(frame["value"], keys, strict=True)
        ]
        return masked

    def _values(self, value: object, keys: Sequence[str], rules: ResolutionRules) -> str:
        parts = str(value).split(_BETWEEN) if len(keys) > 1 else [str(value)]
        if len(parts) != len(keys):
            return HIDDEN
        return _BETWEEN.join(
            self(rules.match_keys[key].column, part) if key in rules.match_keys else HIDDEN
            for key, part in zip(keys, parts, strict=True)
        )


def _length(name: RecordName) -> int:
    return len(str(name))
