"""Ten residents ask the real core in their own words: each is led where they want to go, kindly."""

from dataclasses import replace

import pytest

from bot.content import library_of
from bot.settings import Settings
from content.model import Source
from faq.bank import Bank
from handlers.commands import COMMANDS
from handlers.core import Core
from handlers.messages import Reply
from handlers.speech import Speech, known_words
from handlers.turn import House
from storage.database import Database
from storage.neighbourhoods import NeighbourhoodRow, Ward, save
from storage.questions import all_unanswered
from storage.waiting import waiting
from tests.dialogue import Resident, stored, written

RESIDENTS = {
    "an old woman": ("Chào tổ số, bà già rồi, quên mất cái mã vô VNeID thì làm sao hở con", "vneid_forgot_passcode"),
    "a boy in teencode": ("ad ơi lm s bật 2fa zalo v", "two_factor"),
    "somebody who tells a story": (
        (
            "hôm qua tôi ra chợ mua bó rau mà cô bán hàng đưa cho cái tờ giấy có ô vuông đen trắng bảo quét, "
            "tôi loay hoay mãi chẳng biết mở cái gì lên, giờ tôi muốn học cách trả tiền kiểu đó"
        ),
        "qr_pay",
    ),
    "a man without diacritics": ("chuyen tien nham nguoi roi lay lai duoc khong", "wrong_transfer"),
    "a woman of the south": ("tui muốn đổi bằng lái trên mạng thì mần sao hén", "driver_license"),
    "a man of the centre": ("mần răng để nộp hồ sơ trên mạng rứa", "dvc_submit"),
    "a mother with the keyboard off": ("ddawng kys khai sinh cho con treen mangj", "birth_registration"),
    "somebody frightened": ("công an gọi điện bảo tôi rửa tiền, bắt chuyển tiền cho họ giữ", "scam_fake_police"),
    "a shopkeeper in a hurry": ("lam ma qr cho quan", "shop_qr"),
    "a daughter far away": ("mẹ em ở quê, em muốn chỉ mẹ đặt mật khẩu khó đoán thì đặt sao", "password"),
}


@pytest.fixture
def real(database: Database, ward: Ward, real_bank: Bank) -> Core:
    """Give a core with the product's lessons and questions."""
    product = Settings(_env_file=None)
    speech = Speech(ward_name="Phường Thử", unit="khu phố", contact="", site="")
    house = House(database, library_of(product), real_bank, speech, ward, pass_percent=60)
    return Core(house, COMMANDS, known_words())


def led_to(core: Core, reply: Reply) -> set[str]:
    """Return the topics that are one tap away."""
    topics = set()
    for choice in reply.choices:
        name, _, argument = choice.command.partition(" ")
        if name == "/lesson":
            topics.add(argument)
        elif name == "/entry" and (asked := core.house.bank.get(argument)):
            topics.add(asked.topic)
    return topics


async def test_each_is_led_where_they_want_to_go(real: Core) -> None:
    for who, (said, topic) in RESIDENTS.items():
        reply = await Resident(real, address=who).say(said)
        assert topic in led_to(real, reply), f"{who}:\n{written(reply)}"
        assert "an toàn" not in reply.text
        assert reply.choices[-1].command == "/person"


async def test_an_answer_shows_its_source_and_the_day_it_was_checked(core: Core) -> None:
    reply = await Resident(core).say("quét mã trả tiền")
    assert reply.text.startswith("Bà con mở ứng dụng ngân hàng, bấm **Quét mã**.")
    assert reply.text.endswith("Nguồn: Thao tác phổ thông. Tổ số xem lại ngày 1/11/2026.")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("kenh14.vn, bài 215260223175128571", "trang kenh14.vn"),
        ("ebh.vn, bài cach-dang-nhap-vssid", "trang ebh.vn"),
        ("baothanhhoa.vn, bài 203392 về Thông tư 30/2023/TT-BYT", "trang baothanhhoa.vn về Thông tư 30/2023/TT-BYT"),
        ("vietnam.vn, bài về xác thực khuôn mặt", "trang vietnam.vn, bài về xác thực khuôn mặt"),
        ("Số khẩn cấp 113, 114, 115 và 111", "Số khẩn cấp 113, 114, 115 và 111"),
    ],
)
async def test_a_source_is_named_without_the_number_of_an_article(core: Core, name: str, said: str) -> None:
    asked = core.house.bank.match("quét mã trả tiền").entries[0]
    cited = replace(asked, sources=(Source(id="s", name=name, published="2026"),))
    assert f"Nguồn: {said}. Tổ số xem lại" in core.house.speech.say("question.answer", asked=cited)


async def test_the_wrong_answer_leads_to_others_and_a_choice_to_its_answer(core: Core) -> None:
    resident = Resident(core)
    await resident.say("quét mã trả tiền")
    others = await resident.say("chưa đúng ý tôi")
    assert "hiểu chưa đúng" in others.text
    asked = core.house.bank.get(others.choices[0].command.removeprefix("/entry "))
    assert asked is not None
    assert asked.entry.answer in (await resident.say("1")).text


async def test_an_entry_that_is_no_more_leads_to_the_menu(core: Core) -> None:
    for said in ("/entry", "/entry 123456", "/others 123456"):
        assert "Nút này cũ rồi" in (await Resident(core).say(said)).text


async def test_a_question_nobody_can_answer_is_counted_without_who_asked(core: Core, database: Database) -> None:
    for who in ("ba-tu", "ong-nam"):
        reply = await Resident(core, address=who).say("Tôi tên là Nguyễn Văn Tư, chỗ nào bơm gas bếp")
        assert "bỏ tên và số" in reply.text
    kept = await database.read(all_unanswered, core.house.ward.id)
    assert [(question.times, "nguyen" in question.text, " tu" in question.text) for question in kept] == [
        (2, False, False)
    ]
    assert "gas" in kept[0].text or "bep" in kept[0].text


async def test_the_office_is_called_to_a_question_once_it_was_asked_again(core: Core, database: Database) -> None:
    for times in (0, 1):
        await Resident(core, address=f"ba-{times}").say("chỗ nào bơm gas bếp")
        assert (await database.read(waiting, core.house.ward.id))["questions"] == times


async def test_a_question_that_only_gets_others_to_choose_from_is_counted_too(core: Core, database: Database) -> None:
    reply = await Resident(core).say("phở bò chữ nhỏ ghê")
    assert "chưa chắc ý bà con" in reply.text
    assert "bỏ tên và số" in reply.text
    assert [question.times for question in await database.read(all_unanswered, core.house.ward.id)] == [1]


async def test_help_is_asked_for_once_and_erased_with_everything(core: Core, database: Database) -> None:
    rows = [NeighbourhoodRow("kp5", "Khu phố 5", 10, "Văn bản thử", None, "cô Lan", "nhà văn hóa khu phố")]
    await database.write(save, core.house.ward.id, rows)
    resident = Resident(core)
    await resident.join()
    first = await resident.say("9")
    assert "**cô Lan**, ở nhà văn hóa khu phố" in first.text
    assert "đã ghi lời nhờ** này, không ghi tên ai" in first.text
    assert "đã ghi lời nhờ** của bà con từ lúc" in (await resident.say("9")).text
    requests = (await stored(database))["help_requests"]
    assert [(row["status"], row["neighbourhood_id"] is not None) for row in requests] == [("open", True)]
    assert "Lời nhờ gặp người hướng dẫn, lúc" in (await resident.say("/mydata")).text
    await resident.says("/erase", "/erase yes")
    assert (await stored(database))["help_requests"] == []


async def test_importing_neighbourhoods_without_helpers_leaves_them(core: Core, database: Database) -> None:
    ward = core.house.ward.id
    await database.write(save, ward, [NeighbourhoodRow("kp5", "Khu phố 5", 10, "", None, "cô Lan", "")])
    await database.write(save, ward, [NeighbourhoodRow("kp5", "Khu phố 5", 12, "", None)])
    resident = Resident(core)
    await resident.join()
    assert "Mời bà con gặp **cô Lan**." in (await resident.say("9")).text
