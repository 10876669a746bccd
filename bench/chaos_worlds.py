"""What chaos needs around the program: processes that are killed, platforms that kill at an exact moment, people."""

import asyncio
import contextlib
import datetime as dt
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from bot.app import now
from tests.fakes.mishaps import serving
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_wire import Fields
from tests.fakes.zalo_oa import FakeZaloOa, settings_for
from tests.fakes.zalo_oa_people import Person
from tests.fakes.zalo_oa_webhooks import OA_ID
from tests.live import environment, free_port

PEOPLE = 4
MOMENT_SECONDS = 0.003
"""Longest wait before a kill that is to fall into the moments after something."""
RESEND_SECONDS = 0.2
"""From one attempt of the platform to the next; Zalo takes half a minute and more, which nobody here would wait for."""


class Program:
    """`hocvuso serve` as a process."""

    arguments: tuple[str, ...] = ("-m", "bot", "serve")

    def __init__(self, database_url: str, folder: Path, **settings: object) -> None:
        self.port = free_port()
        self._folder = folder
        own = {"database_url": database_url, "web_port": self.port, "log_format": "json"}
        self._environment = environment(**{**own, **settings})
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; it will answer soon."""
        command = [sys.executable, *self.arguments]
        with (self._folder / f"{self.port}.log").open("ab") as log:
            self._process = subprocess.Popen(command, cwd=self._folder, env=self._environment, stderr=log)  # noqa: S603

    def kill(self) -> None:
        """Kill it as a power cut would."""
        if self._process:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()

    def check(self) -> None:
        """Raise when it has ended by itself."""
        if self._process and self._process.poll() not in (None, -signal.SIGKILL):
            raise RuntimeError(f"see {self._folder}/{self.port}.log")

    async def end(self) -> None:
        """Stop it in order."""
        if self._process:
            self._process.terminate()
            await asyncio.to_thread(self._process.wait)


@dataclass
class Trap:
    """The moment the program is to be killed at: armed once for every kill."""

    moment: str = ""
    killed: asyncio.Event = field(default_factory=asyncio.Event)
    kill: Callable[[], None] = lambda: None

    def arm(self, moment: str) -> None:
        """Wait for the moment."""
        self.moment = moment
        self.killed.clear()

    def reached(self, moment: str) -> bool:
        """Kill if this is the moment; return whether it was."""
        if moment != self.moment:
            return False
        self.moment = ""
        self.kill()
        self.killed.set()
        return True

    def soon(self, moment: str) -> None:
        """Kill within the next moments, if this is the one."""
        if moment == self.moment:
            pause = random.uniform(0, MOMENT_SECONDS)
            asyncio.get_running_loop().call_later(pause, self.reached, moment)


class World(Protocol):
    """A platform with people on it, and the program's settings for it."""

    channel: str
    account: str
    trap: Trap
    settings: dict[str, object]

    async def tell(self, person: int, text: str, programs: list[Program]) -> None:
        """Bring a message to the program, again until it is taken."""
        ...

    def address(self, person: int) -> str:
        """Return a person's address."""
        ...

    def shown(self, address: str) -> Counter[str]:
        """Return the texts a person was shown, with how often."""
        ...


class Oa(FakeZaloOa):
    """A Zalo OA that kills."""

    trap: Trap

    async def message(self, request: Request, version: str) -> Response:
        """Take a message, unless this is the moment."""
        if self.trap.reached("before send"):
            return Response(status_code=500)
        try:
            response = await super().message(request, version)
        except ClientDisconnect:  # killed while it sent something else
            return Response(status_code=500)
        self.trap.reached("after the platform accepted")
        self.trap.soon("before settle")
        return response

    async def token(self, request: Request) -> Response:
        """Give a new pair, unless this is the moment."""
        late = random.random() < 0.5
        if not late and self.trap.reached("during token rotation"):
            return Response(status_code=500)
        response = await super().token(request)
        self.trap.reached("during token rotation")
        return response


class ZaloWorld:
    """Zalo: brings every event to the webhook until it is taken."""

    channel, account = "zalo_oa", OA_ID

    def __init__(self, url: str, oa: Oa) -> None:
        self._oa = oa
        self.trap = oa.trap = Trap()
        self.settings: dict[str, object] = {**settings_for(url), "zalo_oa_per_minute": 6000}
        self._people: list[Person] = [oa.person(f"73000000000000000{number:02}") for number in range(PEOPLE)]

    async def tell(self, person: int, text: str, programs: list[Program]) -> None:
        """Post the event; of several programs to one after the other, as a load balancer does."""
        body, headers = self._oa.webhooks.signed(self._oa.written(self._people[person], text=text))
        for attempt in range(10_000):
            program = programs[(person + attempt) % len(programs)]
            program.check()
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, TimeoutError):
                if await self._post(program, body, headers):
                    return
            await asyncio.sleep(RESEND_SECONDS)

    async def _post(self, program: Program, body: bytes, headers: dict[str, str]) -> bool:
        """Return whether the webhook took it."""
        reader, writer = await asyncio.open_connection("127.0.0.1", program.port)
        try:
            return await self._exchange(reader, writer, body, headers)
        finally:
            writer.close()
            await writer.wait_closed()

    async def _exchange(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, body: bytes, headers: dict[str, str]
    ) -> bool:
        fields = {"host": "127.0.0.1", "content-length": str(len(body)), "connection": "close", **headers}
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        writer.write(f"POST /webhook/zalo-oa HTTP/1.1\r\n{head}\r\n".encode() + body)
        await writer.drain()
        self.trap.soon("after receive")
        async with asyncio.timeout(5):
            answer = await reader.readuntil(b"\r\n")
        return b" 200 " in answer

    def address(self, person: int) -> str:
        """Return Zalo's number of a person."""
        return self._people[person].id

    def shown(self, address: str) -> Counter[str]:
        """Return the texts of all messages to them."""
        return Counter(self._oa.people[address].texts)


class Bots(FakeTelegram):
    """A Telegram that kills when it has handed out news."""

    trap: Trap

    async def call_get_updates(self, fields: Fields) -> Response:
        """Hand out updates; they stay until they are confirmed."""
        response = await super().call_get_updates(fields)
        if self.waiting:
            self.trap.soon("during polling")
        return response


class TelegramWorld:
    """Telegram: keeps updates until they are confirmed."""

    channel = "telegram"

    def __init__(self, url: str, bots: Bots) -> None:
        self._bots = bots
        self.trap = bots.trap = Trap()
        self.account = bots.token.partition(":")[0]
        self.settings: dict[str, object] = {"telegram_token": bots.token, "telegram_api_base": url}

    async def tell(self, person: int, text: str, programs: list[Program]) -> None:
        """Write; the program asks for it by itself."""
        self._bots.say(text, by=int(self.address(person)))

    def address(self, person: int) -> str:
        """Return Telegram's number of a person."""
        return str(700 + person)

    def shown(self, address: str) -> Counter[str]:
        """Return the texts of all messages to them."""
        return Counter(sent.html for sent in self._bots.sent if sent.chat == address)


@asynccontextmanager
async def zalo_world() -> AsyncIterator[World]:
    """Give Zalo, served."""
    oa = Oa(clock=now, cap=None, package=10**6, forgives=True)
    async with serving(oa.app()) as url:
        yield ZaloWorld(url, oa)


@asynccontextmanager
async def telegram_world() -> AsyncIterator[World]:
    """Give Telegram, served."""
    bots = Bots()
    async with serving(bots.application()) as url:
        yield TelegramWorld(url, bots)
        bots.turn_away()


def old(at: dt.datetime) -> dict[str, Any]:
    """Return the times of a token pair that is to be renewed."""
    return {"changed_at": at - dt.timedelta(hours=24), "expires_at": at + dt.timedelta(hours=1)}
