"""The assets of erasure by themselves: what their checks say."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from unittest.mock import MagicMock

import dagster as dg
import pytest

from customer_platform.components import privacy
from customer_platform.components.privacy import build_certificates, build_erasures
from customer_platform.environment import Environment, load_environment
from customer_platform.errors import TotalsChangedError
from customer_platform.privacy import carry_out, certificate
from customer_platform.privacy.carry_out import CarriedOut
from customer_platform.privacy.certificate import Certificate
from customer_platform.privacy.erase import ErasedRows
from customer_platform.privacy.scan import Place, Scan


class _Warehouse(dg.ConfigurableResource):
    @contextmanager
    def get_connection(self) -> Iterator[object]:
        yield None


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Environment:
    """A home with a request, of which nothing is really carried out."""
    environment = replace(load_environment({}), home=tmp_path)
    monkeypatch.setattr(privacy, "load_environment", lambda: environment)
    monkeypatch.setattr(privacy, "read_requests", lambda _: {"erase-1": object()})
    monkeypatch.setattr(carry_out, "count_back", lambda *_: 0)
    monkeypatch.setattr(certificate, "forget_identities", lambda *_: 0)
    return environment


def _materialize(asset: dg.AssetsDefinition) -> dg.ExecuteInProcessResult:
    dbt = dg.ResourceDefinition.hardcoded_resource(MagicMock())
    return dg.materialize(
        [asset], resources={"dbt": dbt, "warehouse": _Warehouse()}, raise_on_error=False
    )


def _checks(result: dg.ExecuteInProcessResult) -> dict[str, bool]:
    return {each.check_name: each.passed for each in result.get_asset_check_evaluations()}


def test_erasures_pass_when_totals_stay_and_files_are_rewritten(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = CarriedOut(("erase-1",), (ErasedRows("raw.a", 2, False),), {}, ())
    monkeypatch.setattr(carry_out, "carry_out", lambda *_: done)
    result = _materialize(build_erasures([], "team:a"))
    assert result.success
    assert _checks(result) == {"totals_stay": True, "landed_files_are_rewritten": True}


def test_erasures_warn_of_a_landed_file_that_stays(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = CarriedOut(kept_files=("a.csv: its source says `landing: keep`",))
    monkeypatch.setattr(carry_out, "carry_out", lambda *_: done)
    result = _materialize(build_erasures([], "team:a"))
    assert result.success
    assert _checks(result) == {"totals_stay": True, "landed_files_are_rewritten": False}


def test_erasures_fail_when_a_total_would_change(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> CarriedOut:
        raise TotalsChangedError("erasing would change totals of master.transactions")

    monkeypatch.setattr(carry_out, "carry_out", refuse)
    result = _materialize(build_erasures([], "team:a"))
    assert not result.success
    assert _checks(result) == {"totals_stay": False}


@pytest.mark.parametrize(("places", "back"), [((), 0), ((), 2), (("a.log",), 0)])
def test_certificates_tell_what_is_left_and_who_is_back(
    environment: Environment,
    monkeypatch: pytest.MonkeyPatch,
    places: tuple[str, ...],
    back: int,
) -> None:
    found = Scan(1, 1, tuple(Place(path, "byte 1", "plain", 0) for path in places))
    monkeypatch.setattr(certificate, "to_certify", lambda _: ["erase-1"])
    monkeypatch.setattr(carry_out, "count_back", lambda *_: back)
    proved = Certificate("erase-1", Path("a.html"), found)
    monkeypatch.setattr(certificate, "certify", lambda *_: [proved])
    result = _materialize(build_certificates("team:a"))
    assert result.success
    assert _checks(result) == {
        "nothing_of_the_erased_is_left": not places,
        "nobody_who_is_kept_out_is_back": not back,
    }
