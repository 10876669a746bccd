"""Whoever does not want to live is told whom to call, however they say it and wherever; what is only hot is not."""

import pytest

from faq.despair import despairs
from handlers.core import Core
from storage.database import Database
from tests.dialogue import Resident, commands_of, stored

TOLD = "đừng ở một mình lúc này"
WISHES = (
    "tao muốn chết quá|tui muon chet|không muốn sống nữa|ko muon song nua|hổng thiết sống nữa|chán sống rồi"
    "|chỉ muốn chết cho xong|chết quách cho rồi|chết đi cho nhẹ nợ|thà chết còn hơn|sống làm chi nữa|sống chi cho khổ"
    "|sống không bằng chết|buồn muốn chết|khổ muốn chết|mất hết tiền rồi, muốn chết quá|tôi sẽ tự tử|toi muon tu tu"
    "|con tôi đòi tự tử|mẹ tôi nói không muốn sống nữa|tui tính nhảy sông|uống thuốc sâu cho rồi|ước gì chết đi"
    "|mắc gì sống nữa, chết cho khỏe|nhay cau chet cho roi|tu sat|chan song|hong muon song nua|muoons cheets quas"
    "|muốn kết thúc cuộc đời|không còn lý do để sống|cho tôi chết đi|mún chết quá|em nghĩ tới cái chết"
)
OTHERS = (
    "máy muốn chết|máy tui cùi muốn chết|nóng muốn chết|chậm muốn chết|khó muốn chết|chờ muốn chết luôn|đói muốn chết"
    "|chết rồi quên mật khẩu|chết cha bấm lộn rồi|điện thoại chết rồi|pin chết|từ từ đã cháu|tôi muốn từ từ học"
    "|toi tu tu hoc|muốn tư vấn|sóng chỉ một vạch|không muốn sống chung với chồng|người chết có khai tử online không"
    "|nong muon chet|cham muon chet|may tui muon chet roi|mắc cười mún chết|lag mun chet|tuc muon chet"
    "|diễn viên tự tử có thật không|kết thúc bài học|icon biến mất khỏi màn hình|vay không lấy lãi cắt cổ"
)


@pytest.mark.parametrize("text", WISHES.split("|"))
def test_a_wish_to_die_is_heard_in_any_words(text: str) -> None:
    assert despairs(text)


@pytest.mark.parametrize("text", OTHERS.split("|"))
def test_what_is_only_exaggerated_or_sounds_alike_is_none(text: str) -> None:
    assert not despairs(text)


@pytest.mark.parametrize(
    "before",
    [[], ["/start kp5"], ["/start kp5", "1"], ["/scam"], ["/neighbourhoods 1 join"], ["/lesson first_steps 1"]],
)
async def test_it_is_answered_anywhere_with_no_lesson_and_nothing_to_choose(before: list[str], core: Core) -> None:
    resident = Resident(core)
    for said in before:
        await resident.say(said)
    reply = await resident.say("tao muốn chết quá")
    assert TOLD in reply.text
    assert "**115**" in reply.text
    assert [choice.key for choice in reply.choices] == ["0", "9"]
    assert "/person" in commands_of(reply)


async def test_who_is_writing_to_the_team_is_told_at_once_and_the_team_hears_it(core: Core, database: Database) -> None:
    resident = Resident(core)
    await resident.join()
    await resident.say("9")
    reply = await resident.say("tôi không muốn sống nữa")
    assert TOLD in reply.text
    assert "Đã gửi" in reply.text
    assert [message["text"] for message in (await stored(database))["help_messages"]] == ["tôi không muốn sống nữa"]
