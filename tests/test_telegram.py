"""Telegram: what is read from its updates, and what a reply becomes there."""

import json
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.telegram import left_by, read, tap_of
from bot.channels.telegram_out import Part, render
from handlers.messages import Choice, Inbound, Reply
from tests.dialogue import NOON
from tests.fakes.telegram import GROUP, USERNAME, FakeTelegram
from tests.fakes.telegram_wire import seen

BOT = {"id": 123456, "is_bot": True}
Read = tuple[str, str, str] | None


def said(text: str = "", **more: Any) -> dict[str, Any]:
    """Return the update of something written, or of other fields."""
    return FakeTelegram().say(text, **more)


def tapped(**more: Any) -> dict[str, Any]:
    return {"update_id": 5, "callback_query": {"id": "t1", "from": {"id": 7}, "data": "/menu", **more}}


def meant(update: Any, username: str = USERNAME) -> Read:
    """Return address, text and kind of what is read from an update."""
    inbound = read(update, "123456", username, NOON)
    return (inbound.address, inbound.text, inbound.kind) if inbound else None


READ: list[tuple[Any, Read]] = [
    (said("xin chào"), ("7", "xin chào", "text")),
    (said("  2 "), ("7", "2", "text")),
    (said("/menu"), ("7", "/menu", "text")),
    (said("/menu@hocvuso_bot"), ("7", "/menu", "text")),
    (said("/start@HocVuSo_Bot kp5"), ("7", "/start kp5", "text")),
    (said("/start"), ("7", "/start", "text")),
    (said("/start kp5"), ("7", "/start kp5", "text")),
    (said("/start kp-5_a"), ("7", "/start kp-5_a", "text")),
    (said("/start " + "k" * 64), ("7", "/start " + "k" * 64, "text")),
    (said("/start " + "k" * 65), ("7", "/start", "text")),
    (said("/start kp5 rồi"), ("7", "/start kp5", "text")),
    (said("/start khu;phố"), ("7", "/start", "text")),
    (said("/start\nkp5"), ("7", "/start kp5", "text")),
    (said("/starter kp5"), ("7", "/starter kp5", "text")),
    (said("gửi a@hocvuso_bot"), ("7", "gửi a@hocvuso_bot", "text")),
    (said(photo=[{}]), ("7", "", "picture")),
    (said(photo=[{}], caption="tin này thật không"), ("7", "tin này thật không", "picture")),
    (said(photo=[{}], caption=3), ("7", "", "picture")),
    (said(voice={}), ("7", "", "voice")),
    (said(audio={}), ("7", "", "voice")),
    (said(sticker={}), ("7", "", "sticker")),
    (said(animation={}, document={}), ("7", "", "other")),
    (said(contact={}), ("7", "", "other")),
    (said(pinned_message={}), None),
    (said(new_chat_title="Tổ"), None),
    (said(something_of_next_year={}), None),
    (said("chào", forward_origin={"type": "of next year"}), ("7", "chào", "text")),
    (said("chào", **{"from": BOT}), None),
    (said("chào", group=GROUP), None),
    (said("/menu", group=GROUP), None),
    (said("/menu@other_bot", group=GROUP), None),
    (said("chào @hocvuso_bot2", group=GROUP), None),
    (said("@Hocvuso_Bot thế nào là OTP?", group=GROUP), ("-1001:7", "thế nào là OTP?", "text")),
    (said("@hocvuso_bot", group=GROUP), ("-1001:7", "/start", "text")),
    (said("/menu@hocvuso_bot", group=GROUP), ("-1001:7", "/menu", "text")),
    (said("hai", group=GROUP, reply_to_message={"from": BOT}), ("-1001:7", "hai", "text")),
    (said("hai", group=GROUP, reply_to_message={"from": {"id": 8}}), None),
    (said(group=GROUP, sticker={}, reply_to_message={"from": BOT}), ("-1001:7", "/start", "sticker")),
    (said(group=GROUP, new_chat_members=[BOT]), None),
    (tapped(), ("7", "/menu", "text")),
    (tapped(message={"chat": {"id": 7}}), ("7", "/menu", "text")),
    (tapped(message={"chat": {"id": GROUP}}), ("-1001:7", "/menu", "text")),
    (tapped(message=None), ("7", "/menu", "text")),
    (tapped(data=None), None),
    (FakeTelegram().block(), None),
    ({**said("chào"), "update_id": "5"}, None),
    ({"update_id": 5, "edited_message": said("chào")["message"]}, None),
    ({"update_id": 5, "message": None}, None),
    ({"update_id": 5}, None),
    ({}, None),
    ([], None),
    ("chào", None),
    (None, None),
]


@pytest.mark.parametrize(("update", "expected"), READ)
def test_an_update_is_read_as(update: Any, expected: Read) -> None:
    assert meant(update) == expected


def test_a_message_is_known_by_the_number_of_its_update_and_belongs_to_the_bot() -> None:
    inbound = read({**said("chào"), "update_id": 99}, "123456", "", NOON)
    assert inbound == Inbound("telegram", "123456", "7", "99", "chào", NOON, immediate=False)


def test_while_the_bots_name_is_not_known_groups_hear_only_what_replies_to_it() -> None:
    assert meant(said("@hocvuso_bot chào", group=GROUP), username="") is None
    assert meant(said("a@b.vn", group=GROUP, reply_to_message={"from": BOT}), username="") == (
        "-1001:7",
        "a@b.vn",
        "text",
    )


def test_who_blocked_the_bot_has_left_and_who_came_back_has_not() -> None:
    update = FakeTelegram().block()
    assert left_by(update) == "7"
    update["my_chat_member"]["new_chat_member"]["status"] = "member"
    assert left_by(update) == ""


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["group", "kicked", "private"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
KNOWN = [update for update, _ in READ if isinstance(update, dict)] + [FakeTelegram().block()]


@st.composite
def mangled(draw: st.DrawFn) -> Any:
    """Return an update in which some values are others than Telegram would send."""
    update = json.loads(json.dumps(draw(st.sampled_from(KNOWN))))
    for _ in range(draw(st.integers(1, 3))):
        place = update
        while isinstance(place, dict) and place:
            name = draw(st.sampled_from(sorted(place)))
            if not (isinstance(place[name], dict) and place[name]) or draw(st.booleans()):
                place[name] = draw(JSON)
                break
            place = place[name]
    return update


@given(mangled() | JSON)
def test_no_shape_is_too_odd_to_be_read(update: Any) -> None:
    inbound = read(update, "123456", USERNAME, NOON)
    assert inbound is None or (inbound.address and inbound.event and isinstance(inbound.text, str))
    assert isinstance(tap_of(update), str)
    assert isinstance(left_by(update), str)


# what a reply becomes

MENU = Choice("Về trang chính", "/menu")
RENDERED: list[tuple[Reply, tuple[Part, ...]]] = [
    (Reply("Chào **bà con**"), (Part("Chào <b>bà con</b>"),)),
    (Reply('1 < 2 & **<b>** "a"'), (Part('1 &lt; 2 &amp; <b>&lt;b&gt;</b> "a"'),)),
    (Reply("Xem https://vneid.gov.vn."), (Part("Xem https://vneid.gov.vn."),)),
    (Reply("a ** b"), (Part("a  b"),)),
    (
        Reply("Chọn:", (MENU, Choice("**Bước** & <1>", "/lesson a 1"), Choice("Quay lại", "/menu", "0"))),
        (Part("Chọn:", (("1. Về trang chính", "/menu"), ("2. Bước & <1>", "/lesson a 1"), ("0. Quay lại", "/menu"))),),
    ),
    (
        Reply("Chọn:", (Choice("Dài <", "/" + "ô" * 32), MENU)),
        (Part("Chọn:\n\n1. Dài &lt;", (("2. Về trang chính", "/menu"),)),),
    ),
    (Reply("a" * 4096), (Part("a" * 4096),)),
    (Reply("a" * 4097), (Part("a" * 4096), Part("a"))),
    (
        Reply("b" * 3000 + "\n\n" + "c" * 900 + "\n" + "d" * 900, (MENU,)),
        (Part("b" * 3000), Part("c" * 900 + "\n" + "d" * 900, (("1. Về trang chính", "/menu"),))),
    ),
    (Reply("😀" * 2049), (Part("😀" * 2048), Part("😀"))),
]


@pytest.mark.parametrize(("reply", "parts"), RENDERED)
def test_a_reply_becomes(reply: Reply, parts: tuple[Part, ...]) -> None:
    assert render(reply) == parts


def test_of_more_choices_than_telegram_has_buttons_for_the_rest_are_numbers_in_the_text() -> None:
    reply = Reply("Chọn:", tuple(Choice(f"Nơi {number}", f"/place {number}") for number in range(130)))
    [part] = render(reply)
    assert len(part.buttons) == 100
    shown = [*(label for label, _ in part.buttons), *part.text.splitlines()[2:]]
    assert shown == [f"{key}. {choice.label}" for key, choice in reply.numbered()]


TEXTS = st.lists(
    st.sampled_from(["**", "*", "<b>", "&lt;", "&", " ", "\n", "\n\n", "à", "😀", "từ dài", "x" * 30])
).map("".join)


def bare(text: str) -> str:
    """Return what of a text is neither our markup nor space."""
    return "".join(text.replace("*", "").split())


@given(TEXTS)
def test_telegram_understands_every_text(text: str) -> None:
    for part in render(Reply(text, (Choice(text or "a", "/menu"),))):
        assert bare(seen(part.text)) in bare(text)


def test_the_libraries_are_loaded_where_a_token_is_set_and_what_listens_when_it_listens() -> None:
    program = (
        "import sys, bot.cli, bot.server\n"
        "from bot.platforms import configured\n"
        "from bot.settings import Settings\n"
        "assert configured(Settings(_env_file=None), None) == []\n"
        "print(*(name for name in sys.modules if name.partition('.')[0] in ('aiogram', 'telegram', 'aiohttp')))\n"
        "assert len(configured(Settings(_env_file=None, telegram_token='123456:abc'), None)) == 1\n"
        "print('aiogram' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env={}, check=False)
    assert (run.stdout, run.stderr) == ("\nFalse\n", "")
