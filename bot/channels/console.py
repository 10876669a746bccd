"""The terminal is a channel too: talk to the core as a resident, with numbers to type."""

import asyncio
import sys
from collections.abc import Iterator
from importlib.resources import files
from uuid import uuid4

from jinja2 import Template

from bot.app import build_core, now, opened
from bot.markup import to_plain
from bot.settings import Settings
from handlers.messages import Inbound, Reply

LEAVE = frozenset({"thoat", "thoát", "exit", "quit"})


def render(reply: Reply) -> str:
    """Return the reply as lines of text, every choice with its number."""
    picture = [f"[{reply.picture}]"] if reply.picture else []
    choices = [f"  {key:>2}. {choice.label}" for key, choice in reply.numbered()]
    return "\n".join([*picture, to_plain(reply.text), "", *choices])


async def talk(settings: Settings, name: str, code: str) -> None:
    """Read what is typed, line by line, until the end or "thoát"; print the answers."""
    async with opened(settings) as database:
        core = await build_core(settings, database)
        hint = files("bot").joinpath("texts/console.j2").read_text(encoding="utf-8")
        print(Template(hint).render(name=name), "\n")
        start = Inbound("console", settings.ward_code, name, uuid4().hex, f"/start {code}".strip(), now())
        print(render(await core.answer(start) or Reply("")))
        for line in await asyncio.to_thread(_lines):
            inbound = Inbound("console", settings.ward_code, name, uuid4().hex, line, now())
            print("\n" + render(await core.answer(inbound) or Reply("")))


def _lines() -> Iterator[str]:
    """Yield what is typed until the end."""
    while True:
        print("\n> ", end="", flush=True)
        line = sys.stdin.readline()
        if not line or line.strip().lower() in LEAVE:
            return
        if not sys.stdin.isatty():
            print(line.rstrip())
        if line.strip():
            yield line.strip()
