"""The audit log in words: every act that is noted has its sentence, with names in the place of codes."""

import re
from pathlib import Path

import pytest

from handlers.core import Core
from office.audit_lines import names, sentence
from office.menu import menu
from office.places_desk import ACTS
from office.words import words
from storage.audit import Line
from tests.dialogue import NOON

PRODUCT = Path(__file__).parent.parent
NOTED = [
    ("logged_in", "", "đăng nhập"),
    ("invited", "lan", "mời «lan»"),
    ("invited", "kp5 leader", "mời một tổ trưởng tổ công nghệ số của Khu phố 5 (kp5)"),  # as it was noted once
    ("invited", "API IOC", "cho hệ thống «IOC» đọc số liệu"),
    ("revoked", "lan", "thu hồi quyền của «lan»"),
    ("revoked", "12", "cho thành viên tổ số 12 thôi việc"),
    ("revoked", "API IOC", "thôi cho hệ thống «IOC» đọc số liệu"),
    ("token_made", "IOC", "cho hệ thống «IOC» đọc số liệu"),
    ("team_invited", "kp5 leader", "mời một tổ trưởng tổ công nghệ số của Khu phố 5 (kp5)"),
    ("team_revoked", "12", "cho thành viên tổ số 12 thôi việc"),
    ("refused", "/van-phong/can-bo", "mở trang Cán bộ, không có quyền"),
    ("saw", "/van-phong", "xem trang Độ phủ"),
    ("saw", "/van-phong/noi/kp5", "xem độ phủ của Khu phố 5 (kp5)"),
    ("saw", "/van-phong/noi/-", "xem độ phủ của người chưa rõ nơi ở"),
    ("saw", "/van-phong/noi/gone", "xem độ phủ của gone"),
    ("saw", "/van-phong/bao-cao 2026-q4", "xem báo cáo Quý 4/2026"),
    ("saw", "first_steps", "xem độ phủ của bài «Bước đầu»"),
    ("exported", "2026-11 docx", "tải báo cáo Tháng 11/2026, tệp Word"),
    ("exported", "1A2B3C4D", "giao dữ liệu theo yêu cầu 1A2B3C4D"),
    ("exported", "ap-phich-kp5.pdf", "tải áp phích của Khu phố 5 (kp5)"),
    ("renamed", "kp2: Nghị quyết 12: đợt 1", "đổi tên Khu phố 2 (kp2), theo «Nghị quyết 12: đợt 1»"),
    (
        "place_undone",
        "merged kp2: Nghị quyết 12: đợt 1",
        "hoàn tác việc nhập Khu phố 2 (kp2), theo «Nghị quyết 12: đợt 1»",
    ),
    ("changed", "doi-ten kp2: Nghị quyết 12", "đổi tên Khu phố 2 (kp2), theo «Nghị quyết 12»"),
    ("uploaded", "a: +1 ~2.csv: +0 ~9", "nạp bảng «a: +1 ~2.csv»: thêm mới 0, cập nhật 9"),
    ("counted", "official * 310", "ghi số «C. Số chính thức của cấp trên»: 310 người, của cả địa phương"),
    ("counted_all", "official 9 số C.xlsx", "nạp bảng «số C.xlsx», số «C. Số chính thức của cấp trên» của 9 nơi"),
    ("judged", "rejected 3, 4: hỏi lại {x}", "bác bỏ kết quả số 3, 4. Ghi chú: hỏi lại {x}"),
    ("judged", "back 3", "lấy lại kết quả số 3"),
    ("changed", "completion 3 verified", "xác nhận kết quả số 3"),
    ("answered_request", "1A2B3C4D withdrawn", "yêu cầu 1A2B3C4D: người ấy thôi yêu cầu"),
    ("drafted", "7 continue", "soạn lần nhắc số 7: «Học tiếp bài đang dở»"),
    ("warned", "#3 kp5", "duyệt cảnh báo số 3, báo cho Khu phố 5 (kp5)"),
    ("composed", "ward_office", "soạn câu trả lời cho việc riêng của địa phương"),
    ("approved", "something else", "approved: something else"),  # rather the bare line than none
]


@pytest.mark.parametrize(("act", "about", "expected"), NOTED)
def test_what_was_noted_is_said_in_words(core: Core, act: str, about: str, expected: str) -> None:
    places = {f"kp{number}": f"Khu phố {number}" for number in range(1, 10)}
    named = names(core.house, menu(lambda _: True, {}), places, 14)
    assert sentence(Line(NOON, "lan", act, about), named) == expected


def test_every_act_that_the_program_notes_has_a_sentence() -> None:
    sources = [file.read_text("utf-8") for folder in ("office", "bot") for file in (PRODUCT / folder).rglob("*.py")]
    noted = {act for text in sources for act in re.findall(r'note\((?:visit|audit\.note)[^"\n]*"(\w+)"', text)}
    noted |= set(re.findall(r'audit\.note, [^"\n]*"(\w+)"', " ".join(sources)))
    noted |= set(ACTS.values())
    assert {"saw", "read", "judged", "token_made"} <= noted
    assert noted <= words("audit").keys()
