from dataclasses import replace
from pathlib import Path

import pytest

from customer_platform.errors import OverrideRefusedError
from customer_platform.stewardship.decide.decisions import Decision
from customer_platform.stewardship.decide.overrides_file import HEADER
from customer_platform.stewardship.decisions_store.files import export_decisions, import_decisions
from customer_platform.stewardship.decisions_store.store import DecisionStore, NewDecision
from customer_platform.stewardship.explain.model import RecordName

ANN, BEA, COR = (RecordName("crm", name) for name in ("ann", "bea", "cor"))


def _export(store: DecisionStore, path: Path) -> Path:
    with path.open("w", newline="") as file:
        export_decisions(store, file)
    return path


def _file(folder: Path, *lines: str) -> Path:
    path = folder / "decisions.csv"
    path.write_text("\n".join([",".join(HEADER), *lines]) + "\n")
    return path


def test_decisions_are_carried_to_another_environment(store: DecisionStore, tmp_path: Path) -> None:
    store.decide([NewDecision("same", ANN, BEA, 'says "yes",\nand means it')], "Eva")
    store.decide([NewDecision("different", BEA, COR, "")], "Tom")
    path = _export(store, tmp_path / "decisions.csv")
    other = DecisionStore(store.database, replace(store.scope, environment="acceptance"))
    added, there = import_decisions(other, path)
    assert (len(added), there) == (2, 2)
    assert [(each.decision, each.decided_at) for each in other.decisions()] == [
        (each.decision, each.decided_at) for each in store.decisions()
    ]
    assert import_decisions(other, path) == ([], 2)


def test_a_file_that_contradicts_a_decision_changes_nothing(
    store: DecisionStore, tmp_path: Path
) -> None:
    store.decide([NewDecision("different", ANN, COR, "")], "Eva")
    path = _file(
        tmp_path, "same,crm,ann,crm,bea,Tom,2026-01-01,", "same,crm,bea,crm,cor,Tom,2026-01-01,"
    )
    with pytest.raises(OverrideRefusedError, match="decision 1"):
        import_decisions(store, path)
    assert len(store.decisions()) == 1


def test_the_seed_itself_can_be_imported_and_what_contradicts_it_cannot(
    store: DecisionStore, tmp_path: Path
) -> None:
    path = _file(tmp_path, "same,crm,ann,crm,bea,Tom,2026-01-01,")
    contradicting = Decision("different", ANN, BEA, "Eva", "2026-01-01", "")
    with pytest.raises(OverrideRefusedError, match="seed:2"):
        import_decisions(store, path, [("seed:2", contradicting)])
    line = replace(contradicting, kind="same")
    assert len(import_decisions(store, path, [("seed:2", line)])[0]) == 1


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("equal,crm,ann,crm,bea,Tom,2026-01-01,", "2: the kind 'equal' is unknown"),
        ("same,crm,ann,crm,,Tom,2026-01-01,", "2: name both records and the author"),
        ("same,crm,ann,crm,bea,,2026-01-01,", "2: name both records and the author"),
        ("same,crm,ann,crm,bea,Tom,yesterday,", "2: 'yesterday' is no date"),
        ("same,crm,ann", "2: 3 fields instead of 8"),
    ],
)
def test_a_line_that_is_not_right_is_named(
    store: DecisionStore, tmp_path: Path, line: str, fault: str
) -> None:
    with pytest.raises(OverrideRefusedError, match=fault):
        import_decisions(store, _file(tmp_path, line))
    assert store.decisions() == []


def test_a_file_that_is_not_there_is_named(store: DecisionStore, tmp_path: Path) -> None:
    with pytest.raises(OverrideRefusedError, match="there is no file"):
        import_decisions(store, tmp_path / "decisions.csv")
