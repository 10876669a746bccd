"""A neighbourhood's standing: a picture and a text for its group, small numbers hidden, the same figures in both."""

import datetime as dt
import io
import os
from dataclasses import replace
from itertools import count
from pathlib import Path

from PIL import Image
from telegram.constants import MessageLimit

from bot.markup import to_plain
from bot.tidying import forget_pictures
from handlers.commands import COMMANDS
from handlers.core import Core
from handlers.speech import known_words
from handlers.standing import Figure, Standing
from lessons.library import read_library
from office import standings, typesetting
from storage.coverage import CoverageRow
from storage.neighbourhoods import NeighbourhoodRow, save
from tests.dialogue import NOON, Resident, written
from tests.test_neighbours import LEARN
from tests.test_team import invitation, member
from tests.visits import client_of, visiting

MOST_BYTES = 150_000
LONGEST = "Khu phố Đông Hưng Thuận mở rộng"


async def learnt(core: Core, people: int, code: str = "kp5") -> None:
    """Have so many people of a neighbourhood pass the only basic lesson."""
    for number in range(people):
        resident = Resident(core, f"{code}-{number}", events=count(people))
        await resident.join(code)
        await resident.says(*LEARN)


def row(covered: int, adults: int | None = 310, name: str = "Khu phố 5") -> CoverageRow:
    missing = None if adults is None else max(0, adults * 4 // 5 - covered)
    return CoverageRow("kp5", name, covered, covered, covered, adults, "", None, missing)


def standing(basic: CoverageRow, *covered: CoverageRow) -> Standing:
    titles = [lesson.title for lesson in read_library()]
    skills = tuple(Figure("x", title, one, 0) for title, one in zip(titles, covered, strict=False))
    return Standing(basic.name, NOON, 80, Figure("", "", basic, 0), skills)


async def test_one_tap_shows_each_skill_in_a_text_and_names_its_picture(core: Core) -> None:
    await learnt(core, 6)
    lan = await member(core, "lan")
    await lan.say("/team")
    shown = await lan.say("1")
    assert "Khu phố 5: **6/10** (60 %), còn **2** người nữa đạt 80 %." in shown.text
    assert "Tính đến 12:00 ngày 21/11/2026." in shown.text
    assert "▓▓▓▓▓▓░░░░ 6/10 (60 %, còn 2)" in shown.text
    assert shown.card.startswith("khu/kp5/")


async def test_few_people_are_not_counted_out_to_the_group(core: Core) -> None:
    await learnt(core, 4)
    shown = written(await (await member(core, "lan")).say("/team_skills"))
    assert "Khu phố 5: dưới 5 người." in shown
    assert "░░░░░░░░░░ dưới 5 người" in shown
    assert not any(sign in shown for sign in ("▓", "4/10", "nữa"))


async def test_the_picture_is_fetched_by_its_name_and_by_no_other(core: Core, tmp_path: Path) -> None:
    lan = await member(core, "lan")
    card = (await lan.say("/team_skills")).card
    client = client_of(core, cards_dir=tmp_path)
    found = await client.get(f"/cards/{card}.png")
    assert (found.status_code, found.headers["content-type"]) == (200, "image/png")
    with Image.open(io.BytesIO(found.content)) as picture:
        assert picture.size == (1080, 1350)
    [file] = tmp_path.rglob("*.png")
    kind, code, seconds, seal = card.split("/")
    strays = [f"{kind}/kp7/{seconds}/{seal}", f"{kind}/{code}/{int(seconds) + 1}/{seal}", f"{kind}/{code}/x/é"]
    for stray in strays:
        assert (await client.get(f"/cards/{stray}.png")).status_code == 404
    for drawn, still in ((NOON, True), (NOON - dt.timedelta(seconds=1), False)):
        os.utime(file, (drawn.timestamp(), drawn.timestamp()))
        forget_pictures(file.parent, NOON)
        assert file.is_file() is still


async def test_later_learners_do_not_change_a_picture_that_was_shown(core: Core, tmp_path: Path) -> None:
    lan = await member(core, "lan")
    card = (await lan.say("/team_skills")).card
    client = client_of(core, cards_dir=tmp_path)
    before = (await client.get(f"/cards/{card}.png")).content
    for number in range(6):
        later = Resident(core, f"r{number}", now=NOON + dt.timedelta(minutes=1))
        await later.join()
        await later.says(*LEARN)
    assert "6/10" in (await replace(lan, now=NOON + dt.timedelta(minutes=2)).say("/team_skills")).text
    assert (await client.get(f"/cards/{card}.png")).content == before


async def test_the_web_chat_shows_it_above_the_text(core: Core) -> None:
    async with visiting(core) as visit:
        await visit.open("/")
        await visit.type(await invitation(core, at=dt.datetime.now(dt.UTC)))
        for said in ("1", "1", "1"):
            await visit.type(said)
        assert '<img src="/cards/khu/kp5/' in visit.html


def test_the_picture_is_small_and_holds_names_as_long_as_they_come() -> None:
    many = [row(covered) for covered in (0, 3, 5, 130, 248, 310, 400, 12)]
    for basic in (row(214), row(3), row(0), row(310), row(214, None), row(9214, 31_000)._replace(name=LONGEST)):
        drawn = typesetting.png("standing", standings.given(standing(basic, *many), "Phường " + "Tân " * 12))
        assert len(drawn) <= MOST_BYTES
    given = standings.given(standing(row(214), *many, *many), "Phường Thử")
    with Image.open(io.BytesIO(typesetting.png("standing", given))) as picture:
        assert picture.size[0] == 1080
        assert picture.size[1] > 1350  # taller, not smaller


def test_the_picture_says_what_the_text_says_and_hides_what_it_hides() -> None:
    given = standings.given(standing(row(3), row(250), row(3)), "Phường Thử")
    assert (given["covered"], given["left"]) == ("dưới 5 người", "Mục tiêu: 80 % bà con")
    assert "250/310 (80 %)" in given["bars"]
    assert '"share": 0.0' in given["bars"]
    assert "3/310" not in given["bars"]


async def test_the_text_of_the_real_lessons_fits_below_a_picture(core: Core) -> None:
    rows = [NeighbourhoodRow("kp5", LONGEST, 31_000, "", None)]
    await core.house.database.write(save, core.house.ward.id, rows)
    real = Core(replace(core.house, library=read_library()), COMMANDS, known_words())
    lan = await member(real, "lan")
    assert len(to_plain((await lan.say("/team_skills")).text)) <= MessageLimit.CAPTION_LENGTH
