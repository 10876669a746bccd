"""The office's pages of neighbours' questions: who waits, warnings to approve, answers to compose."""

import datetime as dt
from pathlib import Path

import pytest
import yaml

from content.reading import validated
from faq.bank import read_bank, read_topic
from faq.model import TopicFile
from handlers.core import Core
from storage import help_requests, local_warnings
from storage.database import Database
from storage.waiting import waiting
from tests.clerks import Office
from tests.dialogue import NOON, Resident, stored
from tests.test_helping import asking, number
from tests.test_local_warning import neighbours, passed_on
from tests.test_team import member

HELP, WARNINGS, QUESTIONS = "/van-phong/loi-nho", "/van-phong/canh-bao", "/van-phong/hoi"
FILLED = {
    "topic": "ward_office",
    "ask": "\n".join(f"Nhà văn hóa mở cửa lúc nào {way}?" for way in ("vậy", "hả", "cháu", "thế", "nhỉ", "ạ")),
    "answer": "Nhà văn hóa mở cửa từ 7:30 đến 21:00 mỗi ngày.",
    "source": "Văn phòng Phường Thử",
    "checked": "21/11/2026",
    "check_again": "21/5/2027",
}


@pytest.fixture
def office(core: Core) -> Office:
    return Office(core)


async def acts(core: Core) -> list[str]:
    return [row["act"] for row in (await stored(core.house.database))["audit"]]


async def test_a_late_request_stands_first_and_the_office_answers_it(office: Office, core: Core) -> None:
    await member(core, "lan")
    old = Resident(core, "ong-nam", now=NOON - dt.timedelta(days=3))  # a Wednesday
    await old.join("kp7")
    await old.says("9", "Tôi muốn nhờ người chỉ cài VNeID")
    resident = await asking(core)
    clerk = await office.logged_in()
    shown = (await clerk.client.get(HELP)).text
    assert shown.index("Trễ:</strong> Khu phố 7") < shown.index("Khu phố 5, từ")
    assert "Nơi này chưa có ai trong tổ" in shown
    assert "Tổ có 1 người" in shown
    assert "Tèo" not in shown
    late, fresh = (row["id"] for row in (await stored(core.house.database))["help_requests"])
    assert (await clerk.send(f"{HELP}/tra-loi", HELP, number=str(late), text=" ")).status_code == 422
    assert "Chưa gửi" in (await clerk.send(f"{HELP}/tra-loi", HELP, number=str(late), text="mã 483902")).text
    answered = await clerk.send(f"{HELP}/tra-loi", HELP, number=str(late), text="Mời bác ra phường, gọi 0912 345 678")
    assert answered.status_code == 303
    assert "Cán bộ Phường Thử trả lời" in (await old.say("/menu")).text
    assert "Đã chuyển lời" in (await old.say("Dạ tôi ra liền")).text
    assert "Dạ tôi ra liền" in (await clerk.client.get(HELP)).text
    assert (await clerk.send(f"{HELP}/xong", HELP, number=str(fresh))).status_code == 303
    assert "chào bà con" in (await resident.say("/menu")).text
    assert (await clerk.send(f"{HELP}/tra-loi", HELP, number=str(fresh), text="Dạ")).status_code == 409
    assert {"answered", "closed"} <= set(await acts(core))
    await old.says("0")
    assert "Không ai đang chờ" in (await clerk.client.get(HELP)).text


async def test_a_warning_is_seen_as_neighbours_will_approved_and_undone(office: Office, core: Core) -> None:
    await neighbours(core)
    warning = await passed_on(core)
    clerk, view = await office.logged_in(), await office.logged_in("view")
    preview = await clerk.client.get(f"{WARNINGS}/{warning}")
    assert "Cảnh báo ở Khu phố 5" in preview.text
    assert "<strong>2 người</strong> ở Khu phố 5 nhận được" in preview.text
    assert "Duyệt, báo cho" not in (await view.client.get(f"{WARNINGS}/{warning}")).text
    elsewhere = await clerk.client.get(f"{WARNINGS}/{warning}?noi=kp6")
    assert "<strong>1 người</strong> ở Khu phố 6" in elsewhere.text
    fields = {"number": str(warning), "place": "kp5"}
    assert (await clerk.send(f"{WARNINGS}/duyet", WARNINGS, number=str(warning), place="x")).status_code == 422
    await clerk.send(f"{WARNINGS}/duyet", WARNINGS, **fields)
    assert "Đã duyệt, sắp gửi" in (await clerk.client.get(WARNINGS)).text
    await clerk.send(f"{WARNINGS}/hoan-tac", WARNINGS, **fields)
    await clerk.send(f"{WARNINGS}/khong-duyet", WARNINGS, **fields)
    shown = (await clerk.client.get(WARNINGS)).text
    assert "Không có tin nào chờ" in shown
    assert "Không duyệt" in shown
    assert await core.house.database.read(local_warnings.pending, core.house.ward.id) == []
    assert {"warned", "undone", "rejected"} <= set(await acts(core))


async def answered_question(core: Core) -> int:
    """Have a member answer a neighbour; return the request's number."""
    lan = await member(core, "lan")
    await asking(core)
    request = await number(core.house.database)
    await lan.says(f"/team_answer {request}", "Chú bấm «Quên mật khẩu»")
    return request


async def test_an_answered_question_becomes_a_file_of_the_wards_own(core: Core, tmp_path: Path) -> None:
    office = Office(core, own_questions=tmp_path / "questions")
    request = await answered_question(core)
    clerk = await office.logged_in()
    assert "Chú bấm «Quên mật khẩu»" in (await clerk.client.get(QUESTIONS)).text
    aside = await clerk.send(f"{QUESTIONS}/bo", QUESTIONS, number=str(request))
    assert "Hoàn tác" in (shown := (await clerk.client.get(aside.headers["location"])).text)
    assert "Chú bấm «Quên mật khẩu»" not in shown
    await clerk.send(f"{QUESTIONS}/lai", QUESTIONS, number=str(request))
    assert "Chú bấm «Quên mật khẩu»" in (await clerk.client.get(QUESTIONS)).text
    form = (await clerk.client.get(f"{QUESTIONS}/{request}/soan")).text
    assert "Chú bấm «Quên mật khẩu»</textarea>" in form
    assert "Tèo" not in form
    kept = await clerk.send(f"{QUESTIONS}/soan", QUESTIONS, do="keep", number=str(request), **FILLED)
    assert kept.status_code == 303
    again = {**FILLED, "ask": FILLED["ask"].replace("mở cửa", "đóng cửa"), "check_again": "1/1/2027"}
    assert (await clerk.send(f"{QUESTIONS}/soan", QUESTIONS, do="keep", **again)).status_code == 303
    [file] = (tmp_path / "questions").iterdir()
    found = validated(file.name, TopicFile, yaml.safe_load(file.read_text("utf-8")))
    assert [entry.name for entry in found.entries] == [
        "nha_van_hoa_mo_cua_luc_nao_vay",
        "nha_van_hoa_dong_cua_luc_nao_vay",
    ]
    assert (found.check_again, found.entries[0].answer) == (dt.date(2027, 1, 1), FILLED["answer"])
    folder = Path(__file__).parent / "bank"
    assert len(read_bank(folder, folder / "weights.json", tmp_path / "questions")) == len(core.house.bank) + 2
    assert await core.house.database.read(help_requests.answered, core.house.ward.id) == []
    assert "composed" in await acts(core)
    view = await office.logged_in("view")
    assert "Nhà văn hóa mở cửa từ 7:30" in (await view.client.get(QUESTIONS)).text
    first, second = (f"ward_office.{entry.name}" for entry in found.entries)
    assert (await view.send(f"{QUESTIONS}/rut", QUESTIONS, key=first)).status_code == 403
    await clerk.send(f"{QUESTIONS}/rut", QUESTIONS, key=first)
    await clerk.send(f"{QUESTIONS}/rut", QUESTIONS, key="../ward_office.x")
    [left] = read_topic(file)
    assert (left.key, len(left.sources)) == (second, 1)
    await clerk.send(f"{QUESTIONS}/rut", QUESTIONS, key=second)
    assert not file.exists()
    assert "đang dùng" not in (await clerk.client.get(QUESTIONS)).text


async def test_the_date_of_a_source_is_typed_as_every_other_date(office: Office) -> None:
    clerk = await office.logged_in()
    for typed, kept in (("21/10/2026", "2026-10-21"), ("2026-10-21", "2026-10-21"), ("2026", "2026")):
        given = await clerk.send(f"{QUESTIONS}/soan", QUESTIONS, **{**FILLED, "published": typed})
        assert yaml.safe_load(given.text)["sources"][0]["published"] == kept
    wrong = await clerk.send(f"{QUESTIONS}/soan", QUESTIONS, **{**FILLED, "published": "31/2/2026"})
    assert (wrong.status_code, "31/2/2026" in wrong.text) == (422, True)


async def test_without_a_folder_the_file_is_given_away_and_what_is_wrong_loses_nothing(
    office: Office, core: Core, database: Database
) -> None:
    resident = Resident(core)
    await resident.join()
    await resident.says("phở bò ngon ghê", "phở bò ngon ghê", "phở bò ngon quá")
    clerk, view = await office.logged_in(), await office.logged_in("view")
    shown = (await clerk.client.get(QUESTIONS)).text
    assert "hỏi 3 lần" in shown
    assert "1 cách hỏi khác" in shown
    assert "Soạn câu trả lời" not in (await view.client.get(QUESTIONS)).text
    form = (await clerk.client.get(f"{QUESTIONS}/0/soan?cau=pho+bo+ngon+ghe")).text
    assert "pho bo ngon ghe\npho bo ngon qua</textarea>" in form
    assert 'value="keep"' not in form
    for wrong in ({"ask": "một dòng"}, {"checked": "hôm qua"}, {"link": "javascript:x"}, {"answer": "dài " * 90}):
        refused = await clerk.send(f"{QUESTIONS}/soan", QUESTIONS, do="take", **{**FILLED, **wrong})
        assert refused.status_code == 422
        assert "Chưa lưu" in refused.text
        assert FILLED["source"] in refused.text
    taken = await clerk.send(f"{QUESTIONS}/soan", QUESTIONS, do="take", head="pho bo ngon ghe", **FILLED)
    assert taken.headers["content-disposition"] == 'attachment; filename="ward_office.yaml"'
    assert validated("x", TopicFile, yaml.safe_load(taken.text)).topic == "ward_office"
    assert len((await stored(database))["unanswered"]) == 2


async def test_questions_put_aside_can_be_put_back_until_somebody_asks_again(
    office: Office, core: Core, database: Database
) -> None:
    resident = Resident(core)
    await resident.join()
    await resident.says("phở bò ngon ghê", "phở bò ngon ghê", "phở bò ngon quá")
    clerk = await office.logged_in()

    async def shown(path: str) -> tuple[str, str]:
        waits, _, aside = (await clerk.client.get(path)).text.partition("đã bỏ khỏi danh sách, hoặc")
        return waits, aside

    done = await clerk.send(f"{QUESTIONS}/bo", QUESTIONS, head="pho bo ngon ghe")
    waits, aside = await shown(done.headers["location"])
    assert "Chưa có câu nào máy không trả lời được" in waits
    assert 'name="head" value="pho bo ngon ghe"><button class="secondary">Hoàn tác' in waits
    assert "pho bo ngon ghe" in aside
    assert "và 1 cách hỏi khác" in aside
    assert (await database.read(waiting, core.house.ward.id))["questions"] == 0
    await clerk.send(f"{QUESTIONS}/lai", QUESTIONS, head="pho bo ngon ghe")
    waits, aside = await shown(QUESTIONS)
    assert ("hỏi 3 lần" in waits, aside) == (True, "")
    await clerk.send(f"{QUESTIONS}/bo", QUESTIONS, head="pho bo ngon ghe")
    await resident.says("phở bò ngon quá")
    waits, aside = await shown(QUESTIONS)
    assert "pho bo ngon qua <small>hỏi 1 lần" in waits
    assert ("pho bo ngon ghe" in aside, "cách hỏi khác" in aside) == (True, False)
