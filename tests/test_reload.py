"""Content read again at SIGHUP: the next answer is new, a conversation goes on, a mistake changes nothing."""

import asyncio
import datetime as dt
import os
import shutil
import signal
import time
from dataclasses import replace
from pathlib import Path

import httpx2

from bot.app import read_content
from bot.reload import Following, read_again, rereading
from bot.settings import Settings
from faq.composing import Composed, topic_file, written
from handlers.commands import COMMANDS
from handlers.core import Core
from handlers.speech import known_words
from tests.dialogue import Resident
from tests.live import QUESTIONS, running

HERE = Path(__file__).parent


def copied(folder: Path) -> Settings:
    """Return settings whose content is a copy of the tests' own."""
    for name in ("content", "bank"):
        shutil.copytree(HERE / name, folder / name)
    return Settings(content_dir=folder / "content", faq_dir=folder / "bank", _env_file=None)


def core_of(core: Core, settings: Settings) -> Core:
    """Return a core with content of its own, so that other tests keep theirs."""
    library, bank = read_content(settings)
    return Core(replace(core.house, library=library, bank=bank), COMMANDS, known_words())


def change(file: Path, before: str, after: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert before in text
    file.write_text(text.replace(before, after), encoding="utf-8")


async def test_a_resident_in_a_lesson_meets_the_new_words_and_keeps_the_place(core: Core, tmp_path: Path) -> None:
    settings = copied(tmp_path)
    core = core_of(core, settings)
    resident = Resident(core)
    await resident.join()
    await resident.say("/lesson first_steps 1")
    change(tmp_path / "content" / "first_steps.yaml", "nút thứ hai.", "nút thứ hai màu xanh.")
    change(tmp_path / "bank" / "first_steps.yaml", "trước.", "trước tiên.")
    with rereading(settings, core.house):
        os.kill(os.getpid(), signal.SIGHUP)
        until = time.monotonic() + 20
        while "tiên." not in next(iter(core.house.bank)).entry.answer:
            assert time.monotonic() < until
            await asyncio.to_thread(os.sched_yield)
    assert "màu xanh" in (await resident.say("1")).text


async def test_a_mistake_leaves_the_old_content_in_use(core: Core, tmp_path: Path) -> None:
    settings = copied(tmp_path)
    core = core_of(core, settings)
    before = list(core.house.bank)
    change(tmp_path / "bank" / "first_steps.yaml", "topic:", "chu_de:")
    await read_again(settings, core.house)
    assert list(core.house.bank) == before


async def test_whoever_is_in_a_lesson_stays_on_the_version_begun(core: Core, tmp_path: Path) -> None:
    settings = copied(tmp_path)
    core = core_of(core, settings)
    await read_again(settings, core.house)
    resident = Resident(core)
    await resident.join()
    await resident.say("/lesson first_steps 1")
    change(tmp_path / "content" / "first_steps.yaml", "version: 3", "version: 4")
    change(tmp_path / "content" / "first_steps.yaml", "nút thứ hai.", "nút thứ hai màu xanh.")
    await read_again(settings, core.house)
    assert "nút thứ hai." in (await resident.say("1")).text
    assert "màu xanh" in (await Resident(core, "ong-nam").say("/lesson first_steps 2")).text


def test_the_program_goes_on_after_the_signal(database_url: str, tmp_path: Path) -> None:
    with running(database_url, tmp_path, faq_dir=QUESTIONS) as live:
        live.process.send_signal(signal.SIGHUP)
        until = time.monotonic() + 30
        while not live.told("content read again", 0.1):
            assert time.monotonic() < until
            httpx2.get(live.url)
        assert httpx2.get(live.url).status_code == 200


async def test_an_own_question_is_used_as_soon_as_it_is_kept_and_a_mistake_in_it_changes_nothing(
    core: Core, tmp_path: Path
) -> None:
    (tmp_path / "own").mkdir()
    settings = copied(tmp_path).model_copy(update={"own_content_dir": tmp_path / "own"})
    core = core_of(core, settings)
    followed, elsewhere = Following(settings, core.house), core_of(core, settings)  # as in a second process
    other = Following(settings, elsewhere.house)
    before = list(core.house.bank)
    await followed.step()
    assert list(core.house.bank) == before
    kept = tmp_path / "own" / "questions" / "ward_office.yaml"
    kept.parent.mkdir()
    ask = tuple(f"nhà văn hóa mở cửa lúc nào {word}" for word in ("vậy", "ạ", "thế", "hả", "nhỉ", "cô"))
    day = dt.date(2026, 11, 21)
    composed = Composed("ward_office", ask, "Từ bảy giờ rưỡi.", "Văn phòng", "", "", day, dt.date(2027, 5, 21))
    kept.write_text(written(topic_file(composed)), "utf-8")
    for one, following in ((core, followed), (elsewhere, other)):
        await following.step()
        assert "bảy giờ rưỡi" in (await Resident(one, f"an-{one is core}").say(ask[0])).text
    change(kept, "topic:", "chu_de:")
    await followed.step()
    assert len(core.house.bank) == len(before) + 1


def test_a_new_entry_takes_no_name_of_its_topic(tmp_path: Path) -> None:
    ask = tuple(f"cách {number}" for number in ("một", "hai", "ba", "bốn", "năm", "sáu"))
    composed = Composed("otp", ask, "Không.", "Văn phòng", "", "", dt.date(2026, 1, 1), dt.date(2027, 1, 1))
    [entry] = topic_file(composed, tmp_path, ["cach_mot", "khac"]).entries
    assert entry.name == "cach_mot_2"
