"""Leaning: what was learnt from how people ask is written, read again, and put beside the bank's own words."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from random import Random

import pytest
import yaml

from faq.bank import Bank, read_bank, topics_of
from faq.leaning import NOTHING, Leaning, Learnt, read_learnt, told
from faq.leaning_learn import lean
from faq.learn import HEARD as HEARD_FILES
from faq.text import fold

HEARD = [
    ("second_steps", "Cô bán rau chìa cái hình vuông đen trắng, cháu bảo giơ máy lên"),
    ("second_steps", "Giơ máy lên hình vuông ấy xong rồi sao nữa"),
]
"""Questions in words the bank does not have."""


@pytest.fixture(scope="module")
def learnt(bank: Bank) -> Learnt:
    """Give what is learnt from the questions of the bank and from those heard."""
    own = [(each.topic, text) for each in bank for text in each.entry.ask]
    return lean(bank.matcher.index, [*own, *HEARD], Random(1))  # noqa: S311  (nothing secret)


def leans(learnt: Learnt, bank: Bank, text: str, topics: list[str]) -> Mapping[str, float]:
    index = bank.matcher.index
    return dict(zip(topics, Leaning(learnt, topics).of(told(index, index.reader.read(text))), strict=True))


def first(found: Mapping[str, float]) -> str:
    return max(found, key=lambda topic: found[topic])


def test_words_lean_to_the_topics_they_were_said_about(learnt: Learnt, bank: Bank) -> None:
    topics = topics_of(bank)
    for each in bank:
        for text in each.entry.ask:
            assert first(leans(learnt, bank, text, topics)) == each.topic, text
    assert first(leans(learnt, bank, "cái hình vuông giơ máy lên", topics)) == "second_steps"


def test_what_was_learnt_is_the_same_when_read_again(learnt: Learnt, bank: Bank, tmp_path: Path) -> None:
    file = tmp_path / "leaning.json"
    file.write_text(json.dumps(asdict(learnt)), encoding="utf-8")
    topics = topics_of(bank)
    text = "mai trời mưa có quét mã được không"
    assert leans(read_learnt(file), bank, text, topics) == leans(learnt, bank, text, topics)


def test_a_topic_of_the_wards_own_is_never_behind_and_one_that_is_gone_is_left_out(learnt: Learnt, bank: Bank) -> None:
    found = leans(learnt, bank, "quét mã trả tiền", ["choir", "second_steps", "first_steps"])
    assert found["choir"] == max(found.values())
    assert found["second_steps"] > found["first_steps"]


def test_where_nothing_was_learnt_nothing_leans(bank: Bank, tmp_path: Path) -> None:
    assert read_learnt(tmp_path / "none.json") == NOTHING
    assert set(leans(NOTHING, bank, "quét mã trả tiền", topics_of(bank)).values()) == {0.0}


def test_what_was_heard_is_about_a_topic_said_once_and_judges_nothing() -> None:
    topics = {asked.topic for asked in read_bank()}
    files = sorted(HEARD_FILES.glob("*.txt"))
    assert {file.stem for file in files} <= topics
    lines = [fold(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    assert all(lines)
    assert len(lines) == len(set(lines))
    golden = [file.read_text(encoding="utf-8") for file in HEARD_FILES.parent.glob("golden*.yaml")]
    judging = {fold(row["text"]) for text in golden for row in yaml.load(text, yaml.CSafeLoader)}
    assert judging.isdisjoint(lines)
