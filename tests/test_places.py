"""Neighbourhoods change: residents, links and figures follow; what a sealed month said stays."""

import datetime as dt
import re

from sqlalchemy import Connection, select

from bot.sealing import seal_due
from handlers.core import Core
from office.report import Report
from office.words import words
from storage import campaigns
from storage.counters import Counter
from storage.counters import add as add_counter
from storage.coverage import coverage, places_of
from storage.database import Database
from storage.local_warnings import pending
from storage.neighbourhoods import NeighbourhoodRow, Ward, all_of, by_code, save
from storage.tables import members, residents
from storage.tallies import recount
from storage.team_facts import CampaignAsked
from tests.clerks import Clerk, Office
from tests.dialogue import NOON, Resident, stored
from tests.test_figures import filled
from tests.test_local_warning import passed_on
from tests.test_neighbours import ORAL, ids, with_person
from tests.test_seals import SETTINGS, TOPICS, report_of

PAGE = "/van-phong/so-lieu/thay-doi"
ORDER = {"date": "1/11/2026", "source": "Nghị quyết 7/NQ-HĐND"}


async def changed(clerk: Clerk, act: str, **typed: str) -> str:
    """Send a form of the page; return what the page says then."""
    return (await clerk.send(f"{PAGE}/{act}", page=PAGE, **{**ORDER, "sure": "yes", **typed})).text


async def test_who_lived_in_a_merged_neighbourhood_lives_in_the_other_and_its_links_lead_there(
    core: Core, database: Database, ward: Ward
) -> None:
    resident = Resident(core)
    await resident.join("kp5")
    clerk = await Office(core).logged_in("office")
    assert "Đã ghi." in await changed(clerk, "nhap", code="kp5", into="kp7")
    rows = {row.code: row for row in await database.report(coverage, ward.id, ("first_steps",), 80)}
    assert "kp5" not in rows
    assert (rows["kp7"].joined, rows["kp7"].adults, rows["kp7"].source) == (1, 20, ORDER["source"])
    newcomer = Resident(core, "ong-nam")
    await newcomer.join("kp5")
    rows = {row.code: row for row in await database.report(coverage, ward.id, ("first_steps",), 80)}
    assert rows["kp7"].joined == 2
    assert (await database.read(by_code, ward.id, "kp5")) == (await database.read(by_code, ward.id, "kp7"))
    assert "nhập vào" in (await clerk.client.get(PAGE)).text
    assert await database.write(recount) == 0
    for code, into in (("kp5", "kp7"), ("kp7", "kp7"), ("kp1", "kp5"), ("x", "kp1")):
        assert "Chưa ghi gì" in await changed(clerk, "nhap", code=code, into=into)


async def test_reminders_and_warnings_go_on_for_whoever_is_heir_to_a_neighbourhood(
    core: Core, database: Database, ward: Ward
) -> None:
    office = Office(core)
    clerk = await office.logged_in("office")
    ids = {place.code: place.id for place in await database.read(all_of, ward.id)}
    await passed_on(core)  # in kp5
    for topic, code in (("first_steps", "kp5"), ("second_steps", "kp5"), ("first_steps", "kp7")):
        await database.write(enter, ids[code], NOON, topic)
    await clerk.send("/van-phong/nhac-bai/moi", bai="first_steps", ai="not_passed", ngay="today", noi="kp5")

    async def aimed() -> set[tuple[str, str | None, str]]:
        """Return what every open campaign is about, and the neighbourhood or neighbourhoods it means."""
        found = await database.read(by_id, ward.id)
        rows = [row for row in (await stored(database))["campaigns"] if row["status"] != "cancelled"]
        here = [(row["topic"], found.get(row["neighbourhood_id"]), map(int, row["places"].split())) for row in rows]
        return {(topic, place, " ".join(found[one] for one in places)) for topic, place, places in here}

    assert "Đã ghi." in await changed(clerk, "nhap", code="kp5", into="kp7")
    own = {("first_steps", "kp7", ""), ("second_steps", "kp7", "")}
    assert await aimed() == {*own, ("first_steps", None, "kp7")}
    assert len((await stored(database))["campaigns"]) == 4  # of two about the same one goes on
    assert [one.code for one in await database.read(pending, ward.id)] == ["kp7"]
    assert "Đã ghi." in await changed(clerk, "tach", code="kp7", parts="A; 5; a\nB; 5; b")
    assert await aimed() == {("first_steps", None, "a b")}
    assert [one.code for one in await database.read(pending, ward.id)] == [None]


def by_id(connection: Connection, ward_id: int) -> dict[int, str]:
    return {place.id: place.code for place in all_of(connection, ward_id)}


def enter(connection: Connection, place: int, at: dt.datetime, topic: str) -> None:
    member = connection.execute(select(members.c.id)).scalar_one()
    asked = CampaignAsked(member, topic, (topic,), "not_passed", 0, at, None)
    campaigns.ask(connection, place, asked, at)


async def test_a_split_neighbourhood_leaves_its_residents_to_be_asked(
    core: Core, database: Database, ward: Ward
) -> None:
    resident = Resident(core)
    await resident.join("kp5")
    clerk = await Office(core).logged_in("office")
    for wrong in ("Khu phố 5A", "A\nA", "A; x\nB", "Khu phố 1\nKhu phố 5B", "A; 5; kp1\nB", "=A\nB"):
        assert "Chưa ghi gì" in await changed(clerk, "tach", code="kp5", parts=wrong)
    said = await changed(clerk, "tach", code="kp5", parts="Khu phố 5A; 620; kp5a\n Khu phố 5B ;;\n")
    assert "Đã ghi." in said
    assert "Khu phố 5A, Khu phố 5B" in said
    names = [place.name for place in await database.read(all_of, ward.id)]
    assert names[4:6] == ["Khu phố 5A", "Khu phố 5B"]
    rows = await database.report(coverage, ward.id, ("first_steps",), 80)
    assert (rows[-1].code, rows[-1].joined) == ("", 1)
    assert await database.read(by_code, ward.id, "kp5") is None
    again = await resident.say("/start kp5")
    assert [choice.label for choice in again.choices[4:6]] == ["Khu phố 5A", "Khu phố 5B"]
    found = await resident.say("/place kp5a")
    assert "Khu phố 5A" in found.text
    [place] = await database.read(lambda connection: list(connection.scalars(select(residents.c.neighbourhood_id))))
    assert place is not None


async def test_sealed_months_keep_names_and_adults_and_later_ones_begin_where_these_end(
    core: Core, database: Database, ward: Ward
) -> None:
    await filled(database, ward)
    await seal_due(database, ward, TOPICS, SETTINGS, NOON)
    before = await report_of(core, "2026-11")
    clerk = await Office(core).logged_in("office")
    await changed(clerk, "doi-ten", code="kp1", name="Khu phố Hòa Bình")
    await changed(clerk, "nhap", code="kp2", into="kp3")
    after = await report_of(core, "2026-11")
    assert [line.cells() for line in after.lines] == [line.cells() for line in before.lines]
    later: Report = await report_of(core, "2026-12")
    lines = {line.row.code: line for line in later.lines}
    assert "kp2" not in lines
    assert lines["kp1"].name == "Khu phố Hòa Bình"
    ends = {line.row.code: line.row.covered for line in before.lines}
    assert lines["kp3"].before == ends["kp2"] + ends["kp3"]
    assert later.whole.before == before.whole.row.covered


async def test_a_period_that_was_not_sealed_uses_the_adults_that_held_then(database: Database, ward: Ward) -> None:
    since = [dt.date(2026, 9, 1), dt.date(2026, 11, 1)]
    for adults, day in zip((100, 300), since, strict=True):
        await database.write(save, ward.id, [NeighbourhoodRow("kp1", "Khu phố 1", adults, "VB", day)])
    for days, held in ((100, 10), (40, 100), (0, 300)):
        found = await database.read(places_of, ward.id, NOON - dt.timedelta(days=days))
        assert next(iter(found.values())).adults == held


async def test_a_sheet_with_the_code_of_a_merged_neighbourhood_is_handed_back(core: Core) -> None:
    clerk = await Office(core).logged_in("office")
    await changed(clerk, "nhap", code="kp2", into="kp3")
    sheet = {"file": ("a.csv", "mã;tên;số người trưởng thành\nkp2;Khu phố 2;10\n".encode())}
    page = await clerk.send("/van-phong/so-lieu/bang", page="/van-phong/so-lieu", files=sheet, do="save")
    assert "đã nhập vào nơi khác hoặc đã tách" in page.text


async def test_whoever_only_sees_changes_nothing(core: Core) -> None:
    clerk = await Office(core).logged_in("view")
    assert "Nhập vào nơi khác" not in (await clerk.client.get(PAGE)).text
    assert (await clerk.send(f"{PAGE}/nhap", page=PAGE, code="kp1", into="kp2", **ORDER)).status_code == 403


async def test_names_with_signs_that_nobody_can_see_are_refused_as_those_of_a_sheet_are(
    core: Core, database: Database, ward: Ward
) -> None:
    clerk = await Office(core).logged_in("office")
    for sign in ("\x00", "\x07", "\x1b", "\x7f", "\ue000"):
        said = await changed(clerk, "doi-ten", code="kp5", name=f"Khu{sign} phố Năm")
        assert "Ô «tên» có ký tự lạ không in được; hãy xóa và gõ lại." in said
        assert "Ô «tên» có ký tự lạ" in await changed(clerk, "tach", code="kp5", parts=f"Khu{sign} A\nKhu B")
        assert "Ô «văn bản nguồn»" in await changed(clerk, "doi-ten", code="kp5", name="A", source=f"Số{sign} 7")
    assert [row.name for row in await database.read(all_of, ward.id)][4] == "Khu phố 5"
    assert "Đã ghi." in await changed(clerk, "doi-ten", code="kp5", name="Khu phô\u0301  Na\u0306m\u200b")
    assert [row.name for row in await database.read(all_of, ward.id)][4] == "Khu phố Năm"


async def test_what_was_refused_stays_in_its_form_and_in_no_other(core: Core) -> None:
    clerk = await Office(core).logged_in("office")
    said = await changed(clerk, "tach", code="kp5", parts="A; 5\nB; 5", date="31/2/2026")
    others, _, form = said.partition('action="/van-phong/so-lieu/thay-doi/tach"')
    for typed in ('value="kp5" selected', ">A; 5\nB; 5</textarea>", 'value="31/2/2026"'):
        assert (typed in form, typed in others) == (True, False)


async def test_what_merging_and_splitting_mean_is_shown_before_it_is_done(
    core: Core, database: Database, ward: Ward
) -> None:
    lan = await with_person(core)
    [tu] = await ids(database)
    await lan.say(ORAL.format(tu, 1, 3))
    place = {row.code: row.id for row in await database.read(all_of, ward.id)}["kp5"]
    await database.write(enter, place, NOON, "second_steps")
    counter = Counter("official", 7, "Báo cáo 12", NOON.date())
    assert await database.write(add_counter, ward.id, "kp5", counter, None, NOON)
    clerk = await Office(core).logged_in("office")
    before = await stored(database)
    for act, about in (("nhap", {"into": "kp7"}), ("tach", {"parts": "A; 5; a\nB; 5; b"})):
        shown = await changed(clerk, act, code="kp5", sure="", **about)
        rows = re.findall(r'<tr><th scope="row">(.+?): (\d+)</th>', shown)
        assert dict(rows) == {
            "Bà con": "1",
            "Kết quả đã ghi": "1",
            "Người trong tổ": "1",
            "Lớp học": "0",
            "Lần nhắc của tổ chưa xong": "1",
            "Lần nhắc của văn phòng chưa xong": "0",
            "Người đang hỏi tổ": "0",
            "Cảnh báo của khu": "0",
            words("numbers")["kinds"]["official"]: "7",
        }
        assert "Ghi nhầm thì hoàn tác được" in shown
        assert "ở lại với tên cũ (Báo cáo 12" in shown
    after = await stored(database)
    assert {name for name in after if after[name] != before[name]} <= {"audit"}
    for typed in ({"into": "kp5"}, {"parts": "Khu phố 1\nB"}, {"parts": "A;;kp5\nB"}):
        act = "nhap" if "into" in typed else "tach"
        assert "Chưa ghi gì. Tên hoặc mã" in await changed(clerk, act, code="kp5", sure="", **typed)
    form = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', shown))
    sent = {name: form[name] for name in ("code", "parts", "date", "source", "sure")}
    assert "Đã ghi." in await changed(clerk, "tach", **sent)
