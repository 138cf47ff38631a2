# ruff: noqa: E501 - rows of files as tools write them
"""Exports of events, in the columns that tools document, become events of visitors."""

import json
from collections.abc import Mapping
from datetime import datetime

import pytest

from customer_platform.errors import OnboardingError
from customer_platform.onboarding import describe_proposal
from customer_platform_tests.onboarding.delivered_facts import delivered
from customer_platform_tests.support.onboarding import Deliver, entity, proposed

_WHO = ("anonymous_id", "account_id", "event_type", "occurred_at")


def _jsonl(*rows: Mapping[str, object]) -> str:
    return "".join(f"{json.dumps(row)}\n" for row in rows)


def test_ga4_events_have_their_moment_from_microseconds_and_an_id_from_their_row(
    deliver: Deliver,
) -> None:
    event = {
        "event_date": "20240601", "event_timestamp": "1717236000123456", "event_name": "page_view",
        "event_params": [{"key": "page_location", "value": {"string_value": "https://x.example/"}}],
        "user_pseudo_id": "111.222", "user_id": None, "stream_id": "1",
        "user_first_touch_timestamp": "1717236000000000",
    }  # fmt: skip
    bought = event | {
        "event_name": "purchase", "user_id": "17850", "ecommerce": {"transaction_id": "T1"},
    }  # fmt: skip
    found = delivered(deliver(_jsonl(event, event, bought), "events.jsonl"))
    assert "\n  recognised: GA4 event export\n" in describe_proposal(found.proposal)
    moment = datetime(2024, 6, 1, 10, 0, 0, 123456)
    assert sorted(found.values(*_WHO, "order_id"), key=str) == [
        ("111.222", "17850", "purchase", moment, "T1"),
        ("111.222", None, "page_view", moment, None),
        ("111.222", None, "page_view", moment, None),
    ]
    assert len({row["event_id"] for row in found.facts}) == 3
    assert {row["account_source"] for row in found.facts} == {"webshop"}
    properties = json.loads(found.facts[0]["properties"])
    assert properties["event_params"] == event["event_params"]


def test_a_full_table_of_events_that_is_delivered_again_adds_the_new_ones(deliver: Deliver) -> None:
    header = "event_timestamp,event_date,event_name,user_pseudo_id,event_params\n"
    first = (
        "1717236000123456,20240601,page_view,1.1,[]\n1717236000123456,20240601,page_view,1.1,[]\n"
    )
    second = f"{first}1717322400000000,20240602,page_view,1.1,[]\n"
    files = [
        deliver(header + first, "events_2024-06-02.csv"),
        deliver(header + second, "events_2024-06-03.csv"),
    ]
    found = delivered(*files, load_mode="snapshot")
    assert sorted(str(row["partition_date"]) for row in found.facts) == [
        "2024-06-02", "2024-06-02", "2024-06-03",
    ]  # fmt: skip


def test_segment_events_that_are_delivered_twice_are_one(deliver: Deliver) -> None:
    page = {
        "anonymousId": "a-1", "userId": None, "messageId": "m1", "type": "page",
        "timestamp": "2024-06-01T12:00:00.000+02:00", "originalTimestamp": "2024-06-01T10:00:00Z",
        "sentAt": "2024-06-01T10:00:01Z", "receivedAt": "2024-06-01T10:00:02Z",
        "context": {"page": {"url": "https://x.example/a"}, "campaign": {"source": "mail"}},
    }  # fmt: skip
    track = page | {
        "messageId": "m2", "type": "track", "event": "Order Completed", "userId": "u12",
        "properties": {"order_id": "o1"},
    }  # fmt: skip
    rows = _jsonl(page, track, track | {"receivedAt": "2024-06-01T10:00:09Z"})
    found = delivered(deliver(rows, "events.jsonl"))
    assert "recognised: Segment events" in describe_proposal(found.proposal)
    moment = datetime(2024, 6, 1, 10)
    assert found.values("event_id", *_WHO, "url", "utm_source", "order_id") == [
        ("m1", "a-1", None, "page", moment, "https://x.example/a", "mail", None),
        ("m2", "a-1", "u12", "Order Completed", moment, "https://x.example/a", "mail", "o1"),
    ]


def test_snowplow_events_have_the_moment_that_is_derived(deliver: Deliver) -> None:
    path = deliver(
        "app_id,platform,etl_tstamp,collector_tstamp,event,event_id,user_id,domain_userid,domain_sessionid,page_url,mkt_source,mkt_campaign,event_name,derived_tstamp\n"
        "shop,web,2024-06-01 10:00:05.000,2024-06-01 10:00:01.000,page_view,e-1,,d-1,s-1,https://x.example/a,google,brand,page_view,2024-06-01 10:00:00.500\n"
        "shop,web,2024-06-01 10:00:05.000,2024-06-01 10:01:01.000,struct,e-2,u12,d-1,s-1,https://x.example/b,,,add_to_cart,2024-06-01 10:01:00.500\n",
        "atomic.csv",
    )
    found = delivered(path)
    assert "recognised: Snowplow events" in describe_proposal(found.proposal)
    assert found.values("event_id", *_WHO, "url", "utm_campaign") == [
        (
            "e-1",
            "d-1",
            None,
            "page_view",
            datetime(2024, 6, 1, 10, 0, 0, 500000),
            "https://x.example/a",
            "brand",
        ),
        (
            "e-2",
            "d-1",
            "u12",
            "add_to_cart",
            datetime(2024, 6, 1, 10, 1, 0, 500000),
            "https://x.example/b",
            None,
        ),
    ]


def test_events_of_an_older_snowplow_are_called_after_their_kind(deliver: Deliver) -> None:
    path = deliver(
        "app_id,platform,collector_tstamp,dvce_tstamp,event,event_id,user_id,domain_userid,domain_sessionidx,page_url,etl_tstamp\n"
        "shop,web,2014-06-01 10:00:01,2014-06-01 10:00:00,page_view,e-1,,d-1,1,https://x.example/a,2014-06-01 10:00:05\n",
        "atomic.csv",
    )
    found = delivered(path)
    assert "recognised: Snowplow events" in describe_proposal(found.proposal)
    assert found.values("event_id", *_WHO) == [
        ("e-1", "d-1", None, "page_view", datetime(2014, 6, 1, 10, 0, 1))
    ]


@pytest.mark.parametrize(
    ("tool", "row", "who"),
    [
        (
            "Amplitude events",
            {"amplitude_id": 5, "device_id": "d1", "user_id": "u1", "event_type": "play",
             "event_time": "2024-06-01 10:00:00.000000", "client_event_time": "2024-06-01 10:00:00",
             "server_upload_time": "2024-06-01 10:00:01", "event_properties": {"a": 1},
             "user_properties": {}, "$insert_id": "i1"},
            ("d1", "u1", "play", datetime(2024, 6, 1, 10)),
        ),
        (
            "Mixpanel events",
            {"event": "play", "distinct_id": "d1", "time": 1717236000, "$insert_id": "i1",
             "$user_id": "u1", "mp_lib": "web", "mp_processing_time_ms": 1717236000000},
            ("d1", "u1", "play", datetime(2024, 6, 1, 10)),
        ),
        (
            "Segment events of a warehouse",
            {"id": "i1", "anonymous_id": "d1", "user_id": "u1", "event": "play",
             "original_timestamp": "2024-06-01T10:00:00Z", "sent_at": "2024-06-01T10:00:00Z",
             "received_at": "2024-06-01T10:00:00Z", "timestamp": "2024-06-01T10:00:00Z",
             "uuid_ts": "2024-06-01T10:00:00Z", "context_library_name": "analytics.js"},
            ("d1", "u1", "play", datetime(2024, 6, 1, 10)),
        ),
    ],
)  # fmt: skip
def test_events_of_other_tools_are_known(
    deliver: Deliver, tool: str, row: dict[str, object], who: tuple[object, ...]
) -> None:
    found = delivered(deliver(_jsonl(row), "events.jsonl"))
    assert f"recognised: {tool}" in describe_proposal(found.proposal)
    assert found.values("event_id", *_WHO) == [("i1", *who)]


@pytest.mark.parametrize("nobody", ["", " ", "undefined", "null", "None", "0", "(not set)",
                                    "00000000-0000-0000-0000-000000000000"])  # fmt: skip
def test_a_placeholder_is_no_visitor_and_no_account(deliver: Deliver, nobody: str) -> None:
    row = {"event_id": "e1", "anonymous_id": nobody, "user_id": nobody, "event": "x"}
    others = {"event_id": "e2", "anonymous_id": "v1", "user_id": "u1", "event": "x"}
    at = {"timestamp": "2024-06-01T10:00:00Z"}
    found = delivered(deliver(_jsonl(row | at, others | at), "clicks.jsonl"), kind="events")
    assert found.values("anonymous_id", "account_id") == [(None, None), ("v1", "u1")]


def test_an_event_without_an_id_is_not_lost(deliver: Deliver) -> None:
    header = "event_id,visitor_id,event_type,occurred_at\n"
    path = deliver(
        f"{header}e1,v1,view,2024-06-01 10:00:00\n,v1,view,2024-06-01 10:01:00\n,v2,view,2024-06-01 10:02:00\n",
        "clicks.csv",
    )
    assert len(delivered(path).facts) == 3


def test_events_with_an_email_address_alone_have_records_of_their_own(deliver: Deliver) -> None:
    path = deliver(
        "event_id,visitor_id,email,event_type,occurred_at\n"
        "e1,v1,,view,2024-06-01 10:00:00\ne2,v1,Anna@Example.com,login,2024-06-01 10:01:00\n",
        "clicks.csv",
    )
    found = delivered(path, kind="events")
    assert found.values("account_source", "account_id") == [
        ("shop", None), ("shop", "anna@example.com"),
    ]  # fmt: skip
    assert [row["email"] for row in found.records] == ["anna@example.com"]


def test_a_column_that_events_need_is_named_when_it_is_missing(deliver: Deliver) -> None:
    path = deliver("visitor_id,moment\nv1,x\nv2,y\n", "clicks.csv")
    with pytest.raises(OnboardingError, match="no column says the time of its events"):
        proposed(path, kind="events")


def test_events_with_a_day_and_a_time_have_their_moment(deliver: Deliver) -> None:
    path = deliver(
        "event_id,visitor_id,event_type,date,time\ne1,v1,view,2024-06-01,10:00:05\n"
        "e2,v1,view,2024-06-01,10:01:00\n",
        "clicks.csv",
    )
    found = delivered(path)
    assert found.values("event_id", "occurred_at") == [
        ("e1", datetime(2024, 6, 1, 10, 0, 5)), ("e2", datetime(2024, 6, 1, 10, 1)),
    ]  # fmt: skip
    assert json.loads(found.facts[0]["properties"] or "{}") == {}


def test_events_whose_values_are_inside_of_an_object_are_read_there(deliver: Deliver) -> None:
    event = {
        "event": "Signed up",
        "properties": {
            "time": 1717236000, "distinct_id": "d1", "$insert_id": "i1", "mp_lib": "web",
            "$device_id": "d1", "mp_processing_time_ms": 1717236000500,
            "$current_url": "https://x.example/a",
        },
    }  # fmt: skip
    other = {
        "event": "Bought",
        "properties": event["properties"] | {  # type: ignore[operator]
            "$insert_id": "i2", "distinct_id": "undefined", "$device_id": "undefined",
            "$user_id": "u1", "time": 1717236060, "order_id": "o1", "amount": 9.5,
        },
    }  # fmt: skip
    found = delivered(deliver(_jsonl(event, other, other), "export.jsonl"))
    assert "recognised: Mixpanel events" in describe_proposal(found.proposal)
    assert "properties.distinct_id: anonymous_id" in found.proposal.notes
    assert found.values("event_id", *_WHO, "url", "order_id") == [
        ("i1", "d1", None, "Signed up", datetime(2024, 6, 1, 10), "https://x.example/a", None),
        ("i2", None, "u1", "Bought", datetime(2024, 6, 1, 10, 1), "https://x.example/a", "o1"),
    ]
    assert json.loads(found.facts[1]["properties"])["properties"]["amount"] == 9.5
    # What is inside is no column of the raw table.
    assert [column.name for column in found.proposal.columns] == ["event", "properties"]


def test_values_inside_are_not_read_where_columns_say_when_something_happened(
    deliver: Deliver,
) -> None:
    row = {"event_id": "e1", "visitor_id": "v1", "event_type": "x", "occurred_at": "2024-06-01"}
    path = deliver(_jsonl(row | {"data": {"user_id": "u9", "time": 1717236000}}), "clicks.jsonl")
    found = delivered(path, kind="events")
    assert found.values("account_id", "occurred_at") == [(None, datetime(2024, 6, 1))]


def test_a_record_with_what_its_person_did_inside_is_no_event(deliver: Deliver) -> None:
    last = {"device_id": "d1", "user_id": "u1", "type": "view", "time": 1717236000}
    row = {"id": 1, "name": "Anna Visser", "email": "a@x.nl", "last": last}
    path = deliver(_jsonl(row, row | {"id": 2, "email": "b@x.nl"}), "customers.jsonl")
    assert entity(proposed(path)) == "customer"


def test_values_inside_of_an_unknown_export_are_read_where_events_are_asked_for(
    deliver: Deliver,
) -> None:
    body = {"visitorId": "v1", "timestamp": "2024-06-01T12:00:00+02:00", "event-id": "e1"}
    path = deliver(_jsonl({"type": "view", "body": body}), "hooks.jsonl")
    found = delivered(path, kind="events")
    assert found.values("event_id", *_WHO) == [("e1", "v1", None, "view", datetime(2024, 6, 1, 10))]
