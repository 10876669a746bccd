"""A program to be killed: 32 residents take turns with the real core, one line is printed per acknowledged turn."""

import asyncio
import secrets
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from bot.app import build_core, now, opened
from bot.settings import Settings
from handlers.core import Core
from handlers.messages import Inbound
from lessons.model import Lesson
from storage.neighbourhoods import NeighbourhoodRow, save

RESIDENTS = 32


def settings(url: str) -> Settings:
    here = Path(__file__).parent
    return Settings(
        database_url=url,
        ward_code="phuong-thu",
        ward_name="Phường Thử",
        content_dir=here / "content",
        faq_dir=here / "bank",
    )


def walk(lesson: Lesson) -> Iterator[tuple[str, str]]:
    """Yield what a resident says to learn the lesson, and the evidence this gives."""
    for step in range(1, len(lesson.steps) + 1):
        yield f"/lesson {lesson.topic} {step}", "learned" if step == len(lesson.steps) else ""
    yield f"/quiz {lesson.topic}", ""
    for number, question in enumerate(lesson.quiz, 1):
        yield f"/answer {lesson.topic} {number} {question.answer}", "passed" if number == len(lesson.quiz) else ""


async def live(core: Core, address: str) -> None:
    """Join and learn everything; print a line `address event topic grade` after each answer."""
    run = secrets.token_hex(4)
    joining = [(said, "", "") for said in ("/start kp5", "/count senior kp5", "/place kp5 join", "/remind no")]
    learning = [(said, lesson.topic, grade) for lesson in core.house.library for said, grade in walk(lesson)]
    for number, (said, topic, grade) in enumerate(joining + learning):
        event = f"{run}-{number}"
        await core.answer(Inbound("web", "phuong-thu", address, event, said, now()))
        print(address, event, topic if grade else "-", grade or "-", flush=True)  # noqa: T201


async def sit(core: Core, seat: int) -> None:
    """Live again and again: on even seats the same resident, on odd seats always somebody new."""
    for _ in count():
        await live(core, f"seat-{seat}" if seat % 2 == 0 else f"visitor-{secrets.token_hex(4)}")


async def main(url: str) -> None:
    async with opened(settings(url)) as database:
        core = await build_core(settings(url), database)
        await database.write(save, core.house.ward.id, [NeighbourhoodRow("kp5", "Khu phố 5", 10, "Văn bản thử", None)])
        await asyncio.gather(*(sit(core, seat) for seat in range(RESIDENTS)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
