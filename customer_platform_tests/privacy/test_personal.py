import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from customer_platform.errors import PersonalError
from customer_platform.personal_kinds import KINDS, read_personal, strictest
from customer_platform.privacy.personal import (
    BySource,
    mask_date,
    mask_email,
    mask_frame,
    mask_name,
    mask_tail,
    mask_value,
)


@pytest.mark.parametrize(
    ("value", "masked"),
    [
        ("anna@example.com", "a***@e******.com"),
        ("no address", "n* a******"),
        ("anna@example.com, Zylstra", "a**************** Z******"),
        ("@example.com", "@e******.com"),
        ("info@mail.zylstra.nl", "i***@m***.z******.nl"),
        ("root@zylstra", "r***@z******"),
        ("a@", "*@"),
        ("", ""),
    ],
)
def test_an_email_keeps_first_letters_and_no_name_of_a_domain(value: str, masked: str) -> None:
    assert mask_email(value) == masked


@pytest.mark.parametrize(
    ("value", "masked"),
    [
        ("Anna de Vries", "A*** d* V****"),
        ("Dorpsstraat 12 a", "D********** ** *"),
        ("李", "*"),
        ("王 小明", "* **"),
    ],
)
def test_a_name_keeps_the_first_letter_of_each_word_and_no_whole_word(
    value: str, masked: str
) -> None:
    assert mask_name(value) == masked


def test_a_date_keeps_its_year_and_one_written_otherwise_keeps_nothing() -> None:
    assert mask_date("1980-05-17") == "1980-**-**"
    assert mask_date("1980-05-17 00:00:00") == "1980-**-**"
    assert mask_date("17-05-1980") == mask_date("19800517") == "***"


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


@pytest.mark.parametrize("kind", [*KINDS, None])
@pytest.mark.parametrize("value", ["Zylstra-1975", "1975-05-17", "3456789", "a@b.nl", "Wq"])
def test_every_kind_hides_every_value(kind: str | None, value: str) -> None:
    assert value not in mask_value(value, read_personal(kind, "t.c"))


def test_a_column_is_masked_unless_it_is_declared_not_personal_whatever_its_name() -> None:
    frame = pd.DataFrame(
        {"Mail": ["anna@example.com"], "order_count": [7], "amount": [12.5], "x": ["Zylstra"]}
    )
    masked = mask_frame(frame, {"mail": "email", "order_count": False})
    assert masked.to_dict("records") == [
        {"Mail": "a***@e******.com", "order_count": "7", "amount": "***", "x": "***"}
    ]


def test_record_ids_are_masked_by_the_source_beside_them() -> None:
    frame = pd.DataFrame(
        {"source": ["crm", "web", "pos", "buyer/crm"], "id": ["C-1234", "a@b.nl", "LC9876", "C-1"]}
    )
    masked = mask_frame(
        frame, {"source": False, "id": BySource("source", {"crm": False, "web": "email"})}
    )
    assert list(masked["id"]) == ["C-1234", "*@*.nl", "LC9***", "C-1"]


def test_missing_values_stay_missing() -> None:
    frame = pd.DataFrame({"email": [None], "amount": [float("nan")], "birth_date": [pd.NaT]})
    assert mask_frame(frame, {}).isna().all(axis=None)


def test_a_list_is_shown_as_text() -> None:
    frame = pd.DataFrame({"sources": [["crm", "pos"]]})
    assert mask_frame(frame, {"sources": False})["sources"][0] == "['crm', 'pos']"


def test_a_kind_that_there_is_not_is_refused_naming_the_column() -> None:
    with pytest.raises(PersonalError, match=r"stg_crm\.mail: personal is 'mail'.*email"):
        read_personal("mail", "stg_crm.mail")


def test_what_may_come_from_several_columns_is_as_personal_as_the_strictest() -> None:
    assert strictest([False, False]) is False
    assert strictest(["email", "email"]) == "email"
    assert strictest(["email", False]) == "free_text"
    assert strictest(["email", None]) is None
    assert strictest([]) is None
