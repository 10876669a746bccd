"""Zalo Bot, without a wire: what is read from an update, how a reply is put into texts, what a failure means."""

import datetime as dt
import json
from typing import Any
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.base import Failure
from bot.channels.zalo_bot import account_of, read
from bot.channels.zalo_bot_api import CallFailed, send_failed
from bot.channels.zalo_bot_out import TEXT_UNITS, month_of, render
from bot.markup import units
from handlers.messages import Choice, Inbound, Reply
from tests.dialogue import NOON

BOT = "1459232241454765289"
MESSAGE = {
    "message_id": "a1b2c3d4e5f607182930",
    "from": {"id": "0f1e2d3c4b5a69788796", "display_name": "Trần Thị Mẫu", "is_bot": False},
    "chat": {"id": "0f1e2d3c4b5a69788796", "chat_type": "PRIVATE"},
    "date": 1795226400123,
}
GROUP = {"id": "90807060504030201000", "chat_type": "GROUP"}


def update(kind: str, **fields: Any) -> dict[str, Any]:
    """Return an update as it is posted: bare."""
    return {"event_name": f"message.{kind}.received", "message": {**MESSAGE, **fields}}


def enveloped(bare: dict[str, Any]) -> dict[str, Any]:
    return {"ok": True, "result": bare}


@pytest.mark.parametrize(
    ("payload", "kind", "text"),
    [
        (update("text", text="#kp5"), "text", "#kp5"),
        (enveloped(update("text", text="#kp5")), "text", "#kp5"),
        (update("text", text="1", date=None), "text", "1"),
        (update("text", text="1", message_type="TEXT", something={"new": [1]}), "text", "1"),
        (update("text"), "other", ""),
        (update("text", text=5), "other", ""),
        (
            update("image", photo_url="https://img.example.invalid/p.jpg", caption="xong bước 2"),
            "picture",
            "xong bước 2",
        ),
        (update("image", photo="https://img.example.invalid/p.jpg"), "picture", ""),
        (enveloped(update("sticker", sticker="3e2f", url="https://img.example.invalid/s.png")), "sticker", ""),
        (update("voice", voice_url="https://voice.example.invalid/v.aac"), "voice", ""),
        (update("unsupported"), "other", ""),
        ({"message": {**MESSAGE, "text": "1"}}, "text", "1"),
        ({"message": {**MESSAGE, "photo_url": "https://img.example.invalid/p.jpg"}}, "picture", ""),
    ],
)
def test_a_message_is_read_in_every_shape_it_comes_in(payload: dict[str, Any], kind: str, text: str) -> None:
    expected = Inbound(
        "zalo_bot",
        BOT,
        "0f1e2d3c4b5a69788796",
        "a1b2c3d4e5f607182930",
        text,
        NOON,
        kind=kind,
        immediate=False,
        buttons=False,
    )
    assert read(payload, BOT, NOON) == expected


def test_a_number_is_an_id_too() -> None:
    found = read(update("text", text="1", message_id=2**60, chat={"id": 2**61}), BOT, NOON)
    assert found
    assert (found.event, found.address) == (str(2**60), str(2**61))


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("@Bot BDHVS bài hôm nay", "bài hôm nay"),
        (" @bot  bdhvs 1", "1"),
        ("@Bot BDHVS", ""),
        ("trả lời bot mà không nhắc tên", "trả lời bot mà không nhắc tên"),
    ],
)
def test_in_a_group_the_mention_is_left_aside_and_the_group_is_answered(said: str, meant: str) -> None:
    found = read(update("text", text=said, chat=GROUP), BOT, NOON)
    assert found
    assert (found.text, found.address) == (meant, GROUP["id"])


@pytest.mark.parametrize(
    "payload",
    [
        None,
        [],
        [update("text", text="1")],
        "message",
        {},
        {"ok": True},
        {"ok": True, "result": None},
        {"ok": True, "result": {}},
        {"event_name": "message.text.received"},
        {"event_name": "message.text.received", "message": "1"},
        {"event_name": "bot.joined", "message": {**MESSAGE, "text": "1"}},
        {"event_name": ["message.text.received"], "message": {**MESSAGE, "text": "1"}},
        {"message": MESSAGE},
        update("text", text="1", message_id=None),
        update("text", text="1", message_id=True),
        update("text", text="1", message_id=10**40),
        update("text", text="1", message_id="a b"),
        update("text", text="1", message_id="m" * 101),
        {"event_name": "message.text.received", "message": {"message_id": "m", "text": "1"}},
        update("text", text="1", chat={"id": "\ud800"}, **{"from": {}}),
        update("text", text="1", **{"from": {"id": "b", "is_bot": True}}),
    ],
    ids=repr,
)
def test_what_is_no_message_of_a_person_is_left_aside(payload: object) -> None:
    assert read(payload, BOT, NOON) is None


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
"""Any JSON."""
names = st.sampled_from(["text", "image", "sticker", "voice", "unsupported", "new"]).map("message.{}.received".format)
people = st.fixed_dictionaries({}, optional={"id": anything, "chat_type": anything, "is_bot": anything}) | anything
fields = ("message_id", "from", "chat", "text", "photo", "photo_url", "caption", "sticker", "voice_url", "date")
messages = st.fixed_dictionaries(
    {}, optional={name: people if name in ("from", "chat") else anything for name in fields}
).map(lambda broken: {**MESSAGE, **broken})
updates = st.fixed_dictionaries(
    {}, optional={"event_name": names | anything, "message": messages | anything, "result": anything}
)
shapes = anything | updates | updates.map(enveloped)
"""Updates with anything in any place."""


@given(shapes)
def test_whatever_comes_in_is_read_or_left_aside(payload: object) -> None:
    found = read(payload, BOT, NOON)
    if found is not None:
        assert found.address.isascii()
        assert found.event.isascii()
        assert 0 < len(found.address) <= 100
        assert 0 < len(found.event) <= 100
        assert isinstance(found.text, str)
        json.dumps(found.kind)


def test_a_choice_is_a_number_to_type() -> None:
    choices = (Choice("Tiếp theo", "/next"), Choice("Quay lại", "/menu", "0"), Choice("Gặp người", "/person", "9"))
    said = render(Reply("**Bước 2/5** – Cài\n\nXem https://vneid.gov.vn & <b>", choices, picture="phone"))
    assert said == [
        "Bước 2/5 – Cài\n\nXem https://vneid.gov.vn & <b>\n\nGõ số để chọn:\n1. Tiếp theo\n0. Quay lại\n9. Gặp người"
    ]


def test_letters_with_marks_apart_are_put_together_before_they_are_counted() -> None:
    assert render(Reply("e\u0302\u0301")) == ["ế"]


def test_an_empty_reply_is_no_text() -> None:
    assert render(Reply(" ")) == []


def test_a_reply_without_choices_says_nothing_of_numbers() -> None:
    assert render(Reply("Tạm biệt!")) == ["Tạm biệt!"]


@given(st.text(max_size=60), st.integers(1, 200), st.lists(st.text(min_size=1, max_size=80), max_size=60))
def test_no_word_and_no_choice_is_ever_lost(said: str, times: int, labels: list[str]) -> None:
    choices = tuple(Choice(label, f"/c {place}") for place, label in enumerate(labels))
    reply = Reply(said * times, choices)
    found = render(reply)
    assert all(0 < units(part) <= TEXT_UNITS for part in found)
    lines = "\n".join(found).splitlines()
    for number, _ in reply.numbered():
        assert any(line.startswith(f"{number}.") for line in lines)
    whole = "".join(render(Reply(said * times))).split()
    assert "".join(whole) == normalize("NFC", "".join((said * times).split()))


@pytest.mark.parametrize(
    ("failed", "failure", "retry_in"),
    [
        (CallFailed("ConnectError", sent=False), "passing", None),
        (CallFailed("ReadTimeout"), "unsure", None),
        (CallFailed("408", 408), "unsure", None),
        (CallFailed("504", 504), "unsure", None),
        (CallFailed("500", 500), "passing", None),
        (CallFailed("403", 403), "passing", None),
        (CallFailed("429", 429), "slow_down", 3600),
        (CallFailed("429", 429, retry_after=7), "slow_down", 7),
        (CallFailed("400", 400), "final", None),
        (CallFailed("401", 401), "final", None),
        (CallFailed("200", 200), "final", None),
    ],
)
def test_what_follows_from_a_failed_call(failed: CallFailed, failure: Failure, retry_in: float | None) -> None:
    follows = send_failed(failed, NOON)
    assert (follows.failure, follows.retry_in, follows.reason) == (failure, retry_in, failed.reason)


def test_a_spent_quota_is_asked_for_again_at_the_next_hour() -> None:
    at = dt.datetime(2026, 11, 21, 5, 45, 30, tzinfo=dt.UTC)
    assert send_failed(CallFailed("429", 429), at).retry_in == 870


@pytest.mark.parametrize(
    ("token", "account"),
    [
        ("1459232241454765289:abc:d", BOT),
        ("", "unknown"),
        ("secret", "unknown"),
        ("secret:1", "unknown"),
        ("1459", "unknown"),
    ],
)
def test_the_account_is_the_number_in_the_token_and_never_more(token: str, account: str) -> None:
    assert account_of(token) == account


def test_the_month_begins_at_midnight_in_viet_nam() -> None:
    assert month_of(dt.datetime(2026, 11, 30, 16, 59, tzinfo=dt.UTC)) == dt.datetime(2026, 10, 31, 17, tzinfo=dt.UTC)
    assert month_of(dt.datetime(2026, 11, 30, 17, 0, tzinfo=dt.UTC)) == dt.datetime(2026, 11, 30, 17, tzinfo=dt.UTC)
