"""What Zalo tells: tables of events and what they mean, and of signatures and whether they are taken."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.zalo_oa_events import KINDS, Left, Opened, Receipt, StaffSpoke, Told, parsed, read, signed_by
from bot.settings import Settings
from handlers.messages import Inbound
from tests.dialogue import NOON
from tests.fakes.zalo_oa_webhooks import APP_ID, OA_ID, Webhooks, signature
from tests.zalo_stage import settings_of

USER = "7300000000000000003"
STAMP = "1795226400123"
USUAL = {"app_id": APP_ID, "user_id_by_app": "8800000000000000004", "timestamp": STAMP}
FROM_USER = {**USUAL, "sender": {"id": USER}, "recipient": {"id": OA_ID}}
FROM_OA = {**USUAL, "sender": {"id": OA_ID}, "recipient": {"id": USER}}
SETTINGS = settings_of("http://zalo.test")


def inbound(text: str, event: str = "5f0c1a2b3c4d5e6f7081", kind: str = "text") -> Inbound:
    return Inbound("zalo_oa", OA_ID, USER, event, text, NOON, kind=kind, immediate=False)


def sent(kind: str, **message: Any) -> dict[str, Any]:
    """Return the event of a message from a resident."""
    return {**FROM_USER, "event_name": f"user_send_{kind}", "message": {"msg_id": "5f0c1a2b3c4d5e6f7081", **message}}


def attached(kind: str, **payload: str) -> dict[str, Any]:
    return {"attachments": [{"type": kind, "payload": {"url": "https://img.example.invalid/a", **payload}}]}


EVENTS: list[tuple[dict[str, Any], Told | None]] = [
    (sent("text", text="Bài 2: cài VNeID thế nào ạ? 👋"), inbound("Bài 2: cài VNeID thế nào ạ? 👋")),
    (sent("text", text="/answer qr_pay 2 1"), inbound("/answer qr_pay 2 1")),  # a tap
    (sent("text", text="#kp5"), inbound("#kp5")),
    (sent("text", text=" "), inbound("", kind="other")),
    (sent("text"), inbound("", kind="other")),
    (sent("image", text="anh chup", **attached("image", thumbnail="https://b.invalid")), inbound("", kind="picture")),
    (sent("gif", **attached("gif")), inbound("", kind="picture")),
    (sent("sticker", **attached("sticker", id="1")), inbound("", kind="sticker")),
    (sent("audio", **attached("audio")), inbound("", kind="voice")),
    (sent("video", **attached("video")), inbound("", kind="other")),
    (sent("file", **attached("file", name="a.pdf", size="1024")), inbound("", kind="other")),
    (sent("location", location={"latitude": "10.7", "longitude": "106.6"}), inbound("", kind="other")),
    (sent("location", attachments=[{"type": "location", "payload": {"coordinates": {}}}]), inbound("", kind="other")),
    (sent("business_card", **attached("link")), inbound("", kind="other")),
    (sent("link", text="https://vi.du.invalid", **attached("link")), inbound("https://vi.du.invalid")),
    (sent("link", **attached("link")), inbound("", kind="other")),
    (
        {**USUAL, "oa_id": OA_ID, "event_name": "follow", "source": "oa_profile", "follower": {"id": USER}},
        inbound("/start", event=f"follow {STAMP} {USER}"),
    ),
    ({**USUAL, "oa_id": OA_ID, "event_name": "unfollow", "follower": {"id": USER}}, Left(USER)),
    ({**USUAL, "oa_id": "1", "event_name": "follow", "follower": {"id": USER}}, None),
    ({**USUAL, "oa_id": "1", "event_name": "unfollow", "follower": {"id": USER}}, None),
    ({**USUAL, "oa_id": OA_ID, "event_name": "follow", "follower": {}}, None),
    ({**USUAL, "oa_id": OA_ID, "event_name": "user_click_chatnow", "user_id": USER}, Opened(USER)),
    ({**USUAL, "oa_id": "1", "event_name": "user_click_chatnow", "user_id": USER}, None),
    ({**FROM_USER, "event_name": "user_submit_info", "info": {"name": "Trần Thị Mẫu", "phone": "84900000000"}}, None),
    (
        {**FROM_OA, "event_name": "user_received_message", "message": {"msg_id": "9a8b"}},
        Receipt(USER, ("9a8b",), False),
    ),
    (
        {**FROM_OA, "event_name": "user_seen_message", "message": {"msg_ids": ["9a8b", "9a8c"]}},
        Receipt(USER, ("9a8b", "9a8c"), True),
    ),
    ({**FROM_OA, "event_name": "user_seen_message", "message": {"msg_id": "9a8b"}}, Receipt(USER, ("9a8b",), True)),
    ({**FROM_OA, "event_name": "user_seen_message", "message": {"msg_ids": []}}, None),
    ({**FROM_OA, "event_name": "oa_send_text", "message": {"msg_id": "1", "text": "của máy"}}, None),
    (
        {**FROM_OA, "event_name": "oa_send_image", "sender": {"id": OA_ID, "admin_id": "6600000000000000006"}},
        StaffSpoke(USER),
    ),
    ({**FROM_USER, "event_name": "user_reacted_message", "message": {"msg_id": "1", "react_icon": "/-heart"}}, None),
    ({**FROM_USER, "event_name": "user_send_group_text", "message": {"msg_id": "1", "text": "nhóm"}}, None),
    ({**FROM_USER, "event_name": "add_user_to_tag"}, None),
    ({**sent("text", text="của trang khác"), "recipient": {"id": "1"}}, None),
    ({**sent("text", text="x"), "sender": {}}, None),
    ({**sent("text", text="x"), "sender": {"id": "\0'; --"}}, None),
    ({**sent("text", text="x"), "sender": {"id": 7300000000000000003}}, inbound("x")),  # a number in place of a text
    ({}, None),
]


@pytest.mark.parametrize(("payload", "expected"), EVENTS, ids=[str(place) for place in range(len(EVENTS))])
def test_an_event_means_what_the_table_says(payload: dict[str, Any], expected: Told | None) -> None:
    assert read(payload, OA_ID, NOON) == expected


def test_a_message_without_a_number_of_its_own_is_known_by_its_time() -> None:
    payload = sent("text", text="x", msg_id="")
    told = read(payload, OA_ID, NOON)
    assert isinstance(told, Inbound)
    assert told.event == f"user_send_text {STAMP} {USER}"
    assert read({**payload, "timestamp": STAMP[:-1] + "9"}, OA_ID, NOON) != told


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)


@st.composite
def damaged(draw: st.DrawFn) -> Any:
    """Give an event of the table with something put in the place of something else, or left out."""
    payload = copy.deepcopy(draw(st.sampled_from(EVENTS))[0])
    at: Any = payload
    while isinstance(at, dict) and at:
        name = draw(st.sampled_from(sorted(at)))
        if not isinstance(at[name], dict) or draw(st.booleans()):
            at[name] = draw(json_values)
            break
        at = at[name]
    return payload


@given(json_values | damaged())
def test_whatever_the_shape_it_is_read_or_left_aside(payload: object) -> None:
    told = read(payload, OA_ID, NOON)
    assert told is None or told.address
    if isinstance(told, Inbound):
        assert told.event
        assert told.account == OA_ID
        assert told.kind in {"text", *KINDS.values()}


@given(st.binary() | st.sampled_from([b"[" * 100_000, b"9" * 5_000, b'{"a": NaN}', b"\xff\xfe{}", b"", b"null"]))
def test_any_bytes_are_parsed_or_are_nothing(body: bytes) -> None:
    read(parsed(body), OA_ID, NOON)


SIGNATURES = [
    ({}, {}, "app_id-body-oa_secret"),
    ({"spaced": True}, {}, "app_id-body-oa_secret"),
    ({"form": "sha256={}"}, {}, "app_id-body-oa_secret"),
    ({"form": "{}"}, {}, "app_id-body-oa_secret"),
    ({"timestamp_in": "header"}, {}, "app_id-header-oa_secret"),
    ({"first": OA_ID}, {}, "oa_id-body-oa_secret"),
    ({"first": OA_ID, "timestamp_in": "header", "form": "{}"}, {}, "oa_id-header-oa_secret"),
    ({"secret": "the app's"}, {"zalo_oa_app_secret": "the app's"}, "app_id-body-app_secret"),
    ({"first": OA_ID}, {"zalo_oa_signature": "oa_id-body-oa_secret"}, "oa_id-body-oa_secret"),
    ({}, {"zalo_oa_signature": "oa_id-body-oa_secret"}, ""),
    ({"timestamp_in": "header"}, {"zalo_oa_signature": "app_id-body-oa_secret"}, ""),
    ({"secret": "another"}, {}, ""),
    ({"secret": ""}, {"zalo_oa_secret_key": "", "zalo_oa_app_secret": ""}, ""),
    ({"first": "another"}, {}, ""),
    ({"form": "md5={}"}, {}, ""),
    ({"form": "mac={}0"}, {}, ""),
    ({"form": "mac="}, {}, ""),
    ({"form": "é{}"}, {}, ""),
]


def signing(settings: Settings, **switches: Any) -> tuple[dict[str, str], bytes, str]:
    """Return headers and body of an event, and in which way they are found to be signed."""
    body, headers = Webhooks(lambda: NOON, **switches).signed(sent("text", text="Xin chào 👋, bà con"))
    headers = {name.lower(): value for name, value in headers.items()}
    return headers, body, signed_by(headers, body, parsed(body), settings)


@pytest.mark.parametrize(("switches", "changed", "way"), SIGNATURES)
def test_a_signature_is_taken_in_every_way_it_may_be_made(
    switches: dict[str, Any], changed: dict[str, str], way: str
) -> None:
    assert signing(settings_of("http://zalo.test", **changed), **switches)[2] == way


def test_the_known_vector_is_taken() -> None:
    body = (
        '{"app_id":"4410000000000000001","user_id_by_app":"8800000000000000004","event_name":"user_send_text",'
        '"timestamp":"1795226400123","sender":{"id":"7300000000000000003"},"recipient":{"id":"2020000000000000002"},'
        '"message":{"msg_id":"5f0c1a2b3c4d5e6f7081","text":"Xin chào 👋"}}'
    ).encode()
    header = "mac=5da5e30f637eb0ee935343126897c460eca5e15cb9549d0139ebe8c156b4be69"
    settings = settings_of("http://zalo.test", zalo_oa_secret_key="oa-secret-demo-not-real")  # noqa: S106
    assert signed_by({"x-zevent-signature": header}, body, parsed(body), settings)
    assert not signed_by({"x-zevent-signature": header}, body + b" ", parsed(body), settings)


def test_a_changed_byte_a_changed_time_and_a_missing_signature_are_refused() -> None:
    headers, body, way = signing(SETTINGS, timestamp_in="header")
    assert way
    later = str(int(headers["x-zevent-timestamp"]) + 1)
    for changed, content in [
        (headers, body.replace(b"con", b"cpn")),
        (headers, body[:-1]),
        ({**headers, "x-zevent-timestamp": later}, body),
        ({name: value for name, value in headers.items() if name != "x-zevent-signature"}, body),
    ]:
        assert not signed_by(changed, content, parsed(content), SETTINGS)


@given(st.text(), st.binary())
def test_no_text_is_a_signature_by_chance(header: str, body: bytes) -> None:
    assert not signed_by({"x-zevent-signature": header, "timestamp": header}, body, parsed(body), SETTINGS)


def test_what_is_no_json_can_be_signed_with_a_timestamp_in_the_header_or_none() -> None:
    body = b'{"event_name": "user_send'
    for stamp, headers in ((STAMP, {"timestamp": STAMP}), ("", {})):
        signed = {**headers, "x-zevent-signature": signature(body, stamp)}
        assert signed_by(signed, body, parsed(body), SETTINGS)


def test_the_fake_signs_the_exact_bytes() -> None:
    headers, body, _ = signing(SETTINGS)
    assert headers["x-zevent-signature"] == "mac=" + signature(body, STAMP)
    assert json.loads(body)["message"]["text"] == "Xin chào 👋, bà con"
