"""An examination: what its checks share, so that none of them can hang the others."""

import asyncio
import datetime as dt
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Thread
from typing import Literal, TypeVar, TypeVarTuple

from sqlalchemy import Connection, make_url

from bot.settings import Settings
from storage.health import glance, missing
from storage.migrate import Standing, standing

DATABASE_SECONDS = 4.0
"""How long the database is waited for: less than a check has, so that only one of them says that it hangs."""

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


@dataclass
class Examination:
    """What the checks of one run share."""

    settings: Settings
    clock: Callable[[], dt.datetime]
    clocks: dict[str, dt.timedelta] = field(default_factory=dict)  # how far those of platforms are ahead of ours
    tokens: list[str] = field(default_factory=list)  # met in the database
    _standing: "asyncio.Task[Standing | Literal['missing', 'unreachable']] | None" = None

    @property
    def database_kind(self) -> str:
        """The database's kind: "sqlite" or "postgresql"."""
        return make_url(self.settings.database_url).get_backend_name()

    @property
    def secrets(self) -> list[str]:
        """All that must not be shown."""
        fields = type(self.settings).model_fields
        values = (getattr(self.settings, name) for name in fields)
        own = [value.get_secret_value() for value in values if hasattr(value, "get_secret_value")]
        password = make_url(self.settings.database_url).password
        proxy = make_url(self.settings.telegram_proxy).password if "@" in self.settings.telegram_proxy else ""
        return [*own, str(password or ""), str(proxy or ""), *self.tokens]

    async def standing(self) -> Standing | Literal["missing", "unreachable"]:
        """Return what state the database is in; it is looked at once."""
        if self._standing is None:
            self._standing = asyncio.create_task(self._find_standing())
        return await asyncio.shield(self._standing)

    async def read(self, work: Callable[[Connection, *Ts], T], *arguments: *Ts) -> T:
        """Return what `work` reads in the database."""
        return await aside(glance, self.settings.database_url, work, *arguments)

    async def _find_standing(self) -> Standing | Literal["missing", "unreachable"]:
        if await aside(missing, self.settings.database_url):
            return "missing"
        try:
            async with asyncio.timeout(DATABASE_SECONDS):
                return await self.read(standing)
        except Exception:  # why does not matter to anybody who must repair it, and the words may hold the password
            return "unreachable"


async def aside(work: Callable[[*Ts], T], *arguments: *Ts) -> T:
    """Return what a function returns that may hang, run on a thread that keeps nobody waiting at the end."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: BaseException | None) -> None:
        if future.done():  # nobody waits any more
            return
        if error is None:
            future.set_result(result)  # type: ignore[arg-type]
        else:
            future.set_exception(error)

    def run() -> None:
        result, failure = None, None
        try:
            result = work(*arguments)
        except Exception as error:
            failure = error
        with suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(settle, result, failure)

    Thread(target=run, daemon=True).start()
    return await future
