"""The secret that values are hashed with."""

from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from customer_platform.environment import Environment, load_environment
from customer_platform.errors import PrivacyError
from customer_platform.privacy.secret import VARIABLE, Secret, read_secret


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    return replace(load_environment({}), home=tmp_path)


def test_the_secret_is_made_once_for_its_owner_alone(environment: Environment) -> None:
    first = read_secret(environment, {})
    assert first == read_secret(environment, {})
    assert (environment.privacy / "secret").stat().st_mode & 0o777 == 0o600
    assert first.key.decode() not in repr(first)


def test_sql_hashes_as_python_does() -> None:
    secret = Secret(b"x" * 32)
    with duckdb.connect() as connection:
        hashed = secret.in_sql(connection, "email", "value")
        rows = connection.execute(
            f"select value, {hashed} "
            "from (values ('anna@example.com'), ('Zoë 李'), (''), (null)) as t(value)"
        ).fetchall()
    assert rows[:3] == [(value, secret.digest("email", value)) for value, _ in rows[:3]]
    assert rows[3] == (None, None)


def test_a_purpose_has_hashes_of_its_own() -> None:
    secret = Secret(b"x" * 32)
    assert secret.digest("email", "a") != secret.digest("pseudonym", "a")


def test_a_missing_secret_is_not_replaced(environment: Environment) -> None:
    read_secret(environment, {})
    (environment.privacy / "secret").unlink()
    with pytest.raises(PrivacyError, match="is missing"):
        read_secret(environment, {})


def test_another_secret_is_refused(environment: Environment) -> None:
    read_secret(environment, {VARIABLE: "a" * 32})
    with pytest.raises(PrivacyError, match="another secret"):
        read_secret(environment, {VARIABLE: "b" * 32})


def test_a_short_secret_is_refused(environment: Environment) -> None:
    with pytest.raises(PrivacyError, match="5 characters; it needs 32"):
        read_secret(environment, {VARIABLE: "short"})
