"""A sample ward: nine neighbourhoods and simulated residents who learnt over ten weeks, through the real core."""

import asyncio
import datetime as dt
import random
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import segno
from jinja2 import Environment, PackageLoader

from bot.app import build_core, now, opened
from bot.server import listening, serve
from bot.settings import Settings
from handlers.core import Core
from handlers.messages import Choice, Inbound, Reply
from office.sample_door import open_door
from storage.neighbourhoods import NeighbourhoodRow, save, ward_of

DATABASE = Path("data/demo.sqlite3")
PLACES = {
    "kp1": (52, 0.92),
    "kp2": (47, 0.78),
    "kp3": (61, 0.95),
    "kp4": (44, 0.52),
    "kp5": (58, 0.84),
    "kp6": (39, 0.66),
    "kp7": (55, 0.88),
    "kp8": (48, 0.72),
    "kp9": (64, 0.58),
    "": (0, 14),
}
"""Adults of each neighbourhood and the share that joins; small ones, so that a few hundred residents fill the bars.
The last are people who do not know their neighbourhood: so many join."""
DAYS = 70
SEED = 2026
AT_ONCE = 40
FURTHER = 0.6
"""How likely somebody who has all core skills is to learn one lesson more."""


def settings(file: Path = DATABASE, port: int = 8000, address: str = "") -> Settings:
    """Return the settings of the demo: nothing to configure, nothing shared with a real ward.

    With the address it is opened under, posters and links lead there.
    """
    own: dict[str, Any] = {
        "database_url": f"sqlite:///{file}",
        "ward_code": "phuong-mau",
        "ward_name": "Phường Mẫu",
        "public_coverage": True,
        "sample": True,
        "web_host": "0.0.0.0",  # noqa: S104  a phone on the same network may try the sample ward
        "web_port": port,
        "public_url": address,
    }
    defaults = {name: field.default for name, field in Settings.model_fields.items()}
    return Settings(**{**defaults, **own}, _env_file=None)  # given one by one, none is read from the environment


async def run(fresh: bool, port: int) -> None:
    """Serve the sample ward, made first if there is none or a fresh one is wanted. OSError: the port is taken."""
    address = f"http://{_own_address()}:{port}"
    own = settings(port=port, address=address)
    with listening(own) as listener:  # before anything is erased that another demo may be showing
        if fresh:
            _erase(DATABASE)
        texts = _texts()
        await prepare(lambda done, of: print(texts.making(done, of), end="\r", flush=True))
        print(texts.ready(address, f"{address}/kp/kp5", f"{address}{await _office(port)}"), flush=True)
        segno.make(f"{address}/kp/kp5").terminal(compact=True)
        await serve(own, listener)


async def _office(port: int) -> str:
    """Return the path into the sample ward's office, for a day."""
    async with opened(settings(port=port)) as database:
        ward = await database.write(ward_of, settings().ward_code, settings().ward_name)
        return await open_door(database, ward, now())


def _texts() -> Any:
    environment = Environment(loader=PackageLoader("bot", "texts"), autoescape=False)  # noqa: S701  for a terminal
    return environment.get_template("demo.j2").module


def _own_address() -> str:
    """Return this computer's address in its network, for a phone to open; without a network its own name for itself."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing: only asks which way it would go
        except OSError:
            return "localhost"
        own: str = probe.getsockname()[0]
        return own


async def prepare(told: Callable[[int, int], None], file: Path = DATABASE, size: float = 1) -> None:
    """Make the sample database, whole or not at all; `told` hears how many of how many residents are done.

    Of those who would join, the part that `size` says does.
    """
    if file.exists():  # noqa: ASYNC240  before anything is served
        return
    draft = file.with_suffix(".draft")
    _erase(draft)
    async with opened(settings(draft)) as database:
        core = await build_core(settings(draft), database)
        await database.write(save, core.house.ward.id, list(_neighbourhoods()))
        residents = list(_residents(core, size))
        for done in range(0, len(residents), AT_ONCE):
            told(done, len(residents))
            await asyncio.gather(*(resident.live() for resident in residents[done : done + AT_ONCE]))
        told(len(residents), len(residents))
    _erase(file)
    draft.rename(file)


def _erase(file: Path) -> None:
    """Delete a database, also what is left beside one that was deleted or whose program died."""
    for suffix in ("", "-wal", "-shm", "-journal"):
        file.with_name(file.name + suffix).unlink(missing_ok=True)


def _neighbourhoods() -> Iterator[NeighbourhoodRow]:
    today = now().date()
    for code, (adults, _) in PLACES.items():
        if code:
            yield NeighbourhoodRow(code, f"Khu phố {code[2:]}", adults, "Số liệu minh họa", today)


def _residents(core: Core, size: float) -> Iterator["_Simulated"]:
    """Yield everybody who will ever join, each with a will of their own."""
    people = random.Random(SEED)  # noqa: S311  the same people at every start
    begun = now() - dt.timedelta(days=DAYS)
    for code, (adults, share) in PLACES.items():
        for number in range(round(size * (adults * share if code else share))):
            joins = begun + dt.timedelta(days=people.triangular(0, DAYS - 1, 20), minutes=people.uniform(0, 600))
            yield _Simulated(core, f"mau-{code}-{number}", code, joins, random.Random(people.random()))  # noqa: S311


@dataclass
class _Simulated:
    """A resident who taps what is offered, sometimes wrongly, and comes back on other days."""

    core: Core
    address: str
    code: str
    at: dt.datetime
    will: random.Random
    said: int = 0

    async def live(self) -> None:
        """Join, then learn on some days until today, or until all core skills and enough besides are learnt."""
        await self._join()
        diligence = self.will.betavariate(2, 2)
        while self.at < now():
            while self.will.random() < 0.35 + 0.6 * diligence and self.at < now():
                menu = await self._say("/menu")
                if self._has_enough(menu):
                    return
                await self._learn(menu)
            self.at += dt.timedelta(days=1 + self.will.expovariate(0.12 + 0.2 * diligence))
            if self.will.random() > 0.5 + 0.45 * diligence:
                return

    async def _join(self) -> None:
        age = self.will.choices(("senior", "adult", "child"), (35, 60, 5))[0]
        for said in (
            f"/start {self.code}".strip(),
            f"/consent {self.code}".strip(),
            f"/count {age} {self.code}".strip(),
        ):
            await self._say(said)
        await self._say(f"/place {self.code or '-'} join")
        await self._say(self.will.choice(("/remind yes", "/remind no")))

    def _has_enough(self, menu: Reply) -> bool:
        """Return whether no core skill is left to learn, and no wish to go on."""
        onward = self._onward(menu)
        lesson = self.core.house.library.get(onward.command.split()[1]) if onward else None
        return lesson is None or (not lesson.core and self.will.random() > FURTHER)

    async def _learn(self, reply: Reply) -> None:
        """Follow one lesson to its end, or stop on the way."""
        while (onward := self._onward(reply)) and self.will.random() < 0.985:
            reply = await self._say(onward.command)
            if onward.command.startswith("/answer") and not any("/answer" in way.command for way in reply.choices):
                return

    def _onward(self, reply: Reply) -> Choice | None:
        """Return the choice tapped: mostly the right answer, otherwise the first way on within a lesson."""
        answers = [choice for choice in reply.choices if choice.command.startswith("/answer")]
        if answers:
            _, topic, number, _ = answers[0].command.split()
            lesson = self.core.house.library.get(topic)
            right = lesson.quiz[int(number) - 1].answer if lesson else 1
            return answers[right - 1] if self.will.random() < 0.82 else self.will.choice(answers)
        ways = [choice for choice in reply.choices if choice.command.startswith(("/lesson ", "/quiz"))]
        return ways[0] if ways else None

    async def _say(self, text: str) -> Reply:
        self.said += 1
        self.at += dt.timedelta(seconds=self.will.uniform(8, 45))
        ward = self.core.house.ward.code
        inbound = Inbound("web", ward, self.address, f"mau-{self.said}", text, min(self.at, now()))
        return await self.core.answer(inbound) or Reply("")
