import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from customer_platform.presentation.masking import (
    PERSONAL_COLUMNS,
    mask_email,
    mask_frame,
    mask_tail,
    mask_text,
)


@pytest.mark.parametrize(
    ("value", "masked"),
    [
        ("anna@example.com", "a***@example.com"),
        ("no address", "n* a******"),
        ("@example.com", "@example.com"),
        ("", ""),
    ],
)
def test_an_email_keeps_its_first_letter_and_its_domain(value: str, masked: str) -> None:
    assert mask_email(value) == masked


def test_a_name_keeps_the_first_letter_of_each_word() -> None:
    assert mask_text("Anna de Vries") == "A*** d* V****"


@given(st.text(max_size=6))
def test_of_a_short_value_at_most_half_is_kept(value: str) -> None:
    kept = len(mask_tail(value).rstrip("*")) if "*" not in value else 0
    assert kept <= len(value) / 2
    assert len(mask_tail(value)) == len(value)


@given(st.text(min_size=6))
def test_a_phone_number_keeps_three_characters_and_its_length(value: str) -> None:
    assert mask_tail(value)[:3] == value[:3]
    assert set(mask_tail(value)[3:]) == {"*"}
    assert len(mask_tail(value)) == len(value)


def test_every_personal_column_of_a_preview_is_masked_and_no_other() -> None:
    secrets = {column: ["Zylstra-1975-05-17"] for column in PERSONAL_COLUMNS}
    frame = pd.DataFrame({**secrets, "email_key": ["anna@example.com"], "order_count": [7]})
    masked = mask_frame(frame)
    for column in [*PERSONAL_COLUMNS, "email_key"]:
        assert masked[column][0] != frame[column][0], column
    assert masked["order_count"][0] == "7"


def test_missing_values_stay_missing() -> None:
    frame = pd.DataFrame({"email": [None], "amount": [float("nan")], "birth_date": [pd.NaT]})
    assert mask_frame(frame).isna().all(axis=None)


def test_a_list_is_shown_as_text() -> None:
    frame = pd.DataFrame({"sources": [["crm", "pos"]]})
    assert mask_frame(frame)["sources"][0] == "['crm', 'pos']"
