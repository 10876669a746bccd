"""Messages that were given up: listed without a word of them, and queued once more where that can do no harm."""

import datetime as dt
import json
from pathlib import Path

import pytest
from sqlalchemy import Connection, select, update
from typer.testing import CliRunner

from bot.cli import app
from bot.cli.base import HELP
from bot.dead_letters import again, show
from bot.settings import Settings
from storage.database import Database
from storage.deliveries import EXPIRED, LIFE
from storage.tables import conversations, deliveries
from tests.dialogue import NOON
from tests.test_sender import Recorder, queue, rows, sending, settled, until

GIVEN_UP = [  # text, lane, status, reason, whether it may be tried once more
    ("một", "answer", "failed", "502", True),
    ("hai", "answer", "unsure", "timeout", True),
    ("ba", "campaign", "failed", "400", True),
    ("bốn", "campaign", "unsure", "timeout", False),
    ("năm", "answer", "failed", EXPIRED, False),
    ("sáu", "answer", "sent", "", False),
]
LATER = NOON + dt.timedelta(hours=30)


def give_up(connection: Connection) -> None:
    """Queue a message of each kind to somebody, one to somebody who has blocked us, and settle them."""
    for number, (text, lane, *_) in enumerate(GIVEN_UP):
        queue(connection, f"nguoi-{number}", lane, text)
    queue(connection, "da-chan", "answer", "bảy")
    for number, (_, _, status, reason, _) in enumerate(GIVEN_UP, start=1):
        ended = update(deliveries).where(deliveries.c.id == number)
        connection.execute(ended.values(status=status, reason=reason, tries=9, settled_at=NOON))
    connection.execute(update(deliveries).where(deliveries.c.id == 7).values(status="failed", reason="502"))
    connection.execute(update(conversations).where(conversations.c.address == "da-chan").values(gone_at=NOON))


@pytest.fixture
async def settings(database: Database, database_url: str) -> Settings:
    await database.write(give_up)
    return Settings(database_url=database_url, _env_file=None)


async def test_the_list_tells_what_was_given_up_and_nothing_of_anybody(settings: Settings) -> None:
    text, code = await show(settings, 7, as_json=False, clock=lambda: LATER)
    assert code == 0
    assert "Tin bị bỏ lại trong 7 ngày qua: 6" in text
    assert "  1  12:00 21/11/2026  telegram  câu trả lời  không tới được: 502  · gửi lại được" in text.splitlines()
    assert "  4  12:00 21/11/2026  telegram  lời nhắc  không rõ đã tới chưa: timeout" in text.splitlines()
    assert "  5  12:00 21/11/2026  telegram  câu trả lời  không tới được: đã quá hạn" in text.splitlines()
    assert "nguoi-" not in text
    assert not any(said in text for said, *_ in GIVEN_UP)


async def test_the_list_for_programs_holds_the_same(settings: Settings) -> None:
    text, _ = await show(settings, 7, as_json=True, clock=lambda: LATER)
    found = json.loads(text)
    assert [one["id"] for one in found] == [7, 5, 4, 3, 2, 1]
    assert [one["id"] for one in found if one["again"]] == [3, 2, 1]
    assert {"lane": "answer", "status": "unsure", "reason": "timeout"}.items() <= found[4].items()


async def test_what_is_older_is_left_out(settings: Settings) -> None:
    text, code = await show(settings, 1, as_json=False, clock=lambda: LATER)
    assert (text, code) == ("Trong 1 ngày qua không có tin nào bị bỏ lại.", 0)


async def test_all_that_can_do_no_harm_is_sent_once_more(settings: Settings, database: Database) -> None:
    text, code = await again(settings, [], 7, lambda: LATER)
    assert ("Đã xếp 3 tin" in text, code) == (True, 0)
    channel = Recorder()
    async with sending(database, channel, lambda: LATER):
        await until(database, settled)
    assert sorted(text for _, text in channel.sent) == ["ba", "hai", "một"]
    assert (await again(settings, [], 7, lambda: LATER))[0] == "Không có tin nào cần gửi lại."


async def test_what_is_sent_once_more_is_tried_as_if_it_were_new(settings: Settings, database: Database) -> None:
    await again(settings, [1], 7, lambda: LATER)
    columns = (deliveries.c.status, deliveries.c.tries, deliveries.c.due_at, deliveries.c.expires_at)
    chosen = select(*columns, deliveries.c.settled_at).where(deliveries.c.id == 1)
    found = await database.read(lambda connection: tuple(connection.execute(chosen).one()))
    assert found == ("queued", 0, LATER, LATER + LIFE, None)


async def test_what_must_not_come_twice_or_too_late_is_refused(settings: Settings, database: Database) -> None:
    before = await database.read(rows)
    text, code = await again(settings, [4, 5, 6, 7, 99], 7, lambda: LATER)
    assert ("Không gửi lại 5 tin" in text, code) == (True, 1)
    assert await database.read(rows) == before


def test_one_says_which_or_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for arguments in ([], ["1", "--all"]):
        told = CliRunner().invoke(app, ["deliveries", "replay", *arguments])
        assert (told.exit_code, told.stderr.strip()) == (2, HELP["deliveries.which"])
    told = CliRunner().invoke(app, ["deliveries", "list"])
    assert (told.exit_code, told.stdout.strip()) == (0, "Trong 7 ngày qua không có tin nào bị bỏ lại.")
