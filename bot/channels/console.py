"""The terminal is a channel too: talk to the core as a resident, with numbers to type."""

import io
import signal
import sys
from collections.abc import Iterator
from uuid import uuid4

from jinja2 import Environment, PackageLoader

from bot.app import build_core, now, opened
from bot.markup import to_plain
from bot.settings import Settings
from faq.text import fold
from handlers.messages import Inbound, Reply

LEAVE = frozenset({"thoat", "exit", "quit"})
"""Words that end the conversation, without diacritics."""


def render(reply: Reply) -> str:
    """Return the reply as lines of text, every choice with its number."""
    picture = [f"[{reply.picture}]"] if reply.picture else []
    choices = [f"  {key:>2}. {choice.label}" for key, choice in reply.numbered()]
    return "\n".join([*picture, to_plain(reply.text), "", *choices])


async def talk(settings: Settings, name: str, code: str) -> None:
    """Read what is typed, line by line, until the end, Ctrl+C or "thoát"; print the answers."""
    async with opened(settings) as database:
        core = await build_core(settings, database)

        async def answer(text: str) -> str:
            inbound = Inbound("console", settings.ward_code, name, uuid4().hex, text, now(), buttons=False)
            return render(await core.answer(inbound) or Reply(""))

        texts = Environment(loader=PackageLoader("bot", "texts"), autoescape=False)  # noqa: S701  for a terminal
        print(texts.get_template("console.j2").render(name=name), "\n")
        print(await answer(f"/start {code}".strip()))
        for line in _lines():
            print("\n" + await answer(line))


def _lines() -> Iterator[str]:
    """Yield what is typed until the end.

    The loop waits meanwhile, and nobody else with it. On a thread, nothing could wake the reading at Ctrl+C.
    """
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="replace")
    signal.signal(signal.SIGINT, signal.default_int_handler)  # asyncio's own would wait for the next line
    while True:
        try:
            line = input("\n> ").strip()
        except (EOFError, KeyboardInterrupt):
            print()
            return
        if not sys.stdin.isatty():
            print(line)
        if fold(line) in LEAVE:
            return
        if line:
            yield line
