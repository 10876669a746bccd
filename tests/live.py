"""A real server: `hocvuso serve` as a process on a free port, over a given database, with given settings."""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Condition, Event, Thread

import httpx2
from sqlalchemy import create_engine, make_url, text

from bot.app import build_core, opened
from bot.settings import Settings
from storage.neighbourhoods import NeighbourhoodRow, save
from tests.dialogue import NOON, Resident, Unforgiving
from tests.spares import SERVER

COMMAND = str(Path(sys.executable).with_name("hocvuso"))
PATIENCE = 20
QUESTIONS = Path(__file__).parent / "bank"
"""A few questions: the product's take a program seconds to arrange, once it has answered for one."""


def environment(**settings: object) -> dict[str, str]:
    """Return an environment of these settings and nothing else of ours."""
    own = {name.upper(): str(value) for name, value in settings.items()}
    return {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "LANG": "C.UTF-8", **own}


@contextmanager
def serving_ward(migrated: str, folder: Path, passed: int = 5, **settings: object) -> Iterator["Live"]:
    """Give a server of a ward in which so many residents of kp5 have passed a lesson."""
    with new_database(migrated, folder) as url:
        settle(url, passed=passed)
        with running(url, folder, **settings) as live:
            yield live


def free_port() -> int:
    """Return a port nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


class Live:
    """A server to be started, stopped and started again at the same address."""

    def __init__(self, database_url: str, folder: Path, **settings: object) -> None:
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        self.folder = folder
        limit = {"web_messages_per_minute": 10_000}
        own = {"database_url": database_url, "web_port": self.port, "log_format": "json"}
        self.environment = environment(**{**limit, **own, **settings})
        self.lines: list[str] = []
        self._more = Condition()
        self.starts = 0

    def start(self) -> None:
        """Start the program, and wait until it answers."""
        self.process = subprocess.Popen([COMMAND, "serve"], cwd=self.folder, env=self.environment, stderr=-1, text=True)
        self._serving = Event()
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()
        self.starts += 1
        assert self._serving.wait(PATIENCE), self.log
        assert self.log.count('"serving"') == self.starts, self.log
        assert httpx2.get(self.url).status_code == 200

    def stop(self, how: int = signal.SIGTERM) -> int:
        """Stop the program; return its exit code."""
        self.process.send_signal(how)
        code = self.process.wait(PATIENCE)
        self._reader.join()
        return code

    def turns(self) -> int:
        """Return how many messages have been answered."""
        engine = create_engine(self.environment["DATABASE_URL"])
        with engine.connect() as connection:
            count: int = connection.execute(text("SELECT count(*) FROM seen")).scalar_one()
        engine.dispose()
        return count

    def told(self, event: str, seconds: float) -> bool:
        """Wait for an event; return whether the log told of it within so many seconds."""
        with self._more:
            return self._more.wait_for(lambda: event in self.log, seconds)

    @property
    def log(self) -> str:
        """All that was written to standard error."""
        return "".join(self.lines)

    @property
    def seconds(self) -> float:
        """The work of the processor the program has taken until now, whatever else the machine does."""
        taken = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()[11:13]
        return sum(map(int, taken)) / os.sysconf("SC_CLK_TCK")

    @property
    def megabytes(self) -> float:
        """The memory the program keeps now."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024

    def _read(self) -> None:
        assert self.process.stderr is not None
        with self.process.stderr as stream:
            for line in stream:
                with self._more:
                    self.lines.append(line)
                    self._more.notify_all()
                if '"serving"' in line:
                    self._serving.set()
        self._serving.set()


@contextmanager
def running(database_url: str, folder: Path, **settings: object) -> Iterator[Live]:
    """Give a server that answers."""
    live = Live(database_url, folder, **settings)
    try:
        live.start()
        yield live
    finally:
        live.process.kill()
        live.process.wait()


@contextmanager
def new_database(migrated: str, folder: Path) -> Iterator[str]:
    """Give the URL of a fresh database, for longer than one test."""
    if not SERVER:
        shutil.copy(migrated, folder / "live.sqlite3")
        yield f"sqlite:///{folder / 'live.sqlite3'}"
        return
    name = f"{migrated}_{uuid.uuid4().hex[:8]}"
    engine = create_engine(SERVER, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {migrated}"))
        yield make_url(SERVER).set(database=name).render_as_string(hide_password=False)
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


def settle(database_url: str, code: str = "kp5", passed: int = 5) -> None:
    """Make a ward of nine neighbourhoods of ten adults; in one of them some residents have passed "vneid_install"."""

    async def live() -> None:
        settings = Settings(_env_file=None, database_url=database_url)
        async with opened(settings) as database:
            built = await build_core(settings, database)
            core = Unforgiving(built.house, built._commands, built._words)
            rows = [NeighbourhoodRow(f"kp{number}", f"Khu phố {number}", 10, "Thử", None) for number in range(1, 10)]
            await database.write(save, core.house.ward.id, rows)
            lesson = core.house.library.get("vneid_install")
            assert lesson is not None
            answers = [f"/answer vneid_install {at} {asked.answer}" for at, asked in enumerate(lesson.quiz, 1)]
            for number in range(passed):
                resident = Resident(core, f"resident-{number}", now=NOON)
                await resident.says("/count adult", f"/place {code} join", *answers)

    with ThreadPoolExecutor() as apart:  # also where a browser's loop runs on this thread
        apart.submit(asyncio.run, live()).result()
