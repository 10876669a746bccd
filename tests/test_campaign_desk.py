"""Reminding in the office: written down, seen as residents will, approved with a click, stopped, accounted for."""

import datetime as dt
from dataclasses import replace

import pytest

from bot.reminding import Reminding
from handlers.campaign import GRACE
from handlers.core import Core
from office.campaign_form import EVENTS, times
from office.effect import difference, wilson
from storage import audit
from storage.audience import Ways
from storage.database import Database
from storage.receipts import Group, of_ward
from tests.clerks import Clerk, Office
from tests.dialogue import stored
from tests.test_reminders import THREE, Post, join

NEW = "/van-phong/nhac-bai/moi"
USUAL = {"bai": "first_steps", "ai": "not_passed", "ngay": "today"}


@pytest.fixture
def office(core: Core) -> Office:
    return Office(core, THREE - dt.timedelta(hours=1))


async def written(clerk: Clerk, **fields: str) -> str:
    """Return the path of a campaign that a clerk wrote down."""
    answer = await clerk.send(NEW, **{**USUAL, **fields})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def acts(office: Office) -> list[str]:
    house = office.core.house
    return [line.act for line in await house.database.read(audit.latest, house.ward.id, 100) if line.act != "saw"]


async def test_a_campaign_is_seen_as_residents_will_then_approved_then_accounted_for(
    core: Core, office: Office, database: Database
) -> None:
    for address, channel, code in (
        ("an", "telegram", "kp5"),
        ("binh", "zalo_bot", "kp6"),
        ("chi", "web", "kp5"),
        ("xa", "telegram", "kp9"),
    ):
        await join(core, address, channel, code)
    await join(core, "dung", remind="2")
    clerk, post = await office.logged_in(), Post(core)
    assert "Chưa có lần nhắc nào" in (await clerk.client.get("/van-phong/nhac-bai")).text
    path = await written(clerk, noi="kp5", hai="1")
    shown = (await clerk.client.get(path)).text
    for said in ("Bước đầu", "[1] Học tiếp", "[2] Dừng nhắc", "Khu phố 5", "<strong>1 người</strong>", "Telegram"):
        assert said in shown
    assert "máy không nhắn tới được" in shown
    assert "không đồng ý được nhắc" in shown
    post.now = office.now + dt.timedelta(minutes=1)
    await post.remind()
    assert post.sent() == []
    assert (await clerk.send(f"{path}/duyet", page=path)).status_code == 303
    post.now = office.now + dt.timedelta(minutes=4)
    await post.remind()
    assert post.sent() == []  # it can still be cancelled
    office.now = post.now = office.now + GRACE
    await post.remind()
    assert post.sent() == ["an"]
    receipt = (await clerk.client.get(path)).text
    assert "đã gửi xong" in receipt
    assert "<strong>1/1</strong>" in receipt
    assert "Tin để tự chuyển" in receipt
    assert "đã gửi 1/1" in (await clerk.client.get("/van-phong/nhac-bai")).text
    assert "Cùng loạt" in receipt  # with the second message, three days later
    assert "(lần hai): đã duyệt, chờ gửi" in receipt
    assert (await acts(office))[:2] == ["approved", "drafted"]


async def test_it_is_cancelled_before_the_start_and_stopped_while_it_runs(core: Core, office: Office) -> None:
    await join(core, "an")
    clerk, post = await office.logged_in(), Post(core)
    first, second = await written(clerk), await written(clerk, tuan="21/12/2026", hai="1", dich="1")
    for path in (first, second):
        await clerk.send(f"{path}/duyet", page=path)
    await clerk.send(f"{first}/huy", page=first)
    for _ in range(2):  # taken back, it must be approved again
        assert "Lấy lại</button>" in (await clerk.client.get(first)).text
        await clerk.send(f"{first}/lai", page=first)
        assert "chờ duyệt" in (await clerk.client.get(first)).text
        await clerk.send(f"{first}/huy", page=first)
    assert "đã hủy" in (await clerk.client.get(first)).text
    assert "Nhắc lại mỗi tuần tới hết ngày 21/12/2026, hoặc tới khi đạt 80" in (await clerk.client.get(second)).text
    post.now = office.now + GRACE
    await Reminding(core.house, lambda: post.now).step()  # it is in the outbox
    assert "Dừng" in (await clerk.client.get("/van-phong/nhac-bai")).text
    await clerk.send(f"{second}/huy", page=second)
    await clerk.send(f"{second}/lai", page=second)  # too late: some may have gone out
    assert "soạn lần nhắc mới" in (await clerk.client.get(second)).text
    post.now += dt.timedelta(hours=1)
    await post.remind()
    assert post.sent() == []
    house = core.house
    assert {one.status for one in await house.database.read(of_ward, house.ward.id, 10)} == {"cancelled"}
    assert (await acts(office)).count("cancelled") == 4


async def test_who_leads_may_write_down_and_not_approve_and_who_looks_may_neither(office: Office) -> None:
    lead, view = await office.logged_in("lead"), await office.logged_in("view")
    path = await written(lead)
    assert "Đang chờ cán bộ văn phòng duyệt" in (await lead.client.get(path)).text
    for clerk in (lead, view):
        assert "/duyet" not in (await clerk.client.get(path)).text
        assert (await clerk.send(f"{path}/duyet", page=path)).status_code == 403
    assert (await view.client.get(NEW)).status_code == 403


WRONG = [
    {"bai": "nothing"},
    {"ai": "everybody"},
    {"noi": "kp99"},
    {"ngay": ""},
    {"ngay": "other", "ngay-khac": "31/2/2027"},
    {"ngay": "other", "ngay-khac": "1/1/0001"},
    {"ngay": "other", "ngay-khac": "20/11/2026"},
    {"ngay": "other", "ngay-khac": "1/1/2030"},
    {"gio": "23:00"},
    {"tuan": "hôm nào đó"},
    {"tuan": "1/1/0001"},
    {"tuan": "31/12/9999"},
]


async def test_what_cannot_be_used_is_said_and_nothing_typed_is_lost(office: Office, database: Database) -> None:
    clerk = await office.logged_in()
    for typed in WRONG:
        answer = await clerk.send(NEW, **{**USUAL, "tuan": "1/12/2026", **typed})
        assert answer.status_code == 422, typed
        assert "Chưa ghi." in answer.text
        assert (typed.get("tuan") or "1/12/2026") in answer.text
    assert (await stored(database))["campaigns"] == []


async def test_an_unknown_campaign_is_none(office: Office) -> None:
    clerk = await office.logged_in()
    for number in ("99", "x", "9" * 30, "٣"):
        assert (await clerk.client.get(f"/van-phong/nhac-bai/{number}")).status_code == 404
        assert (await clerk.send(f"/van-phong/nhac-bai/{number}/duyet", page="/van-phong")).status_code == 303


@pytest.mark.parametrize(("price", "said"), [(55, "khoảng 55 đồng"), (0, "chưa ghi giá")])
async def test_what_zalo_charges_is_said_where_a_price_is_set(core: Core, price: int, said: str) -> None:
    await join(core, "an", "zalo_oa")
    house = replace(core.house, ways=Ways(paid=True, paid_price=price))
    office = Office(Core(house, {}, {}), THREE + dt.timedelta(days=3))
    clerk = await office.logged_in()
    shown = (await clerk.client.get(await written(clerk))).text
    assert said in shown
    assert "Zalo OA, có tính phí" in shown


@pytest.mark.parametrize("topic", EVENTS)
async def test_it_may_be_to_go_on_or_to_be_asked_again_tomorrow(core: Core, office: Office, topic: str) -> None:
    clerk = await office.logged_in()
    shown = (await clerk.client.get(await written(clerk, bai=topic, ngay="tomorrow", gio="08:30"))).text
    assert "8:30 ngày 22/11/2026" in shown
    assert "Hiện không có ai để nhắc" in shown


async def test_after_a_week_the_receipt_says_what_reminding_was_worth(core: Core, office: Office) -> None:
    people = [await join(core, f"p{number:02}") for number in range(24)]
    clerk, post = await office.logged_in(), Post(core)
    path = await written(clerk, giu="1")
    await clerk.send(f"{path}/duyet", page=path)
    post.now = office.now + GRACE
    await post.remind()
    assert "Bảy ngày sau mới so được" in (await clerk.client.get(path)).text
    for person in people[:8]:
        person.now = post.now + dt.timedelta(hours=1)
        await person.says("/quiz first_steps", "2", "1", "3", "1", "1", "3")
    office.now += dt.timedelta(days=8)
    clerk = await office.logged_in(name="lan")
    shown = (await clerk.client.get(path)).text
    assert "Chưa đủ để nói nhắc bài có ích hay không" in shown
    assert "tin cậy 95" in shown


KNOWN = [  # Newcombe 1998, table II, method 10
    ((56, 70), (48, 80), (0.0524, 0.3339)),
    ((9, 10), (3, 10), (0.1705, 0.8090)),
    ((6, 7), (2, 7), (0.0582, 0.8062)),
    ((5, 56), (0, 29), (-0.0381, 0.1926)),
    ((0, 10), (0, 20), (-0.1611, 0.2775)),
    ((10, 10), (0, 10), (0.6075, 1.0)),
]


@pytest.mark.parametrize(("one", "other", "interval"), KNOWN)
def test_the_interval_is_newcombes(one: tuple[int, int], other: tuple[int, int], interval: tuple[float, float]) -> None:
    found = difference(Group(one[1], one[0]), Group(other[1], other[0]))
    assert found is not None
    assert (found.low, found.high) == pytest.approx(interval, abs=0.0001)


def test_an_interval_of_a_share_is_wilsons_and_of_nobody_there_is_none() -> None:
    assert wilson(Group(263, 81)) == pytest.approx((0.2553, 0.3662), abs=0.0001)
    assert difference(Group(0, 0), Group(5, 1)) is None


def test_times_lie_within_the_hours(core: Core) -> None:
    found = times(core.house.hours)
    assert (found[0], found[-1], "11:00" in found) == ("07:30", "20:00", False)
