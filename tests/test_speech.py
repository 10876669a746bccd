"""Speech: every text is used and every used text exists; known words stand for one command each."""

import ast
import datetime as dt
import re
import unicodedata
from collections import defaultdict
from importlib.resources import files
from pathlib import Path

import pytest
import yaml
from jinja2 import UndefinedError

from faq.text import fold, spelled
from handlers.commands import COMMANDS
from handlers.meaning import command, meaning
from handlers.messages import Reply
from handlers.speech import Speech, known_words, viet_nam

HANDLERS = Path(str(files("handlers")))
TEXTS = sorted((HANDLERS / "texts").iterdir())


def names_used() -> set[str]:
    """Return every string in the handlers that has the form of a text's name: "lesson.step"."""
    groups = "|".join(file.stem for file in TEXTS if file.suffix == ".j2")
    constants = (
        node.value
        for file in HANDLERS.glob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
    return {constant for constant in constants if re.fullmatch(rf"({groups})\.[a-z_]+", constant)}


def test_every_text_that_is_said_exists(speech: Speech) -> None:
    assert names_used() - speech.names() == set()


def test_every_text_there_is_is_said(speech: Speech) -> None:
    assert speech.names() - names_used() == set()


def test_no_handler_holds_a_sentence_of_its_own() -> None:
    for file in HANDLERS.glob("*.py"):
        nodes = list(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
        explained = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
        constants = [node for node in nodes if isinstance(node, ast.Constant) and id(node) not in explained]
        said = {node.value for node in constants if isinstance(node.value, str) and not node.value.isascii()}
        assert said - {" ngày ", "…"} == set(), (
            f"{file.name}: only how a date is written, and what is cut, may stand in code"
        )


TYPED = {"words.yaml", "nicknames.yaml", "noise.yaml"}
"""Files of what people type: they place tones as they like."""
LATE_TONE = re.compile(r"(?i)(o[àáảãạèéẻẽẹ]|(?<!q)u[ỳýỷỹỵ])(?![^\W\d_])")


def test_tones_are_placed_one_way_in_all_that_is_read() -> None:
    """Khóa, hủy, ủy ban, as in the lessons; what residents are expected to type is their own."""
    root = HANDLERS.parent
    kinds = (".yaml", ".j2", ".html", ".md", ".svg")
    folders = ("handlers", "office", "bot", "lessons", "content", "docs")
    read = [file for folder in folders for file in (root / folder).rglob("*") if file.suffix in kinds]
    assert len(read) > 150
    late = {
        file.relative_to(root): found
        for file in [*read, root / "README.md"]
        if file.name not in TYPED and (found := LATE_TONE.search(file.read_text(encoding="utf-8")))
    }
    assert late == {}
    bank = [file.read_text(encoding="utf-8").splitlines() for file in (root / "faq" / "content").glob("*.yaml")]
    answers = [line for lines in bank for line in lines if line.lstrip().startswith("answer:")]
    assert len(answers) > 800
    assert [line for line in answers if LATE_TONE.search(line)] == []


def test_a_value_that_is_missing_is_an_error_and_no_gap(speech: Speech) -> None:
    with pytest.raises(UndefinedError):
        speech.say("lesson.step", number=1)
    with pytest.raises(KeyError):
        speech.say("lesson.nothing")


def test_every_text_is_composed_and_speaks_to_ba_con() -> None:
    for file in TEXTS:
        text = file.read_text(encoding="utf-8")
        assert text == unicodedata.normalize("NFC", text), file.name
        spoken = re.sub(r"(?s)\{[{%#].*?[}%#]\}", " ", text)
        if file.suffix == ".j2":
            assert not re.search(r"\b[Bb]ạn\b|[Qq]uý khách|\b(menu|click|user|bot|app|chatbot)\b", spoken), file.name


def test_every_known_word_stands_for_one_command() -> None:
    words: dict[str, list[str]] = yaml.safe_load((HANDLERS / "texts" / "words.yaml").read_text(encoding="utf-8"))
    commands = defaultdict(set)
    for meant, said in words.items():
        for word in said:
            commands[fold(word)].add(meant)
    assert {word: found for word, found in commands.items() if len(found) > 1} == {"dung": {"/again", "/stop"}}
    assert known_words()["dung"] == "/stop"  # "đúng" nods, "dừng" stops, and so does what may be either
    assert "" not in commands


def test_every_known_word_leads_to_a_command_there_is() -> None:
    for word, meant in known_words().items():
        if meant.isdigit():
            continue
        assert command(meant)[0] in COMMANDS
        assert meaning(word, Reply(""), known_words()) == command(meant)
        assert known_words()[spelled(word)] == meant


@pytest.mark.parametrize(
    ("utc", "shown"),
    [
        (dt.datetime(2026, 11, 21, 2, 5, tzinfo=dt.UTC), "9:05 ngày 21/11/2026"),
        (dt.datetime(2026, 12, 31, 17, 0, tzinfo=dt.UTC), "0:00 ngày 1/1/2027"),
    ],
)
def test_times_are_written_as_in_viet_nam(utc: dt.datetime, shown: str) -> None:
    assert viet_nam(utc) == shown


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Khu phố 5!", "khu pho 5"),
        ("ĐƯỜNG Đê", "duong de"),
        (unicodedata.normalize("NFD", "Tiếng Việt"), "tieng viet"),
        ("a\u200bb\ufeff", "ab"),
        ("\u202e5", "5"),
        ("５ ①", "5 1"),
        ("👍", ""),
        ("tốt 👍👍", "tot"),
        ("  nhiều\n\tdòng ", "nhieu dong"),
        ("ĂÂÊÔƠƯ", "aaeoou"),
        ("", ""),
    ],
)
def test_words_are_made_comparable(text: str, folded: str) -> None:
    assert fold(text) == folded
