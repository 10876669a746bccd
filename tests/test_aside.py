"""Whatever is said in the middle of something leads back to it, and short words are taken as they are meant."""

import datetime as dt
from dataclasses import replace

import pytest

from faq.deeds import deed
from handlers.core import Core
from handlers.messages import Reply
from storage.database import Database
from tests.dialogue import Resident, stored, verify_dialogue

QUESTION = "sao chữ trong máy nhỏ xíu"


def way_back(reply: Reply) -> str:
    """Return the command of 0."""
    return next(choice.command for choice in reply.choices if choice.key == "0")


async def test_a_question_in_a_lesson_leads_back_to_the_step(core: Core) -> None:
    resident = Resident(core)
    await resident.join()
    await verify_dialogue(
        resident,
        [
            ("1", "Bước 1/3"),
            ("1", "Bước 2/3"),
            (QUESTION, "[0] Về chỗ đang dở"),
            ("mai trời có mưa không", "[0] Về chỗ đang dở"),
            ("0", "Bước 2/3"),
            ("xong rồi", "Bước 3/3"),
            (QUESTION, "[0] Về chỗ đang dở"),
            ("quay lại", "Bước 3/3"),
            ("1", "Câu 1/2"),
            ("1", "Câu 2/2"),
            (QUESTION, "[0] Về chỗ đang dở"),
            ("0", "Câu 2/2"),
        ],
    )


@pytest.mark.parametrize(
    ("said", "place"),
    [
        (["/start kp5"], "/start kp5"),
        (["/start kp5", "1"], "/consent kp5"),
        (["/start kp5", "1", "1"], "/confirm kp5 join"),
        (["/start kp5", "1", "3"], "/minor kp5"),
        (["/start kp5", "1", "1", "1"], "/remind"),
        (["/start kp5", "2"], "/menu"),
        (["/lessons"], "/menu"),
    ],
)
async def test_a_question_while_joining_leads_back_to_joining(said: list[str], place: str, core: Core) -> None:
    resident = Resident(core)
    await resident.says(*said)
    assert way_back(await resident.say(QUESTION)) == place


async def test_a_verdict_in_a_lesson_leads_back_to_the_step(core: Core) -> None:
    resident = Resident(core)
    await resident.says("/start kp5", "/lesson first_steps 2")
    await resident.say("Chúc mừng bạn trúng xe SH, đóng phí 2 triệu tại http://nhan-qua.top để nhận thưởng")
    assert "Bước 2/3" in (await resident.say("0")).text


@pytest.mark.parametrize("said", ["dạ tôi không biết", "quên rồi con ơi", "chưa rõ"])
async def test_who_does_not_know_where_they_live_goes_on(said: str, core: Core) -> None:
    assert "nơi ở là **chưa rõ**" in (await Resident(core).says("/start", "1", "1", said)).text


async def test_enough_at_the_question_where_one_lives_ends_no_reminders(core: Core, database: Database) -> None:
    resident = Resident(core)
    await resident.join()
    await resident.say("/remind yes")
    await resident.say("/neighbourhoods")
    assert "Hôm nay bà con muốn làm gì?" in (await resident.say("thôi")).text
    assert (await stored(database))["residents"][0]["reminded"]
    await resident.say("/mydata")
    assert "đã **dừng nhắc**" in (await resident.say("thôi")).text


async def test_a_step_not_understood_is_said_slowly_and_stays(core: Core) -> None:
    resident = Resident(core)
    step = await resident.says("/start kp5", "/lesson first_steps 2")
    slowly = await resident.say("tôi không hiểu")
    assert slowly.text.startswith("Không sao, mình đi chậm lại.")
    assert "**1.**" in slowly.text
    assert "gặp người hướng dẫn" in slowly.text
    assert slowly.choices == step.choices
    quiz = await resident.say("/quiz first_steps")
    chosen = await resident.say("khó quá con ơi")
    assert "chọn thử một số" in chosen.text
    assert chosen.choices == quiz.choices


async def test_who_does_not_know_how_is_encouraged_wherever_it_is(core: Core) -> None:
    resident = Resident(core)
    menu = await resident.says("/start kp5", "2")
    for said in ("con không biết làm", "tui hổng biết làm sao hết", "bấm vô đâu"):
        unclear = await resident.say(said)
        assert unclear.text.startswith("Không sao ạ")
        assert unclear.choices == menu.choices
    assert "Bước 1/3" in (await resident.say("bài nào dễ vậy cháu")).text


async def test_what_was_done_in_a_lesson_leads_back_to_the_step(core: Core) -> None:
    resident = Resident(core)
    await resident.says("/start kp5", "/lesson first_steps 2")
    assert way_back(await resident.say("tui lỡ chuyển tiền cho nó rồi giờ sao")) == "/lesson first_steps 2"


@pytest.mark.parametrize("said", ["kp7", "khu phố 7", "dạ tôi ở khu phố bảy", "chú chuyển sang kp 07 rồi"])
async def test_the_bare_name_of_a_place_in_a_lesson_asks_about_it_and_leads_back(said: str, core: Core) -> None:
    resident = Resident(core)
    await resident.join()
    step = await resident.say("/lesson first_steps 2")
    asked = await resident.say(said)
    assert "Đổi sang **Khu phố 7**, đúng không?" in asked.text
    assert way_back(asked) == "/lesson first_steps 2"
    assert "**Khu phố 7**" in (await resident.say(said)).text  # saying it again is a yes
    await resident.say("/lesson first_steps 2")
    here = await resident.say(said)
    assert "đang ghi bà con ở **Khu phố 7**" in here.text
    assert here.choices == step.choices


async def test_a_bare_politeness_agrees_to_no_reminders(core: Core) -> None:
    resident = Resident(core)
    await resident.says("/start kp5", "1", "1", "1")
    assert "Bà con chọn giúp một số" in (await resident.say("dạ")).text
    assert "**không nhắc**" in (await resident.say("dạ thôi khỏi")).text


async def test_who_comes_back_after_days_is_told_where_they_are(core: Core) -> None:
    resident = Resident(core)
    await resident.join()
    quiz = await resident.says("/lesson first_steps 3", "/quiz first_steps")
    resident.now += dt.timedelta(hours=2)
    assert await core.shown(resident.message("")) == quiz
    resident.now += dt.timedelta(days=21)
    shown = await core.shown(resident.message(""))
    welcome = "**Chào bà con trở lại!** Lần trước bà con đang dở bài **Bước đầu**:"
    assert shown == replace(quiz, text=f"{welcome}\n\n{quiz.text}")
    await resident.say("/mydata")
    resident.now += dt.timedelta(days=1)
    shown = await core.shown(resident.message(""))
    assert "đang dở chỗ này" in (shown or Reply("")).text
    menu = await resident.say("/menu")
    resident.now += dt.timedelta(days=1)
    assert await core.shown(resident.message("")) == menu


async def test_short_words_are_taken_as_the_button_that_is_meant(core: Core) -> None:
    await verify_dialogue(
        Resident(core),
        [
            ("/start kp5", "Chào bà con"),
            ("dạ", "Bà con có đồng ý không?"),
            ("ok", "chọn giúp số đúng với **tuổi của mình**"),
            ("dạ", "Bà con chọn giúp một số"),
            ("1", "đúng không?"),
            ("không phải", "Bà con đang ở"),
            ("kp5", "đúng không?"),
            ("dạ, phải rồi cháu ạ", "nhắn nhắc học"),
            ("thôi", "**không nhắc** bà con"),
            ("đúng", "Bà con chọn giúp một số"),
            ("dung", "Học bài: Bước đầu"),
            ("bà", "Câu này tổ số chưa trả lời được"),
            ("1", "Bước 1/3"),
            ("rồi", "Bước 2/3"),
            ("cảm ơn cháu", "không có chi"),
            ("ok cháu", "Bước 3/3"),
            ("xong rồi cháu", "Câu 1/2"),
            (QUESTION, "[0] Về chỗ đang dở"),
            ("tiếp đi", "Câu 1/2"),
            ("thôi, bà mệt quá", "bà con nghỉ cho khỏe"),
            ("học tiếp", "Chỉ còn mấy câu hỏi ngắn"),
            ("dạ thôi", "Hôm nay bà con muốn làm gì?"),
            ("ok cháu nhé", "Bà con chọn giúp một số"),
            ("chào cháu", "Hôm nay bà con muốn làm gì?"),
        ],
    )


@pytest.mark.parametrize(
    "said", ["dạ đồng ý", "vâng ạ", "ok cháu", "dạ", "dạ vâng ạ", "ừ", "có", "đúng rồi con ơi", "da dung a"]
)
async def test_a_yes_with_politeness_is_the_one_choice_that_means_yes(said: str, core: Core) -> None:
    assert "nhắn nhắc học" in (await Resident(core).says("/start kp5", "1", "1", said)).text


@pytest.mark.parametrize(
    "said", ["lỡ chuyển tiền rồi", "tôi lỡ chuyển tiền rồi", "lo chuyen khoan roi", "dạ lỡ chuyển tiền rồi cháu ơi"]
)
async def test_who_paid_by_mistake_is_told_at_once_whom_to_call(said: str, core: Core) -> None:
    assert "**số in sau thẻ**" in (await Resident(core).say(said)).text


@pytest.mark.parametrize(
    ("text", "after_verdict", "done"),
    [
        ("tui lỡ chuyển tiền cho nó rồi giờ sao", False, "money"),
        ("nó kêu chuyển 20 triệu tui chuyển rồi", False, "money"),
        ("tôi lỡ bấm rồi", False, "link"),
        ("bấm vô link rồi", True, "link"),
        ("bấm vô link rồi", False, ""),
        ("lo doc ma otp cho ho roi", False, "code"),
        ("em lỡ cài app nó gửi", False, "app"),
        ("tôi lỡ chuyển nhầm số tài khoản", False, ""),
        ("cài VNeID rồi mà không mở được", False, ""),
        ("tôi chuyển hộ khẩu rồi có cần làm lại căn cước", False, ""),
        ("đã gọi ngân hàng rồi", True, ""),
        ("khách chuyển rồi mà hổng thấy tiền", False, ""),
        ("khach hang chuyen khoan roi", False, ""),
        ("người ta chuyển tiền cho tôi rồi mà chưa thấy", False, ""),
        ("con tôi chuyển tiền rồi mà chưa tới", False, ""),
        ("tôi chuyển 2 lần rồi", False, ""),
        ("khách hàng kêu tui chuyển tiền, tui chuyển rồi", False, "money"),
        ("chuyển tiền rồi mà nó không trả lời", False, "money"),
        ("tôi chuyển cho nó 2 lần rồi", False, "money"),
        ("chuyển tiền rồi mà chưa nhận được hàng", False, "money"),
    ],
)
def test_what_was_done_already_is_told_from_questions(text: str, after_verdict: bool, done: str) -> None:
    assert deed(text, after_verdict) == done


async def test_who_tells_what_they_did_is_told_at_once_what_to_do(core: Core) -> None:
    resident = Resident(core)
    assert "chặn lệnh chuyển" in (await resident.say("nó kêu chuyển 20 triệu tui chuyển rồi")).text
