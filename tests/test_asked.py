"""A neighbour's question from the team's side: answered by who writes under it, and by nobody who means the bot."""

import re

from handlers.core import Core
from handlers.messages import Reply
from storage import help_requests
from storage.database import Database
from storage.neighbourhoods import by_code
from tests.dialogue import Resident, commands_of, stored, stored_texts, verify_dialogue
from tests.test_helping import QUESTION, asking, number
from tests.test_team import member


async def test_what_a_member_writes_under_an_open_request_answers_it(core: Core, database: Database) -> None:
    lan = await member(core, "lan")
    resident = await asking(core)
    await lan.say("/menu")  # what was told them by itself stands there
    await verify_dialogue(
        lan,
        [
            ("/team_asked", "Có 1 lời nhờ"),
            ("1", "viết câu trả lời vào đây"),
            ("0", "Có 1 lời nhờ"),  # going back says nothing to anybody
            ("1", "viết câu trả lời vào đây"),
            ("Chú bấm Quên mật khẩu nhé", "Đã gửi"),
        ],
    )
    assert "Chú bấm Quên mật khẩu nhé" in (await resident.say("/menu")).text


async def test_words_under_a_question_that_came_by_itself_are_sent_to_whom_the_member_says(
    core: Core, database: Database
) -> None:
    lan = await member(core, "lan")
    await lan.say("/menu")
    tu = await asking(core)
    await lan.say("/menu")
    nam = await asking(core, "ong-nam")
    came = await lan.say("/menu")
    assert [choice.label for choice in came.choices if choice.command.startswith("/team_answer")] == [
        "Trả lời: Con trai tôi (tên) đổi máy, VNeID đòi…"
    ]
    first, second = (row["id"] for row in (await stored(database))["help_requests"])
    await verify_dialogue(
        lan, [("mai chú ra nhà văn hóa", "gửi cho ai?**\n«mai chú ra nhà văn hóa»"), ("nhé", "hóa nhé»")]
    )
    assert not [row for row in (await stored(database))["help_messages"] if row["speaker"] == "member"]
    asked = await lan.say("mã 483902")
    assert "chưa gửi" in asked.text
    await lan.say("mai chú ra nhà văn hóa")
    offered = commands_of(await lan.say("nhé"))
    assert offered[:3] == [f"/team_meant {second}", f"/team_meant {first}", "/team_not_meant"]
    assert "Đã gửi" in (await lan.say("2")).text
    assert "mai chú ra nhà văn hóa nhé" in (await tu.say("/menu")).text
    assert "văn hóa" not in (await nam.say("/menu")).text
    assert "Đã gửi" in (await lan.say("dạ, cảm ơn")).text  # in a thread, even this is for the neighbour
    assert "Mời bà con viết" in (await lan.say(f"/team_meant {second}")).text  # an old button: nothing is kept
    assert "483902" not in await stored_texts(database)


async def test_words_that_were_for_the_bot_are_answered_by_it(core: Core) -> None:
    lan = await member(core, "lan")
    await asking(core)
    await lan.say("/menu")
    asked = await lan.say("làm sao để quét mã trả tiền")
    assert "gửi cho ai" in asked.text
    stray = Resident(core, "x")
    told = await stray.say("làm sao để quét mã trả tiền")
    assert (await lan.say("không gửi")).text == told.text
    assert "members" not in (await stray.say("/team_not_meant")).text


async def test_a_member_who_writes_something_else_is_not_taken_to_answer(core: Core, database: Database) -> None:
    lan = await member(core, "lan")
    await lan.say("/team_add yes")
    await asking(core)
    assert "hỏi tổ" in (await core.shown(lan.message("")) or Reply("")).text
    assert "Đã thêm **Bà Tư**" in (await lan.say("Bà Tư, 1950, tổ 3")).text


async def test_nobody_sees_or_answers_a_request_of_another_neighbourhood(core: Core, database: Database) -> None:
    await asking(core)
    request = await number(database)
    hoa, stranger = await member(core, "hoa", "kp7"), Resident(core, "x")
    for said in (f"/team_help {request}", f"/team_answer {request} xin chào", f"/team_done {request}"):
        assert "đổi máy" not in (await hoa.say(said)).text
        await stranger.say(said)
    assert (await stored(database))["help_requests"][-1]["answered_at"] is None
    place = await database.read(by_code, core.house.ward.id, "kp5")
    assert place
    assert len(await database.read(help_requests.open_in, place.id)) == 1


async def test_a_member_alone_in_the_team_is_told_that_the_office_reads_it(core: Core, database: Database) -> None:
    lan = await member(core, "lan")
    await lan.join()
    told = await lan.say("9")
    assert "Tổ Khu phố 5 hiện chỉ có **một mình bà con**" in told.text
    assert "cán bộ" in (await lan.say(QUESTION)).text.lower()
    await member(core, "nga", role="member")
    await lan.say("/help_leave")
    assert "người trong Tổ công nghệ số cộng đồng Khu phố 5 sẽ đọc" in (await lan.say("9")).text


async def test_a_member_who_asks_is_not_asked_on_another_phone_of_theirs(core: Core, database: Database) -> None:
    lan = await member(core, "lan")
    await lan.join()
    code = re.search(r"\d{3} \d{3}", (await lan.say("/link")).text)
    assert code
    phone = Resident(core, "lan-phone")
    await phone.say(f"nối {code[0]}")
    await phone.says("9", QUESTION)
    assert "hỏi tổ" not in (await lan.say("/menu")).text
