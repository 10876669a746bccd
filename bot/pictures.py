"""Pictures that go out with replies: drawn on a thread of their own, one at a time, and kept for the next."""

import asyncio
import datetime as dt
import hmac
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Route

from bot.app import now
from bot.content import drawings_of
from bot.served import doors_of
from bot.settings import Settings
from handlers import classes, standing
from handlers.messages import Reply
from handlers.turn import House
from lessons.library import Library
from office import notices, standings, typesetting
from office.cards import Cards
from office.certificates import PICTURE_PPI, TEMPLATE, Paper, paper
from office.typesetting import Unprintable
from storage.certificates import by_code
from storage.classes import class_of
from storage.neighbourhoods import helper_of

DAY = {"cache-control": "public, max-age=86400"}
CERTIFICATE = "gcn"
PASSING = "passing"
"""The folder of pictures that are of use for some days only."""

STANDINGS = 256
"""Of so many pictures it is known where they lie."""

T = TypeVar("T")
log = structlog.get_logger()


def cards_of(settings: Settings, library: Library) -> Cards:
    """Return the cards of the settings' ward; nothing is drawn yet."""
    return Cards(library, drawings_of(settings), settings.cards_dir, settings.ward_name)


class Pictures:
    """The pictures of one ward, by the names that replies give them."""

    def __init__(self, settings: Settings, house: House, clock: Callable[[], dt.datetime] = now) -> None:
        self._cards = cards_of(settings, house.library)
        self._passing = settings.cards_dir / PASSING
        self._house = house
        self._site = settings.public_url
        self._doors = doors_of(settings)
        self._clock = clock
        self._drawing = asyncio.Lock()  # the answers need the processors too
        self._told: set[str] = set()
        self._standings: dict[str, Path] = {}  # many of a team are sent the same one

    def routes(self) -> list[BaseRoute]:
        """Return the route that platforms and the web chat fetch pictures from."""
        return [Route("/cards/{name:path}.png", self.show)]

    async def show(self, request: Request) -> Response:
        """Serve a picture. HTTPException: there is none of this name."""
        file = await self.named(request.path_params["name"])
        if file is None:
            raise HTTPException(404)
        return FileResponse(file, headers=DAY)

    async def picture_of(self, reply: Reply) -> Path | None:
        """Return the picture that goes out with a reply, as a PNG; None: the text goes alone."""
        return await self.named(reply.card) if reply.card else None

    async def named(self, name: str) -> Path | None:
        """Return the picture of this name; None: there is none, or it cannot be drawn, which is logged once."""
        try:
            match name.split("/"):
                case str(kind), code, key if kind == CERTIFICATE:
                    shown = await self.paper(code, key)
                    return await self.drawn(lambda: self._kept(shown)) if shown else None
                case standing.PICTURE, code, seconds, seal:
                    return await self._standing(code, seconds, seal)
                case classes.PICTURE, code:
                    return await self._notice(code)
                case topic, version, step if _small(version) and _small(step):
                    card = self._cards.card(topic, int(version), int(step))
                    return await self.drawn(lambda: self._cards.kept(card)) if card else None
        except (Unprintable, OSError) as error:
            if name not in self._told:
                self._told.add(name)
                told = name.rpartition("/")[0] if name.startswith(f"{CERTIFICATE}/") else name  # without the key
                log.warning("card not drawn", card=told, reason=f"{type(error).__name__}: {error}"[:200])
        return None

    async def paper(self, code: str, key: str | None = None) -> Paper | None:
        """Return a certificate as it is printed; with a key only its owner's. None: there is none."""
        certificate = await self._house.database.read(by_code, self._house.ward.id, code)
        if certificate is None or not (key is None or hmac.compare_digest(certificate.key.encode(), key.encode())):
            return None
        return paper(certificate, self._house.library, self._house.ward.name, self._site)

    async def drawn(self, draw: Callable[[], T]) -> T:
        """Return what is drawn, when it is its turn. Raise what the drawing raises."""
        async with self._drawing:
            return await asyncio.to_thread(draw)

    async def _standing(self, code: str, seconds: str, seal: str) -> Path | None:
        name = f"{code}/{seconds}/{seal}"
        if (known := self._standings.get(name)) and known.is_file():
            return known
        found = await standing.pictured(self._house, code, seconds, seal)
        if found is None:
            return None
        given = standings.given(found, self._house.ward.name)
        if len(self._standings) > STANDINGS:
            self._standings.clear()
        file = await self.drawn(lambda: typesetting.kept(self._passing, standings.TEMPLATE, given))
        self._standings[name] = file
        return file

    async def _notice(self, code: str) -> Path | None:
        read = self._house.database.read
        found = await read(class_of, self._house.ward.id, code, self._clock())
        lesson = self._house.library.get(found.topic) if found else None
        if found is None or lesson is None:
            return None
        helper = await read(helper_of, found.neighbourhood_id)
        given = notices.given(found, lesson.title, helper, self._house.ward.name, self._doors)
        return await self.drawn(lambda: typesetting.kept(self._passing, notices.TEMPLATE, given))

    def _kept(self, shown: Paper) -> Path:
        return typesetting.kept(self._cards.folder, TEMPLATE, shown.given(), PICTURE_PPI)


def _small(number: str) -> bool:
    return number.isascii() and number.isdecimal() and len(number) < 6
