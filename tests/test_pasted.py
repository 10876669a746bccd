"""Somebody else's message or a question of one's own; and a message without numbers, names and links."""

import pytest

from faq.bank import Bank
from faq.pasted import lure, pasted, wonders
from faq.redact import defanged, redacted
from faq.scam import judge
from tests.test_scam import MESSAGES


@pytest.mark.parametrize(
    "text",
    [
        "làm sao cài vneid mức 2",
        "mã OTP là gì",
        "tôi quên mật khẩu vneid thì làm sao",
        "đổi giấy phép lái xe ở đâu vậy con",
        "dạ cháu chào cô chú, cháu tên Lan ở khu phố 3, cháu mới biết tới tổ số",
        "dạ con chào tổ số, con tên Hùng, con ở ấp 2, con muốn học dùng điện thoại",
        "Xin chào, tôi tên Nguyễn Văn Ba, tôi 70 tuổi, tôi muốn học cách dùng Zalo để gọi cho con ở xa",
    ],
)
def test_a_question_is_no_pasted_message(text: str) -> None:
    assert pasted(text, judge(text)) is False


def test_whoever_gives_a_name_and_then_wants_money_is_no_neighbour() -> None:
    text = "em chào anh em là Hùng ở khu phố 2 hôm nay em gọi báo anh nhận hàng chuyển khoản giúp em 200k"
    assert pasted(text, judge(text))


def test_nearly_all_messages_are_told_from_questions() -> None:
    told = [pasted(row["text"], judge(row["text"])) is not False for row in MESSAGES if row["label"] == "scam"]
    assert sum(told) / len(told) >= 0.9


@pytest.mark.parametrize(
    ("text", "bait"),
    [
        ("trung thuong 100 trieu bam link nhan thuong", True),
        ("bạn trúng xe SH nộp phí nhận xe", True),
        ("trúng thưởng 100 triệu bấm link nhận thưởng được không", False),
        ("nó kêu trúng thưởng 100 triệu bấm link nhận thưởng", False),
        ("nộp lệ phí làm căn cước trên mạng", False),
        ("gửi mã OTP cho em nhanh", True),
        ("bấm link này nhận quà", True),
        ("gửi mã OTP cho con được không", False),
        ("cho em hỏi mã OTP", False),
    ],
)
def test_a_few_words_of_bait_are_a_message_unless_somebody_asks_or_tells(text: str, bait: bool) -> None:
    verdict = judge(text)
    assert lure(text, verdict) is bait
    assert (pasted(text, verdict) is True) is bait


def test_hardly_a_question_is_taken_for_bait(real_bank: Bank) -> None:
    asked = [text for each in real_bank for text in each.entry.ask]
    taken = [text for text in asked if lure(text, judge(text))]
    assert len(taken) <= len(asked) / 1000


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("làm sao để biết tin nhắn này lừa đảo", True),
        ("toi nhan duoc tin nhan la", True),
        ("đường link này bấm được không", True),
        ("mã OTP gửi về tin nhắn là cái gì", False),
        ("soạn tin gì gửi 156 để báo tin nhắn lừa", False),
        ("cài vneid mức 2", False),
    ],
)
def test_a_question_about_a_message_is_told_from_others(text: str, told: bool) -> None:
    assert wonders(text) is told


def test_names_numbers_and_links_are_left_out() -> None:
    text = "Gặp Nguyễn Thị Hoa 0912 345 678, a.b@mail.com, vào http://vcb-x.top/ma?so=1"
    assert defanged(redacted(text)) == "Gặp (tên) (số), (thư) vào vcb-x[.]top"
    text = "Xem https://vcb-x.top/ho-so?id=0912345678&b=1 rồi gọi (ngay)"
    assert defanged(redacted(text)) == "Xem vcb-x[.]top rồi gọi (ngay)"
