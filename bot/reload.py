"""Reading the content again while the program runs: the signal SIGHUP asks for it, and so does a new own question."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from pathlib import Path

import structlog

from bot.app import keep, read_content, remembering
from bot.content import bank_of, own_questions
from bot.repeating import repeating
from bot.settings import Settings
from content.reading import ContentError
from handlers.turn import House
from storage.tallies import agree

EVERY_SECONDS = 2.0
log = structlog.get_logger()


async def read_again(settings: Settings, house: House) -> None:
    """Read lessons and questions again and use them from the next turn on; with a mistake in them the old ones stay."""
    try:
        library, bank = await asyncio.to_thread(read_content, settings)
    except ContentError as error:
        log.error("content not read again", complaint=str(error))
        return
    await asyncio.to_thread(bank.warm)
    library = await remembering(house.database, library)
    await house.database.write(agree, house.ward.id, library.core_topics)
    house.library.become(library)
    house.bank.become(bank)
    await asyncio.to_thread(keep)
    log.info("content read again", lessons=len(library), questions=len(bank))


@contextmanager
def rereading(settings: Settings, house: House) -> Iterator[None]:
    """Read the content again at SIGHUP, without keeping anybody waiting. There is no such signal on Windows."""
    asked: int | None = getattr(signal, "SIGHUP", None)
    if asked is None:
        yield
        return
    loop = asyncio.get_running_loop()
    under_way: set[asyncio.Future[None]] = set()

    def begin() -> None:
        reading = asyncio.ensure_future(read_again(settings, house))
        under_way.add(reading)  # or it might be forgotten half way
        reading.add_done_callback(under_way.discard)

    loop.add_signal_handler(asked, begin)
    try:
        yield
    finally:
        loop.remove_signal_handler(asked)


class Following:
    """Uses the ward's own questions as they change, whichever process of the office kept them."""

    def __init__(self, settings: Settings, house: House) -> None:
        self._settings = settings
        self._house = house
        self._seen = self._state()

    async def step(self) -> None:
        """Read the questions again if the ward's own have changed; with a mistake in them the old ones stay."""
        state = self._state()
        if state == self._seen:
            return
        self._seen = state
        try:
            bank = await asyncio.to_thread(bank_of, self._settings)
        except ContentError as error:
            log.error("questions not read again", complaint=str(error))
            return
        await asyncio.to_thread(bank.warm)
        self._house.bank.become(bank)
        await asyncio.to_thread(keep)
        log.info("questions read again", questions=len(bank))

    def _state(self) -> list[tuple[Path, int, int]]:
        """Return what tells whether a file has come, gone or changed."""
        folder = own_questions(self._settings)
        found = ((file, file.stat()) for file in sorted(folder.glob("*.yaml"))) if folder else ()
        return [(file, state.st_mtime_ns, state.st_size) for file, state in found]


def following(settings: Settings, house: House) -> AbstractAsyncContextManager[None]:
    """Follow the ward's own questions in the background."""
    return repeating(EVERY_SECONDS, Following(settings, house).step)
