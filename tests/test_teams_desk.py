"""Teams and content in the office: inviting and ending memberships at once; what needs review, and when."""

import datetime as dt
import re

import pytest

from handlers.core import Core
from office.posters import Doors
from office.printing_desk import Printing
from storage.database import Database
from storage.neighbourhoods import NeighbourhoodRow, Ward, save
from tests.clerks import Clerk, Office
from tests.dialogue import Resident, stored, verify_dialogue
from tests.test_team import member

TEAMS, REVIEW = "/van-phong/to", "/van-phong/ra-soat"


async def test_somebody_is_invited_joins_is_listed_and_ended_at_once(core: Core) -> None:
    clerk = await Office(core, printing=Printing(Doors("https://ward.test"))).logged_in()
    made = (await clerk.send(TEAMS, code="kp5", role="leader")).text
    code = re.search(r'value="(#moi-\w{10})"', made)
    assert code is not None
    assert f'value="https://ward.test/kp/{code[1][1:]}"' in made
    lan = Resident(core, "lan")
    await verify_dialogue(lan, [(code[1], "Khu phố 5"), ("1", "Khu phố 5"), ("viec cua to", "Khu phố 5:")])
    page = (await clerk.client.get(TEAMS)).text
    assert "tổ trưởng tổ công nghệ số</td>" in page
    assert "Khu phố 5," not in page.partition("Chưa có ai trong tổ")[2]
    [found] = re.findall(r'name="number" value="(\d+)"', page)
    assert (await clerk.send(f"{TEAMS}/thoi", page=TEAMS, number=found)).status_code == 303
    assert "Cho thôi" not in (await clerk.client.get(TEAMS)).text
    assert "Khu phố 5:" not in (await lan.say("viec cua to")).text
    assert "Hoàn tác" in (await clerk.client.get(f"{TEAMS}?thoi={found}")).text
    assert "ở lại tổ" in (await clerk.send(f"{TEAMS}/hoan-tac", page=TEAMS, number=found)).text
    assert "Khu phố 5:" in (await lan.say("viec cua to")).text
    assert (await clerk.send(f"{TEAMS}/hoan-tac", page=TEAMS, number=found)).status_code == 409
    await clerk.send(f"{TEAMS}/thoi", page=TEAMS, number=found)
    clerk.office.now += dt.timedelta(hours=11)
    await lan.says((await invited(clerk, "kp6")), "1")
    assert (await clerk.send(f"{TEAMS}/hoan-tac", page=TEAMS, number=found)).status_code == 409


async def invited(clerk: Clerk, place: str) -> str:
    """Return the code of an invitation made in the office."""
    found = re.search(r'value="(#moi-\w{10})"', (await clerk.send(TEAMS, code=place, role="member")).text)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("typed", [{"code": "no", "role": "leader"}, {"code": "kp5", "role": "boss"}, {}], ids=str)
async def test_a_wrong_invitation_is_refused(core: Core, database: Database, typed: dict[str, str]) -> None:
    clerk = await Office(core).logged_in()
    answer = await clerk.send(TEAMS, **typed)
    assert (answer.status_code, "Chưa mời ai" in answer.text) == (422, True)
    assert (await stored(database))["invitations"] == []


async def test_only_members_there_are_can_be_ended(core: Core) -> None:
    await member(core, "lan")
    clerk = await Office(core).logged_in()
    for number in ("", "0", "999", "-1", "1e3", "٣", "9" * 40, "1;2"):
        assert (await clerk.send(f"{TEAMS}/thoi", page=TEAMS, number=number)).status_code == 303
    assert "Cho thôi" in (await clerk.client.get(TEAMS)).text


async def test_names_of_places_are_shown_as_text(core: Core, database: Database, ward: Ward) -> None:
    await database.write(save, ward.id, [NeighbourhoodRow("kp5", "<script>x</script>", 10, "", None)])
    await member(core, "lan")
    clerk = await Office(core).logged_in()
    for page in ((await clerk.client.get(TEAMS)).text, (await clerk.send(TEAMS, code="kp5", role="member")).text):
        assert "<script>" not in page
        assert "&lt;script&gt;" in page


async def test_content_is_listed_when_its_date_is_near_and_counted_when_it_has_come(core: Core) -> None:
    lesson = core.house.library.get("first_steps")
    assert lesson is not None
    office = Office(core)
    clerk = await office.logged_in("view")
    assert "Không có nội dung nào phải xem lại" in (await clerk.client.get(REVIEW)).text
    for days, late in ((-20, False), (0, True)):
        office.now = dt.datetime.combine(lesson.check_again, dt.time(5), dt.UTC) + dt.timedelta(days=days)
        assert (await clerk.log_in()).status_code == 303
        page = (await clerk.client.get(REVIEW)).text
        assert lesson.title in page
        assert "first_steps.yaml" in page
        assert lesson.sources[0].name in page
        assert ("quá ngày</strong>" in page) == late
        assert ("việc đang chờ" in page) == late
