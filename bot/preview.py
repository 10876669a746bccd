"""A lesson as each channel will show it, on a page beside its YAML; it shows itself anew when a file changes."""

import asyncio
import datetime as dt
import hashlib
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route

from bot.app import now, opened
from bot.channels import console, zalo_bot_out, zalo_oa_out
from bot.channels.pages import Pages, pictures, static
from bot.content import drawings_of, library_of
from bot.content_check import remarks
from bot.server import listening
from bot.settings import Settings
from content.reading import ContentError
from faq.bank import Bank, learnt_weights
from handlers.commands import COMMANDS
from handlers.core import Core
from handlers.messages import Inbound, Reply
from handlers.speech import VIET_NAM, Speech, known_words
from handlers.turn import House
from lessons.library import CONTENT, PATHS, Library, complaints, content_files
from lessons.model import Lesson
from storage.database import Database
from storage.neighbourhoods import ward_of


class Preview:
    """The pages of the preview; content is read anew for each."""

    def __init__(self, settings: Settings, core: Core, pages: Pages) -> None:
        """Show the content of these settings through this core, which knows no lessons yet."""
        self._settings = settings
        self._core = core
        self._pages = pages
        self._content = (settings.content_dir or CONTENT, settings.own_content_dir)

    def application(self) -> Starlette:
        """Return the application."""
        return Starlette(
            routes=[
                Route("/", self.index),
                Route("/dau-van-tay", self.mark),
                Route("/bai/{topic}", self.lesson),
                Route("/man-hinh/{topic}/{place:int}", self.screen),
                Mount("/static", static()),
                Mount("/pictures", pictures(drawings_of(self._settings))),
            ]
        )

    async def index(self, request: Request) -> Response:
        """List the files, with what is wrong in any."""
        files = [Path(name).stem for name in sorted(content_files(*self._content)) if name != PATHS]
        return self._page("preview_index.html", files=files, wrong=complaints(*self._content))

    async def mark(self, request: Request) -> Response:
        """Return what changes with the content."""
        return PlainTextResponse(self._mark(), headers={"cache-control": "no-store"})

    async def lesson(self, request: Request) -> Response:
        """Show a lesson: its file, what is wrong with it, and each screen on each channel."""
        topic = request.path_params["topic"]
        file = content_files(*self._content).get(f"{topic}.yaml")
        if file is None:
            raise HTTPException(404)
        library, wrong = self._library()
        screens = [screen async for screen in self._screens(library, topic)] if library else []
        told = [*wrong, *self._remarks(library, topic)]
        text = file.read_text(encoding="utf-8", errors="replace")
        return self._page("preview.html", topic=topic, text=text, screens=screens, wrong=told)

    async def screen(self, request: Request) -> Response:
        """Show one screen as the web chat does."""
        library, _ = self._library()
        lesson = library.get(request.path_params["topic"]) if library else None
        found = list(commands(lesson)) if lesson else []
        place = request.path_params["place"]
        if library is None or lesson is None or not 0 <= place < len(found):
            raise HTTPException(404)
        reply = await self._reply(library, lesson, found[place])
        return HTMLResponse(self._pages.chat(reply, event="", after="", framed=True))

    def _library(self) -> tuple[Library | None, list[str]]:
        """Return the library, or what keeps it from being read."""
        try:
            return library_of(self._settings), []
        except ContentError:
            return None, complaints(*self._content)

    def _remarks(self, library: Library | None, topic: str) -> Iterator[str]:
        today = now().astimezone(VIET_NAM).date()
        found = remarks(library, (), today) if library else []
        own = (remark for remark in found if remark.file == f"{topic}.yaml")
        return (str(remark) for remark in own if remark.kind != "no_question")  # the questions are not read here

    async def _screens(self, library: Library, topic: str) -> Any:
        lesson = library.get(topic)
        for place, command in enumerate(commands(lesson) if lesson else ()):
            if lesson:
                yield {"place": place, "command": command, **shown(await self._reply(library, lesson, command))}

    async def _reply(self, library: Library, lesson: Lesson, command: str) -> Reply:
        """Return what the bot answers, on the day the lesson was checked: it may be past its date by now."""
        core = Core(replace(self._core.house, library=library), COMMANDS, known_words())
        noon = dt.datetime.combine(lesson.checked, dt.time(5), dt.UTC)
        return await core.preview(Inbound("web", self._settings.ward_code, "preview", "", command, noon))

    def _mark(self) -> str:
        files = [file for folder in self._content if folder for file in sorted(folder.rglob("*")) if file.is_file()]
        stamps = "".join(f"{file}{file.stat().st_mtime_ns}" for file in files)
        return hashlib.sha256(stamps.encode()).hexdigest()[:16]

    def _page(self, name: str, **values: Any) -> Response:
        return HTMLResponse(self._pages.other(name, mark=self._mark(), **values))


def commands(lesson: Lesson) -> Iterator[str]:
    """Yield the commands that show all of a lesson."""
    for number in range(1, len(lesson.steps) + 1):
        yield f"/lesson {lesson.topic} {number}"
    for number in range(1, len(lesson.quiz) + 1):
        yield f"/quiz {lesson.topic} {number}"
    if lesson.practice:
        yield f"/practice {lesson.topic}"
    yield f"/mistakes {lesson.topic}"


def shown(reply: Reply) -> dict[str, Any]:
    """Return a reply as each channel says it, in the channel's own words."""
    return {
        "telegram": _telegram(reply),
        "zalo_oa": [_zalo_oa(message) for message in zalo_oa_out.render(reply)],
        "zalo_bot": zalo_bot_out.render(reply),
        "console": console.render(reply),
    }


def _telegram(reply: Reply) -> list[str]:
    try:
        from bot.channels.telegram_out import render  # noqa: PLC0415  (its library need not be installed)
    except ImportError:
        return []
    return ["\n".join([part.text, *(f"[ {label} ]" for label, _ in part.buttons)]) for part in render(reply)]


def _zalo_oa(message: Mapping[str, Any]) -> str:
    buttons = message.get("attachment", {}).get("payload", {}).get("buttons", ())
    return "\n".join([message["text"], *(f"[ {button['title']} ]" for button in buttons)])


async def run(settings: Settings, topic: str, port: int) -> None:
    """Serve the preview on this machine until interrupted. OSError: the port is taken."""
    here = settings.model_copy(update={"web_host": "127.0.0.1", "web_port": port})
    with tempfile.TemporaryDirectory() as folder, listening(here) as listener:
        own = here.model_copy(update={"database_url": f"sqlite:///{folder}/preview.sqlite3"})
        async with opened(own) as database:
            application = (await preview_of(own, database)).application()
            print(f"http://127.0.0.1:{port}/{f'bai/{topic}' if topic else ''}", flush=True)  # noqa: T201
            options = uvicorn.Config(application, log_level="warning", access_log=False, log_config=None)
            await uvicorn.Server(options).serve([listener])


async def preview_of(settings: Settings, database: Database) -> Preview:
    """Return the preview of these settings; the database stays empty."""
    ward = await database.write(ward_of, settings.ward_code, settings.ward_name)
    speech = Speech(ward_name=ward.name, unit=settings.neighbourhood_word, contact=settings.ward_contact, site="")
    bank = await asyncio.to_thread(lambda: Bank((), learnt_weights()))
    house = House(database, Library(()), bank, speech, ward, settings.pass_percent)
    pages = Pages(ward_name=settings.ward_name, sample=False, results=False)
    return Preview(settings, Core(house, COMMANDS, known_words()), pages)
