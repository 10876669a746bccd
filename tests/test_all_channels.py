"""One dialogue on every channel, through the real adapters and the fakes: the same facts, and no choice lost."""

import html
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bot.channels.console import render
from bot.markup import to_plain
from handlers.core import Core
from handlers.messages import Reply
from storage.database import Database
from tests.dialogue import Resident, stored
from tests.fakes.mishaps import serving
from tests.fakes.telegram import FakeTelegram
from tests.fakes.zalo_bot import FakeZaloBot
from tests.test_telegram_wire import connection
from tests.test_zalo_bot_wire import talking as talking_zalo_bot
from tests.visits import visiting
from tests.zalo_stage import talking as talking_zalo_oa

SAID = [
    *("#kp5", "1", "2", "dung roi", "1"),
    *("hoc bai", "tiep", "quay lai", "1", "1", "1"),
    *("2", "1", "3", "1", "1", "3"),
    *("doi noi o", "/neighbourhoods", "khu pho 7", "1", "/results", "du lieu cua toi", "dung nhac"),
]
"""Somebody joins, learns and goes back; errs, tries again and passes; moves, looks at their data, stops reminders."""

Say = Callable[[str], Awaitable[str]]
"""Says something; returns all that is shown, texts and buttons."""


@asynccontextmanager
async def console(core: Core, url: str) -> AsyncIterator[Say]:
    resident = Resident(core)

    async def say(text: str) -> str:
        return render(await resident.say(text))

    yield say


@asynccontextmanager
async def web(core: Core, url: str) -> AsyncIterator[Say]:
    async with visiting(core) as visit:
        await visit.open("/")

        async def say(text: str) -> str:
            return html.unescape((await visit.type(text)).text)

        yield say


@asynccontextmanager
async def telegram(core: Core, url: str) -> AsyncIterator[Say]:
    fake = FakeTelegram()
    async with serving(fake.application()) as base, connection(core, url, base, fake) as line:

        async def say(text: str) -> str:
            sent = await line.say(text)
            return "\n".join([sent.text, *(label for label, _ in sent.buttons)])

        yield say


@asynccontextmanager
async def zalo_oa(core: Core, url: str) -> AsyncIterator[Say]:
    async with talking_zalo_oa(core) as talk:
        person = talk.fake.person()

        async def say(text: str) -> str:
            message = await talk.says(person, text)
            return "\n".join([message["text"], *(button["title"] for button in person.buttons)])

        yield say


@asynccontextmanager
async def zalo_bot(core: Core, url: str) -> AsyncIterator[Say]:
    async with talking_zalo_bot(core, url, FakeZaloBot()) as talk:
        yield talk.say


CHANNELS = {"console": console, "web": web, "telegram": telegram, "zalo_oa": zalo_oa, "zalo_bot": zalo_bot}


@pytest.mark.parametrize("channel", CHANNELS)
async def test_one_dialogue_gives_the_same_facts_everywhere(
    channel: str, core: Core, database: Database, database_url: str
) -> None:
    async with CHANNELS[channel](core, database_url) as say:
        for said in SAID:
            shown = await say(said)
            [conversation] = (await stored(database))["conversations"]
            reply = Reply.from_json(conversation["reply"])
            for line in to_plain(reply.text).splitlines():
                assert line.strip() in to_plain(shown).replace("<strong>", "").replace("</strong>", ""), (said, shown)
            for _, choice in reply.numbered():
                assert choice.label in shown, (said, choice, shown)
    assert facts(await stored(database)) == FACTS


def facts(tables: dict[str, list[Any]]) -> dict[str, list[tuple[Any, ...]]]:
    """Return what is remembered, without what differs between channels: names, identities, times."""
    places = {row["id"]: row["code"] for row in tables["neighbourhoods"]}
    return {
        "residents": [
            (places[row["neighbourhood_id"]], row["age_band"], bool(row["counted"]), bool(row["reminded"]))
            for row in tables["residents"]
        ],
        "consents": [(row["purpose"], bool(row["agreed"])) for row in tables["consents"]],
        "positions": [(row["topic"], row["step"]) for row in tables["positions"]],
        "answers": [(row["question"], row["option"], bool(row["correct"])) for row in tables["answers"]],
        "completions": [(row["topic"], row["grade"], row["score"], row["questions"]) for row in tables["completions"]],
    }


FACTS: dict[str, list[tuple[Any, ...]]] = {
    "residents": [("kp7", "adult", True, False)],
    "consents": [("count", True), ("remind", True), ("remind", False)],
    "positions": [("first_steps", 3)],
    "answers": [(1, 2, False), (2, 3, True), (1, 1, True), (2, 3, True)],
    "completions": [("first_steps", "learned", None, None), ("first_steps", "passed", 2, 2)],
}
