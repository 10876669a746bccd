"""What a typed text means: tables of what was said, what was on offer, and the command it stands for."""

import unicodedata

import pytest

from faq.text import fold
from handlers.meaning import Meaning, command, meaning
from handlers.messages import Choice, Reply
from handlers.speech import known_words

BACK = Choice("Quay lại", "/menu", "0")
PERSON = Choice("Gặp người hướng dẫn", "/person", "9")
STEP = Reply("", (Choice("Tiếp theo", "/lesson qr_pay 2"), Choice("Nghỉ, lát học tiếp", "/rest"), BACK, PERSON))
COUNT = Reply(
    "",
    (
        Choice("Đồng ý, tôi từ 60 tuổi trở lên", "/count senior"),
        Choice("Đồng ý, tôi từ 18 đến 59 tuổi", "/count adult"),
        Choice("Tôi dưới 18 tuổi", "/minor"),
        Choice("Không, tôi chỉ xem bài", "/uncounted"),
        BACK,
        PERSON,
    ),
)
CONFIRM = Reply("", (Choice("Đúng rồi", "/place kp5"), Choice("Chọn nơi khác", "/neighbourhoods 1"), BACK, PERSON))
PLACES = Reply(
    "",
    (
        *(Choice(f"Khu phố {number}", f"/confirm kp{number}", str(number)) for number in range(1, 10)),
        Choice("Tôi chưa rõ", "/place -", "11"),
        BACK,
    ),
    expects="/named join",
)
NAMES = Reply(
    "", (Choice("Ấp Bến Đò", "/confirm ben-do"), Choice("Ấp Bến Cộ", "/confirm ben-co"), BACK), expects="/named"
)
EDGE = Reply("", (Choice("Gọi 113", "/answer a 1 1"), Choice("Gọi 114", "/answer a 1 2"), Choice("Bỏ qua", "/skip")))
SPELLED = Reply("", (Choice("Dừng lại", "/answer a 1 1"), Choice("Đúng lại", "/answer a 1 2")))


def meant(text: str, offered: Reply) -> Meaning:
    return meaning(text, offered, known_words())


@pytest.mark.parametrize("text", ["lừa đảo à", "Lừa đảo hả?", "lua dao a", "đồ lừa đảo", "lừa à"])
def test_whoever_doubts_us_is_told_who_we_are(text: str) -> None:
    assert meant(text, Reply("", (Choice("Bắt đầu", "/consent"), BACK))) == (
        "ask",
        ("tổ", "số", "có", "lừa", "đảo", "không"),
    )


@pytest.mark.parametrize("text", ["lừa đảo", "tin này lừa đảo à", "có phải lừa đảo không"])
def test_whoever_doubts_a_message_is_not_told_about_us(text: str) -> None:
    assert meant(text, STEP) in [("scam", ()), ("ask", (text,))]


TWO = (
    "2| 2 |2.|2)|(2)|[2]|02|số 2|so 2|Số  2.|chọn 2|chon 2|bấm số 2|bam so 2|nút 2|cho tôi số 2|câu 2|ý 2|phương án 2"
    "|đáp án 2|hai|Hai|số hai|chọn số hai ạ|2 nhé|2 ạ|thứ hai|２|②|2️⃣|\u200b2|\u202e2|2\ufe0f|2!|2 👍|#️⃣2"
    "|dạ số 2 ạ|học bài 2|bài hai"
)


@pytest.mark.parametrize("text", TWO.split("|"))
def test_a_number_typed_anyhow_is_the_choice_of_that_number(text: str) -> None:
    assert meant(text, STEP) == ("rest", ())


@pytest.mark.parametrize(
    ("text", "offered", "expected"),
    [
        ("tiếp theo", STEP, ("lesson", ("qr_pay", "2"))),
        ("TIẾP THEO", STEP, ("lesson", ("qr_pay", "2"))),
        ("Tiep theo.", STEP, ("lesson", ("qr_pay", "2"))),
        ("1. Tiếp theo", STEP, ("lesson", ("qr_pay", "2"))),
        ("tiêp theo", STEP, ("lesson", ("qr_pay", "2"))),
        (unicodedata.normalize("NFD", "Tiếp theo"), STEP, ("lesson", ("qr_pay", "2"))),
        ("ti\u200bếp theo", STEP, ("lesson", ("qr_pay", "2"))),
        ("tiep", STEP, ("lesson", ("qr_pay", "2"))),
        ("tiep thoe", STEP, ("lesson", ("qr_pay", "2"))),
        ("tiwp theo", STEP, ("lesson", ("qr_pay", "2"))),
        ("tieptheo", STEP, ("lesson", ("qr_pay", "2"))),
        ("nghỉ", STEP, ("rest", ())),
        ("lat hoc tiep", STEP, ("rest", ())),
        ("khong toi chi xem bai", COUNT, ("uncounted", ())),
        ("không", COUNT, ("uncounted", ())),
        ("toi duoi 18 tuoi", COUNT, ("minor", ())),
        ("tu 60 tuoi", COUNT, ("count", ("senior",))),
        ("đúng", CONFIRM, ("place", ("kp5",))),
        ("dung", CONFIRM, ("place", ("kp5",))),
        ("dung rou", CONFIRM, ("place", ("kp5",))),
        ("khu pho 5", PLACES, ("confirm", ("kp5",))),
        ("chua ro", PLACES, ("place", ("-",))),
        ("goi 114", EDGE, ("answer", ("a", "1", "2"))),
        ("dừng lại", SPELLED, ("answer", ("a", "1", "1"))),
        ("đúng lại", SPELLED, ("answer", ("a", "1", "2"))),
    ],
)
def test_a_label_typed_anyhow_is_its_choice(text: str, offered: Reply, expected: Meaning) -> None:
    assert meant(text, offered) == expected


@pytest.mark.parametrize(("text", "offered"), [("dong y", COUNT), ("dung", SPELLED), ("goi", EDGE), ("goi 11", EDGE)])
def test_words_that_fit_several_labels_choose_none(text: str, offered: Reply) -> None:
    assert meant(text, offered) in {("again", ()), ("ask", (text,))}


@pytest.mark.parametrize("text", ["khu pho 15", "khu pho 50", "khu pho 6 7", "khu pho 12"])
def test_a_label_with_another_number_is_never_taken_for_a_slip(text: str) -> None:
    assert meant(text, PLACES) == ("named", ("join", text))


@pytest.mark.parametrize("text", ["goi 115", "goi 13"])
def test_another_telephone_number_is_not_taken_for_the_one_on_offer(text: str) -> None:
    assert meant(text, EDGE) == ("ask", (text,))


@pytest.mark.parametrize(
    ("text", "offered", "expected"),
    [
        ("7", STEP, ("again", ("7",))),
        ("tám", STEP, ("again", ("8",))),
        ("0", Reply(""), ("menu", ())),
        ("9", Reply(""), ("person", ())),
        ("9", PLACES, ("confirm", ("kp9",))),
        ("09", PLACES, ("confirm", ("kp9",))),
        ("mười một", PLACES, ("place", ("-",))),
        ("12", PLACES, ("named", ("join", "12"))),
        ("quay lại", STEP, ("menu", ())),
    ],
)
def test_a_number_is_looked_for_on_offer_then_in_what_is_expected(text: str, offered: Reply, expected: Meaning) -> None:
    assert meant(text, offered) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("#kp5", ("start", ("kp5",))),
        ("# KP5", ("start", ("kp5",))),
        (" #ap-ben-do ", ("start", ("ap-ben-do",))),
        ("/start kp5", ("start", ("kp5",))),
        ("/START kp5", ("start", ("kp5",))),
        ("  /lesson  qr_pay   2 ", ("lesson", ("qr_pay", "2"))),
        ("/", ("", ())),
        ("//", ("/", ())),
        ("/ menu", ("menu", ())),
        ("/không có", ("không", ("có",))),
    ],
)
def test_a_command_or_a_code_is_what_it_says(text: str, expected: Meaning) -> None:
    assert meant(text, STEP) == expected


@pytest.mark.parametrize(
    ("text", "offered", "expected"),
    [
        ("xoá", STEP, "erase"),
        ("xóa", STEP, "erase"),
        ("Xoa du lieu cua toi", STEP, "erase"),
        ("dừng", STEP, "stop"),
        ("dừng", CONFIRM, "stop"),
        ("Dừng!", CONFIRM, "stop"),
        (unicodedata.normalize("NFD", "dừng"), CONFIRM, "stop"),
        ("dung", STEP, "stop"),
        ("dữ liệu của tôi", STEP, "mydata"),
        ("menu", PLACES, "menu"),
        ("giúp", STEP, "person"),
        ("xin chào", Reply(""), "start"),
        ("kết quả", STEP, "results"),
        ("đổi khu phố", STEP, "neighbourhoods"),
        ("rút đồng ý", STEP, "uncounted"),
        ("học", STEP, "lessons"),
    ],
)
def test_known_words_are_understood_everywhere(text: str, offered: Reply, expected: str) -> None:
    assert meant(text, offered)[0] == expected


@pytest.mark.parametrize(
    ("text", "offered", "expected"),
    [
        ("thôi, cho tôi nghỉ chút đã", STEP, "rest"),
        ("toi xin nghi chut", STEP, "rest"),
        ("tối học tiếp", STEP, "rest"),
        ("ừ tiếp theo đi", STEP, "lesson"),
        ("ok", Reply(""), "again"),
        ("oki", Reply(""), "again"),
        ("đc", Reply(""), "again"),
        ("đúng", Reply(""), "again"),
        ("dung", Reply(""), "stop"),
        ("tui hông hiểu gì hết", Reply(""), "unclear"),
        ("xoá dữ liệu giùm tôi đi", STEP, "erase"),
        ("nói chuyện với người thật đi", STEP, "person"),
        ("bài nào dễ vậy con", Reply(""), "go_on"),
        ("bài sau", Reply(""), "go_on"),  # and not the sixth
        ("cho tui coi lại bước trước", STEP, "menu"),
    ],
)
def test_politeness_and_shorthand_around_few_words_are_no_hindrance(text: str, offered: Reply, expected: str) -> None:
    assert meant(text, offered)[0] == expected


@pytest.mark.parametrize("text", ["mệt quá", "mai học", "khỏi", "dạ, cảm ơn", "tôi không biết", "học tiếp"])
def test_a_few_words_to_a_person_who_is_talked_to_are_for_them(text: str) -> None:
    assert meaning(text, Reply("", (BACK,)), known_words(), "/ask_team") == ("ask_team", (text,))


@pytest.mark.parametrize("text", ["con ba", "chị tư", "Bà Tư, tổ 3", "con 5 tuổi", "tôi muốn hỏi về giấy khai sinh"])
def test_whom_somebody_speaks_of_is_no_number(text: str) -> None:
    assert meant(text, STEP) == ("ask", (text,))


@pytest.mark.parametrize(("text", "option"), [("b", "2"), ("C", "3"), ("đáp án a", "1"), ("câu b ạ", "2")])
def test_the_options_of_a_question_are_chosen_by_letters_too(text: str, option: str) -> None:
    options = tuple(Choice(f"Nút {number}", f"/answer qr_pay 1 {number}") for number in (1, 2, 3))
    assert meant(text, Reply("", (*options, BACK))) == ("answer", ("qr_pay", "1", option))
    assert meant(text, STEP)[0] in ("again", "ask")


@pytest.mark.parametrize("text", ["Làm sao cài VNeID?", "1 2", "2A", "abc", "1900 1234", "مرحبا بالعالم", "x" * 10_000])
def test_anything_else_is_a_question(text: str) -> None:
    assert meant(text, STEP) == ("ask", (text,))


@pytest.mark.parametrize("text", ["kp5", "KP 05", "khu phố năm", "ấp bến", "nhà tôi gần chợ"])
def test_where_a_name_is_expected_anything_else_is_a_name(text: str) -> None:
    for offered, arguments in ((PLACES, ("join", text)), (NAMES, (text,))):
        assert meant(text, offered) == ("named", arguments)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        *((text, "other") for text in ("", "   ", "\n\t", "?!", "...", "\u200b", "\u202e", "\u0301", "-")),
        *((text, "sticker") for text in ("👍", "❤️", "💯", "🙏🙏", "👨‍👩‍👧", "🇻🇳", "🔟", "👌 !")),
    ],
)
def test_what_holds_no_word_chooses_nothing(text: str, kind: str) -> None:
    for offered in (STEP, COUNT, PLACES, Reply("")):
        assert meant(text, offered) == ("unreadable", (kind,))


@pytest.mark.parametrize("offered", [STEP, COUNT, CONFIRM, PLACES, NAMES, EDGE, SPELLED], ids=str)
def test_number_label_folded_label_and_command_of_a_choice_are_the_same(offered: Reply) -> None:
    for key, choice in offered.numbered():
        if offered is SPELLED:
            continue
        for text in (key, choice.label, fold(choice.label), choice.command, f"{key}. {choice.label}"):
            assert meant(text, offered) == command(choice.command), text


@pytest.mark.parametrize("offered", [STEP, CONFIRM, COUNT], ids=["step", "confirm", "count"])
def test_any_label_is_recognised_with_one_letter_wrong(offered: Reply) -> None:
    for choice in offered.choices:
        label = fold(choice.label)
        for place, letter in enumerate(label):
            if not letter.isalpha():
                continue
            slips = (label[:place] + "w" + label[place + 1 :], label[:place] + label[place + 1 :])
            for slip in slips:
                assert meant(slip, offered) == command(choice.command), slip
