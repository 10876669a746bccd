"""A neighbour asks the team in the chat: the question arrives, the answer comes back, the bot holds back meanwhile."""

import datetime as dt

import pytest

from handlers import help_words
from handlers.core import Core
from handlers.messages import Reply
from handlers.office_hours import late, worked
from storage import helping, requests
from storage.conversations import Raced
from storage.database import Database
from storage.help_facts import HelpAsked
from tests.dialogue import NOON, Resident, commands_of, stored, stored_texts, verify_dialogue
from tests.test_team import member

QUESTION = "Con trai tôi Nguyễn Văn Tèo đổi máy, VNeID đòi mật khẩu thì lấy ở đâu"
MONDAY = dt.datetime(2026, 11, 23, 1, 0, tzinfo=dt.UTC)  # eight o'clock in Viet Nam


async def asking(core: Core, address: str = "ba-tu") -> Resident:
    """Return a neighbour who has just asked the team of kp5."""
    resident = Resident(core, address)
    await resident.join()
    await resident.says("9", QUESTION)
    return resident


async def number(database: Database) -> int:
    """Return the number of the request that was opened last."""
    found: int = (await stored(database))["help_requests"][-1]["id"]
    return found


async def test_a_question_reaches_the_team_without_names_and_the_answer_comes_back(
    core: Core, database: Database
) -> None:
    lan, elsewhere = await member(core, "lan"), await member(core, "hoa", "kp7")
    resident = Resident(core)
    await resident.join()
    told = await resident.say("9")
    assert "người trong Tổ công nghệ số cộng đồng Khu phố 5 sẽ đọc" in told.text
    sent = await resident.say(QUESTION)
    assert "Đã gửi" in sent.text
    assert "mở lại trang này" in sent.text
    menu = await lan.say("/menu")
    assert "Một bà con ở khu mình hỏi tổ:**\n«Con trai tôi (tên) đổi máy" in menu.text
    assert "Tèo" not in menu.text
    request = await number(database)
    assert f"/team_answer {request}" in commands_of(menu)
    assert "hỏi tổ" not in (await elsewhere.say("/menu")).text
    await verify_dialogue(
        lan,
        [
            ("việc của tổ", "Bà con đang hỏi (1)"),
            ("bà con đang hỏi", "Có 1 lời nhờ"),
            ("1", "chưa ai trả lời"),
            ("trả lời", "Mời bà con viết câu trả lời"),
            ("Chú mở VNeID, bấm «Quên mật khẩu» rồi gọi cô 0912 345 678", "Đã gửi"),
        ],
    )
    shown = await core.shown(resident.message(""))
    assert shown is not None
    assert "Người hướng dẫn Khu phố 5 trả lời" in shown.text
    assert "0912 345 678" in shown.text
    assert [message["text"] for message in (await stored(database))["help_messages"]] == [
        "Con trai tôi (tên) đổi máy, VNeID đòi mật khẩu thì lấy ở đâu",
        "Chú mở VNeID, bấm «Quên mật khẩu» rồi gọi cô (số)",
    ]
    [kept] = (await stored(database))["help_requests"]
    assert kept["question"].startswith("con trai")
    assert "teo" not in kept["question"]


async def test_while_they_talk_free_text_goes_to_the_helper_and_the_menu_still_works(
    core: Core, database: Database
) -> None:
    lan = await member(core, "lan")
    resident = await asking(core)
    request = await number(database)
    await lan.says(f"/team_answer {request}", "Dạ chú dùng máy gì ạ?")
    await verify_dialogue(
        resident,
        [
            ("dạ cảm ơn", "Đã chuyển lời bà con tới người hướng dẫn"),
            ("tôi xài máy nokia", "Đã chuyển lời"),
            ("7", "Đã chuyển lời"),
            ("menu", "Hôm nay"),
            ("1", "Bước 1/"),
            ("máy đen trắng", "Đã chuyển lời"),
            ("mã của tôi là 483902", "không đọc và không lưu"),
            ("9", "đang nói chuyện với người hướng dẫn"),
        ],
    )
    heard = await lan.say("Vậy chú ra nhà văn hóa nhé")
    assert "tôi xài máy nokia" in heard.text
    assert "«7»" in heard.text
    assert "Đã gửi" in heard.text  # what they went on writing belonged to the thread
    back = await resident.say("0")
    assert "Tổ số lại trả lời bà con" in back.text
    assert "Đã chuyển" not in (await resident.say("phở bò ngon ghê")).text
    assert "khép lại rồi" in (await lan.say("thêm một câu")).text
    assert "483902" not in await stored_texts(database)


async def test_the_first_answer_is_not_lost_and_a_done_request_ends_kindly(core: Core, database: Database) -> None:
    lan, nga = await member(core, "lan"), await member(core, "nga", role="member")
    resident = await asking(core)
    request = await number(database)
    await lan.says(f"/team_answer {request}", "Chú đợi cháu chút")
    assert "Tổ mình: «Chú đợi cháu chút»" in (await nga.say(f"/team_help {request}")).text
    assert "này xong" in (await nga.say("xong")).text
    told = await resident.say("/menu")
    assert "Người hướng dẫn chào bà con" in told.text
    assert "Đã chuyển" not in (await resident.say("phở bò ngon ghê")).text


async def test_a_request_without_words_is_told_after_two_minutes_and_once(core: Core, database: Database) -> None:
    lan = await member(core, "lan")
    resident = Resident(core)
    await resident.join()
    await resident.says("9", "9", "1")
    speech = core.house.speech

    async def look(at: dt.datetime) -> None:
        ping, goodbye = help_words.question(speech, "").to_json(), help_words.goodbye(speech, silent=True).to_json()
        await database.write(helping.look_after, core.house.ward.id, ping, goodbye, at)

    await look(NOON + dt.timedelta(minutes=1))
    assert "muốn gặp" not in (await lan.say("/menu")).text
    await look(NOON + dt.timedelta(minutes=2))
    await look(NOON + dt.timedelta(minutes=3))
    assert (await lan.say("/menu")).text.count("muốn gặp người hướng dẫn") == 1
    await lan.says(f"/team_answer {await number(database)}", "Dạ bác cần gì ạ?")
    assert "cần gì ạ" in (await resident.say("/menu")).text
    await look(NOON + dt.timedelta(hours=23))
    assert "Đã chuyển" in (await resident.say("tôi muốn cài VNeID")).text
    await look(NOON + dt.timedelta(days=1, minutes=1))
    later = Resident(core, now=NOON + dt.timedelta(days=1, hours=1), events=resident.events)
    assert "Một ngày rồi chưa ai nói thêm" in (await later.say("/menu")).text
    assert not (await stored(database))["pauses"]


async def test_a_telephone_number_in_a_question_is_left_out_and_after_a_code_it_is_written_anew(
    core: Core, database: Database
) -> None:
    lan = await member(core, "lan")
    resident = Resident(core)
    await resident.join()
    await verify_dialogue(
        resident,
        [
            ("9", "viết câu hỏi vào đây"),
            ("con chỉ giúp bác quét mã, mã của bác là 483902", "bỏ dãy số ấy**, tổ số gửi"),
            ("con chỉ giúp bác quét mã, gọi bác số 0912 345 678", "Đã gửi"),
        ],
    )
    assert "con chỉ giúp bác quét mã, gọi bác số (số)" in (await lan.say("/menu")).text
    kept = await stored_texts(database)
    assert "345 678" not in kept
    assert "345678" not in kept
    assert "483902" not in kept


async def test_what_is_said_in_a_thread_is_read_in_its_order(core: Core, database: Database) -> None:
    lan = await member(core, "lan")
    resident = await asking(core)
    request = await number(database)
    await lan.says(f"/team_answer {request}", "Dạ chú dùng máy gì ạ?", "Chú đợi cháu chút", f"/team_done {request}")
    shown = await core.shown(resident.message(""))
    assert shown is not None
    said = ("Đã gửi", "dùng máy gì", "đợi cháu chút", "Việc này vậy là xong")
    assert sorted(said, key=shown.text.index) == list(said)


async def test_who_is_tired_after_asking_for_a_person_sends_nothing(core: Core, database: Database) -> None:
    resident = Resident(core)
    await resident.join()
    await resident.says("9", "thôi bà mệt quá")
    assert [row["text"] for row in (await stored(database))["help_messages"]] == []
    assert "Tổ số lại trả lời bà con đây" in (await resident.says("9", "thôi khỏi")).text
    assert [row["status"] for row in (await stored(database))["help_requests"]] == ["done"]
    await resident.says("9", "tôi không biết làm sao")
    assert "không biết làm sao" in await stored_texts(database)
    assert "có ai trả lời chưa" not in await stored_texts(database)
    assert "**Chưa có ai trả lời**" in (await resident.say("có ai trả lời chưa cháu")).text


async def test_where_there_is_no_team_the_office_reads_it(core: Core) -> None:
    resident = Resident(core)
    await resident.join()
    assert "cán bộ Phường Thử sẽ đọc" in (await resident.say("9")).text
    assert "Bà con viết rõ hơn" in (await resident.say("gì")).text
    assert "cán bộ Phường Thử" in (await resident.say(QUESTION)).text


async def test_whose_words_are_erased_leave_no_trace_with_others(core: Core, database: Database) -> None:
    lan = await member(core, "lan")
    resident = await asking(core)
    request = await number(database)
    await lan.say(f"/team_help {request}")
    assert "đổi máy" in await stored_texts(database)
    await resident.says("/erase yes")
    assert "đổi máy" not in await stored_texts(database)
    other = await asking(core, "ong-nam")
    await lan.says(f"/team_answer {await number(database)}", "Chú chờ cháu tới nhà")
    await other.say("/menu")
    assert "chờ cháu tới" in await stored_texts(database)
    await lan.say("/erase yes")
    assert "chờ cháu tới" not in await stored_texts(database)


async def test_erased_at_the_office_leaves_no_trace_with_the_team_either(core: Core, database: Database) -> None:
    lan = await member(core, "lan")
    await asking(core)
    await lan.say(f"/team_help {await number(database)}")
    [resident] = [row["id"] for row in (await stored(database))["residents"]]
    ward = core.house.ward.id
    await database.write(requests.receive, ward, "erase", "AB12CD34", None, NOON)
    assert await database.write(requests.erase, ward, "AB12CD34", resident, NOON)
    assert "đổi máy" not in await stored_texts(database)


async def test_who_asks_very_often_is_asked_for_patience_and_the_team_has_peace(core: Core, database: Database) -> None:
    resident = Resident(core)
    await resident.join()
    for _ in range(5):
        await resident.says("9", QUESTION, "/help_leave")
    assert "nhờ nhiều lần rồi" in (await resident.say("9")).text
    assert "nhờ nhiều lần rồi" in (await resident.say(f"/ask_team {QUESTION}")).text
    assert len((await stored(database))["help_requests"]) == 5


async def test_words_meant_for_a_request_that_has_ended_open_another(core: Core, database: Database) -> None:
    lan = await member(core, "lan")
    resident = await asking(core)
    request = await number(database)
    await lan.says(f"/team_answer {request}", "Dạ chú")
    words = HelpAsked("thêm", "them", request, "[]")
    await lan.say(f"/team_done {request}")
    [place] = [row for row in (await stored(database))["conversations"] if row["address"] == resident.address]
    with pytest.raises(Raced):
        await database.write(helping.ask, 1, place["id"], place["resident_id"], None, words, NOON)


def test_working_hours_are_counted_without_noon_nights_and_week_ends() -> None:
    hour = dt.timedelta(hours=1)
    assert worked(MONDAY, MONDAY + 2 * hour) == 2 * hour
    assert worked(MONDAY, MONDAY + 6 * hour) == 4 * hour  # two hours of rest
    assert worked(MONDAY, MONDAY + 24 * hour) == 7.5 * hour
    assert worked(MONDAY - 48 * hour, MONDAY) == 0.5 * hour  # since Saturday
    assert worked(MONDAY, MONDAY - hour) == 0 * hour
    assert not late(MONDAY, None, MONDAY + 5 * hour)
    assert late(MONDAY, None, MONDAY + 6 * hour)
    assert not late(MONDAY, MONDAY + hour, MONDAY + 24 * hour)


def test_news_stand_before_the_reply_and_leave_its_numbers() -> None:
    reply = Reply.from_json('["Menu",[["Học","/lessons",""],["Quay lại","/menu","0"]],null,""]')
    both = Reply.from_json('["Tin",[["Về","/help_leave 1","0"],["Học","/lessons",""]],null,""]').before(reply)
    assert both.text == "Tin\n\nMenu"
    assert [(key, choice.command) for key, choice in both.numbered()] == [
        ("1", "/help_leave 1"),
        ("2", "/lessons"),
        ("0", "/menu"),
    ]
