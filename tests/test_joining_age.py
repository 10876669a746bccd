"""An age typed at the question of consent: with a clear yes it is the consent, alone or otherwise it is none."""

import pytest

from handlers.core import Core
from storage.database import Database
from tests.dialogue import Resident, stored, verify_dialogue
from tests.test_joining import about_people


@pytest.mark.parametrize(
    ("said", "age_band"),
    [
        ("dong y, toi 45 tuoi", "adult"),
        ("đồng ý, tôi bảy mươi tuổi", "senior"),
        ("tôi 70 tuổi đồng ý", "senior"),
        ("Dạ con đồng ý ạ, năm nay con 62 tuổi rồi", "senior"),
        ("ok toi 59t", "adult"),
        ("có, tôi sinh năm 1950", "senior"),
        ("đồng ý, gần 60", "adult"),
        ("Tôi hoàn toàn đồng ý để tổ số ghi lại, tôi năm nay 71 tuổi.", "senior"),
    ],
)
async def test_an_age_with_a_clear_yes_is_the_consent(core: Core, database: Database, said: str, age_band: str) -> None:
    reply = await Resident(core).says("/start kp5", "1", said)
    assert "**Khu phố 5**, đúng không?" in reply.text
    (row,) = (await stored(database))["residents"]
    assert (row["age_band"], row["counted"]) == (age_band, True)


@pytest.mark.parametrize(
    ("said", "label"),
    [
        ("65", "Đồng ý, tôi từ 60 tuổi trở lên"),
        ("dạ 65 tuổi", "Đồng ý, tôi từ 60 tuổi trở lên"),
        ("từ 60 tuổi", "Đồng ý, tôi từ 60 tuổi trở lên"),
        ("tôi được 70 tuổi rồi", "Đồng ý, tôi từ 60 tuổi trở lên"),
        ("sn 55", "Đồng ý, tôi từ 60 tuổi trở lên"),
        ("gần 60", "Đồng ý, tôi từ 18 đến 59 tuổi"),
        ("co 45 tuoi", "Đồng ý, tôi từ 18 đến 59 tuổi"),
        ("tám mươi hai tuổi rồi", "Đồng ý, tôi từ 60 tuổi trở lên"),
        ("dạ bác năm nay sáu lăm tuổi", "Đồng ý, tôi từ 60 tuổi trở lên"),
        ("bốn chín tuổi", "Đồng ý, tôi từ 18 đến 59 tuổi"),
        ("hai mươi", "Đồng ý, tôi từ 18 đến 59 tuổi"),
    ],
)
async def test_an_age_alone_is_no_consent_but_told_which_button_fits(
    core: Core, database: Database, said: str, label: str
) -> None:
    resident = Resident(core)
    reply = await resident.says("/start kp5", "1", said)
    assert "**có đồng ý**" in reply.text
    assert [choice.label for choice in reply.choices][:2] == [label, "Không, tôi chỉ xem bài"]
    assert await about_people(database) == []
    assert "**Khu phố 5**, đúng không?" in (await resident.say("dạ đồng ý")).text


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("đồng ý", "**tuổi của mình**"),
        ("dạ đồng ý cháu", "**tuổi của mình**"),
        ("sinh năm 1966", "**tuổi của mình**"),  # sixty this year, perhaps not yet
        ("7", "Ở đây không có số 7"),
        ("7 8", "chưa trả lời được"),
        ("tôi không đồng ý", "**không ghi lại**"),
        ("không, tôi 70 tuổi", "**không ghi lại**"),
        ("con 9 tuổi", "cha mẹ hoặc người giám hộ"),
        ("con mười ba tuổi", "cha mẹ hoặc người giám hộ"),
        ("tôi hỏi cho con gái tôi 12 tuổi", "cha mẹ hoặc người giám hộ"),
        ("con học được không", "chưa chắc ý bà con"),
        ("kp7", "**tuổi của mình**"),
        ("đồng ý, chưa đủ 18", "cha mẹ hoặc người giám hộ"),
        ("đồng ý u60", "chưa trả lời được"),
        ("đồng ý là gì?", "chưa trả lời được"),
        ("079148390277", "**không đọc và không lưu**"),
    ],
)
async def test_whatever_else_is_typed_there_agrees_to_nothing(
    core: Core, database: Database, said: str, expected: str
) -> None:
    assert expected in (await Resident(core).says("/start kp5", "1", said)).text
    assert await about_people(database) == []


async def test_an_age_told_before_the_question_agrees_to_nothing_and_after_an_aside_it_does(
    core: Core, database: Database
) -> None:
    resident = Resident(core)
    await verify_dialogue(
        resident,
        [
            ("/start kp5", "Chào bà con **Khu phố 5**"),
            ("chào cháu", "Chào bà con **Khu phố 5**"),
            ("tôi 71 tuổi, tôi đồng ý", "ghi lại ba điều"),
            ("sao chữ trong máy nhỏ xíu", "Cài đặt"),
            ("mai trời có mưa không", "thời tiết"),
        ],
    )
    assert await about_people(database) == []
    asked = await resident.say("tôi 71 tuổi, tôi đồng ý")
    assert "**Khu phố 5**, đúng không?" in asked.text
    assert (await resident.say("tôi 71 tuổi, tôi đồng ý")).choices == asked.choices  # said twice, it is no question
