"""The bank: the first mistake of a file is named with its place and remedy; doubts are listed; answers are ranked."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bot.bank_check import bank_remarks
from content.reading import ContentError
from faq.bank import WEIGHTS, Asked, Bank, Match, learnt_weights, read_bank, read_topic
from handlers.question import LABEL_CHARACTERS, label
from lessons.library import Library

SAMPLE = (Path(__file__).parent / "bank" / "second_steps.yaml").read_text(encoding="utf-8")
TODAY = dt.date(2026, 12, 1)
MISTAKES = [
    ("topic: second_steps", "topic: other", "mục «topic»: trong tệp ghi «other», khác với tên tệp"),
    ("    sources: [pt]", "", "mục «entries.1.sources»: thiếu mục này"),
    ("    sources: [pt]", "    sources: [khac]", "có chỗ ghi mã nguồn không có trong danh sách"),
    ("      - quét mã trả tiền\n", "", "mục «entries.1.ask»: ít cách hỏi quá; cần tối thiểu 6 cách"),
    ("name: scan_code", "name: Quét mã", "mục «entries.1.name»: viết không đúng dạng"),
    ("bấm **Quét mã**.", "bấm " + "chữ " * 80, "dài quá 240 ký tự"),
    ("checked: 2026-11-01", "checked: hôm nay", "ngày phải viết dạng 2026-11-21"),
    ("checked: 2026-11-01", "checked: 2101-11-01", "ngày rà soát lại phải sau ngày đã rà soát"),
    ("topic: second_steps", "topic: second_steps\ntopic: second_steps", "mục này viết hai lần, lần sau ở dòng 2"),
    ("entries:", "entries: [", "sai cách viết YAML"),
    ("    answer:", "    tra_loi: x\n    answer:", "mục «entries.1.tra_loi»: tên mục không có trong mẫu"),
]


@pytest.mark.parametrize(("before", "after", "complaint"), MISTAKES, ids=[mistake[2] for mistake in MISTAKES])
def test_the_first_mistake_is_named_with_file_field_and_remedy(
    before: str, after: str, complaint: str, tmp_path: Path
) -> None:
    assert before in SAMPLE
    file = tmp_path / "second_steps.yaml"
    file.write_text(SAMPLE.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(ContentError) as error:
        read_topic(file)
    assert str(error.value).startswith("second_steps.yaml, mục «")
    assert complaint in str(error.value)


def test_two_entries_of_the_same_topic_and_name_are_refused(bank: Bank) -> None:
    asked = list(bank)
    with pytest.raises(ContentError, match="đã có ở tệp khác"):
        Bank([*asked, replace(asked[0])], learnt_weights(WEIGHTS))


def changed(bank: Bank, change: Callable[[Asked], Asked]) -> Bank:
    """Return a bank whose first entry is another."""
    first, *others = bank
    return Bank([change(first), *others], learnt_weights(Path(__file__).parent / "bank" / "weights.json"))


def _entry(asked: Asked, **values: object) -> Asked:
    return replace(asked, entry=asked.entry.model_copy(update=values))


DOUBTS: dict[str, Callable[[Asked], Asked]] = {
    "past_bank": lambda asked: replace(asked, check_again=TODAY),
    "unknown_lesson": lambda asked: _entry(asked, lesson="nowhere"),
    "no_label": lambda asked: _entry(asked, ask=tuple(f"{text} {'rất ' * 20}lâu" for text in asked.entry.ask)),
    "asked_twice": lambda asked: _entry(asked, ask=(*asked.entry.ask, "thanh toán quét mã cách")),
}


@pytest.mark.parametrize("kind", DOUBTS)
def test_a_doubtful_entry_is_told_with_its_place(kind: str, bank: Bank, library: Library) -> None:
    assert bank_remarks(bank, library, TODAY) == []
    remarks = bank_remarks(changed(bank, DOUBTS[kind]), library, TODAY)
    assert [remark.kind for remark in remarks] == [kind]
    assert ".yaml, mục «" in str(remarks[0])


def test_weights_that_understand_nothing_are_told(real_bank: Bank, library: Library) -> None:
    weights = dict(learnt_weights())
    useless = Bank(list(real_bank), {**weights, "rank": [-weight for weight in weights["rank"]]})
    assert "weights_old" in [remark.kind for remark in bank_remarks(useless, library, TODAY)]


def test_an_empty_bank_refuses_everything() -> None:
    assert read_bank(Path("nowhere")).match("cài VNeID").action == "refuse"


def test_small_talk_is_never_offered(bank: Bank) -> None:
    first, second, *rest = bank
    talk = replace(first, small_talk=True)
    assert Match((talk, second, *rest), 0.4, "offer").suggestions[0] is second
    assert Match((talk,), 0.4, "offer").suggestions == ()
    assert talk not in Match((second, talk, *rest), 0.9, "answer").others_after_answer


def test_what_may_be_meant_reads_as_a_title(real_bank: Bank) -> None:
    for asked in real_bank:
        shown = label(asked)
        assert shown[0] == shown[0].upper()
        assert 12 <= len(shown) <= LABEL_CHARACTERS
    assert label(next(each for each in real_bank if each.key == "otp.what_is_otp")) == "Mã OTP để làm gì"


def test_the_real_bank_is_large_and_dated(real_bank: Bank) -> None:
    ours = [asked for asked in real_bank if asked.in_scope]
    assert (len(ours) >= 180, len(real_bank) - len(ours) >= 60) == (True, True)
    assert all(asked.sources for asked in real_bank)
