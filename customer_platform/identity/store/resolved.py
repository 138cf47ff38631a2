"""All that an update has found, before it is written."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from customer_platform.identity.linking.clustering import LinkedRecords
from customer_platform.identity.naming.previous import NO_ID, PreviousIds
from customer_platform.identity.output import ResolvedMap
from customer_platform.identity.rules import ResolutionRules
from customer_platform.identity.staging import StagedRecords


@dataclass(frozen=True)
class Resolved:
    """All that an update has found.

    Attributes:
        rules: The rules.
        staged: The records that were resolved.
        map: The map of the records that were resolved.
        linked: Their links.
        previous: What they had before.
        had_records: Whether any record was kept before.
        everything: Whether these are all records.
        rules_changed: Whether the rules differ from those of the last run.
        resolved_at: The time of the run, UTC.
    """

    rules: ResolutionRules
    staged: StagedRecords
    map: ResolvedMap
    linked: LinkedRecords
    previous: PreviousIds
    had_records: bool
    everything: bool
    rules_changed: bool
    resolved_at: datetime

    @property
    def stays(self) -> npt.NDArray[np.bool_]:
        """Per record number, whether the record has the customer ID that it had."""
        codes = self.previous.codes
        stays: npt.NDArray[np.bool_] = (codes != NO_ID) & (
            self.map.customers.kept[self.linked.clusters] == codes
        )
        return stays

    @property
    def kept_ids(self) -> npt.NDArray[np.bool_]:
        """Per code of an ID that records had, whether a customer keeps it."""
        kept = np.zeros(self.previous.count, dtype=np.bool_)
        codes = self.map.customers.kept
        kept[codes[codes != NO_ID]] = True
        return kept
