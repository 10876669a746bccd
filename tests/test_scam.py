"""The scam checker: what it calls dangerous and what not, its evidence, and texts of any kind."""

import gc
import json
import random
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.evaluation import evaluate_scam
from faq.figures import scam_figures
from faq.scam import judge, signals_in
from faq.scam_learn import held_back, learn
from faq.scam_slant import weights

HERE = Path(__file__).parent
MESSAGES, HARD = (
    [json.loads(line) for line in (HERE / "data" / f"{name}.jsonl").read_text("utf-8").splitlines()]
    for name in ("scam_messages", "scam_messages_hard")
)
"""What is learnt from; the hard ones, written to be mistaken, are only learnt from."""
FAQ = HERE.parent / "faq"
GOLDEN = yaml.safe_load((FAQ / "golden_scam.yaml").read_text("utf-8"))
KINDS = yaml.safe_load((FAQ / "golden_scam_kinds.yaml").read_text("utf-8"))
LATER = yaml.safe_load((FAQ / "golden_scam_later.yaml").read_text("utf-8"))
NOTICES = {"otp", "balance", "bankwarn", "agency", "carrier", "telco", "power"}


def figured(rows: list[dict[str, Any]], weigh: dict[str, float] | None = None) -> Mapping[str, float]:
    return scam_figures((row["label"] == "scam", judge(row["text"], weigh).level) for row in rows)


def test_messages_nothing_was_learnt_from_are_told_apart() -> None:
    learnt_from = [row for row in MESSAGES if not held_back(row)]
    others = [row for row in MESSAGES if held_back(row)]
    assert len(MESSAGES) >= 400
    assert len(others) >= 120
    figures = figured(others, learn([*learnt_from, *HARD]))
    assert figures["precision"] >= 95
    assert figures["recall"] >= 88
    assert figures["warned"] >= 96
    assert figures["false_alarms"] <= 10


@pytest.mark.parametrize(
    "rows", [GOLDEN, KINDS, LATER], ids=["by one who had not read the signals", "by kind", "later"]
)
def test_messages_nobody_learnt_from_are_told_apart(rows: list[dict[str, Any]]) -> None:
    figures = figured(rows)
    assert figures["precision"] >= 95
    assert figures["recall"] >= 88
    assert figures["warned"] >= 96
    assert figures["false_alarms"] <= 10


@pytest.mark.parametrize(
    "row",
    [row for row in (*MESSAGES, *LATER) if row["kind"] in NOTICES and row["label"] == "ok"],
    ids=lambda row: row["id"],
)
def test_no_genuine_notice_is_called_dangerous(row: dict[str, Any]) -> None:
    assert judge(row["text"]).level != "scam"


@pytest.mark.parametrize(
    "text",
    [
        "Th0ng ba0: Tai kh0an cua ban bi kh0a, truy cap vn-xx[.]com",
        "t.à.i k.h.o.ả.n của quý khách bị k h ó a, bấm bit.ly/3abc",
        "Tài kho\u200bản của quý khách bị kh\u200bóa, xác thực tại vcb-vn.top",
        "Tаi khоаn cua ban bi khoa, xac thuc tai vcb-vn.top",  # Cyrillic а and о
        "Tài khoản của quý khách bị khóa, xác thực tại vcb-vn.top",
        "tk của bạn bị khóa, xác thực tại vcb-vn.top",
    ],
)
def test_disguised_words_are_read(text: str) -> None:
    assert judge(text).level == "scam"


def test_diacritics_decide_where_they_were_typed() -> None:
    asked = judge("Bác đọc mã xác nhận cho cháu nhé, cháu cần mã gấp lắm bác ơi")
    meant = judge("Bác dọc mạ xạc nhãn cho cháu nhé, cháu cần má gặp lắm bác ơi")
    assert asked.score > meant.score


def test_of_danger_nobody_is_told_without_a_phrase_that_shows_it() -> None:
    doubtful = judge("để mở lại ngay")
    assert doubtful.level == "suspect"
    assert [seen.phrase for seen in doubtful.evidence] == ["để mở lại ngay"]  # nor of doubt: the words that lean most
    opening, operation = "vneid của bác chưa mo được, chieu mo lai nhé", "con dang o phong mo, me chuyen gap 20 trieu"
    assert not [seen for seen in judge(opening).evidence if "mo" in seen.phrase]
    assert "phong mo" in {seen.phrase for seen in judge(operation).evidence}


def test_what_one_should_not_do_is_no_demand() -> None:
    assert judge("Quý khách không cung cấp mã OTP, mật khẩu cho bất kỳ ai").level == "ok"
    assert judge("Quý khách cung cấp mã OTP, mật khẩu cho nhân viên để mở khóa thẻ").level == "scam"


@pytest.mark.parametrize(
    "text",
    [
        "Cục Thuế thông báo: ông bà được hoàn thuế thu nhập cá nhân năm 2025.",
        "Bảo hiểm xã hội nhắc người hưởng lương hưu cập nhật thông tin nhận lương hưu qua tài khoản.",
        "Phường thông báo: người cao tuổi làm thủ tục nhận trợ cấp hưu trí xã hội.",
    ],
)
def test_a_note_that_only_names_an_authority_is_left_alone(text: str) -> None:
    assert judge(text).level == "ok"
    assert judge(f"{text} Gọi cán bộ 0912345678 để nhận.").level != "ok"
    assert judge(f"{text} Bấm http://nhan-tien.top").level == "scam"


@pytest.mark.parametrize(
    "text",
    [
        "Báo nợ thuế đất năm nay của bà Sáu 270.000đ, bà ra kho bạc hoặc bộ phận một cửa đóng nhé.",
        "Giấy báo nợ: tài khoản trừ 200.000đ tiền trả góp kỳ này.",
    ],
)
def test_a_note_of_what_is_owed_is_no_offer_of_a_loan(text: str) -> None:
    assert judge(text).level == "ok"
    assert "loan" not in signals_in(text)


def test_words_without_diacritics_are_meant_so_beside_words_that_bear_them() -> None:
    assert "reward" in signals_in("Chuc mung chi da trung xe may")
    assert "reward" not in signals_in("Chị đã tới trung xe máy của trường đấy")


@pytest.mark.parametrize(
    ("text", "signal", "seen"),
    [
        ("Họp lúc 7h30 tối, mời chú tới", "disguise", False),
        ("Quý khách nộp trước 30/12 tại quầy", "transfer_ask", False),
        ("Nộp trước 300k vô ví của em", "transfer_ask", True),
        ("Em gửi 1903 2204 118 nha", "personal_account", False),
        ("Chú gửi vô MB 0912004417", "personal_account", True),
    ],
)
def test_a_number_is_known_for_a_time_a_date_an_amount_or_an_account(text: str, signal: str, seen: bool) -> None:
    assert (signal in signals_in(text)) is seen


def test_what_happens_to_those_who_do_not_is_a_threat_and_no_advice() -> None:
    assert "negated_advice" in signals_in("Bà con không quét mã lạ, không gửi ảnh căn cước")
    assert "negated_advice" not in signals_in("Hộ nào không quét mã hôm nay sẽ bị xóa tên")


@pytest.mark.parametrize("text", ["đọc mã OTP cho anh mau", "bấm link nhận xe máy", "tải app này xem ảnh"])
def test_one_strong_sign_is_enough_where_nothing_else_is_said(text: str) -> None:
    assert judge(text).level == "scam"
    assert judge(f"Con dặn mẹ đừng {text}").level == "ok"


@pytest.mark.parametrize(
    ("text", "kind", "topic"),
    [
        (
            "VNeID: tai khoan dinh danh cua ban sap bi khoa, cap nhat tai http://vneid-capnhat.top",
            "vneid",
            "vneid_level2",
        ),
        ("CSGT: ban co bien ban phat nguoi chua nop, tra cuu tai http://phatnguoi.top", "police", "scam_fake_police"),
        ("Chi cuc thue: moi ho kinh doanh cai eTax tai http://etax.cc/app.apk", "state_app", "scam_apk"),
        ("Vietcombank: cap nhat sinh trac hoc theo VNeID tai http://vcb.top", "bank", "scam_bank_sms"),
        ("Tai khoan bi khoa, xac thuc tai http://xac-thuc.top", "bank", "scam_bank_sms"),
    ],
)
def test_a_bank_is_named_only_where_the_message_is_about_one(text: str, kind: str, topic: str) -> None:
    verdict = judge(text)
    assert (verdict.level, verdict.kind, verdict.topic) == ("scam", kind, topic)


@given(st.text(st.characters(exclude_categories=()), max_size=300))
def test_any_text_is_judged_and_every_quote_stands_in_it(text: str) -> None:
    for said in (text, f"chuyển khoản {text} mã otp {text}"):
        verdict = judge(said)
        assert 0 <= verdict.score <= 1
        assert all(seen.phrase in said for seen in verdict.evidence)
        assert verdict.evidence or verdict.level != "scam"


HUGE = {
    "one letter": "a" * 100_000,
    "dotted letters": "k.h.ó.a " * 12_000,
    "asking words": "chuyển tiền mã " * 8_000,
    "negations": "không cung cấp " * 8_000,
    "half links": "http://" * 15_000,
    "pictures": "😀" * 100_000,
    "zero width": "\u200b" * 100_000,
    "taken apart": "e\u0323\u0302" * 40_000,
    "right to left": "مرحبا \u202e" * 15_000,
    "brackets": "(a[.]" * 25_000,
}


def work_of(text: str) -> float:
    """Return the seconds of work to judge a text: what other threads do, or the collection of garbage, is not its."""
    judge("http://a.vn làm nóng")
    gc.disable()
    begun = time.thread_time()
    judge(text)
    taken = time.thread_time() - begun
    gc.enable()
    return taken


@pytest.mark.parametrize("text", HUGE.values(), ids=HUGE)
def test_a_huge_text_takes_no_time(text: str) -> None:
    assert work_of(text) < 0.05


def test_random_letters_of_all_alphabets_take_no_time() -> None:
    chance = random.Random(3)  # noqa: S311  (the same texts every time)
    for _ in range(20):
        text = "".join(
            chr(chance.choice((chance.randrange(32, 0x3000), chance.randrange(0x1F000, 0x1FFFF)))) for _ in range(3000)
        )
        assert work_of(text) < 0.05


def test_a_file_of_messages_is_judged_and_the_predictions_are_written(tmp_path: Path) -> None:
    file, out = tmp_path / "messages.jsonl", tmp_path / "predictions.jsonl"
    file.write_text("\n".join(json.dumps({**row, "unused": 1}) for row in MESSAGES[:20]), "utf-8")
    text, code = evaluate_scam(file, out)
    predictions = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert code == 0
    assert json.loads(text.splitlines()[-1])["messages"] == 20
    assert [row["id"] for row in predictions] == [row["id"] for row in MESSAGES[:20]]
    assert all(set(row) == {"id", "level", "score", "evidence"} for row in predictions)


def test_the_weights_that_come_along_are_those_learnt_from_the_messages() -> None:
    assert weights() == learn([*MESSAGES, *HARD])
