"""Over the wire of a fake Zalo OA: a question reaches the member, the answer comes back; the bot is still for staff."""

import datetime as dt

from bot.tending import Tending
from handlers.core import Core
from tests.dialogue import NOON, stored
from tests.test_team import invitation
from tests.zalo_stage import talking


async def test_a_question_reaches_the_member_and_the_answer_comes_back(core: Core) -> None:
    async with talking(core) as talk:
        lan, tu = talk.fake.person("7300000000000000031"), talk.fake.person("7300000000000000032")
        await talk.says(lan, await invitation(core))
        await talk.says(lan, "1")
        for said in ("#kp5", "1", "2", "đúng rồi", "2"):
            await talk.says(tu, said)
        assert "Muốn hỏi ngay" in (await talk.says(tu, "9"))["text"]
        assert "nhắn ngay ở đây" in (await talk.says(tu, "Quên mật khẩu VNeID thì làm sao"))["text"]
        asked = await talk.answer(lan)
        assert "Quên mật khẩu VNeID thì làm sao" in asked["text"]
        assert "Trả lời" in lan.buttons[0]["title"]
        await talk.settled()
        assert "viết câu trả lời" in (await talk.says(lan, "1"))["text"]  # a number means what came in last
        await talk.says(lan, "Chú bấm «Quên mật khẩu» nhé")
        answered = await talk.answer(tu)
        assert "Người hướng dẫn Khu phố 5 trả lời" in answered["text"]
        await talk.settled()
        assert "Đã chuyển" in (await talk.says(tu, "Được rồi, cảm ơn cháu"))["text"]
        assert "Được rồi, cảm ơn cháu" in (await talk.answer(lan))["text"]
        await talk.settled()
        await talk.says(lan, "xong")
        assert "chào bà con" in (await talk.answer(tu))["text"]
        await talk.settled()
        assert "Hôm nay" in (await talk.says(tu, "1"))["text"]


async def test_while_staff_talk_in_the_oa_the_bot_says_nothing(core: Core) -> None:
    async with talking(core) as talk:
        tu = talk.fake.person()
        await talk.says(tu, "/menu")
        assert await talk.fake.staff_says(tu, "Dạ phường nghe bác ạ") == 200
        talk.seen[tu.id] = len(tu.messages)
        for said in ("tôi hỏi giấy khai sinh", "1", "dạ"):
            assert await talk.fake.says(tu, said) == 200
        assert "queued" not in await talk.settled()
        assert len(tu.messages) == talk.seen[tu.id]
        assert "bài" in (await talk.says(tu, "/lessons"))["text"]  # a button of the bot is for the bot
        talk.clock.move(minutes=31)
        assert (await talk.says(tu, "1"))["text"]
        await talk.fake.staff_says(tu, "Bác cần gì nữa không ạ?")
        await talk.fake.staff_says(tu, "Mời bác tiếp tục với tổ số nhé")
        talk.seen[tu.id] = len(tu.messages)
        assert (await talk.says(tu, "dạ"))["text"]
        await Tending(core.house, lambda: NOON + dt.timedelta(hours=2)).step()
        assert not (await stored(core.house.database))["pauses"]


async def test_staff_may_write_first(core: Core) -> None:
    async with talking(core) as talk:
        tu = talk.fake.person()
        await talk.fake.staff_says(tu, "Phường mời bác tới nhận giấy")
        assert await talk.fake.says(tu, "mấy giờ vậy cháu") == 200
        assert await talk.settled() == []
