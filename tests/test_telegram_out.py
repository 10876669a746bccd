"""Telegram, the way out: what follows from each of its refusals, and pictures uploaded once; over the wire."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.channels.base import SendFailed
from bot.channels.telegram_out import TelegramOut
from bot.settings import Settings
from handlers.messages import Choice, Reply
from storage.database import Database
from tests.dialogue import NOON
from tests.fakes.mishaps import HTML, Mishap, serving
from tests.fakes.telegram import PNG, FakeTelegram
from tests.fakes.telegram_wire import refused, too_many
from tests.live import free_port
from tests.pictures import found_in

HELLO = Reply("Chào **bà con**", (Choice("Bắt đầu", "/start"),))


@dataclass
class Post:
    """A Telegram and the way out to it."""

    fake: FakeTelegram
    out: TelegramOut
    pictures: Path
    base: str = ""

    async def failed(self, address: str = "7") -> tuple[str, float | None]:
        """Send something; return what follows from its failure."""
        with pytest.raises(SendFailed) as raised:
            await self.out.send(address, HELLO)
        assert self.fake.token not in raised.value.reason
        assert address not in raised.value.reason
        return raised.value.failure, raised.value.retry_in


def out_of(base: str, database: Database, folder: Path, proxy: str = "", patience: float = 10) -> TelegramOut:
    settings = Settings(
        _env_file=None,
        telegram_token=FakeTelegram().token,
        telegram_api_base=base,
        telegram_proxy=proxy,
        telegram_per_second=1000,
    )
    return TelegramOut(settings, database, lambda: NOON, patience=patience, picture_of=found_in(folder))


@asynccontextmanager
async def posting(database: Database, folder: Path) -> AsyncIterator[Post]:
    fake = FakeTelegram()
    async with serving(fake.application()) as base:
        out = out_of(base, database, folder)
        yield Post(fake, out, folder, base)
        await out.close()


@pytest.fixture
async def post(tmp_path: Path) -> AsyncIterator[Post]:
    """Give the way out to a Telegram; without pictures no database is needed."""
    async with posting(Database("sqlite://"), tmp_path) as post:
        yield post


@pytest.fixture
async def gallery(database: Database, tmp_path: Path) -> AsyncIterator[Post]:
    """Give the way out to a Telegram, with a folder for pictures."""
    async with posting(database, tmp_path) as post:
        yield post


async def test_what_is_sent_arrives_and_has_an_id(post: Post) -> None:
    messages = await post.out.send("7", HELLO)
    [sent] = post.fake.sent
    assert (sent.chat, sent.text, sent.buttons) == ("7", "Chào bà con", (("1. Bắt đầu", "/start"),))
    assert messages == [str(sent.id)]
    assert post.fake.calls == ["sendMessage"]


async def test_a_long_text_arrives_in_parts_with_the_buttons_below_the_last(post: Post) -> None:
    messages = await post.out.send("7", Reply("a" * 4096 + "b", HELLO.choices))
    assert [len(sent.text) for sent in post.fake.sent] == [4096, 1]
    assert [len(sent.buttons) for sent in post.fake.sent] == [0, 1]
    assert messages == [str(sent.id) for sent in post.fake.sent]


FAILURES: list[tuple[Mishap, str, float | None]] = [
    (too_many(7), "slow_down", 7.0),
    (Mishap(429, {"ok": False, "error_code": 429, "description": "Too Many Requests"}), "slow_down", None),
    (refused(403, "Forbidden: bot was blocked by the user"), "gone", None),
    (refused(403, "Forbidden: user is deactivated"), "gone", None),
    (refused(400, "Bad Request: chat not found"), "gone", None),
    (refused(400, "Bad Request: PEER_ID_INVALID"), "gone", None),
    (refused(400, "Bad Request: group chat was upgraded", migrate_to_chat_id=-1009), "gone", None),
    (refused(400, "Bad Request: message is too long"), "final", None),
    (refused(400, "Bad Request: can't parse entities: <7>"), "final", None),
    (refused(401, "Unauthorized"), "slow_down", 60.0),
    (refused(404, "Not Found"), "slow_down", 60.0),
    (refused(500, "Internal Server Error"), "passing", None),
    (Mishap(502, HTML), "passing", None),
    (Mishap(504, ""), "passing", None),
    (Mishap(403, HTML), "passing", None),  # the page of whoever blocks Telegram
    (Mishap(404, HTML), "passing", None),
    (Mishap(400, HTML), "passing", None),
    (Mishap(200, HTML), "unsure", None),
    (Mishap(200, {"ok": True}), "unsure", None),
    (Mishap(200, {"ok": True, "result": {}}), "unsure", None),
    (Mishap(200, []), "unsure", None),
    (Mishap(cut=True), "unsure", None),
]


@pytest.mark.parametrize(("mishap", "failure", "retry_in"), FAILURES)
async def test_what_follows_from(post: Post, mishap: Mishap, failure: str, retry_in: float | None) -> None:
    post.fake.expect("sendMessage", mishap)
    assert await post.failed() == (failure, retry_in)


async def test_an_answer_that_does_not_come_in_time_leaves_it_unsure(post: Post, tmp_path: Path) -> None:
    post.fake.expect("sendMessage", Mishap(wait=0.3))
    hasty = out_of(post.base, Database("sqlite://"), tmp_path, patience=0.1)
    with pytest.raises(SendFailed) as raised:
        await hasty.send("7", HELLO)
    assert (raised.value.failure, raised.value.retry_in) == ("unsure", None)
    await hasty.close()


async def test_a_connection_cut_after_the_message_was_taken_leaves_it_unsure(post: Post) -> None:
    post.fake.expect("sendMessage", Mishap(cut=True, accept=True))
    assert await post.failed() == ("unsure", None)
    assert len(post.fake.sent) == 1


async def test_where_nobody_listens_nothing_was_sent(tmp_path: Path) -> None:
    out = out_of(f"http://127.0.0.1:{free_port()}", Database("sqlite://"), tmp_path)
    assert await Post(FakeTelegram(), out, tmp_path).failed() == ("passing", None)
    await out.close()


async def test_where_telegram_is_blocked_messages_go_through_a_proxy(post: Post, tmp_path: Path) -> None:
    through = out_of("http://telegram.invalid", Database("sqlite://"), tmp_path, proxy=post.base)
    await through.send("7", HELLO)
    assert [sent.chat for sent in post.fake.sent] == ["7"]
    await through.close()


async def test_a_group_that_is_written_to_too_fast_does_not_hold_up_the_others(post: Post) -> None:
    post.fake.expect("sendMessage", too_many(20))
    assert await post.failed("-1001:7") == ("passing", 20.0)
    await post.out.send("-1001:7", HELLO)
    assert post.fake.sent[0].chat == "-1001"


# pictures

SHOWN = Reply("Bấm **nút**", HELLO.choices, card="hang_up")


async def test_a_picture_is_uploaded_once_and_sent_with_the_text_below(gallery: Post) -> None:
    (gallery.pictures / "hang_up.png").write_bytes(PNG + b"1")
    for address in ("7", "8"):
        await gallery.out.send(address, SHOWN)
    assert gallery.fake.uploads == [PNG + b"1"]
    assert [(sent.text, sent.photo, len(sent.buttons)) for sent in gallery.fake.sent] == [("Bấm nút", "file-0", 1)] * 2


async def test_a_picture_that_telegram_has_forgotten_is_uploaded_again(gallery: Post) -> None:
    (gallery.pictures / "hang_up.png").write_bytes(PNG + b"2")
    await gallery.out.send("7", SHOWN)
    gallery.fake.uploads.clear()
    gallery.fake.expect("sendPhoto", refused(400, "Bad Request: wrong file identifier/HTTP URL specified"))
    await gallery.out.send("7", SHOWN)
    await gallery.out.send("7", SHOWN)
    assert gallery.fake.uploads == [PNG + b"2"]


@pytest.mark.parametrize(
    ("picture", "reply"),
    [
        (b"no picture", SHOWN),
        (PNG + b"3", Reply("a" * 1025, HELLO.choices, card="hang_up")),
        (PNG + b"3", Reply("a" * 4097, HELLO.choices, card="hang_up")),
        (None, SHOWN),
    ],
)
async def test_where_a_picture_cannot_go_the_text_goes_alone(
    gallery: Post, picture: bytes | None, reply: Reply
) -> None:
    if picture:
        (gallery.pictures / "hang_up.png").write_bytes(picture)
    await gallery.out.send("7", reply)
    assert {sent.photo for sent in gallery.fake.sent} == {""}
    assert gallery.fake.uploads == []
    assert gallery.fake.sent[-1].buttons


async def test_who_blocked_the_bot_is_gone_for_pictures_too(gallery: Post) -> None:
    (gallery.pictures / "hang_up.png").write_bytes(PNG)
    gallery.fake.blocked.add("7")
    with pytest.raises(SendFailed, match="403 bot was blocked") as raised:
        await gallery.out.send("7", SHOWN)
    assert raised.value.failure == "gone"
