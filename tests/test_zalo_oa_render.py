"""What a Zalo OA says: tables of replies and the messages that say them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.zalo_oa_out import render, without_buttons
from bot.markup import units
from handlers.messages import Choice, Reply
from tests.fakes.zalo_oa_people import buttons_of

STEP = (Choice("Tiếp theo", "/lesson a 2"), Choice("Nghỉ", "/menu"), Choice("Quay lại", "/menu", "0"))
PERSON = Choice("Gặp người hướng dẫn", "/person", "9")
PLACES = tuple(Choice(f"Khu phố {number}", f"/confirm kp{number}") for number in range(1, 11))


def button(title: str, payload: str) -> dict[str, str]:
    return {"title": title, "type": "oa.query.hide", "payload": payload}


def with_buttons(text: str, *buttons: dict[str, str]) -> dict[str, Any]:
    return {"text": text, "attachment": {"type": "template", "payload": {"buttons": list(buttons)}}}


REPLIES: list[tuple[Reply, list[dict[str, Any]]]] = [
    (Reply("Chào **bà con**!\nXem https://vi.du/a."), [{"text": "Chào bà con!\nXem https://vi.du/a."}]),
    (
        Reply("Bước 1", (*STEP, PERSON)),
        [
            with_buttons(
                "Bước 1",
                button("1. Tiếp theo", "/lesson a 2"),
                button("2. Nghỉ", "/menu"),
                button("0. Quay lại", "/menu"),
                button("9. Gặp người hướng dẫn", "/person"),
            )
        ],
    ),
    (
        Reply("Ở đâu?", (*PLACES, STEP[2], PERSON)),
        [
            {
                "text": "Ở đâu?\n\nBà con nhắn số để chọn:\n1. Khu phố 1\n2. Khu phố 2\n3. Khu phố 3\n4. Khu phố 4\n"
                "5. Khu phố 5\n6. Khu phố 6\n7. Khu phố 7\n8. Khu phố 8\n10. Khu phố 9\n11. Khu phố 10\n0. Quay lại\n"
                "9. Gặp người hướng dẫn"
            }
        ],
    ),
    (
        Reply("Chọn", (Choice("d" * 98, "/a"),)),
        [{"text": "Chọn\n\nBà con nhắn số để chọn:\n1. " + "d" * 98}],
    ),
    (
        Reply("a" * 1500 + "\n\n" + "b" * 1500, STEP[:1]),
        [{"text": "a" * 1500}, with_buttons("b" * 1500, button("1. Tiếp theo", "/lesson a 2"))],
    ),
    (Reply("A\u0306n"), [{"text": "Ăn"}]),
]


@pytest.mark.parametrize(("reply", "expected"), REPLIES)
def test_a_reply_becomes_the_messages_of_the_table(reply: Reply, expected: list[dict[str, Any]]) -> None:
    assert render(reply) == expected


choices = st.builds(Choice, st.text(min_size=1, max_size=120), st.just("/menu"), st.sampled_from(["", "", "", "x"]))


@given(st.text(min_size=1, max_size=5000), st.lists(choices, max_size=9, unique_by=lambda choice: choice.key or choice))
def test_no_choice_is_lost_and_no_message_is_too_long(text: str, several: list[Choice]) -> None:
    reply = Reply(text, tuple(several))
    messages = render(reply)
    plain = [part for message in messages for part in (without_buttons(message) if buttons_of(message) else [message])]
    for told in (messages, plain):
        assert all(units(message["text"]) <= 2000 for message in told)
    assert all(not buttons_of(message) for message in messages[:-1])
    if buttons := buttons_of(messages[-1]):
        assert [given["payload"] for given in buttons] == [choice.command for choice in several]
        assert all(units(given["title"]) <= 100 for given in buttons)
    everything = "".join("".join(message["text"].split()) for message in plain)
    for number, _ in reply.numbered():
        assert f"{number}." in everything


def test_the_limits_are_zalos() -> None:
    for count, buttons in ((5, 5), (6, 0)):
        assert len(buttons_of(render(Reply("Ở đâu?", PLACES[:count]))[0])) == buttons
    for length, messages in ((2000, 1), (2001, 2)):
        assert len(render(Reply("a" * length))) == messages
