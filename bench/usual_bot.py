"""The usual bot: aiogram with 20 magic-filter handlers and one async SQLAlchemy ORM session per update, on SQLite."""

import asyncio
import json
import tempfile
import time
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from aiogram import Bot, Dispatcher, F, Router
from aiogram.client.session.base import BaseSession
from aiogram.methods import TelegramMethod
from aiogram.methods.base import TelegramType
from aiogram.types import Chat, Message, Update
from jinja2 import Environment
from sqlalchemy import ForeignKey, UniqueConstraint, event, func, select
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.pool import ConnectionPoolEntry

BUSY_SECONDS = 60
"""How long SQLite and the pool wait for their turn: generous, so that the crowd slows the bot and never fails it."""
EARLIER = ("/start", "/help", "/topics", "Topics", "Quiz", "My topics", "Ask", "Back", "Again", "Yes")
LATER = ("No", "Stop", "Erase", "Staff", "Language", "Settings", "Reminders", "/join", "/about")
LESSON = Environment(autoescape=True).from_string(
    "<b>{{ title }}</b>\nStep {{ step }} of {{ steps }}\n\n{{ text }}\n\n"
    "{% for choice in choices %}{{ loop.index }}. {{ choice }}\n{% endfor %}"
)
STEPS = tuple(f"{n}. " + "Open the application and press the button. " * 6 for n in range(1, 9))


class Base(DeclarativeBase):
    """The bot's tables."""


class Seen(Base):
    """One update that was handled."""

    __tablename__ = "seen"
    __table_args__ = (UniqueConstraint("channel", "event"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str]
    event: Mapped[str]


class Conversation(Base):
    """One resident's chat."""

    __tablename__ = "conversations"
    id: Mapped[int] = mapped_column(primary_key=True)
    address: Mapped[int] = mapped_column(unique=True)
    name: Mapped[str]


class Progress(Base):
    """Where a resident is in a lesson, in steps taken since the first time."""

    __tablename__ = "progress"
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"), primary_key=True)
    topic: Mapped[str] = mapped_column(primary_key=True)
    taken: Mapped[int]


class Queued(Base):
    """One reply to be sent."""

    __tablename__ = "messages"
    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"))
    text: Mapped[str]
    status: Mapped[str] = mapped_column(default="queued")
    created_at: Mapped[datetime] = mapped_column(default=lambda: datetime.now(UTC))


Sessions = async_sessionmaker[AsyncSession]


class Platform(BaseSession):
    """Answer every sendMessage at once, without a network, and count them."""

    answered = 0

    async def make_request(
        self, bot: Bot, method: TelegramMethod[TelegramType], timeout: int | None = None
    ) -> TelegramType:
        """Return the message as Telegram would have sent it back."""
        self.answered += 1
        sent = Message(message_id=self.answered, date=datetime.now(UTC), chat=Chat(id=1, type="private"))
        return cast("TelegramType", sent)

    async def stream_content(self, *_: Any, **__: Any) -> AsyncGenerator[bytes, None]:
        """Return nothing: the bot downloads no files."""
        yield b""

    async def close(self) -> None:
        """Do nothing: there is no connection."""


async def usual_turns(path: Path, turns: int, residents: int = 32) -> float:
    """Return the turns per second of residents who each wait for their answer, on a new database at path."""
    engine = _engine(path)
    sessions: Sessions = async_sessionmaker(engine, expire_on_commit=False)
    try:
        await _prepare(engine, sessions, residents)
        seconds = await _learn(sessions, turns, residents)
        await _check(sessions, turns)
    finally:
        await engine.dispose()
    return turns / seconds


async def _learn(sessions: Sessions, turns: int, residents: int) -> float:
    """Let all residents press Next at once until the turns are used up; return the seconds it took."""
    platform = Platform()
    bot = Bot("42:TEST", session=platform)
    dispatcher = Dispatcher(sessions=sessions)
    dispatcher.include_router(_router())

    async def learn(resident: int) -> None:
        for turn in range(resident, turns, residents):
            # As aiogram's own webhook does: with the bot in the context, so that the update is not built twice.
            update = Update.model_validate(_webhook(turn, resident), context={"bot": bot})
            await dispatcher.feed_update(bot, update)

    started = time.perf_counter()
    await asyncio.gather(*(learn(resident) for resident in range(residents)))
    seconds = time.perf_counter() - started
    assert platform.answered == turns
    return seconds


def _router() -> Router:
    """Return 20 handlers, told apart by magic filters, with the lesson's in the middle."""
    router = Router()
    for text in EARLIER:
        router.message.register(_small_talk, F.text == text)
    router.message.register(_next_step, F.text.startswith("Next"))
    for text in LATER:
        router.message.register(_small_talk, F.text == text)
    return router


async def _small_talk(message: Message) -> None:
    """Stand for the other handlers; nobody asks for them here."""
    await message.answer("Hello")


async def _next_step(message: Message, event_update: Update, sessions: Sessions) -> None:
    """Answer with the next step of the lesson, once per update."""
    event_id = str(event_update.update_id)
    async with sessions() as session:
        if await session.scalar(select(Seen).where(Seen.channel == "telegram", Seen.event == event_id)):
            return
        conversation = await session.scalar(select(Conversation).where(Conversation.address == message.chat.id))
        assert conversation is not None
        progress = await session.get_one(Progress, (conversation.id, "topic"))
        step = progress.taken % len(STEPS)
        progress.taken += 1
        text = LESSON.render(
            title="Topic", step=step + 1, steps=len(STEPS), text=STEPS[step], choices=("Next", "Again", "Stop")
        )
        session.add(Seen(channel="telegram", event=event_id))
        session.add(Queued(conversation_id=conversation.id, text=text))
        await session.commit()
    await message.answer(text)


def _webhook(turn: int, resident: int) -> dict[str, Any]:
    """Return what Telegram posts when a resident presses Next."""
    person = {"id": 1000 + resident, "first_name": f"Resident {resident}"}
    message = {
        "message_id": turn + 1,
        "date": 1_767_225_600 + turn,
        "chat": {**person, "type": "private"},
        "from": {**person, "is_bot": False, "language_code": "vi"},
        "text": "Next",
    }
    return {"update_id": turn + 1, "message": message}


def _engine(path: Path) -> AsyncEngine:
    """Return an engine whose every connection is in WAL mode with FULL commits; the pool's size is the default."""
    engine = create_async_engine(
        f"sqlite+aiosqlite:///{path}", connect_args={"timeout": BUSY_SECONDS}, pool_timeout=BUSY_SECONDS
    )

    @event.listens_for(engine.sync_engine, "connect")
    def set_up(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.close()

    return engine


async def _prepare(engine: AsyncEngine, sessions: Sessions, residents: int) -> None:
    """Make the tables, and for each resident a conversation with a lesson begun."""
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    async with sessions.begin() as session:
        for resident in range(residents):
            session.add(Conversation(id=resident + 1, address=1000 + resident, name=f"Resident {resident}"))
            session.add(Progress(conversation_id=resident + 1, topic="topic", taken=0))


async def _check(sessions: Sessions, turns: int) -> None:
    """Assert that every update was recorded exactly once: one event, one step and one reply each."""
    async with sessions() as session:
        events = sorted(int(seen) for seen in await session.scalars(select(Seen.event)))
        assert events == list(range(1, turns + 1))
        assert await session.scalar(select(func.sum(Progress.taken))) == turns
        assert await session.scalar(select(func.count()).select_from(Queued)) == turns


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        figure = asyncio.run(usual_turns(Path(folder) / "usual_bot.db", 2_000))
        print(json.dumps({"usual_turns_per_second": round(figure)}))
