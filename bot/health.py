"""/health: whether the program reads, writes and sends, for whatever watches over it; nothing of any person."""

import asyncio
import datetime as dt
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.served import served
from bot.settings import Settings
from storage.database import Database
from storage.health import Pulse, heard, pulse

ANSWER_SECONDS = 0.8
"""How long the database is waited for, so that an answer comes within a second."""
FRESH_SECONDS = 1.0
"""How long one look serves whoever asks: anybody may ask, and asking often must not cost the database anything."""
SLOW_SECONDS = 60
"""From when on an answer that waits to be sent is a sign of trouble."""


DatabaseState = Literal["ok", "busy", "down"]
"""busy: it can be read, and writes have to wait."""


@dataclass(frozen=True, slots=True)
class _Look:
    """One look at the database, perhaps still under way."""

    reading: asyncio.Task[Pulse]
    writing: asyncio.Task[None]
    hearing: asyncio.Task[dict[str, dt.datetime]]
    begun: float = field(default_factory=time.monotonic)

    @property
    def pulse(self) -> Pulse | None:
        """What was read, None when nothing was, or not yet."""
        return self.reading.result() if _well(self.reading) else None

    @property
    def database(self) -> DatabaseState:
        """What this says about the database."""
        if (self.writing.done() and not _well(self.writing)) or not _well(self.reading):
            return "down"
        return "ok" if self.writing.done() else "busy"

    @property
    def over(self) -> bool:
        """Whether it has been answered, and too long ago to be told once more."""
        done = all(task.done() for task in (self.reading, self.writing, self.hearing))
        return done and time.monotonic() - self.begun > FRESH_SECONDS


class Health:
    """Looks at the database, once for all who ask at the same time."""

    def __init__(self, database: Database, settings: Settings, clock: Callable[[], dt.datetime]) -> None:
        """Look at an open database."""
        self._database = database
        self._channels = served(settings)
        self._account = settings.zalo_oa_id
        self._clock = clock
        self._look: _Look | None = None
        self._heard: dict[str, dt.datetime] = {}

    def routes(self) -> list[BaseRoute]:
        """Return the route."""
        return [Route("/health", self.show)]

    async def show(self, request: Request) -> Response:
        """Tell how things are; 503 when the database cannot be read or written."""
        if self._look is None or self._look.over:
            self._look = self._begin()
        look = self._look
        await asyncio.wait({look.reading, look.writing, look.hearing}, timeout=ANSWER_SECONDS)
        if _well(look.hearing):
            self._heard = look.hearing.result()
        told = health(look.pulse, look.database, self._heard, self._clock())
        return JSONResponse(told, 503 if told["status"] == "down" else 200, {"cache-control": "no-store"})

    def _begin(self) -> _Look:
        return _Look(
            asyncio.create_task(self._database.read(pulse, self._channels, self._account)),
            asyncio.create_task(self._database.write(_nothing)),
            asyncio.create_task(self._database.report(heard)),  # perhaps behind a long report: then told the next time
        )


def health(
    pulse: Pulse | None, database: DatabaseState, heard: Mapping[str, dt.datetime], now: dt.datetime
) -> dict[str, Any]:
    """Return what /health tells, ages in whole seconds; what is not known, or is not there, is null."""
    seen = pulse or Pulse(None, None, None, None)

    def age(at: dt.datetime | None) -> int | None:
        return None if at is None else max(0, int((now - at).total_seconds()))

    waiting = (age(seen.waiting_since) or 0) if pulse else None
    expired = seen.token_expires_at is not None and seen.token_expires_at <= now
    troubled = database == "busy" or (waiting or 0) > SLOW_SECONDS or bool(seen.token_failed_at) or expired
    return {
        "status": "down" if database == "down" else "degraded" if troubled else "ok",
        "database": database,
        "outbox_seconds": waiting,
        "last_event": {channel: age(at) for channel, at in heard.items()},
        "token_age_seconds": age(seen.token_changed_at),
    }


def _nothing(connection: Connection) -> None:
    """Write nothing: that this is carried out shows that something could be written."""


def _well(task: asyncio.Task[Any]) -> bool:
    """Return whether a task is done and has not failed."""
    return task.done() and not task.cancelled() and task.exception() is None
